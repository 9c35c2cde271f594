"""Ownership of fields against a real API server and a real kubectl: what was written otherwise becomes ours, once."""

from __future__ import annotations

import asyncio
import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from django_operator.apply.errors import ApiError
from django_operator.apply.managers import OURS, cleanup, overwritten, owners
from tests.api.test_client import connected, deployment

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_operator.apply.client import Client
    from django_operator.engine.paths import Body
    from tests.cluster.access import Cluster


def kubectl(cluster: Cluster, namespace: str, *arguments: str, stdin: Body | None = None) -> None:
    """Run plain kubectl."""
    subprocess.run(
        ["kubectl", "--kubeconfig", str(cluster.kubeconfig(namespace=namespace)), *arguments],  # noqa: S607 - of PATH
        input=json.dumps(stdin) if stdin else None,
        check=True,
        capture_output=True,
        text=True,
    )


async def settle(client: Client, wanted: Body) -> Body:
    """Apply, clean up, apply: as the executor does."""
    body = (await client.apply(wanted)).body
    if (operations := cleanup(body, OURS)) is not None:
        meta = body["metadata"]
        await client.patch(body["apiVersion"], body["kind"], meta["namespace"], meta["name"], operations)
        body = (await client.apply(wanted)).body
    assert cleanup(body, OURS) is None
    return body


def more(body: Body) -> Body:
    """Return a Deployment with fields that are dropped later: a container, a map's entry, a scalar, an atomic list."""
    spec = body["spec"]["template"]["spec"]
    container = {**spec["containers"][0], "args": ["a", "b"], "workingDir": "/x"}
    spec = {**spec, "containers": [container, {"name": "old", "image": "example/old:1"}], "priority": None}
    template = {**body["spec"]["template"], "spec": spec}
    metadata = {**body["metadata"], "annotations": {"drop": "me"}}
    return {**body, "metadata": metadata, "spec": {**body["spec"], "template": template, "minReadySeconds": 7}}


async def by_kubectl_apply(cluster: Cluster, _: Client, body: Body) -> None:
    """Client-side apply, which leaves its annotation too."""
    await asyncio.to_thread(kubectl, cluster, body["metadata"]["namespace"], "apply", "-f", "-", stdin=body)


async def by_kubectl_server_side(cluster: Cluster, _: Client, body: Body) -> None:
    """Server-side apply under kubectl's name."""
    namespace = body["metadata"]["namespace"]
    await asyncio.to_thread(kubectl, cluster, namespace, "apply", "--server-side", "-f", "-", stdin=body)


async def by_kubectl_create(cluster: Cluster, _: Client, body: Body) -> None:
    """Create."""
    await asyncio.to_thread(kubectl, cluster, body["metadata"]["namespace"], "create", "-f", "-", stdin=body)


async def by_ourselves(_: Cluster, client: Client, body: Body) -> None:
    """POST under our own name."""
    await client.create(body)


async def before_managers(_: Cluster, client: Client, body: Body) -> None:
    """By a server that lost managedFields, or never had any: the first apply makes `before-first-apply` of it."""
    await client.create(body)
    empty = [{"op": "replace", "path": "/metadata/managedFields", "value": [{}]}]
    meta = body["metadata"]
    await client.patch(body["apiVersion"], body["kind"], meta["namespace"], meta["name"], empty)


@pytest.mark.parametrize(
    "write", [by_kubectl_apply, by_kubectl_server_side, by_kubectl_create, by_ourselves, before_managers]
)
def test_fields_that_we_drop_go(cluster: Cluster, namespace: str, write: Callable[..., Any]) -> None:
    """Whoever wrote them in our stead; the object then is as if it had been applied by us from the beginning."""

    async def scene() -> None:
        async with connected(cluster) as client:
            wanted = deployment(namespace, replicas=1)
            await write(cluster, client, more(wanted))
            body = await settle(client, wanted)
            assert "drop" not in body["metadata"].get("annotations", {})
            assert "kubectl.kubernetes.io/last-applied-configuration" not in body["metadata"].get("annotations", {})
            assert "minReadySeconds" not in body["spec"]
            (container,) = body["spec"]["template"]["spec"]["containers"]
            assert not {"args", "workingDir"} & set(container)
            (entry,) = body["metadata"]["managedFields"]
            fresh = deployment(namespace, replicas=1)
            fresh["metadata"]["name"] = "fresh"
            (expected,) = (await client.apply(fresh)).body["metadata"]["managedFields"]
            assert entry["fieldsV1"] == expected["fieldsV1"]

    asyncio.run(scene())


def test_an_edit_is_named_and_undone(cluster: Cluster, namespace: str) -> None:
    """What was changed goes back, what was added goes, and who did it is known before."""

    async def scene() -> None:
        async with connected(cluster) as client:
            wanted = deployment(namespace)
            await settle(client, wanted)
            change = {
                "spec": {
                    "minReadySeconds": 9,
                    "template": {"spec": {"containers": [{"name": "c", "image": "example/hacked:1", "tty": True}]}},
                }
            }
            await asyncio.to_thread(kubectl, cluster, namespace, "patch", "deployment", "a", "-p", json.dumps(change))
            before = await client.get("apps/v1", "Deployment", namespace, "a")
            assert before is not None
            tried = (await client.apply(wanted, dry_run=True)).body
            assert overwritten(before, tried) == [("spec.template.spec.containers[0].image", "kubectl-patch")]
            body = await settle(client, wanted)
            (container,) = body["spec"]["template"]["spec"]["containers"]
            assert (container["image"], "tty" in container) == ("example/a:1", False)
            assert "minReadySeconds" not in body["spec"]
            assert owners(body, ("spec", "template", "spec", "containers", 0, "image")) == (OURS,)

    asyncio.run(scene())


def test_restart_and_scale_are_left_to_kubectl(cluster: Cluster, namespace: str) -> None:
    """`rollout restart` is not undone, which would restart once more; replicas are not ours while we set none."""

    async def scene() -> None:
        async with connected(cluster) as client:
            wanted = deployment(namespace)
            await settle(client, wanted)
            await asyncio.to_thread(kubectl, cluster, namespace, "rollout", "restart", "deployment/a")
            await asyncio.to_thread(kubectl, cluster, namespace, "scale", "--replicas=4", "deployment/a")
            before = await client.get("apps/v1", "Deployment", namespace, "a")
            assert before is not None
            assert cleanup(before, OURS) is None
            body = await settle(client, wanted)
            assert body["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
            assert "kubectl.kubernetes.io/restartedAt" in body["spec"]["template"]["metadata"]["annotations"]
            assert body["spec"]["replicas"] == 4
            assert owners(body, ("spec", "replicas")) == ()  # who scales what nobody owns does not own it either
            await asyncio.to_thread(
                kubectl, cluster, namespace, "patch", "deployment/a", "-p", '{"spec":{"replicas":5}}'
            )
            body = await settle(client, wanted)
            assert body["spec"]["replicas"] == 5
            await asyncio.to_thread(kubectl, cluster, namespace, "scale", "--replicas=6", "deployment/a")
            body = await settle(client, wanted)
            assert (body["spec"]["replicas"], owners(body, ("spec", "replicas"))) == (6, ("kubectl",))

    asyncio.run(scene())


def test_a_pause_is_undone_and_the_restart_stays(cluster: Cluster, namespace: str) -> None:
    """Both stand in one entry of `kubectl-rollout`."""

    async def scene() -> None:
        async with connected(cluster) as client:
            wanted = deployment(namespace)
            await settle(client, wanted)
            await asyncio.to_thread(kubectl, cluster, namespace, "rollout", "restart", "deployment/a")
            await asyncio.to_thread(kubectl, cluster, namespace, "rollout", "pause", "deployment/a")
            body = await settle(client, wanted)
            assert "paused" not in body["spec"]
            assert "kubectl.kubernetes.io/restartedAt" in body["spec"]["template"]["metadata"]["annotations"]

    asyncio.run(scene())


def test_somebody_was_faster(cluster: Cluster, namespace: str) -> None:
    """Then the cleanup is refused as a conflict, and nothing of theirs is lost."""

    async def scene() -> None:
        async with connected(cluster) as client:
            await client.create(deployment(namespace))
            seen = (await client.apply(deployment(namespace))).body
            operations = cleanup(seen, OURS)
            assert operations is not None
            await client.apply(deployment(namespace, minReadySeconds=3), manager="somebody")
            with pytest.raises(ApiError) as raised:
                await client.patch("apps/v1", "Deployment", namespace, "a", operations)
            assert raised.value.conflict

    asyncio.run(scene())
