"""Informers against a real API server, with the gaps, stalls and missing kinds that a year brings."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django_operator.apply.informer import Informer
from tests.api.test_client import config_map, connected
from tests.cluster.faults import End, Gone, Refuse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from django_operator.apply.client import Client
    from django_operator.engine.paths import Body
    from tests.cluster.access import Cluster
    from tests.cluster.client import Client as Other
    from tests.cluster.faults import Call, Fault
    from tests.cluster.plane import ControlPlane
    from tests.cluster.proxy import Proxy

DEADLINE = 30.0
LABEL = {"informed": "yes"}


@dataclass
class Ear:
    """What an informer told: all of it in order, and what there is now by name."""

    told: list[tuple[str, str]] = field(default_factory=list)
    here: dict[str, Body] = field(default_factory=dict)
    lists: int = 0

    def upsert(self, body: Body) -> None:
        """Hear of an object."""
        assert "managedFields" not in body["metadata"]
        self.told.append(("+", body["metadata"]["name"]))
        self.here[body["metadata"]["name"]] = body

    def delete(self, body: Body) -> None:
        """Hear that one is gone: the very one that was here."""
        name = body["metadata"]["name"]
        assert body["metadata"]["uid"] == self.here[name]["metadata"]["uid"]
        assert (body["kind"], body["apiVersion"]) == (self.here[name]["kind"], self.here[name]["apiVersion"])
        self.told.append(("-", name))
        del self.here[name]

    def synced(self) -> None:
        """Hear that a list is through."""
        self.lists += 1


async def until(condition: Callable[[], object]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110 - what others do, looked for until a deadline
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def informing(client: Client, namespace: str | None, **options: Any) -> AsyncIterator[tuple[Informer, Ear]]:
    """Run an informer of ConfigMaps, or of the kind given."""
    ear = Ear()
    options = {"api_version": "v1", "kind": "ConfigMap", "labels": "informed=yes", **options}
    informer = Informer(
        client=client, namespace=namespace,
        on_upsert=ear.upsert, on_delete=ear.delete, on_synced=ear.synced, **options,
    )  # fmt: skip
    task = asyncio.create_task(informer.run())
    try:
        yield informer, ear
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def thing(namespace: str, name: str, **data: str) -> Body:
    """Return a ConfigMap that the informer sees."""
    body = config_map(namespace, name, **data)
    return {**body, "metadata": {**body["metadata"], "labels": LABEL}}


async def delete(client: Client, namespace: str, body: Body) -> None:
    """Delete a ConfigMap as it was given back."""
    meta = body["metadata"]
    assert await client.delete("v1", "ConfigMap", namespace, meta["name"], uid=meta["uid"])


def test_tells_of_everything(cluster: Cluster, namespace: str) -> None:
    """What was there before, then each change, once."""

    async def scene() -> None:
        async with connected(cluster) as client:
            await client.apply(thing(namespace, "a", x="1"))
            async with informing(client, namespace) as (informer, ear):
                await informer.synced.wait()
                assert ear.told == [("+", "a")]
                made = await client.apply(thing(namespace, "b"))
                await client.apply(thing(namespace, "a", x="2"))
                await delete(client, namespace, made.body)
                await until(lambda: ("-", "b") in ear.told)
                assert ear.told == [("+", "a"), ("+", "b"), ("+", "a"), ("-", "b")]
                assert ear.here["a"]["data"] == {"x": "2"}
                assert (ear.lists, informer.failure, informer.absent) == (1, "", False)

    asyncio.run(scene())


def test_metadata_only_and_what_leaves_the_selection(cluster: Cluster, namespace: str) -> None:
    """No data is heard of; an object that loses its label is gone."""

    async def scene() -> None:
        async with connected(cluster) as client:
            await client.apply(thing(namespace, "a", x="1"))
            async with informing(client, namespace, metadata_only=True) as (_, ear):
                await until(lambda: "a" in ear.here)
                await client.apply(thing(namespace, "b", x="1"))
                await until(lambda: "b" in ear.here)
                assert [sorted(each) for each in ear.here.values()] == [["apiVersion", "kind", "metadata"]] * 2
                await client.apply(config_map(namespace, "a", x="1"))
                await until(lambda: ("-", "a") in ear.told)

    asyncio.run(scene())


def test_deletions_in_a_gap(own_plane: ControlPlane) -> None:
    """The server was away, its history is gone, and so are objects: each is told, before what took its name."""

    async def scene() -> None:
        namespace = own_plane.namespace()
        async with connected(own_plane) as client:
            made = {name: (await client.apply(thing(namespace, name))).body for name in "abc"}
            async with informing(client, namespace) as (informer, ear):
                await until(lambda: ear.lists == 1)
                await asyncio.to_thread(own_plane.stop_api)
                await until(lambda: informer.failure)
                ear.told.clear()
                await asyncio.to_thread(own_plane.start_api)
                await delete(client, namespace, made["a"])
                await delete(client, namespace, made["b"])
                await client.apply(thing(namespace, "b"))
                await asyncio.to_thread(own_plane.expire)
                informer.nudge()
                await until(
                    lambda: (
                        sorted(ear.here) == ["b", "c"]
                        and ear.here["b"]["metadata"]["uid"] != made["b"]["metadata"]["uid"]
                    )
                )
                await until(lambda: not informer.failure)
                assert ear.told.count(("-", "a")) == 1
                assert ear.told.count(("-", "b")) == 1
                await client.apply(thing(namespace, "d"))
                await until(lambda: "d" in ear.here)

    asyncio.run(scene())


CRD = "informertests.example.com"


def crd() -> Body:
    """Return a CRD of its own."""
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": CRD},
        "spec": {
            "group": "example.com",
            "names": {"kind": "InformerTest", "plural": "informertests"},
            "scope": "Namespaced",
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }


def test_a_kind_that_comes_and_goes(cluster: Cluster, client: Other, namespace: str) -> None:
    """Its absence is no failure and no noise; it is seen once it is there, and with the CRD all objects go."""
    path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{CRD}"

    def established(found: Any) -> bool:
        conditions = found.get("status", {}).get("conditions") or ()
        return any((each["type"], each["status"]) == ("Established", "True") for each in conditions)

    async def scene() -> None:
        kind = {"api_version": "example.com/v1", "kind": "InformerTest", "labels": ""}
        async with connected(cluster) as own, informing(own, namespace, **kind) as (informer, ear):
            await informer.synced.wait()
            assert informer.absent
            assert informer.failure == ""
            client.apply(crd())
            client.wait(path, established)
            client.apply(
                {
                    "apiVersion": "example.com/v1",
                    "kind": "InformerTest",
                    "metadata": {"namespace": namespace, "name": "a"},
                }
            )
            own._kinds._found.clear()  # half a minute later
            informer.nudge()
            await until(lambda: "a" in ear.here)
            await until(lambda: not informer.absent)
            client.delete(path)
            await until(lambda: "a" not in ear.here)
            await until(lambda: informer.absent)

    try:
        asyncio.run(scene())
    finally:
        with contextlib.suppress(Exception):
            client.delete(path)


def test_a_stream_that_died(cluster: Cluster, proxy: Proxy, namespace: str) -> None:
    """No byte for a while: another watch goes on where this one was, without a list."""

    async def scene() -> None:
        async with (
            connected(cluster, url=proxy.url) as client,
            connected(cluster) as direct,
            informing(client, namespace, stall=0.5) as (informer, ear),
        ):
            await informer.synced.wait()
            proxy.stall()
            await direct.apply(thing(namespace, "a"))
            proxy_watches = len([call for call in proxy.calls if call.is_watch])
            proxy.resume()
            await until(lambda: "a" in ear.here)
            await until(lambda: len([call for call in proxy.calls if call.is_watch]) > proxy_watches)
            assert ear.told == [("+", "a")]
            assert ear.lists == 1

    asyncio.run(scene())


def test_a_server_that_misbehaves(cluster: Cluster, proxy: Proxy, namespace: str) -> None:
    """Watches that end at once, 410 in a row, a refusal: not asked in a hot loop, and in the end all is known."""
    faults: list[Fault] = [End(), End(), Gone(), Gone(), Refuse(410), Refuse(429)]

    def harm(call: Call) -> Fault | None:
        return faults.pop(0) if call.is_watch and faults else None

    async def scene() -> None:
        proxy.before = harm
        async with (
            connected(cluster, url=proxy.url) as client,
            connected(cluster) as direct,
            informing(client, namespace) as (_, ear),
        ):
            loop = asyncio.get_running_loop()
            began = loop.time()
            await until(lambda: not faults)
            assert loop.time() - began > 1.0  # four pauses, half a second and more after the first
            await direct.apply(thing(namespace, "a"))
            await until(lambda: "a" in ear.here)
            assert ear.lists >= 3

    asyncio.run(scene())
