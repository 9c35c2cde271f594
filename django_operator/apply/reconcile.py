"""One idempotent pass over one resource: whatever woke it, what is not as it should be is set right, in order.

Knows nothing of watches, queues and leases; it is called with a resource's name, and says when it wants to be called
again.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from django_operator.apply import inventory
from django_operator.apply.compose import Composer
from django_operator.apply.events import Recorder
from django_operator.apply.executor import Executor
from django_operator.apply.passing import run
from django_operator.apply.report import Reporter
from django_operator.apply.scope import Scope
from django_operator.apply.sources import Sources
from django_operator.apply.store import SiteKey
from django_operator.apply.telemetry import Silent
from django_operator.engine.paths import get

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_operator.apply.client import Client
    from django_operator.apply.progress import Progress
    from django_operator.apply.store import Store
    from django_operator.apply.telemetry import Telemetry

LOOK_SOON = 10.0
"""Seconds after which what is waited for is looked at without being woken: a pod that cannot start tells nobody."""
LOOK_AGAIN = 60.0
"""Seconds after which what is under way is looked at without being woken; costs no request while nothing changes."""


class Outcome(NamedTuple):
    """What a pass came to; `requeue_after` in seconds, None for when something happens.

    `progress` is None for a resource that is gone.
    """

    requeue_after: float | None = None
    progress: Progress | None = None


@dataclass(slots=True)
class Memory:
    """What is remembered of one resource between passes; losing it costs requests, never correctness."""

    uid: str
    executor: Executor
    sources: Sources
    composer: Composer


def _now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Reconciler:
    """Reconciles resources, one at a time each; different ones may run side by side."""

    def __init__(  # noqa: PLR0913 - each has a default
        self,
        client: Client,
        store: Store,
        *,
        telemetry: Telemetry | None = None,
        now: Callable[[], str] = _now,
        instance: str = "",
        prunes: bool = True,
    ) -> None:
        """Take the client that reads and writes, the store that the watches fill, and this process' name.

        Unless it `prunes`, what is part of a stack no longer stays.
        """
        self._client, self._store = client, store
        self._reporter = Reporter(client, store, Recorder(client, now, instance), now)
        self._telemetry = telemetry or Silent()
        self._memory: dict[SiteKey, Memory] = {}
        self._prunes = prunes

    async def reconcile(self, namespace: str, name: str) -> Outcome:
        """Set one resource right as far as that goes now. Raises ApiError for what is worth another try."""
        key = SiteKey(namespace, name)
        body = self._store.sites.get(key)
        if body is None or body["metadata"].get("deletionTimestamp"):
            # Its objects go by their owner references, its data stays or goes by deletionPolicy: nothing is left to do.
            self._memory.pop(key, None)
            return Outcome()
        memory = self._remembered(key, body["metadata"]["uid"])
        client, store = self._client, self._store
        progress = await run(
            Scope(
                client,
                store,
                self._telemetry,
                memory.executor,
                memory.sources,
                memory.composer,
                self._reporter,
                key,
                body,
                self._prunes,
            )
        )
        await self._reporter.report(body, progress)
        if progress.again:
            return Outcome(0.0, progress)
        if not (progress.stage or progress.unready or progress.problem or progress.contended):
            memory.composer.forget()
            if not progress.pending:
                # While it is paused they are what need not be asked again.
                memory.executor.rest()
            return Outcome(None, progress)
        waits = bool(progress.waiting or progress.unready)
        return Outcome(LOOK_SOON if waits and not progress.troubled else LOOK_AGAIN, progress)

    def _remembered(self, key: SiteKey, uid: str) -> Memory:
        memory = self._memory.get(key)
        if memory is None or memory.uid != uid:
            noted = inventory.read(get(self._store.sites.get(key), "status", "inventory"))
            known = {each.key(key.namespace): each.verified for each in noted if each.verified}
            executor = Executor(self._client, self._store, self._telemetry, uid, key.name, known)
            sources = Sources(self._client, self._store, key)
            memory = self._memory[key] = Memory(uid, executor, sources, Composer(sources))
        return memory
