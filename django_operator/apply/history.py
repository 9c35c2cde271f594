"""The revisions of one resource in a pass: which content is new, which was good, and what is kept of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.apply import compose, revisions
from django_operator.apply.bind import bind
from django_operator.apply.colours import coloured, is_coloured, named, other, same_pods
from django_operator.apply.facts import Facts
from django_operator.apply.generated import MAKER
from django_operator.apply.objects import Key, key_of, live
from django_operator.apply.progress import Problem
from django_operator.apply.references import references as read_by
from django_operator.apply.revisions import Revision
from django_operator.apply.scope import create_if_absent
from django_operator.engine.paths import get
from django_operator.engine.version import version
from django_operator.stack.names import COMPONENT
from django_operator.stack.spec import Rollout

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django_operator.apply.bind import Bound
    from django_operator.apply.compose import Composed
    from django_operator.apply.scope import Scope
    from django_operator.engine.paths import Body
    from django_operator.stack.site import Site

LIMIT = 5
"""Revisions that are kept unless `rollout.revisionHistoryLimit` says otherwise."""

_OVER = {"Serving": "Replaced", "Pending": "Failed"}
"""What becomes of a revision when another one serves."""


class History:
    """What is kept of a resource's past. `target` is what the pass works towards; `fallback` what was good before."""

    def __init__(self, scope: Scope, composed: Composed) -> None:
        """Take what the resource stands for now; `read` fetches the rest."""
        self._scope, self._composed = scope, composed
        self.target: tuple[Bound, ...] = ()
        self.fallback: dict[Key, Bound] = {}
        self.twins: Mapping[Key, Bound] = {}
        """What of the new revision takes over from a set of pods of the other colour, by the key of that one."""
        self.reads: Mapping[tuple[str, str], str] = {}
        self.held = ""
        self.problem: Problem | None = None
        self._name = composed.name
        self._colour = ""

    def revisions(self) -> tuple[Revision, ...]:
        """Return the kept revisions."""
        return revisions.of(self._scope.store.children(self._scope.key), self._scope.uid)

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

    @property
    def deadline(self) -> float | None:
        """Return in how many seconds new pods are to get ready: what the web server has; None where there is none."""
        apps = (each for each in self._pods() if get(each, "metadata", "labels", COMPONENT) == "app")
        return next((get(each, "spec", "progressDeadlineSeconds") for each in apps), None)

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
        facts = Facts(scope.uid, self.reads, self._replicas(), self._checksums((*new, *old)))
        self.target = bind(new, site, facts)
        self.fallback = {each.key: each for each in (bind(old, site, facts) if kept else self.target)} if good else {}
        self.twins = self._twins()

    def _chosen_colour(self, kept: list[Body]) -> str:
        """Return the colour of the new sets of pods: another one than serves, where they differ from those."""
        rollout, good = self._composed.site.spec.rollout, self.good
        if rollout is None or rollout.strategy != "BlueGreen":
            return ""
        if good is None or (good.name != self._name and not (good.colour and same_pods(kept, self._composed.rendered))):
            return other(good.colour if good else "")
        return good.colour

    def _twins(self) -> dict[Key, Bound]:
        good = self.good
        if good is None or not (good.colour and self._colour) or good.colour == self._colour:
            return {}
        new, names = {each.key: each for each in self.target}, [each["metadata"]["name"] for each in self._pods()]
        keys = {Key("apps", "Deployment", self._scope.key.namespace, named(name, good.colour)): name for name in names}
        return {key: new[key._replace(name=named(name, self._colour))] for key, name in keys.items()}

    def _pods(self) -> list[Body]:
        return [each for each in self._composed.rendered if is_coloured(each)]

    def _replicas(self) -> dict[str, int]:
        """Return the replicas of the sets of pods that the new colour takes over from, by the new names."""
        good, found = self.good, {}
        for body in self._pods() if self._colour and good else ():
            name = body["metadata"]["name"]
            former = named(name, good.colour) if good and good.colour else name
            live = self._scope.store.live(Key("apps", "Deployment", self._scope.key.namespace, former))
            if live is not None and live.replicas:
                found[named(name, self._colour)] = live.replicas
        return found

    def _checksums(self, bodies: Iterable[Body]) -> dict[Key, str]:
        lives = (self._scope.store.live(key_of(each)) for each in bodies)
        return {each.key: each.checksum for each in lives if each is not None and each.checksum}

    def _stay(self, good: Revision) -> None:
        # The values of Secrets are in no kept revision, so those of the resource as it is now hold.
        secrets = [each for each in self.target if each.key.kind == "Secret"]
        self.target, self._name = (*self.fallback.values(), *secrets), good.name

    async def begin(self) -> None:
        """Keep the new revision before anything of it is written."""
        current, good = self._current(), self.good
        serves = current is not None and good is not None and good.name == current.name
        known = current is not None and current.input == self._composed.input
        if self._name != self._composed.name or (known and (serves or (current and current.outcome == "Pending"))):
            return
        number = max((each.number for each in self.revisions()), default=0) + 1
        site = self._composed.site
        new = Revision(
            Key("apps", "ControllerRevision", self._scope.key.namespace, self._name),
            number,
            self._composed.input,
            "Serving" if serves else "Pending",
            compose.version_of(site),
            site.spec.image,
            version(),
            "",
            compose.data_of(self._composed.rendered),
            self._colour,
            compose.releases(site),
        )
        await self._write(new, made=current is not None)

    async def complete(self) -> None:
        """Note that the target serves, and that no other one does, or will."""
        current = self._current()
        if current is None:
            return
        if current.outcome != "Serving":
            await self._write(current._replace(outcome="Serving"), made=True)
        for each in self.revisions():
            if each.name != current.name and (over := _OVER.get(each.outcome)):
                await self._write(each._replace(outcome=over), made=True)

    async def roll_back(self, why: str) -> bool:
        """Note that the target has failed and the last good revision is gone back to; False where it was not new."""
        current = self._current()
        if current is None or current.outcome != "Pending":
            return False
        await self._write(current._replace(outcome="RolledBack", message=why[:1_000]), made=True)
        return True

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
        names = {name for each in self.revisions() for name in each.config_maps}
        return found | {Key("", kind, namespace, name) for name in names for kind in ("ConfigMap", "Secret")}

    async def _write(self, new: Revision, *, made: bool) -> None:
        scope, site = self._scope, self._composed.site
        body = revisions.manifest(new, site, None if made else self._composed.rendered, scope.uid)
        # The data of a revision never changes, so whoever applies the rest later must not own it.
        answer: Body | None
        if made:
            answer = (await scope.client.apply(body)).body
        else:
            answer = await create_if_absent(scope.client, body, MAKER)
        if answer is None:
            raise Former(f"{new.key} of a former resource of this name is still there")
        scope.store.put_live(live(answer))


class Former(Exception):  # noqa: N818 - a state, not an error
    """Something of a former resource of the same name is in the way; it goes by itself."""


async def last_good(scope: Scope, site: Site) -> tuple[Bound, ...]:
    """Return the objects of the revision that served last, as they are applied; nothing where none has."""
    good = revisions.good(revisions.of(scope.store.children(scope.key), scope.uid))
    if good is None:
        return ()
    bodies = coloured(await objects_of(scope, good), good.colour)
    references = {each for body in bodies for each in read_by(body)}
    return bind(bodies, site, Facts(scope.uid, await scope.sources.hashes(references, bodies)))


async def objects_of(scope: Scope, kept: Revision) -> list[Body]:
    """Return the objects of a kept revision, without Secrets, whose values are not kept."""
    body = await scope.sources.revision(kept.name)
    if body is None:
        return []
    return [each for each in revisions.unpack(body) if each["kind"] != "Secret"]
