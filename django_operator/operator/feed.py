"""From events to the queue: each goes into the store, which says what resources there is reason to look at.

The only place that knows both. Knows nothing of watches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.apply.objects import Key
from django_operator.apply.store import SiteKey, Store
from django_operator.engine.paths import get

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django_operator.engine.paths import Body
    from django_operator.operator.metrics import Metrics
    from django_operator.operator.ports import Watch
    from django_operator.operator.queue import Queue

SETTLE = 0.2
"""Seconds for which events of a stack's objects are gathered: a roll-out makes dozens."""


class Feed:
    """Takes events."""

    def __init__(self, store: Store, queue: Queue[SiteKey], metrics: Metrics) -> None:
        """Take where events go."""
        self.store = store
        self._queue = queue
        self._metrics = metrics

    def site(self, body: Body, *, deleted: bool = False) -> None:
        """Take a resource as it is now, or as it was when it went."""
        meta = body["metadata"]
        key = SiteKey(meta["namespace"], meta["name"])
        if deleted:
            known = self.store.sites.get(key)
            if known is not None and known["metadata"].get("uid") != meta.get("uid"):
                return  # a new one of that name is known already
            woken = self.store.drop_site(key, *_at(body))
        else:
            woken = self.store.put_site(body)
        self._metrics.resource(*key, ready=None if deleted else ready(body))
        for each in woken:
            self._queue.add(each)

    def of(self, watch: Watch) -> tuple[Callable[[Body], None], Callable[[Body], None]]:
        """Return what takes the objects of a watch: as they are now, and as they were when they went."""
        store, group = self.store, watch.api_version.rpartition("/")[0]

        def key(body: Body) -> Key:
            meta = body["metadata"]
            return Key(group, watch.kind, meta.get("namespace") or "", meta["name"])

        if watch.metadata_only:
            return (
                lambda body: self._wake(store.put_data(body, watch.kind)),
                lambda body: self._wake(store.drop_data(key(body), *_at(body))),
            )
        return (
            lambda body: self._wake(store.put_child(body)),
            lambda body: self._wake(store.drop_child(key(body), *_at(body))),
        )

    def whole(self, watch: Watch, namespace: str | None) -> Callable[[frozenset[str], str], None]:
        """Return what takes the UIDs and the resourceVersion of a whole list of a watch."""
        group, data = watch.api_version.rpartition("/")[0], watch.metadata_only
        return lambda here, version: self._wake(self.store.only(group, watch.kind, namespace, here, version, data=data))

    def _wake(self, keys: Iterable[SiteKey]) -> None:
        """Wake resources for a change of what is theirs, those we serve: others' objects carry our labels too."""
        for each in keys:
            if each in self.store.sites:
                self._queue.add_after(each, SETTLE)


def _at(body: Body) -> tuple[str, str]:
    """Return the UID of what is gone, and the resourceVersion since when; empty where that is not known."""
    meta = body["metadata"]
    return meta.get("uid") or "", meta.get("resourceVersion") or ""


def ready(body: Body) -> bool:
    """Tell whether a resource says of its present generation that it is ready."""
    for condition in get(body, "status", "conditions") or ():
        if condition.get("type") == "Ready":
            generation = condition.get("observedGeneration", body["metadata"].get("generation"))
            return bool(condition.get("status") == "True" and generation == body["metadata"].get("generation"))
    return False
