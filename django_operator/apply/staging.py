"""The stages of one pass: each applies what differs, then says whether the next may change anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.apply import diagnose
from django_operator.apply.errors import ApiError
from django_operator.apply.gate import choose, scaled
from django_operator.apply.maintenance import STOPPED, stopped
from django_operator.apply.progress import Problem
from django_operator.apply.readiness import Verdict, assess
from django_operator.apply.scope import gather
from django_operator.apply.sources import missing
from django_operator.engine.paths import get
from django_operator.stack.names import COMPONENT
from django_operator.stack.stages import STAGES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_operator.apply.bind import Bound
    from django_operator.apply.compose import Composed
    from django_operator.apply.executor import Look
    from django_operator.apply.history import History
    from django_operator.apply.objects import Key, Live
    from django_operator.apply.releasing import Releases
    from django_operator.apply.scope import Scope

_WORKLOADS = frozenset({"Deployment", "StatefulSet"})


class Staging:
    """Walks the stages. Afterwards `stage` is the first that was not done, `waiting` what it waits for.

    `aftermath` is what went wrong after everything served; `again` asks for another pass at once.
    """

    def __init__(
        self, scope: Scope, history: History, releases: Releases, composed: Composed, *, is_open: bool
    ) -> None:
        """Take what is to be enforced; a gate closed from the start lets nothing new pass."""
        self._scope, self._history, self._releases, self._composed = scope, history, releases, composed
        self._open = is_open
        rollout = composed.site.spec.rollout
        self._down = rollout is not None and rollout.strategy == "Maintenance" and history.good is not None
        self._target = {each.key: each for each in history.target}
        self._looked: dict[tuple[Key, str], Look] = {}
        self.aftermath: Problem | None = None
        self.troubled = False
        self.again = False
        self.contended: tuple[tuple[Key, str], ...] = ()
        self.stage = ""
        self.waiting: tuple[tuple[Key, str], ...] = ()
        self.unready: tuple[tuple[Key, str], ...] = ()

    @property
    def is_through(self) -> bool:
        """Tell whether all stages are done."""
        return self._open

    async def walk(self, looks: Iterable[Look]) -> Problem | None:
        """Go through all stages. Return what only an edit can mend, the first of it."""
        self._looked = {(each.bound.key, each.bound.content): each for each in looks}
        problems: list[Problem | None] = []
        for stage in STAGES:
            if stage == "release":
                problems.append(await self._release())
            if stage == "post":
                self.aftermath = await self._releases.follow(self._composed, is_open=self._open)
            chosen = self._chosen(stage)
            problems += await gather(self._ensure(each) for each in chosen)
            if any(problems):
                self._close(stage, ())
            problems.append(await self._judge(stage, chosen))
        return next(filter(None, problems), None)

    def _chosen(self, stage: str) -> list[Bound]:
        """Return what is enforced of a stage: the new content behind an open gate, the last good one before it."""
        store, fallback = self._scope.store, self._history.fallback
        keys = dict.fromkeys((*self._target, *fallback))
        found = []
        for key in keys:
            new, good = self._target.get(key), fallback.get(key)
            if (new or good).stage == stage:  # type: ignore[union-attr] # the key is from one of them
                chosen = choose(new, good, store.live(key), is_open=self._open, serves=bool(fallback))
                if new is None and good is not None and (twin := self._history.twins.get(key)) is not None:
                    # The other colour serves until the very end: as many pods of it as are asked for now.
                    chosen = scaled(good, twin, resources=False)
                if chosen is not None:
                    found.append(stopped(chosen) if self._down else chosen)
        return found

    async def _ensure(self, bound: Bound) -> Problem | None:
        """Apply an object if it is not as it should be. Return why the server refuses it, though it did not before."""
        look = self._looked.get((bound.key, bound.content))
        if look is None or look.bound.body != bound.body:
            look = await self._scope.executor.look(bound)
        if look.fought:
            self.contended = (*self.contended, (bound.key, _fields(look)))
        if look.action == "none" or look.fault or look.fought:
            return None
        try:
            await self._scope.executor.ensure(bound, recreate=look.action == "recreate")
        except ApiError as error:
            if error.transient:
                raise
            return Problem("Rejected", f"{bound.key}: {error.message}")
        outcome = {"create": "created", "change": "changed", "recreate": "recreated"}.get(look.action, "repaired")
        self._scope.telemetry.applied(bound.key.kind, outcome)
        if look.action == "repair":
            self._scope.executor.fights.repaired(bound.key)
        if look.action == "repair" and look.overwritten:
            note = f"{bound.key} was changed by somebody else and is as rendered again: {_fields(look)}"
            await self._scope.reporter.event(self._scope.key, "DriftRepaired", note, warning=True)
        return None

    async def _release(self) -> Problem | None:
        """Let the release run when what it needs is there."""
        needs = [*self._history.target, *self._releases.jobs(self._composed)]
        absent = missing(needs, self._history.reads)
        if absent and self._open and self._is_new:
            self._close("release", absent[:5])
        elif absent:
            self.unready, self.troubled = (*self.unready, *absent), True
        if self._history.problem is not None:
            self._releases.hold(self._composed)
            return None
        begins = self._open and self._releases.is_due(self._composed)
        if self._down and begins:
            await self._stop()
        problem = await self._releases.run(self._composed, is_open=self._open)
        # Until it has run the site stays down; once it has failed the version before is started again.
        running = self._releases.release.state in ("running", "blocked")
        self._down = self._down and (running or (begins and problem is None))
        if not self._releases.release.opens:
            self._close("release", self._releases.blocker)
        return problem

    async def _stop(self) -> None:
        """Stop what runs the image, and wait until its pods are gone, before the release of a Maintenance."""
        bounds = [stopped(each) for each in self._history.fallback.values()]
        running = [each for each in bounds if get(each.body, "metadata", "labels", COMPONENT) in STOPPED]
        await gather(self._ensure(each) for each in running)
        left = [live for each in running if (live := self._scope.store.live(each.key)) and live.state.get("replicas")]
        if left:
            self._close("release", [(each.key, "is being stopped") for each in left])

    @property
    def _is_new(self) -> bool:
        return self._history.is_pending or self._releases.is_pending

    async def _judge(self, stage: str, chosen: Iterable[Bound]) -> Problem | None:
        """Close the gate behind a stage that is not ready."""
        closed: list[tuple[Key, str]] = []
        problem = None
        for bound in chosen:
            live = self._scope.store.live(bound.key)
            verdict = assess(live) if live is not None else None
            if live is None or verdict is None or verdict.state == "ready":
                continue
            verdict = await self._explained(live, verdict)
            if verdict.opens:
                self.unready = (*self.unready, (bound.key, verdict.why))
                continue
            closed.append((bound.key, verdict.why))
            if verdict.state == "failed" and self._is_of_the_new(bound, live):
                problem = problem or await self._failed(bound, verdict.why)
        if closed:
            self._close(stage, closed)
        return problem

    def _is_of_the_new(self, bound: Bound, live: Live) -> bool:
        """Tell whether what lives is what the new revision has brought: another failure is none of its doing."""
        new, good = self._target.get(bound.key), self._history.fallback.get(bound.key)
        if new is None or not self._history.is_pending or live.content != new.content:
            return False
        return good is None or good.content != new.content

    async def _failed(self, bound: Bound, why: str) -> Problem:
        text = f"{bound.key}: {why}"
        rollout = self._composed.site.spec.rollout
        if rollout is not None and rollout.auto_rollback and self._history.good is not None:
            self.again = await self._history.roll_back(text)
            return Problem("RolledBack", text)
        return Problem("ProgressDeadlineExceeded", text)

    async def _explained(self, live: Live, verdict: Verdict) -> Verdict:
        """Return a verdict with what the pods say of it; a pod that blocks its own successor goes."""
        scope = self._scope
        if live.key.kind not in _WORKLOADS or not scope.executor.is_stuck(live):
            return verdict
        pods = await diagnose.pods_of(scope.client, live)
        if live.key.kind == "StatefulSet":
            if live.state.get("updateRevision") != live.state.get("currentRevision"):
                for pod in diagnose.stale(pods, live):
                    await scope.executor.remove_pod(pod)
            deadline = self._history.deadline
            if deadline is not None and (late := diagnose.overdue(pods, live, deadline, scope.reporter.now())):
                verdict = Verdict("failed", late)
        said = diagnose.trouble(pods)
        self.troubled = self.troubled or bool(said)
        return verdict._replace(why=f"{verdict.why}; {said}") if said else verdict

    def _close(self, stage: str, waits: Iterable[tuple[Key, str]]) -> None:
        self._open = False
        if not self.stage:
            self.stage, self.waiting = stage, tuple(waits)


def _fields(look: Look) -> str:
    return ", ".join(f"{path} (set by {manager})" for path, manager in look.overwritten[:10])
