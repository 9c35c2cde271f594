"""The workers: take a resource from the queue, reconcile it, and decide when it is looked at again.

Whatever a reconcile raises is told, counted and tried again; it ends nothing. Knows nothing of what a reconcile does.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from django_operator.apply.errors import ApiError, NotLeader
from django_operator.operator import logs

if TYPE_CHECKING:
    from django_operator.apply.store import SiteKey
    from django_operator.operator.metrics import Metrics
    from django_operator.operator.ports import Outcome, Reconciler
    from django_operator.operator.queue import Queue

log = logging.getLogger(__name__)


class Workers:
    """Several tasks over one queue."""

    def __init__(self, queue: Queue[SiteKey], reconciler: Reconciler, metrics: Metrics, *, limit: float) -> None:
        """Take what to do; `limit` is what one reconcile may take, in seconds."""
        self._queue = queue
        self._reconciler = reconciler
        self._metrics = metrics
        self._limit = limit
        self._told: dict[SiteKey, str] = {}
        """The last failure of each resource: one that comes back each time is told once, tracebacks and all."""

    async def run(self) -> None:
        """Be one worker, until the queue is closed."""
        while (key := await self._queue.get()) is not None:
            try:
                await self._work(key)
            finally:
                self._queue.done(key)

    async def _work(self, key: SiteKey) -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        with logs.about(str(key)):
            limit = asyncio.timeout(self._limit)
            try:
                async with limit:
                    outcome = await self._reconciler.reconcile(*key)
            except NotLeader:
                log.info("stopped: the Lease is not ours any more")
                result = "error"  # and no retry: this process is about to end
            except Exception as error:  # noqa: BLE001 - the loop must go on, and does so in the open
                result = self._failed(key, error, late=limit.expired())
            else:
                result = self._succeeded(key, outcome)
            self._metrics.reconciled(result, loop.time() - start)

    def _succeeded(self, key: SiteKey, outcome: Outcome) -> str:
        self._queue.forget(key)
        self._told.pop(key, None)
        if outcome.requeue_after is None:
            return "success"
        self._queue.add_after(key, outcome.requeue_after)
        return "requeue"

    def _failed(self, key: SiteKey, error: Exception, *, late: bool) -> str:
        wait = self._queue.retry(key, getattr(error, "retry_after", None) or 0.0)
        if late and isinstance(error, TimeoutError):
            reason = "Timeout"
            log.error("the reconcile did not end within %g s; again in %.1f s", self._limit, wait)
        elif isinstance(error, ApiError):
            reason = error.reason or f"HTTP{error.code}"
            level = logging.WARNING if error.transient else logging.ERROR
            level = logging.DEBUG if self._is_known(key, f"{reason}: {error}") else level
            log.log(level, "the API server: %s; again in %.1f s", error, wait)
        else:
            reason = type(error).__name__
            self._unexpected(key, error, wait)
        self._metrics.failed(reason)
        return "error"

    def _unexpected(self, key: SiteKey, error: Exception, wait: float) -> None:
        said = f"{type(error).__name__}: {error}"
        again = self._is_known(key, said)
        log.error(
            "this is a fault of django-operator: %s; again in %.1f s", said, wait, exc_info=None if again else error
        )

    def _is_known(self, key: SiteKey, said: str) -> bool:
        """Tell whether this is how the resource failed the last time, too."""
        before, self._told[key] = self._told.get(key), said
        return before == said
