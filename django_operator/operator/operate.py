"""The life of an operator: stand by, take the Lease, learn what is there, work, stop.

Nothing is watched before the Lease is held, and nothing written before all of the cluster is known that matters: who
knows half of it would make good what is not amiss. Knows nothing of where its parts come from.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from django_operator.operator.feed import Feed
from django_operator.operator.http import serving
from django_operator.operator.queue import Queue
from django_operator.operator.resync import Resync
from django_operator.operator.watches import watches
from django_operator.operator.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from django_operator.operator.lease import Lease
    from django_operator.operator.metrics import Metrics
    from django_operator.operator.ports import Informer, Informers, Lists, Reconciler, SiteKey, Store
    from django_operator.operator.settings import Settings

log = logging.getLogger(__name__)

_STOP = 5.0
"""Seconds for watches to end, after the Lease is released."""


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
    abort: Callable[[str], NoReturn]
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
        self._workers = Workers(self._queue, parts.reconciler, parts.metrics, limit=settings.timeout)
        self._tasks: list[asyncio.Task[None]] = []
        self._working: list[asyncio.Task[None]] = []
        self._missing: dict[str, int] = {}
        """What is not known yet, with the number of namespaces where it is not."""
        self._known = asyncio.Event()
        self._leads = False
        self.port = 0
        """Where probes and metrics are served, once they are."""
        parts.metrics.queue(lambda: len(self._queue), lambda: self._queue.delayed, lambda: self._queue.at_work)

    def checks(self) -> dict[str, str]:
        """Return what makes it ready, with what is missing: who stands by is ready, who leads when it works."""
        if not self._leads:
            return {"standby": ""}
        missing = ", ".join(sorted(self._missing))
        return {"leader": "", "known": missing, "working": "" if self._working else "not yet"}

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set, and end in good order."""
        async with serving(self._parts.settings.port, self.checks, self._parts.metrics) as self.port:
            log.info("probes and metrics are served on port %d", self.port)
            if await self._elected(stop):
                await self._lead(stop)
        log.info("stopped")

    async def _elected(self, stop: asyncio.Event) -> bool:
        acquiring = asyncio.create_task(self._parts.lease.acquire())
        await _first(acquiring, stop)
        if stop.is_set():
            acquiring.cancel()
            await asyncio.wait([acquiring])
            await self._parts.lease.release()  # it may have become ours just now
            return False
        acquiring.result()
        return True

    async def _lead(self, stop: asyncio.Event) -> None:
        self._leads = True
        leading = self._start("the Lease was lost", self._parts.lease.hold())
        learning = asyncio.create_task(self._learn())
        await self._unless_broken(learning, stop)
        if not stop.is_set():
            learning.result()
            number = self._parts.settings.workers
            self._working = [self._start("a worker ended", self._workers.run()) for _ in range(number)]
            log.info("all is known; %d workers begin", number)
            await self._unless_broken(None, stop)
        log.info("stopping: no more work is taken")
        learning.cancel()
        await self._drain(leading)
        leading.cancel()
        await asyncio.wait([leading])
        await self._parts.lease.release()
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks, timeout=_STOP)

    async def _learn(self) -> None:
        """Watch everything, and return when all that is there is known."""
        self._missing = {"Django": 1}
        await self._resync.installed()
        for namespace in self._parts.settings.namespaces or (None,):
            for watch in watches():
                name = str(watch)
                self._missing[name] = self._missing.get(name, 0) + 1
                upsert, delete = self._feed.of(watch)
                informer = self._parts.informers(
                    watch, namespace, on_upsert=upsert, on_delete=delete, on_synced=self._once(name)
                )
                self._start(f"the watch of {name} ended", informer.run())
        self._start("the watch of Django ended", self._parts.resources(self._feed))
        await self._resync.caught_up()
        self._learned("Django")
        await self._known.wait()
        self._start("the comparison of resources ended", self._resync.run(self._parts.settings.resync))

    async def _drain(self, leading: asyncio.Task[None]) -> None:
        """Let the reconciles under way finish, as long as they may and as long as we lead."""
        self._queue.close()
        working = [task for task in self._working if not task.done()]
        if working:
            finished = asyncio.ensure_future(asyncio.wait(working, timeout=self._parts.settings.grace))
            await asyncio.wait({finished, leading}, return_when=asyncio.FIRST_COMPLETED)
            if leading.done():
                self._broken(leading)
            for task in (late := [each for each in working if not each.done()]):
                task.cancel()
            if late:
                log.warning("%d reconciles did not finish within %g s", len(late), self._parts.settings.grace)
                await asyncio.wait(late)

    def _start(self, end: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a task that has no end of its own; `end` is what to say when it has one."""
        task = asyncio.create_task(work, name=end)
        self._tasks.append(task)
        return task

    async def _unless_broken(self, task: asyncio.Task[None] | None, stop: asyncio.Event) -> None:
        """Return when a task is done or `stop` is set; end the process when one of those without an end has one."""
        waiting = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set() and not (task and task.done()):
                await asyncio.wait(
                    {*self._tasks, waiting, *filter(None, [task])}, return_when=asyncio.FIRST_COMPLETED, timeout=1
                )
                if stop.is_set():
                    return
                for each in self._tasks:
                    if each.done():
                        self._broken(each)
        finally:
            waiting.cancel()

    def _broken(self, task: asyncio.Task[None]) -> NoReturn:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.debug("%s", task.get_name(), exc_info=error)
        self._parts.abort(f"{task.get_name()}: {error}" if error else task.get_name())

    def _once(self, name: str) -> Callable[[], None]:
        """Return what an informer calls when it has listed everything; it may call again after it listed anew."""
        called = False

        def synced() -> None:
            nonlocal called
            if not called:
                called = True
                self._learned(name)

        return synced

    def _learned(self, name: str) -> None:
        self._missing[name] -= 1
        if not self._missing[name]:
            del self._missing[name]
        if not self._missing:
            self._known.set()


async def _first(task: asyncio.Task[None], stop: asyncio.Event) -> None:
    """Return when a task is done or an event is set."""
    waiting = asyncio.create_task(stop.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
