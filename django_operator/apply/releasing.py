"""The Jobs of a release in a pass: started once, watched, recorded, never patched or run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.apply import diagnose, heads, record
from django_operator.apply.bind import Bound
from django_operator.apply.errors import ApiError
from django_operator.apply.objects import CONTENT, Key, digest, key_of
from django_operator.apply.progress import Problem
from django_operator.apply.release import Release, release
from django_operator.engine.paths import get, put
from django_operator.stack.names import COMPONENT
from django_operator.stack.workloads import RETRY

if TYPE_CHECKING:
    from django_operator.apply.compose import Composed
    from django_operator.apply.heads import Heads
    from django_operator.apply.objects import Live
    from django_operator.apply.record import Record
    from django_operator.apply.scope import Scope
    from django_operator.stack.site import Site


class Releases:
    """The release of one resource, and what follows it."""

    def __init__(self, scope: Scope, known: Record) -> None:
        """Take what the data has been through, from `Sources.record`."""
        self._scope, self.record = scope, known
        self.release = Release("none")
        self.post = Release("none")

    @property
    def is_pending(self) -> bool:
        """Tell whether a release is under way, or has failed."""
        return not self.release.opens or self.post.state in ("due", "blocked", "running")

    def is_due(self, composed: Composed) -> bool:
        """Tell whether the release has not begun."""
        return self._state(composed.release, "release").state in ("due", "blocked")

    @property
    def heads(self) -> Heads:
        """Return the migrations that the release has left, nothing where that is not known."""
        jobs = [each.job.key.name for each in (self.release, self.post) if each.job is not None]
        return heads.left(self.record, jobs)

    @property
    def stage(self) -> str:
        """Return the stage that is worked on when all others are done."""
        return "post" if self.post.state in ("due", "blocked", "running") else ""

    @property
    def waiting(self) -> tuple[tuple[Key, str], ...]:
        """Return what that stage waits for."""
        return ((self.post.job.key, self.post.why),) if self.stage and self.post.job is not None else ()

    @property
    def blocker(self) -> tuple[tuple[Key, str], ...]:
        """Return the Job that the release waits for, its own or one that has to go first."""
        if self.release.job is not None:
            return ((self.release.job.key, self.release.why or "has not started"),)
        return tuple((each.key, "has to go first") for each in self.release.former)

    async def run(self, composed: Composed, *, is_open: bool) -> Problem | None:
        """Bring the release on: start its Job when that may be, take down its end. Return what stops it."""
        self.release = await self._step(composed.release, composed, "release", is_open=is_open)
        return _problem(self.release, "ReleaseFailed")

    async def follow(self, composed: Composed, *, is_open: bool) -> Problem | None:
        """Bring on what follows a release, likewise."""
        self.post = await self._step(composed.post, composed, "post", is_open=is_open)
        return _problem(self.post, "PostDeployFailed")

    async def _step(self, job: Bound | None, composed: Composed, component: str, *, is_open: bool) -> Release:
        scope, found = self._scope, self._state(job, component)
        if found.state == "blocked" and is_open:
            for each in found.former:
                if each.owner == scope.uid and not each.deleting:
                    note = f"{each.key} makes way for {job.key if job else 'a version that has no release to run'}"
                    await scope.reporter.event(scope.key, "ReleaseReplaced", note)
                    # In the foreground: the Job is there as long as one of its pods is.
                    await scope.executor.remove(each, propagation="Foreground")
        if found.state == "due" and is_open and job is not None:
            try:
                for script in composed.script:
                    await scope.executor.ensure(script)
                made = await scope.executor.ensure(job)
            except ApiError as error:
                if error.transient:
                    raise
                return found._replace(state="refused", why=error.message)
            await scope.reporter.event(scope.key, "ReleaseStarted", f"{job.key} runs")
            return found._replace(state="running", live=made, why="has started")
        if found.state == "done" and found.live is not None and found.live.key.name not in self.record.released:
            await self._record(composed, found.live, component)
        said = await self._said(found)
        return found._replace(why=f"{found.why}; {said}") if said else found

    async def _said(self, found: Release) -> str:
        """Return what the pods of a Job say of its failure, or of why they do not start."""
        if found.live is None:
            return ""
        if found.state == "failed":
            return await diagnose.job_failure(self._scope.client, found.live)
        if found.state == "running" and self._scope.executor.is_stuck(found.live):
            return diagnose.trouble(await diagnose.pods_of_job(self._scope.client, found.live))
        return ""

    def _state(self, job: Bound | None, component: str) -> Release:
        children = self._scope.store.children(self._scope.key)
        jobs = [each for each in children if each.key.kind == "Job" and each.labels.get(COMPONENT) == component]
        started = str(get(self._scope.body, "status", "release", "key") or "") if component == "release" else ""
        return release(job, jobs, self.record, started, self._scope.uid)

    async def _record(self, composed: Composed, live: Live, component: str) -> None:
        scope, job = self._scope, live.key.name
        when = scope.reporter.now()
        known = self.record.with_release(job, when) if component == "release" else self.record.with_post(job)
        # Pods that are gone already tell of no migrations, and that is all that is lost.
        self.record = known.with_heads(job, heads.read(await diagnose.last_words(scope.client, live)))
        await self.keep_record(composed.site)
        await scope.reporter.event(scope.key, "ReleaseDone", f"Job/{job} is done")

    async def keep_record(self, site: Site) -> None:
        """Write the record down."""
        self._scope.sources.learn_record(await self._scope.executor.ensure(self.kept(site)), self.record)

    def kept(self, site: Site) -> Bound:
        """Return the record as it is applied; it stays or goes with the data as the resource says now."""
        body = record.manifest(self.record, site, self._scope.uid)
        mark = digest(body, 12)
        return Bound(key_of(body), "config", put(body, ("metadata", "annotations", CONTENT), mark), mark, frozenset())

    def hold(self, composed: Composed) -> None:
        """Run nothing, as what the release is for has been taken back; one that is done stays done."""
        found = self._state(composed.release, "release")
        self.release = found if found.state == "done" else Release("none")

    def keep(self, composed: Composed) -> set[Key]:
        """Return the keys of what the releases need: the Jobs of now, what these read, and the record."""
        jobs = {each.key for each in self.jobs(composed)}
        return jobs | {record.key_of_record(self._scope.key.namespace, self._scope.key.name)}

    def ahead(self, composed: Composed) -> list[Bound]:
        """Return what is still to be made: what the server says of it is better known before.

        Not what is there already or is done: a Job that ran with `init` would be another now, and is never patched.
        """
        states = (self._state(composed.release, "release"), self._state(composed.post, "post"))
        due = [each for each in states if each.state in ("due", "blocked") and each.live is None]
        found = [each.job for each in due if each.job is not None and each.job.key.name not in self.record.released]
        return [*found, *composed.script] if found else []

    def unrecorded(self, composed: Composed) -> tuple[Bound, ...]:
        """Return the Jobs of which no end is recorded, and what they read: others are not made, though they be gone."""
        jobs = (composed.release, composed.post)
        found = tuple(each for each in jobs if each is not None and each.key.name not in self.record.released)
        return (*found, *composed.script) if found else ()

    @staticmethod
    def jobs(composed: Composed) -> tuple[Bound, ...]:
        """Return the Jobs that a resource calls for, and what only they read."""
        found = tuple(each for each in (composed.release, composed.post) if each is not None)
        return (*found, *composed.script) if found else ()


def _problem(found: Release, reason: str) -> Problem | None:
    if found.state == "failed" and found.job is not None:
        return Problem(reason, f"{found.job.key}: {found.why}")
    if found.state == "refused" and found.job is not None:
        return Problem("Rejected", f"{found.job.key}: {found.why}")
    if found.state == "vanished":
        return Problem("JobVanished", f"{found.why}; to run it again: another value of the annotation {RETRY}")
    return None
