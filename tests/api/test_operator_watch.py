"""kopf and the Lease against a real API server, with no more rights than the shipped Role gives."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
from typing import TYPE_CHECKING, cast

import aiohttp
import pytest

from django_operator.apply.client import Client
from django_operator.apply.store import SiteKey, Store
from django_operator.operator import handlers
from django_operator.operator.feed import Feed
from django_operator.operator.lease import Lease, Lost, Timing
from django_operator.operator.metrics import Metrics
from django_operator.operator.queue import Queue
from django_operator.operator.resync import Resync
from django_operator.operator.settings import Settings
from django_operator.stack.install import manifests
from tests.cluster.faults import Call, Delay, Fault, Gone, Refuse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from django_operator.apply.credentials import Credentials
    from tests.cluster.client import Client as Admin
    from tests.cluster.client import Object
    from tests.cluster.plane import ControlPlane
    from tests.cluster.proxy import Proxy

QUICK = Timing(duration=3, renew_deadline=2, retry_period=0.5)


def site(namespace: str, name: str, **labels: str) -> Object:
    """Return the smallest Django resource."""
    meta = {"namespace": namespace, "name": name, "labels": labels}
    spec = {"image": "registry.example/shop:1", "project": "shop"}
    return {"apiVersion": "django-operator.io/v1alpha1", "kind": "Django", "metadata": meta, "spec": spec}


@pytest.fixture
def kubeconfig(plane: ControlPlane, client: Admin, namespace: str) -> Path:
    """A kubeconfig of the operator's ServiceAccount in a namespaced installation."""
    for body in manifests("image", namespace=namespace, namespaced=True):
        if body["kind"] in {"ServiceAccount", "Role", "RoleBinding"}:
            client.apply(body)
    token = plane.service_account(namespace, "django-operator")
    return plane.kubeconfig(token, namespace=namespace)


async def until(holds: Callable[[], object], seconds: float = 20) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - what holds knows of no event
            await asyncio.sleep(0.02)


class Watching:
    """kopf at work on a namespace."""

    def __init__(self, api: Client, settings: Settings, agent: str) -> None:
        """Start with nothing known."""
        self.store = Store()
        self.queue: Queue[SiteKey] = Queue()
        self.feed = Feed(self.store, self.queue, Metrics("1"))
        self.resync = Resync(api, self.feed, namespaces=settings.namespaces, selector=settings.selector)
        registry = handlers.registry(self.feed, lambda: api.credentials, agent)
        self.spawned = False
        self.watch = handlers.watch(registry, settings, self._spawned)

    def _spawned(self) -> None:
        self.spawned = True

    def names(self) -> set[str]:
        """Return what is known."""
        return {key.name for key in self.store.sites}


@contextlib.asynccontextmanager
async def watching(kubeconfig: Path, settings: Settings, agent: str = "") -> AsyncIterator[Watching]:
    """Run kopf until the block is left, and nothing of it afterwards."""
    agent = agent or f"tests-{secrets.token_hex(4)}"
    loop = asyncio.get_running_loop()
    async with await Client.connect(kubeconfig=str(kubeconfig), user_agent=agent) as api:
        made = Watching(api, settings, agent)
        before = asyncio.all_tasks()
        task = asyncio.create_task(made.watch)
        try:
            yield made
            assert not task.done() or task.result()
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            for number in (signal.SIGTERM, signal.SIGINT):  # kopf's
                loop.remove_signal_handler(number)
        await until(lambda: asyncio.all_tasks() <= before | {asyncio.current_task()}, 5)


def test_events(plane: ControlPlane, client: Admin, namespace: str, kubeconfig: Path) -> None:
    """What was there, what comes, changes and goes; kopf writes nothing and watches nothing else."""
    agent = f"tests-{secrets.token_hex(4)}"
    mark = plane.audit.mark()
    client.apply(site(namespace, "there"))

    async def scene() -> None:
        settings = Settings(namespaces=(namespace,))
        async with watching(kubeconfig, settings, agent) as seen:
            await seen.resync.installed()
            await seen.resync.caught_up()
            assert seen.spawned
            assert seen.names() == {"there"}
            body = seen.store.sites[SiteKey(namespace, "there")]
            assert (body["apiVersion"], body["kind"]) == ("django-operator.io/v1alpha1", "Django")
            assert type(body) is dict
            assert "managedFields" not in body["metadata"]
            made = await asyncio.to_thread(client.apply, site(namespace, "new"))
            await until(lambda: seen.names() == {"there", "new"})
            await asyncio.to_thread(
                client.apply,
                {**made, "metadata": site(namespace, "new")["metadata"], "spec": {**made["spec"], "paused": True}},
            )
            await until(lambda: seen.store.sites[SiteKey(namespace, "new")]["spec"].get("paused"))
            await asyncio.to_thread(client.delete, client.path_of(made))
            await until(lambda: seen.names() == {"there"})
            await seen.resync.compare()
        assert len(seen.queue) == 2

    asyncio.run(scene())
    requests = list(plane.audit.since(mark, agent=agent))
    assert {(each.verb, each.resource) for each in requests} == {
        ("list", "djangos"),
        ("watch", "djangos"),
        ("get", ""),  # what kinds there are
    }
    assert {each.code for each in requests} == {200}
    body = client.get(client.path_of(site(namespace, "there")))
    assert body["metadata"].keys().isdisjoint({"annotations", "finalizers"})
    assert [each["manager"] for each in body["metadata"]["managedFields"]] == ["tests"]


def test_a_selector(client: Admin, namespace: str, kubeconfig: Path) -> None:
    """The server chooses; what loses the label is gone for us."""
    client.apply(site(namespace, "ours", team="shop"))
    client.apply(site(namespace, "theirs", team="other"))

    async def scene() -> None:
        settings = Settings(namespaces=(namespace,), selector="team in (shop)")
        async with watching(kubeconfig, settings) as seen:
            await seen.resync.caught_up()
            assert seen.names() == {"ours"}
            await asyncio.to_thread(client.apply, site(namespace, "ours", team="other"))
            await until(lambda: not seen.names())

    asyncio.run(scene())


def test_a_deletion_that_kopf_misses(
    plane: ControlPlane, client: Admin, namespace: str, kubeconfig: Path, proxy: Proxy
) -> None:
    """It happens while the watch is away, whose history is gone then: the comparison finds it."""
    for name in ("goes", "stays"):
        client.apply(site(namespace, name))
    text = kubeconfig.read_text().replace(plane.url, proxy.url)
    kubeconfig.write_text(text)
    faults: list[Fault] = []

    def harm(call: Call) -> Fault | None:
        return (faults.pop(0) if len(faults) > 1 else faults[0]) if call.is_watch and faults else None

    def lists() -> int:
        return sum(call.path.endswith("/djangos") and not call.is_watch for call in proxy.calls)

    proxy.before = harm

    async def scene() -> None:
        async with watching(kubeconfig, Settings(namespaces=(namespace,))) as seen:
            await seen.resync.caught_up()
            faults.append(Refuse(503))
            proxy.cut()
            await asyncio.to_thread(client.delete, client.path_of(site(namespace, "goes")))
            before = lists()
            faults[:] = [Gone(), Delay(0)]
            await until(lambda: lists() > before)
            await asyncio.to_thread(client.apply, site(namespace, "new"))
            await until(lambda: "new" in seen.names())
            assert seen.names() == {"goes", "stays", "new"}  # kopf still thinks so; without that, no comparison is due
            await seen.resync.compare()
            assert seen.names() == {"stays", "new"}

    asyncio.run(scene())


class Changed:
    """Credentials of a client, with something else in place of one of them, as long as there is something."""

    def __init__(self, api: Client, name: str, *values: object) -> None:
        """Take what to replace by what, one value each time it is asked for."""
        self.api, self.name, self.values = api, name, [*values]

    def __call__(self) -> Credentials:
        """Return itself for credentials."""
        return cast("Credentials", self)

    def __getattr__(self, name: str) -> object:
        """Return one of them."""
        return self.values.pop(0) if name == self.name and self.values else getattr(self.api.credentials, name)


def test_a_token_that_is_replaced(client: Admin, namespace: str, kubeconfig: Path) -> None:
    """The token is asked for at each request: the one from the start is of no use after an hour."""

    async def scene() -> None:
        async with await Client.connect(kubeconfig=str(kubeconfig), user_agent="tests") as api:
            credentials = Changed(api, "token", "expired", "expired")
            store = Store()
            registry = handlers.registry(Feed(store, Queue(), Metrics("1")), credentials, "tests")
            task = asyncio.create_task(handlers.watch(registry, Settings(namespaces=(namespace,)), lambda: None))
            await until(lambda: store.sites)
            assert not credentials.values
            task.cancel()
            await asyncio.wait([task])

    client.apply(site(namespace, "there"))
    asyncio.run(scene())


@pytest.mark.parametrize(("name", "fits"), [("kubernetes.default.svc", True), ("wrong.example", False)])
def test_the_name_in_the_certificate(kubeconfig: Path, name: str, *, fits: bool) -> None:
    """A kubeconfig's tls-server-name counts, not the name in the URL."""

    async def scene() -> None:
        async with await Client.connect(kubeconfig=str(kubeconfig), user_agent="tests") as api:
            made = handlers.session(Changed(api, "tls_server_name", name), "tests")
            async with made.aiohttp_session as session:
                if fits:
                    assert (await session.get(f"{made.server}/version")).status == 200
                else:
                    with pytest.raises(aiohttp.ClientConnectorCertificateError, match="not valid for"):
                        await session.get(f"{made.server}/version")

    asyncio.run(scene())


def test_a_lease(client: Admin, namespace: str, kubeconfig: Path) -> None:
    """Taken by one, kept, given up, taken by the next; the record is what client-go would have written."""

    async def scene() -> None:
        async with await Client.connect(kubeconfig=str(kubeconfig), user_agent="tests") as api:
            one, two = (Lease(api, namespace, "op", name, QUICK) for name in ("one", "two"))
            await one.acquire()
            waiting = asyncio.create_task(two.acquire())
            holding = asyncio.create_task(one.hold())
            await asyncio.sleep(QUICK.duration + 1)
            assert one.held()
            assert not waiting.done()
            holding.cancel()
            await asyncio.wait([holding])
            await one.release()
            await asyncio.wait_for(waiting, 2)
            assert two.held()

    asyncio.run(scene())
    spec = client.get(f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/op")["spec"]
    assert (spec["holderIdentity"], spec["leaseDurationSeconds"], spec["leaseTransitions"]) == ("two", 3, 1)
    assert spec["acquireTime"] <= spec["renewTime"]


def test_a_lease_of_one_that_died(client: Admin, namespace: str, kubeconfig: Path) -> None:
    """Runs out; and whoever comes back from the dead learns that it is another's."""

    async def scene() -> None:
        async with await Client.connect(kubeconfig=str(kubeconfig), user_agent="tests") as api:
            one, two = (Lease(api, namespace, "op", name, QUICK) for name in ("one", "two"))
            await one.acquire()
            before = asyncio.get_running_loop().time()
            await two.acquire()
            assert asyncio.get_running_loop().time() - before >= QUICK.duration
            assert not one.held()
            with pytest.raises(Lost):
                await one.hold()

    asyncio.run(scene())
    assert (
        client.get(f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/op")["spec"]["holderIdentity"] == "two"
    )
