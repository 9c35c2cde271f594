"""The revisions of one resource in a pass: which content is new, which was good, and what is kept of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.apply import compose, revisions
from django_operator.apply.generated import MAKER
from django_operator.apply.objects import Key, live
from django_operator.apply.progress import Problem
from django_operator.apply.revisions import Revision
from django_operator.apply.scope import create_if_absent
from django_operator.engine.version import version
from django_operator.stack.spec import Rollout

if TYPE_CHECKING:
    from django_operator.apply.bind import Bound
    from django_operator.apply.compose import Composed
    from django_operator.apply.scope import Scope
    from django_operator.stack.site import Site

LIMIT = 5
"""Revisions that are kept unless `rollout.revisionHistoryLimit` says otherwise."""


class History:
    """What is kept of a resource's past. `target` is what the pass works towards; `fallback` what was good before."""

    def __init__(self, scope: Scope, composed: Composed) -> None:
        """Take what the resource stands for now; `read` fetches the rest."""
        self._scope, self._composed = scope, composed
        self.target: tuple[Bound, ...] = composed.bound
        self.fallback: dict[Key, Bound] = {}
        self.held = ""
        self.problem: Problem | None = None
        self._name = composed.name

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

    def _current(self) -> Revision | None:
        return next((each for each in self.revisions() if each.name == self._name), None)

    async def read(self) -> None:
        """Find out what is good, and whether the new revision is to be worked towards at all."""
        good = self.good
        if good is None:
            return
        if good.name == self._name:
            self.fallback = {each.key: each for each in self.target}
            return
        fallback = await last_good(self._scope, self._composed.site)
        self.fallback = {each.key: each for each in fallback}
        current = self._current()
        if good.input == self._composed.input:
            self._stay(good, fallback)
            self.held = (
                f"this version of the operator ({version()}) renders the site differently than {good.operator} did; "
                "that waits for the next change of the resource, or for another value of its annotation "
                f"{compose.UPGRADE}"
            )
        elif current is not None and current.input == self._composed.input and current.outcome == "RolledBack":
            self._stay(good, fallback)
            self.problem = Problem("RolledBack", current.message or "the new version did not become available in time")

    def _stay(self, good: Revision, fallback: tuple[Bound, ...]) -> None:
        self.target, self._name = fallback, good.name

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
            compose.config_maps(self._composed.bound),
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
    found = tuple(map(revisions.revision, filter(revisions.is_revision, scope.store.children(scope.key))))
    good = revisions.good(found)
    if good is None:
        return ()
    body = await scope.client.get("apps/v1", "ControllerRevision", good.key.namespace, good.name)
    if body is None:
        return ()
    return await compose.rebind(revisions.unpack(body), site, scope.uid, scope.sources)
