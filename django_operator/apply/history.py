"""The revisions of one resource in a pass: which content is new, which was good, and what is kept of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.apply import compose, revisions
from django_operator.apply.bind import bind
from django_operator.apply.colours import coloured, is_coloured, named, other, same_pods
from django_operator.apply.facts import Facts
from django_operator.apply.generated import MAKER
from django_operator.apply.objects import Key, live
from django_operator.apply.progress import Problem
from django_operator.apply.references import references as read_by
from django_operator.apply.revisions import Revision
from django_operator.apply.scope import create_if_absent
from django_operator.engine.version import version
from django_operator.stack.spec import Rollout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_operator.apply.bind import Bound
    from django_operator.apply.compose import Composed
    from django_operator.apply.scope import Scope
    from django_operator.engine.paths import Body
    from django_operator.stack.site import Site

LIMIT = 5
"""Revisions that are kept unless `rollout.revisionHistoryLimit` says otherwise."""


class History:
    """What is kept of a resource's past. `target` is what the pass works towards; `fallback` what was good before."""

    def __init__(self, scope: Scope, composed: Composed) -> None:
        """Take what the resource stands for now; `read` fetches the rest."""
        self._scope, self._composed = scope, composed
        self.target: tuple[Bound, ...] = ()
        self.fallback: dict[Key, Bound] = {}
        self.reads: Mapping[tuple[str, str], str] = {}
        self.held = ""
        self.problem: Problem | None = None
        self._name = composed.name
        self._colour = ""

    def revisions(self) -> tuple[Revision, ...]:
        """Return the kept revisions."""
        return tuple(
            map(revisions.revision, filter(revisions.is_revision, self._scope.store.children(self._scope.key)))
        )

    @property
    def good(self) -> Revision | None:
        """Return the revision that served last."""
        return revisions.good(self.revisions())

    @property
    def is_pending(self) -> bool:
        """Tell whether the target is another than what served last."""
        return self.good is None or self.good.name != self._name

    @property
    def releases(self) -> tuple[str, ...]:
        """Return the names of the Jobs that have released, or will release, what the pass works towards."""
        good = self.good
        if good is not None and good.name == self._name != self._composed.name:
            return good.releases
        return compose.releases(self._composed.site)

    def _current(self) -> Revision | None:
        return next((each for each in self.revisions() if each.name == self._name), None)

    async def read(self) -> None:
        """Find out what is good, and whether the new revision is to be worked towards at all."""
        composed, good = self._composed, self.good
        kept: list[Body] = []
        if good is not None and good.name != self._name:
            kept = await objects_of(self._scope, good)
        self._colour = self._chosen_colour(kept)
        await self._bind(kept)
        if good is None or good.name == self._name:
            return
        current = self._current()
        if good.input == composed.input:
            self._stay(good)
            self.held = (
                f"this version of the operator ({version()}) renders the site differently than {good.operator} did; "
                "that waits for the next change of the resource, or for another value of its annotation "
                f"{compose.UPGRADE}"
            )
        elif current is not None and current.input == composed.input and current.outcome == "RolledBack":
            self._stay(good)
            why = current.message or "the new version did not become available in time"
            self.problem = Problem("RolledBack", why)

    async def _bind(self, kept: list[Body]) -> None:
        scope, site, good = self._scope, self._composed.site, self.good
        new, old = coloured(self._composed.rendered, self._colour), coloured(kept, good.colour if good else "")
        references = {each for body in (*new, *old) for each in read_by(body)}
        jobs = [each for each in (self._composed.release, self._composed.post) if each is not None]
        references |= {each for job in jobs for each in job.reads}
        scope.sources.watch(site, references)
        self.reads = await scope.sources.hashes(references, (*new, *old))
        facts = Facts(scope.uid, self.reads, self._replicas())
        self.target = bind(new, site, facts)
        self.fallback = {each.key: each for each in (bind(old, site, facts) if kept else self.target)} if good else {}

    def _chosen_colour(self, kept: list[Body]) -> str:
        """Return the colour of the new sets of pods: another one than serves, where they differ from those."""
        rollout, good = self._composed.site.spec.rollout, self.good
        if rollout is None or rollout.strategy != "BlueGreen":
            return ""
        if good is None or (good.name != self._name and not (good.colour and same_pods(kept, self._composed.rendered))):
            return other(good.colour if good else "")
        return good.colour

    def _replicas(self) -> dict[str, int]:
        """Return the replicas of the sets of pods that the new colour takes over from, by the new names."""
        good, found = self.good, {}
        for body in filter(is_coloured, self._composed.rendered if self._colour and good else ()):
            name = body["metadata"]["name"]
            former = named(name, good.colour) if good and good.colour else name
            live = self._scope.store.live(Key("apps", "Deployment", self._scope.key.namespace, former))
            if live is not None and live.replicas:
                found[named(name, self._colour)] = live.replicas
        return found

    def _stay(self, good: Revision) -> None:
        self.target, self._name = tuple(self.fallback.values()), good.name

    async def begin(self) -> None:
        """Keep the new revision before anything of it is written."""
        current = self._current()
        if current is not None and (
            current.outcome in ("Pending", "Serving") and current.input == self._composed.input
        ):
            return
        if self._name != self._composed.name:
            return
        number = max((each.number for each in self.revisions()), default=0) + 1
        site = self._composed.site
        new = Revision(
            Key("apps", "ControllerRevision", self._scope.key.namespace, self._name),
            number,
            self._composed.input,
            "Serving" if current is not None and current.outcome == "Serving" else "Pending",
            compose.version_of(site),
            site.spec.image,
            version(),
            "",
            compose.config_maps(self._composed.rendered),
            self._colour,
            compose.releases(site),
        )
        await self._write(new, made=current is not None)

    async def complete(self) -> None:
        """Note that the target serves, and that what served before does not any more."""
        current, good = self._current(), self.good
        if current is None or current.outcome == "Serving":
            return
        await self._write(current._replace(outcome="Serving"), made=True)
        if good is not None and good.name != current.name:
            await self._write(good._replace(outcome="Replaced"), made=True)

    async def roll_back(self, why: str) -> None:
        """Note that the target has failed and that the last good revision is gone back to."""
        current = self._current()
        if current is not None and current.outcome == "Pending":
            await self._write(current._replace(outcome="RolledBack", message=why[:1_000]), made=True)

    async def forget(self) -> None:
        """Remove revisions beyond the limit."""
        limit = (self._composed.site.spec.rollout or Rollout()).revision_history_limit or LIMIT
        for each in revisions.surplus(self.revisions(), limit):
            found = self._scope.store.live(each.key)
            if found is not None:
                await self._scope.executor.remove(found)
                self._scope.store.drop_child(each.key, found.uid)

    def keep(self) -> set[Key]:
        """Return the keys of all revisions, and of the ConfigMaps that their pods may still read."""
        found = {each.key for each in self.revisions()}
        namespace = self._scope.key.namespace
        return found | {Key("", "ConfigMap", namespace, name) for each in self.revisions() for name in each.config_maps}

    async def _write(self, new: Revision, *, made: bool) -> None:
        scope, site = self._scope, self._composed.site
        body = revisions.manifest(new, site, None if made else self._composed.rendered, scope.uid)
        if made:
            answer = (await scope.client.apply(body)).body
        else:
            # The data of a revision never changes, so whoever applies the rest later must not own it.
            answer = await create_if_absent(scope.client, body, MAKER) or (await scope.client.apply(body)).body
        scope.store.put_live(live(answer))


async def last_good(scope: Scope, site: Site) -> tuple[Bound, ...]:
    """Return the objects of the revision that served last, as they are applied; nothing where none has."""
    found = map(revisions.revision, filter(revisions.is_revision, scope.store.children(scope.key)))
    good = revisions.good(found)
    if good is None:
        return ()
    bodies = coloured(await objects_of(scope, good), good.colour)
    references = {each for body in bodies for each in read_by(body)}
    return bind(bodies, site, Facts(scope.uid, await scope.sources.hashes(references, bodies)))


async def objects_of(scope: Scope, kept: Revision) -> list[Body]:
    """Return the objects of a kept revision, without Secrets, whose values are not kept."""
    body = await scope.client.get("apps/v1", "ControllerRevision", kept.key.namespace, kept.name)
    if body is None:
        return []
    return [each for each in revisions.unpack(body) if each["kind"] != "Secret"]
