"""The life of an operator: stand by, take the Lease, learn what is there, work, stop.

Nothing is watched before the Lease is held, and nothing written before all of the cluster is known that matters: who
knows half of it would make good what is not amiss. Knows nothing of where its parts come from.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from django_operator.apply.errors import ApiError
from django_operator.operator.feed import Feed
from django_operator.operator.foreign import Following
from django_operator.operator.http import serving
from django_operator.operator.lease import Lost
from django_operator.operator.queue import Queue
from django_operator.operator.resync import Resync
from django_operator.operator.watches import watches
from django_operator.operator.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine
    from typing import Any

    from django_operator.apply.store import SiteKey, Store
    from django_operator.operator.lease import Lease
    from django_operator.operator.metrics import Metrics
    from django_operator.operator.ports import Informer, Informers, Lists, Reconciler
    from django_operator.operator.settings import Settings

log = logging.getLogger(__name__)

_STOP = 2.0
"""Seconds for tasks to end that were told to."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What an operator is made of."""

    settings: Settings
    metrics: Metrics
    lease: Lease
    client: Lists
    store: Store
    reconciler: Reconciler
    informers: Informers
    resources: Callable[[Feed], Coroutine[Any, Any, None]]
    """Watches the Django resources for ever."""
    abort: Callable[[], NoReturn]
    """Ends the process at once: what it would still do may be undoing another leader's work."""


class Operator:
    """One operator. `run` it once."""

    def __init__(self, parts: Parts) -> None:
        """Put the parts together; nothing runs yet."""
        self._parts = parts
        self._queue: Queue[SiteKey] = Queue(waited=parts.metrics.waited)
        self._feed = Feed(parts.store, self._queue, parts.metrics)
        settings = parts.settings
        self._resync = Resync(parts.client, self._feed, namespaces=settings.namespaces, selector=settings.selector)
        self._following = Following(parts.reconciler, parts.store, self._feed, parts.informers)
        self._workers = Workers(self._queue, self._following, parts.metrics, limit=settings.timeout)
        self._tasks: list[asyncio.Task[None]] = []
        self._working: list[asyncio.Task[None]] = []
        self._informers: list[tuple[str, Informer]] = []
        self._caught_up = False
        self._broken = asyncio.Event()
        self._mishap: asyncio.Task[None] | None = None
        """The first one of the tasks without an end that has one nevertheless; `_broken` is set with it."""
        self._stopping = False
        self._leads = False
        self.port = 0
        """Where probes and metrics are served, once they are."""
        parts.metrics.queue(lambda: len(self._queue), lambda: self._queue.delayed, lambda: self._queue.at_work)

    def checks(self) -> dict[str, str]:
        """Return what makes it ready, with what is missing: who stands by is ready, who leads when it works."""
        if not self._leads:
            return {"standby": ""}
        missing = [] if self._caught_up else ["Django"]
        missing += sorted({name for name, informer in self._informers if not informer.synced.is_set()})
        return {"leader": "", "known": ", ".join(missing), "working": "" if self._working else "no"}

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set, and end in good order."""
        async with serving(self._parts.settings.port, self.checks, self._parts.metrics) as self.port:
            log.info("probes and metrics are served on port %d", self.port)
            if await self._elected(stop):
                await self._lead(stop)
        log.info("stopped")

    async def _elected(self, stop: asyncio.Event) -> bool:
        acquiring = asyncio.create_task(self._parts.lease.acquire())
        await _any(acquiring, stop)
        if stop.is_set():
            await _cancelled([acquiring])
            await self._parts.lease.release()  # it may have become ours just now
            return False
        acquiring.result()
        return True

    async def _lead(self, stop: asyncio.Event) -> None:
        self._leads = True
        leading = self._start("the Lease was lost", self._parts.lease.hold())
        learning = asyncio.create_task(self._learn(), name="what is there could not be learnt")
        learning.add_done_callback(self._failed)
        await self._until(stop, learning)
        if not stop.is_set():
            number = self._parts.settings.workers
            self._working = [self._start("a worker ended", self._workers.run()) for _ in range(number)]
            log.info("all is known; %d workers begin", number)
            await self._until(stop)
        log.info("stopping: no more work is taken")
        await _cancelled([learning])
        await self._drain()
        self._stopping = True
        self._following.stop()
        await _cancelled([leading])  # first, or it would take the Lease again
        await self._parts.lease.release()
        await _cancelled(self._tasks)

    async def _learn(self) -> None:
        """Watch everything, and return when all that is there is known."""
        await self._resync.installed()
        for namespace in self._parts.settings.namespaces or (None,):
            for watch in watches():
                upsert, delete = self._feed.of(watch)
                whole = self._feed.whole(watch, namespace)
                informer = self._parts.informers(watch, namespace, on_upsert=upsert, on_delete=delete, on_listed=whole)
                self._informers.append((str(watch), informer))
                _ = self._start(f"the watch of {watch} ended", informer.run())
        _ = self._start("the watch of Django ended", self._parts.resources(self._feed))
        await self._resync.caught_up()
        self._caught_up = True
        for _, informer in self._informers:
            await informer.synced.wait()
        _ = self._start("the comparison of resources ended", self._resync.run(self._parts.settings.resync))

    async def _drain(self) -> None:
        """Let the reconciles under way finish, as long as they may and as long as we lead."""
        working, self._working = self._working, []
        self._tasks = [task for task in self._tasks if task not in working]  # their end is no mishap from now on
        self._queue.close()
        if not working:
            return
        finishing = asyncio.ensure_future(asyncio.wait(working, timeout=self._parts.settings.grace))
        await self._until(asyncio.Event(), finishing)
        if late := [task for task in working if not task.done()]:
            log.warning("%d workers did not finish within %g s", len(late), self._parts.settings.grace)
            await _cancelled(late)

    def _start(self, end: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a task that has no end of its own; `end` is what to say when it has one."""
        task = asyncio.create_task(work, name=end)
        self._tasks.append(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task in self._tasks and not self._stopping:
            self._mishap = self._mishap or task
            self._broken.set()

    def _failed(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception():
            self._mishap = self._mishap or task
            self._broken.set()

    async def _until(self, stop: asyncio.Event, task: asyncio.Future[Any] | None = None) -> None:
        """Return when `stop` is set or a task is done. Aborts when something ended that has no end, or failed."""
        waiting = [asyncio.create_task(each.wait()) for each in (stop, self._broken)]
        await asyncio.wait([*waiting, *filter(None, [task])], return_when=asyncio.FIRST_COMPLETED)
        for each in waiting:
            each.cancel()
        if self._mishap is not None:
            self._abort(self._mishap)

    def _abort(self, task: asyncio.Task[None]) -> NoReturn:
        error = None if task.cancelled() else task.exception()
        known = error is None or isinstance(error, (Lost, ApiError))
        log.critical(
            "%s%s; the process ends at once",
            task.get_name(),
            f": {error}" if error else "",
            exc_info=None if known else error,
        )
        self._parts.abort()


async def _any(task: asyncio.Task[None], stop: asyncio.Event) -> None:
    """Return when a task is done or an event is set."""
    waiting = asyncio.create_task(stop.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


async def _cancelled(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel tasks, and wait for their ends; not for ever."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=_STOP)
