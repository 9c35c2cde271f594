"""The life of an operator: in virtual time, with a scripted cluster. What is promised of order, stops and mishaps."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, NoReturn

import pytest

from django_operator.apply.store import SiteKey, Store
from django_operator.operator import operate
from django_operator.operator.metrics import Metrics
from django_operator.operator.operate import Operator, Parts
from django_operator.operator.settings import Settings
from tests import virtual
from tests.operator.fakes import Cluster, Informer, Reconciler, site
from tests.operator.test_lease import Server, candidate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from django_operator.engine.paths import Body
    from django_operator.operator.feed import Feed
    from django_operator.operator.ports import Watch


class Aborted(BaseException):
    """The process would have ended here."""


class Stage:
    """An operator and all around it."""

    def __init__(self, *, reconciler: Reconciler | None = None, settings: Settings | None = None) -> None:
        """Start with two resources; informers sync when `listed` is set."""
        self.server = Server()
        self.lease, self.line = candidate(self.server, "me")
        self.cluster = Cluster(site("a"), site("b"))
        self.reconciler = reconciler or Reconciler()
        self.metrics = Metrics("1")
        self.stop = asyncio.Event()
        self.listed = asyncio.Event()
        self.informers: list[Informer] = []
        self.watching = False
        self.broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.feed: Feed | None = None
        self.store = Store()
        parts = Parts(
            settings or Settings(workers=2),
            self.metrics,
            self.lease,
            self.cluster,
            self.store,
            self.reconciler,
            self._informer,
            self._resources,
            self._abort,
        )
        self.operator = Operator(parts)

    def _informer(
        self,
        watch: Watch,
        namespace: str | None,
        *,
        on_upsert: Callable[[Body], None],
        on_delete: Callable[[Body], None],
        on_listed: Callable[[frozenset[str], str], None],
    ) -> Informer:
        del on_delete, on_listed
        self.informers.append(made := Informer(watch, namespace, on_upsert, self.listed))
        return made

    async def _resources(self, feed: Feed) -> None:
        """Tell of all resources there are, then wait, or break when the test says so."""
        assert self.lease.held()
        self.watching, self.feed = True, feed
        try:
            await asyncio.sleep(1)
            for body in list(self.cluster.bodies.values()):
                feed.site(body)
            await self.broken
        finally:
            self.watching = False

    @staticmethod
    def _abort() -> NoReturn:
        raise Aborted


@pytest.fixture(autouse=True)
def _no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Virtual time and sockets don't mix; probes have a test of their own."""

    @contextlib.asynccontextmanager
    async def serving(port: int, _checks: object, _metrics: object) -> AsyncIterator[int]:
        yield port

    monkeypatch.setattr(operate, "serving", serving)


def play(act: Callable[[Stage, asyncio.Task[None]], Awaitable[None]], **options: object) -> None:
    """Let an operator run while a test acts; nothing may be left running afterwards."""

    async def scene() -> None:
        stage = Stage(**options)  # type: ignore[arg-type] # passed on
        running = asyncio.create_task(stage.operator.run(stage.stop))
        await act(stage, running)
        if not running.done():
            stage.stop.set()
            await running
        assert not stage.watching
        assert not any(each.running for each in stage.informers)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    virtual.run(scene())


def test_order() -> None:
    """The Lease, then watches, then, when all is known, work; the probes tell which."""

    async def act(stage: Stage, running: asyncio.Task[None]) -> None:
        stage.server.held_by("other")
        await asyncio.sleep(10)
        assert not stage.informers
        assert not stage.cluster.asked
        assert stage.operator.checks() == {"standby": ""}
        await asyncio.sleep(10)
        assert stage.watching
        assert len(stage.informers) == 26
        checks = stage.operator.checks()
        assert checks["leader"] == ""
        assert checks["known"].startswith("Certificate, Cluster, ConfigMap, ConfigMap (versions), ")
        assert checks["working"] == "no"
        assert not stage.reconciler.began
        stage.listed.set()
        await asyncio.sleep(1)
        assert [name for _, name in stage.reconciler.began] == ["a", "b"]
        assert stage.operator.checks() == {"leader": "", "known": "", "working": ""}
        assert not running.done()

    play(act)


def test_no_work_before_the_resources_are_known() -> None:
    """The objects alone do not do."""

    async def act(stage: Stage, _running: asyncio.Task[None]) -> None:
        stage.listed.set()
        await asyncio.sleep(0.5)
        assert stage.watching
        assert stage.operator.checks()["known"] == "Django"
        assert not stage.reconciler.began
        await asyncio.sleep(1)
        assert stage.reconciler.began

    play(act)


def test_namespaces() -> None:
    """Each one is watched, and nothing else."""

    async def act(stage: Stage, _running: asyncio.Task[None]) -> None:
        await asyncio.sleep(1)
        assert [each.namespace for each in stage.informers] == ["ns"] * 26 + ["more"] * 26

    play(act, settings=Settings(namespaces=("ns", "more")))


def test_stop_lets_reconciles_finish() -> None:
    """What runs ends, what waits does not begin; the Lease is given up, and only then."""

    async def act(stage: Stage, running: asyncio.Task[None]) -> None:
        stage.listed.set()
        await asyncio.sleep(5)
        assert [name for _, name in stage.reconciler.began] == ["a"]
        stage.stop.set()
        await asyncio.sleep(5)
        assert stage.lease.held()
        assert stage.server.spec["holderIdentity"] == "me"
        await running
        assert (stage.reconciler.ended, len(stage.reconciler.began)) == (["a"], 1)
        assert stage.server.spec["holderIdentity"] == ""
        assert not stage.lease.held()

    play(act, reconciler=Reconciler(takes=15), settings=Settings(workers=1))


def test_stop_waits_no_longer_than_20_seconds(caplog: pytest.LogCaptureFixture) -> None:
    """Then reconciles are cancelled, and the Lease is given up all the same."""

    async def act(stage: Stage, running: asyncio.Task[None]) -> None:
        stage.listed.set()
        await asyncio.sleep(5)
        stage.stop.set()
        before = virtual.now()
        await running
        assert virtual.now() - before == pytest.approx(20, abs=1)
        assert stage.reconciler.ended == []
        assert stage.server.spec["holderIdentity"] == ""

    play(act, reconciler=Reconciler(takes=200))
    assert "2 workers did not finish within 20 s" in caplog.text


def test_stop_while_standing_by() -> None:
    """Ends at once; the other's Lease stays."""

    async def act(stage: Stage, running: asyncio.Task[None]) -> None:
        stage.server.held_by("other")
        await asyncio.sleep(3)
        stage.stop.set()
        await asyncio.wait_for(running, 1)
        assert stage.server.spec["holderIdentity"] == "other"

    play(act)


def test_stop_while_learning() -> None:
    """Nothing was done; the Lease is given up."""

    async def act(stage: Stage, running: asyncio.Task[None]) -> None:
        await asyncio.sleep(3)
        stage.stop.set()
        await asyncio.wait_for(running, 1)
        assert stage.server.spec["holderIdentity"] == ""
        assert not stage.reconciler.began

    play(act)


async def ended(running: asyncio.Task[None], within: float) -> None:
    """Wait for the process' end; what is left of it is cleaned up, as no process ends here."""
    with pytest.raises(Aborted):
        await asyncio.wait_for(running, within)
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def test_a_lost_lease_ends_the_process(caplog: pytest.LogCaptureFixture) -> None:
    """At once, in the midst of a reconcile, and nothing is written to the Lease."""

    async def act(stage: Stage, running: asyncio.Task[None]) -> None:
        stage.listed.set()
        await asyncio.sleep(5)
        stage.server.held_by("other")
        await ended(running, 3)
        assert not stage.lease.held()
        assert stage.reconciler.ended == []
        assert stage.server.spec["holderIdentity"] == "other"

    play(act, reconciler=Reconciler(takes=200))
    assert "the Lease was lost: it is held by other; the process ends at once" in caplog.text


def test_a_lease_lost_while_stopping() -> None:
    """Ends the process as well: reconciles are still at it."""

    async def act(stage: Stage, running: asyncio.Task[None]) -> None:
        stage.listed.set()
        await asyncio.sleep(5)
        stage.stop.set()
        await asyncio.sleep(1)
        stage.line.cut = True
        await ended(running, 11)

    play(act, reconciler=Reconciler(takes=200))


def test_a_broken_watch_ends_the_process(caplog: pytest.LogCaptureFixture) -> None:
    """An operator that is blind is none; the reason is told, with its traceback where nobody expected it."""

    async def act(stage: Stage, running: asyncio.Task[None]) -> None:
        stage.listed.set()
        await asyncio.sleep(5)
        stage.broken.set_exception(RuntimeError("kopf ended"))
        await ended(running, 1)

    play(act)
    assert "the watch of Django ended: kopf ended; the process ends at once" in caplog.text
    assert caplog.records[-1].exc_info


def test_a_fault_while_learning_ends_the_process(caplog: pytest.LogCaptureFixture) -> None:
    """Before any work was done; with its traceback."""

    async def act(stage: Stage, running: asyncio.Task[None]) -> None:
        stage.cluster.errors = [ZeroDivisionError("odd")]
        await ended(running, 1)

    play(act)
    assert "what is there could not be learnt: odd; the process ends at once" in caplog.text
    assert caplog.records[-1].exc_info


def test_events_wake_and_missed_deletions_are_found() -> None:
    """After the start: a change wakes a worker; a deletion that no watch told of is found within ten minutes."""

    async def act(stage: Stage, _running: asyncio.Task[None]) -> None:
        stage.listed.set()
        await asyncio.sleep(5)
        assert stage.feed
        stage.cluster.put(changed := site("a", 2))
        stage.feed.site(changed)
        await asyncio.sleep(1)
        assert [name for _, name in stage.reconciler.began] == ["a", "b", "a"]
        del stage.cluster.bodies[SiteKey("ns", "b")]
        await asyncio.sleep(661)
        assert [name for _, name in stage.reconciler.began] == ["a", "b", "a", "b"]

    play(act)
