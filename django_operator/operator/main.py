"""`django-operator run`: the parts of an operator, put together for a real cluster and a real process."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

from django_operator.apply.client import Client
from django_operator.apply.credentials import NoCredentials
from django_operator.apply.informer import Informer
from django_operator.apply.reconcile import Reconciler
from django_operator.apply.store import Store
from django_operator.engine.version import version
from django_operator.operator import handlers, logs
from django_operator.operator.lease import Lease
from django_operator.operator.metrics import Metrics
from django_operator.operator.operate import Operator, Parts
from django_operator.operator.settings import Settings, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_operator.engine.paths import Body
    from django_operator.operator.feed import Feed
    from django_operator.operator.ports import Informers, Watch

log = logging.getLogger(__name__)


__all__ = ["read", "run"]


def run(settings: Settings) -> int:
    """Run an operator until the process is told to stop, and return its exit code."""
    logs.configure(settings.log_format or logs.default_format(sys.stderr), settings.log_level)
    try:
        asyncio.run(_serve(settings))
    except (NoCredentials, OSError) as error:  # no way to log in; a port that is taken
        log.critical("%s", error)
        return 1
    except Exception:
        log.critical("this is a fault of django-operator", exc_info=True)
        return 1
    return 0


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    listen = _signals(stop)
    listen()
    agent = f"django-operator/{version()}"
    metrics = Metrics(version())
    connect = functools.partial(
        Client.connect,
        kubeconfig=settings.kubeconfig or None,
        context=settings.context or None,
        user_agent=agent,
        telemetry=metrics,
    )
    # Connections of its own: renewing must not wait for anything else.
    async with await connect() as elections:
        namespace = settings.lease_namespace or elections.namespace
        lease = Lease(elections, namespace, settings.lease_name, settings.identity, told=metrics.leader)
        async with await connect(may_write=lease.held) as client:
            log.info("%s at %s", agent, client.server)
            parts = _parts(settings, metrics, lease, client, agent, listen)
            await Operator(parts).run(stop)


def _parts(  # noqa: PLR0913, PLR0917 - it puts parts together
    settings: Settings, metrics: Metrics, lease: Lease, client: Client, agent: str, listen: Callable[[], None]
) -> Parts:
    store = Store()
    store.tracks_data = True

    async def resources(feed: Feed) -> None:
        registry = handlers.registry(feed, lambda: client.credentials, agent)
        await handlers.watch(registry, settings, spawned=listen)

    reconciler = Reconciler(client, store, telemetry=metrics, instance=settings.identity)
    return Parts(
        settings, metrics, lease, client, store, reconciler, informers(client, settings.stall), resources, _abort
    )


def informers(client: Client, stall: float) -> Informers:
    """Return what makes watches by a client; `stall` is how long one may be silent, in seconds."""

    def make(
        watch: Watch,
        namespace: str | None,
        *,
        on_upsert: Callable[[Body], None],
        on_delete: Callable[[Body], None],
        on_listed: Callable[[frozenset[str], str], None],
    ) -> Informer:
        return Informer(
            client, watch.api_version, watch.kind, namespace, on_upsert, on_delete, on_listed=on_listed,
            labels=watch.labels, metadata_only=watch.metadata_only, as_user=watch.as_user, stall=stall,
        )  # fmt: skip

    return make


def _signals(stop: asyncio.Event) -> Callable[[], None]:
    """Return what makes SIGTERM and SIGINT set an event, the second one end the process; kopf takes them for itself."""
    loop = asyncio.get_running_loop()

    def told(number: signal.Signals) -> None:
        if stop.is_set():
            log.warning("%s again: the process ends at once", number.name)
            os._exit(128 + number)
        log.info("%s: the operator stops", number.name)
        stop.set()

    def listen() -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, told, number)

    return listen


def _abort() -> NoReturn:
    """End the process with nothing more sent: tasks that are told to stop might still do something."""
    logging.shutdown()
    os._exit(1)
