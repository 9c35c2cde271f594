"""Watches that come and go with resources: of kinds that only a resource's ServiceAccount has rights to.

Knows nothing of what the objects are for.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from typing import TYPE_CHECKING

from django_operator.apply.children import OURS
from django_operator.operator.ports import Watch

if TYPE_CHECKING:
    from django_operator.apply.foreign import ForeignKind
    from django_operator.apply.store import Store
    from django_operator.operator.feed import Feed
    from django_operator.operator.ports import Informers, Outcome, Reconciler


log = logging.getLogger(__name__)


class Following:
    """A Reconciler that keeps the watches in step with what its resources need."""

    def __init__(self, reconciler: Reconciler, store: Store, feed: Feed, informers: Informers) -> None:
        """Take who reconciles, and what watches are made of."""
        self._reconciler, self._store, self._feed, self._informers = reconciler, store, feed, informers
        self._running: dict[ForeignKind, asyncio.Task[None]] = {}

    async def reconcile(self, namespace: str, name: str, /) -> Outcome:
        """Reconcile one resource, then begin and end watches."""
        outcome = await self._reconciler.reconcile(namespace, name)
        self._follow()
        return outcome

    def _follow(self) -> None:
        wanted = frozenset().union(*self._store.foreign.values())
        for kind in wanted - self._running.keys():
            watch = Watch(kind.api_version, kind.kind, OURS, as_user=kind.user)
            upsert, delete = self._feed.of(watch)
            whole = self._feed.whole(watch, kind.namespace)
            informer = self._informers(watch, kind.namespace, on_upsert=upsert, on_delete=delete, on_listed=whole)
            task = asyncio.create_task(informer.run(), name=f"watch of {kind.kind}")
            task.add_done_callback(functools.partial(self._ended, kind))
            self._running[kind] = task
        for kind in self._running.keys() - wanted:
            self._running.pop(kind).cancel()

    def _ended(self, kind: ForeignKind, task: asyncio.Task[None]) -> None:
        """Let a watch that broke be begun anew with the next reconcile."""
        if not task.cancelled() and self._running.get(kind) is task:
            del self._running[kind]
            log.error("%s ended: it is begun anew", task.get_name(), exc_info=task.exception())

    def stop(self) -> None:
        """End all watches."""
        for task in self._running.values():
            task.cancel()
        self._running.clear()
