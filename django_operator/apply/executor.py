"""The one module that writes objects: looks, applies, seeds replicas, recreates, removes. Knows nothing of stages.

An object whose desired state and whose live content are both known to be as they were costs no request at all.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from django_operator.apply import managers
from django_operator.apply.errors import ApiError
from django_operator.apply.fights import Fights
from django_operator.apply.objects import Key, Live, digest, fingerprint, live
from django_operator.apply.ownership import claim, refusal
from django_operator.engine.paths import get, put

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_operator.apply.bind import Bound
    from django_operator.apply.client import Applied, Client
    from django_operator.apply.store import Store
    from django_operator.apply.telemetry import Telemetry
    from django_operator.engine.paths import Body

MANAGER = "django-operator"
SEEDER = "django-operator-replicas"
"""Owns replicas between the moment we let go of them and the moment an autoscaler sets them."""
PATIENCE = 5.0
"""Seconds for which an object may be not ready without anybody asking why."""
MERGE = "django-operator.io/ssa"
"""Annotation on an object: `Merge` leaves fields alone that kubectl has added."""

Action = Literal["none", "create", "change", "repair", "recreate"]
_SELECTING = frozenset({"Deployment", "StatefulSet"})
"""Kinds whose selector cannot change and that hold nothing themselves: their pods are made again, their claims stay."""


class Look(NamedTuple):
    """What applying an object would do; `fault` says why it cannot be done."""

    bound: Bound
    action: Action = "none"
    fault: str = ""
    overwritten: tuple[tuple[str, str], ...] = ()
    """(path, manager) of the fields that somebody else has set since."""
    passes: bool = False
    """Whether the fault goes by itself."""
    fought: bool = False
    """Whether this goes on and on: it is left as it is for a while."""


@dataclass(slots=True)
class Executor:
    """Writes the objects of one resource.

    `known` is a hash of what was applied and of what lived then, by key; `looked` what was found by looking at what is
    not applied yet, as a gate is closed: under the same hash it need not be asked again.
    """

    client: Client
    store: Store
    telemetry: Telemetry
    uid: str
    name: str
    known: dict[Key, str] = field(default_factory=dict)
    clock: Callable[[], float] = time.monotonic
    stuck: dict[Key, tuple[tuple[int, str], float]] = field(default_factory=dict)
    looked: dict[Key, tuple[str, Look]] = field(default_factory=dict)
    fights: Fights = field(default_factory=Fights)

    async def look(self, bound: Bound) -> Look:
        """Return what applying an object would do. Raises ApiError for what is no fault of the object's."""
        there = self.store.live(bound.key)
        mark = _mark(bound, there)
        if self.known.get(bound.key) == mark:
            return Look(bound)
        looked = self.looked.get(bound.key)
        if looked is not None and looked[0] == mark:
            return looked[1]._replace(bound=bound)
        found = await self._look(bound, there)
        if not found.fault and not found.fought:
            self.looked[bound.key] = (mark, found)
        return found

    async def _look(self, bound: Bound, there: Live | None) -> Look:
        if there is not None and (refused := self._claimed(bound, there)):
            return refused
        try:
            if bound.user and not await self.client.namespaced(bound.body["apiVersion"], bound.key.kind):
                # Setting a namespace is no guard: the server drops it (CVE-2026-22872 of Capsule).
                return Look(
                    bound, fault=f"{bound.key.kind} is not namespaced, and an overlay stays inside its namespace"
                )
            answer = await self._apply(bound, there, dry_run=True)
        except ApiError as error:
            if there is not None and _is_about_uid(error) and await self._is_gone(bound, there):
                return await self._look(bound, self.store.live(bound.key))
            if error.transient:
                raise
            return await self._refused(bound, there, error)
        if there is None:
            return Look(bound, "create") if answer.created else await self._unseen(bound)
        return await self._compare(bound, there, answer)

    async def _is_gone(self, bound: Bound, there: Live) -> bool:
        """Tell whether what we know of is gone, in case nobody has told us, and remember what has its name since."""
        found = await self._get(bound)
        if found is not None and found["metadata"]["uid"] == there.uid:
            return False
        self.store.drop_child(bound.key, there.uid)
        if found is not None:
            self.store.put_child(found)
        return True

    async def _compare(self, bound: Bound, there: Live, answer: Applied) -> Look:
        if fingerprint(answer.body) == there.fingerprint and _cleanup(answer.body) is None:
            self._learn(bound, there)
            return Look(bound)
        if there.content != bound.content:
            return Look(bound, "change")
        overwritten = await self._overwritten(bound, answer.body)
        return Look(bound, "repair", overwritten=overwritten, fought=self.fights.is_fought(bound.key))

    def is_stuck(self, there: Live) -> bool:
        """Tell whether an object has been as it is for a while: then its pods are worth a question."""
        state = (there.generation, there.fingerprint)
        since = self.stuck.setdefault(there.key, (state, self.clock()))
        if since[0] != state:
            self.stuck[there.key] = since = (state, self.clock())
        return self.clock() - since[1] >= PATIENCE

    async def ensure(self, bound: Bound, *, recreate: bool = False) -> Live:
        """Apply an object unless it is known to be right, and return it as it is then."""
        there = self.store.live(bound.key)
        if recreate and there is not None:
            await self.remove(there, as_user=bound.user)
            self.store.drop_child(bound.key, there.uid)
            there = None
        if there is not None and self.known.get(bound.key) == _mark(bound, there):
            return there
        if bound.least is not None and there is not None:
            await self._hand_over(bound, there)
        try:
            answer = await self._apply(bound, there)
        except ApiError as error:
            self.looked.pop(bound.key, None)
            if there is None or not error.invalid or not await self._clear(bound, there):
                raise
            answer = await self._apply(bound, there)
        body = await self._clean(bound, answer.body)
        if answer.created and bound.least not in (None, 1):
            body = await self._seed(bound, body, bound.least or 0)
        new = live(body)
        self.store.put_live(new)
        self._learn(bound, new)
        return new

    async def remove(self, gone: Live, propagation: str = "Background", as_user: str = "") -> None:
        """Delete an object, and no other of the same name that came after it."""
        key = gone.key
        was_there = await self.client.delete(
            gone.api_version, key.kind, key.namespace, key.name, uid=gone.uid, propagation=propagation, as_user=as_user
        )
        self.known.pop(key, None)
        if not was_there:
            self.store.drop_child(key, gone.uid)

    def rest(self) -> None:
        """Forget what only matters on the way."""
        self.looked.clear()
        self.stuck.clear()

    async def remove_pod(self, pod: Body) -> None:
        """Delete a pod, for its controller to make another."""
        meta = pod["metadata"]
        await self.client.delete("v1", "Pod", meta["namespace"], meta["name"], uid=meta["uid"])

    async def _apply(self, bound: Bound, there: Live | None, *, dry_run: bool = False) -> Applied:
        # The UID is a precondition: not another object of that name, and none at all where this one is gone.
        body = put(bound.body, ("metadata", "uid"), there.uid) if there is not None else bound.body
        return await self.client.apply(body, manager=MANAGER, dry_run=dry_run, as_user=bound.user)

    async def _refused(self, bound: Bound, there: Live | None, error: ApiError) -> Look:
        """Look at an object that the server does not take: only a selector that cannot change is worth a new object."""
        if error.no_such_kind:
            api_version = bound.body["apiVersion"]
            return Look(bound, "create", fault=f"the cluster has no kind {bound.key.kind} of {api_version} (its CRD?)")
        rooted = error.immutable and bound.key.kind in _SELECTING
        try:
            found = await self._get(bound) if error.invalid or there is None else None
        except ApiError as unread:
            if unread.transient:
                raise
            found = None  # who may not even look is told what was refused first
        if found is None:
            return Look(bound, "change", fault=error.message)
        seen = live(found)
        if (claimed := self._claimed(bound, seen)) is not None:
            # What the server has against it, a second controller say, is no help: it is not ours to begin with.
            return claimed
        if rooted and get(found, "spec", "selector") != get(bound.body, "spec", "selector"):
            self.store.put_live(seen)
            return Look(bound, "recreate")
        if error.invalid and _cleanup(found) is not None:
            # What kubectl has put beside it may be what is wrong; that goes first.
            return Look(bound, "repair" if seen.content == bound.content else "change")
        return Look(bound, "change", fault=error.message)

    def _claimed(self, bound: Bound, there: Live) -> Look | None:
        """Return why an object is somebody else's, None where it is ours to apply to."""
        match claim(there, self.uid, self.name):
            case "foreign":
                return Look(bound, fault=refusal(there))
            case "former":
                return Look(bound, fault=f"{there.key} of a former resource of this name is still there", passes=True)
            case _:
                return None

    async def _unseen(self, bound: Bound) -> Look:
        """Look at an object that is there without our labels: somebody else's, or ours with the labels taken off."""
        found = await self._get(bound)
        if found is None:
            return Look(bound, "create")
        seen = live(found)
        if refused := self._claimed(bound, seen):
            return refused
        self.store.put_live(seen)
        return Look(bound, "repair")

    async def _overwritten(self, bound: Bound, after: Body) -> tuple[tuple[str, str], ...]:
        before = await self._get(bound)
        return tuple(managers.overwritten(before, after)) if before else ()

    async def _clean(self, bound: Bound, body: Body) -> Body:
        """Merge what others have written in our stead into our own entry, so that fields we drop really go."""
        return (await self._apply(bound, live(body))).body if await self._merge(bound, body) else body

    async def _clear(self, bound: Bound, there: Live) -> bool:
        """Merge likewise before an apply that the server refuses; tell whether there was anything to merge.

        An item of a keyed list that kubectl has put in the place of ours, a Service's port of the same name and another
        number say, stands beside ours until it goes: https://github.com/kubernetes/kubernetes/issues/118725
        """
        body = await self._get(bound)
        return body is not None and body["metadata"]["uid"] == there.uid and await self._merge(bound, body)

    async def _merge(self, bound: Bound, body: Body) -> bool:
        operations = _cleanup(body)
        if operations is None:
            return False
        key = bound.key
        await self.client.patch(
            body["apiVersion"], key.kind, key.namespace, key.name, operations, manager=MANAGER, as_user=bound.user
        )
        return True

    async def _hand_over(self, bound: Bound, there: Live) -> None:
        """Keep the replicas that live before we let go of the field: else it would fall back to one."""
        body = await self._get(bound)
        if body is not None and MANAGER in managers.owners(body, ("spec", "replicas")):
            await self._seed(bound, body, max(there.replicas or 0, bound.least or 0))

    async def _seed(self, bound: Bound, body: Body, replicas: int) -> Body:
        key = bound.key
        meta = {"name": key.name, "namespace": key.namespace, "uid": body["metadata"]["uid"]}
        seed = {"apiVersion": body["apiVersion"], "kind": key.kind, "metadata": meta, "spec": {"replicas": replicas}}
        return (await self.client.apply(seed, manager=SEEDER)).body

    async def _get(self, bound: Bound) -> Body | None:
        key = bound.key
        return await self.client.get(bound.body["apiVersion"], key.kind, key.namespace, key.name, as_user=bound.user)

    def _learn(self, bound: Bound, there: Live) -> None:
        self.known[bound.key] = _mark(bound, there)
        self.looked.pop(bound.key, None)


def _mark(bound: Bound, there: Live | None) -> str:
    """Return a hash of what is applied and of what lives."""
    return digest([bound.body, there.fingerprint if there else ""])


def _is_about_uid(error: ApiError) -> bool:
    """Tell whether the server speaks of another object than we do: 422 of one that came since, 409 where none is."""
    return any(cause.field == "metadata.uid" for cause in error.causes) or (
        error.conflict and "uid" in error.message.lower()
    )


def _cleanup(body: Body) -> list[Body] | None:
    if get(body, "metadata", "annotations", MERGE) == "Merge":
        return None
    return managers.cleanup(body, MANAGER)
