"""The client against a real API server: what applies, lists and watches come to."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from django_operator.apply.client import Client
from django_operator.apply.errors import ApiError, Unreachable
from tests.apply.authority import authority

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from django_operator.engine.paths import Body
    from tests.cluster.access import Cluster
    from tests.cluster.client import Client as Other
    from tests.cluster.plane import ControlPlane

AGENT = "django-operator/0.test"


@contextlib.asynccontextmanager
async def connected(cluster: Cluster, **options: Any) -> AsyncIterator[Client]:
    """Connect as the administrator, or as the kubeconfig given says."""
    async with await Client.connect(kubeconfig=str(cluster.kubeconfig(**options)), user_agent=AGENT) as client:
        yield client


def config_map(namespace: str, name: str = "a", **data: str) -> Body:
    """Return a ConfigMap."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": namespace, "name": name}, "data": data}


def deployment(namespace: str, **spec: Any) -> Body:
    """Return a Deployment."""
    env = [{"name": "A", "value": "1"}]
    template = {
        "metadata": {"labels": {"a": "b"}},
        "spec": {"containers": [{"name": "c", "image": "example/a:1", "env": env}]},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"namespace": namespace, "name": "a"},
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": template, **spec},
    }


def test_apply(cluster: Cluster, namespace: str) -> None:
    """Makes, leaves alone, changes; a dry run does none of it."""

    async def scene() -> None:
        async with connected(cluster) as client:
            wanted = deployment(namespace)
            tried = await client.apply(wanted, dry_run=True)
            assert tried.created
            assert await client.get("apps/v1", "Deployment", namespace, "a") is None
            made = await client.apply(wanted)
            assert made.created
            again = await client.apply(wanted)
            assert not again.created
            assert again.body["metadata"]["resourceVersion"] == made.body["metadata"]["resourceVersion"]
            (entry,) = made.body["metadata"]["managedFields"]
            assert (entry["manager"], entry["operation"]) == ("django-operator", "Apply")
            changed = await client.apply({**wanted, "spec": {**wanted["spec"], "replicas": 3}})
            assert changed.body["spec"]["replicas"] == 3
            assert (await client.get("apps/v1", "Deployment", namespace, "a")) == changed.body

    asyncio.run(scene())


def _env(body: Body) -> None:
    body["spec"]["template"]["spec"]["containers"][0]["env"] *= 2


def _field(body: Body) -> None:
    body["spec"]["replica"] = 1


def _type(body: Body) -> None:
    body["spec"]["replicas"] = "one"


def _selector(body: Body) -> None:
    body["spec"]["selector"]["matchLabels"] = {"a": "c"}


@pytest.mark.parametrize(
    ("break_", "code", "field"),
    [
        (_field, 422, "spec.replica"),
        (_type, 422, "spec.replicas"),
        (_env, 422, 'spec.template.spec.containers[name="c"].env'),
        (_selector, 422, "spec.template.metadata.labels"),
    ],
)
def test_faults_of_an_object(
    plane: ControlPlane, namespace: str, break_: Callable[[Body], None], code: int, field: str
) -> None:
    """Told field by field, and asked for once: the server says 500 to the first three."""

    async def scene() -> None:
        async with connected(plane) as client:
            body = deployment(namespace)
            break_(body)
            mark = plane.audit.mark()
            with pytest.raises(ApiError) as raised:
                await client.apply(body)
            assert raised.value.code == code
            assert raised.value.invalid
            assert [each.field for each in raised.value.causes] == [field]
            assert len(list(plane.audit.since(mark, namespace=namespace, agent=AGENT))) == 1

    asyncio.run(scene())


def test_strict_about_custom_resources(cluster: Cluster, namespace: str) -> None:
    """Unknown fields of a Django, too."""

    async def scene() -> None:
        async with connected(cluster) as client:
            site = {
                "apiVersion": "django-operator.io/v1alpha1",
                "kind": "Django",
                "metadata": {"namespace": namespace, "name": "shop"},
                "spec": {"image": "example/shop:1", "imge": "x"},
            }
            with pytest.raises(ApiError) as raised:
                await client.apply(site)
            assert raised.value.invalid, raised.value
            assert "imge" in raised.value.message

    asyncio.run(scene())


def test_changed_selector(cluster: Cluster, namespace: str) -> None:
    """Known as what can't be changed."""

    async def scene() -> None:
        async with connected(cluster) as client:
            await client.apply(deployment(namespace))
            body = deployment(namespace)
            body["spec"]["selector"] = {"matchLabels": {"a": "c"}}
            body["spec"]["template"]["metadata"]["labels"] = {"a": "c"}
            with pytest.raises(ApiError) as raised:
                await client.apply(body)
            assert raised.value.immutable

    asyncio.run(scene())


def test_owned_by_others(cluster: Cluster, namespace: str) -> None:
    """Without force a field of another manager is refused, with force taken."""

    async def scene() -> None:
        async with connected(cluster) as client:
            await client.apply(config_map(namespace, x="1"), manager="first")
            with pytest.raises(ApiError) as raised:
                await client.apply(config_map(namespace, x="2"), force=False)
            assert raised.value.fields_owned
            assert [each.field for each in raised.value.causes] == [".data.x"]
            assert (await client.apply(config_map(namespace, x="2"))).body["data"] == {"x": "2"}

    asyncio.run(scene())


def test_what_is_not_there(cluster: Cluster, namespace: str) -> None:
    """An object, a namespace and a kind are three different things."""

    async def scene() -> None:
        async with connected(cluster) as client:
            assert await client.get("v1", "ConfigMap", namespace, "none") is None
            assert await client.get("v1", "ConfigMap", "no-such-namespace", "none") is None
            for api_version, kind in (
                ("keda.sh/v9", "ScaledObject"),
                ("apps/v9", "Deployment"),
                ("example.com/v1", "Thing"),
            ):
                with pytest.raises(ApiError) as raised:
                    await client.get(api_version, kind, namespace, "none")
                assert raised.value.no_such_kind
                with pytest.raises(ApiError) as raised:
                    await client.list(api_version, kind)
                assert raised.value.no_such_kind
            with pytest.raises(ApiError) as raised:
                await client.apply(config_map("no-such-namespace"))
            assert (raised.value.code, raised.value.no_such_kind) == (404, False)

    asyncio.run(scene())


def test_lists(cluster: Cluster, namespace: str) -> None:
    """By pages, selected, with metadata only; each object with its kind."""

    async def scene() -> None:
        async with connected(cluster) as client:
            for name in "abcde":
                body = config_map(namespace, name, x="1")
                body["metadata"]["labels"] = {"odd": str(name in "ace").lower()}
                await client.apply(body)
            listed = await client.list("v1", "ConfigMap", namespace, labels="odd", limit=2)
            assert [each["metadata"]["name"] for each in listed.items] == list("abcde")
            assert {(each["apiVersion"], each["kind"]) for each in listed.items} == {("v1", "ConfigMap")}
            odd = await client.list("v1", "ConfigMap", namespace, labels="odd=true", metadata_only=True)
            assert [each["metadata"]["name"] for each in odd.items] == list("ace")
            assert {tuple(sorted(each)) for each in odd.items} == {("apiVersion", "kind", "metadata")}
            assert {each["kind"] for each in odd.items} == {"ConfigMap"}
            (one,) = (
                await client.list("v1", "ConfigMap", fields=f"metadata.name=c,metadata.namespace={namespace}")
            ).items
            assert one["data"] == {"x": "1"}

    asyncio.run(scene())


def test_create(cluster: Cluster, namespace: str) -> None:
    """Once; the second is refused. Questions and tokens are created too."""

    async def scene() -> None:
        async with connected(cluster) as client:
            made = await client.create(config_map(namespace, x="1"))
            assert made["data"] == {"x": "1"}
            with pytest.raises(ApiError) as raised:
                await client.create(config_map(namespace, x="2"))
            assert (raised.value.conflict, raised.value.reason) == (True, "AlreadyExists")
            request = {
                "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
                "metadata": {"namespace": namespace, "name": "default"}, "spec": {"expirationSeconds": 600},
            }  # fmt: skip
            token = (await client.create(request, subresource="token"))["status"]["token"]
            question = {
                "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
                "spec": {"resourceAttributes": {"namespace": namespace, "verb": "get", "resource": "configmaps"}},
            }  # fmt: skip
            assert (await client.create(question))["status"]["allowed"] is True
            async with connected(cluster, token=token) as weak:
                assert (await weak.create(question))["status"]["allowed"] is False

    asyncio.run(scene())


def test_delete(cluster: Cluster, namespace: str) -> None:
    """The very object, and no other of its name."""

    async def scene() -> None:
        async with connected(cluster) as client:
            first = (await client.apply(config_map(namespace))).body["metadata"]
            where = ("v1", "ConfigMap", namespace, "a")
            with pytest.raises(ApiError) as raised:
                await client.delete(*where, uid=first["uid"], resource_version="1")
            assert raised.value.conflict
            assert await client.delete(*where, uid=first["uid"], resource_version=first["resourceVersion"]) is True
            assert await client.delete(*where, uid=first["uid"]) is False
            second = (await client.apply(config_map(namespace))).body["metadata"]
            assert await client.delete(*where, uid=first["uid"]) is False
            assert await client.get(*where) is not None
            assert await client.delete(*where, uid=second["uid"], propagation="Foreground") is True

    asyncio.run(scene())


def test_forbidden_is_asked_once(plane: ControlPlane, namespace: str) -> None:
    """No new login, no harm to what else is under way."""
    token = plane.service_account(namespace, "weak")

    async def scene() -> None:
        async with connected(plane, token=token) as client:
            mark = plane.audit.mark()
            results = await asyncio.gather(
                client.get("v1", "ConfigMap", namespace, "a"), client.raw("GET", "/version"), return_exceptions=True
            )
            assert isinstance(results[0], ApiError)
            assert results[0].forbidden
            assert results[1]["gitVersion"]  # type: ignore[index] # a mapping, as it did not fail
            assert len(list(plane.audit.since(mark, namespace=namespace, resource="configmaps"))) == 1

    asyncio.run(scene())


def test_a_token_that_ran_out(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    """Is read again from its file, and the request goes through."""

    async def scene() -> None:
        path = tmp_path / "token"
        path.write_text("expired")
        config = tmp_path / "kubeconfig"
        parsed = json.loads(cluster.kubeconfig().read_text())
        parsed["users"][0]["user"] = {"tokenFile": str(path)}
        config.write_text(json.dumps(parsed))
        async with await Client.connect(kubeconfig=str(config), user_agent=AGENT) as client:
            path.write_text(cluster.service_account(namespace, "default"))
            question = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
            info = (await client.create(question))["status"]["userInfo"]
            assert info["username"] == f"system:serviceaccount:{namespace}:default"

    asyncio.run(scene())


def test_a_new_authority(cluster: Cluster, tmp_path: Path) -> None:
    """A cluster whose certificates are signed anew is trusted once its authority stands in the file."""
    config = json.loads(cluster.kubeconfig().read_text())
    (entry,) = config["clusters"]
    right = base64.b64decode(entry["cluster"].pop("certificate-authority-data"))
    wrong = authority()
    file = tmp_path / "ca.crt"
    entry["cluster"]["certificate-authority"] = str(file)
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(config))
    file.write_bytes(wrong)

    async def scene() -> None:
        async with await Client.connect(kubeconfig=str(path), user_agent=AGENT) as client:
            file.write_bytes(right)
            assert (await client.raw("GET", "/version"))["gitVersion"]
            file.write_bytes(wrong)
        async with await Client.connect(kubeconfig=str(path), user_agent=AGENT) as client:
            with pytest.raises(Unreachable, match="certificate"):
                await client.raw("POST", "/version", retries=False)

    asyncio.run(scene())


def test_as_another_user(plane: ControlPlane, namespace: str) -> None:
    """A ServiceAccount's rights are what counts, its name is what the audit log says."""
    user = f"system:serviceaccount:{namespace}:default"

    async def scene() -> None:
        async with connected(plane) as client:
            with pytest.raises(ApiError) as raised:
                await client.apply(config_map(namespace), as_user=user)
            assert raised.value.forbidden
            assert user in raised.value.message
        async with connected(plane, impersonate="bob", groups=["system:masters", "x"]) as client:
            mark = plane.audit.mark()
            await client.apply(config_map(namespace))
            (seen,) = plane.audit.since(mark, namespace=namespace, verb="patch")
            assert (seen.impersonated, seen.agent, seen.manager) == ("bob", AGENT, "django-operator")

    asyncio.run(scene())


def test_warnings(cluster: Cluster, namespace: str) -> None:
    """What the server has to say about an object that it takes."""

    async def scene() -> None:
        async with connected(cluster) as client:
            body = deployment(namespace)
            body["spec"]["template"]["spec"]["nodeSelector"] = {"beta.kubernetes.io/os": "linux"}
            (warning,) = (await client.apply(body, dry_run=True)).warnings
            assert "beta.kubernetes.io/os" in warning

    asyncio.run(scene())


def test_large_integers(cluster: Cluster, namespace: str) -> None:
    """Never by way of a float."""

    async def scene() -> None:
        async with connected(cluster) as client:
            site = {
                "apiVersion": "django-operator.io/v1alpha1",
                "kind": "Django",
                "metadata": {"namespace": namespace, "name": "shop"},
                "spec": {
                    "image": "example/shop:1",
                    "project": "shop",
                    "overlays": [{"patches": [{"patch": {"n": 2**63 - 1}, "target": {"name": "app"}}]}],
                },
            }
            body = (await client.apply(site)).body
            assert body["spec"]["overlays"][0]["patches"][0]["patch"]["n"] == 2**63 - 1
            listed = await client.list("django-operator.io/v1alpha1", "Django", namespace)
            assert listed.items[0]["spec"] == body["spec"]

    asyncio.run(scene())


def test_watch(cluster: Cluster, namespace: str) -> None:
    """From a list on, all that happens; metadata only where asked."""

    async def scene() -> None:
        async with connected(cluster) as client:
            listed = await client.list("v1", "ConfigMap", namespace, labels="w=1")
            body = config_map(namespace, x="1")
            body["metadata"]["labels"] = {"w": "1"}
            made = (await client.apply(body)).body["metadata"]
            await client.apply({**body, "data": {"x": "2"}})
            await client.delete("v1", "ConfigMap", namespace, "a", uid=made["uid"])
            for metadata_only in (False, True):
                found: list[tuple[str, Any, str]] = []
                events = client.watch(
                    "v1",
                    "ConfigMap",
                    namespace,
                    labels="w=1",
                    since=listed.resource_version,
                    metadata_only=metadata_only,
                )
                async with contextlib.aclosing(events):
                    async for type_, each in events:
                        found.append((type_, each.get("data"), each["kind"]))
                        if type_ == "DELETED":
                            break
                data = (None, None, None) if metadata_only else ({"x": "1"}, {"x": "2"}, {"x": "2"})
                types = ("ADDED", "MODIFIED", "DELETED")
                assert found == [(*both, "ConfigMap") for both in zip(types, data, strict=True)]

    asyncio.run(scene())


def test_history_that_is_gone(own_plane: ControlPlane) -> None:
    """A watch from before is refused with 410; a list whose pages are of before starts over."""

    async def scene() -> None:
        namespace = own_plane.namespace()
        async with connected(own_plane) as client:
            for name in "abc":
                body = config_map(namespace, name)
                body["metadata"]["labels"] = {"of": "test"}
                await client.apply(body)
            listed = await client.list("v1", "ConfigMap", namespace)
            requests = 0
            inner = client._connection.request

            async def expiring(call: Any) -> Any:
                nonlocal requests
                requests += 1
                if requests == 2:
                    await asyncio.to_thread(own_plane.expire)
                return await inner(call)

            client._connection.request = expiring  # type: ignore[method-assign] # the moment between two pages
            again = await client.list("v1", "ConfigMap", namespace, labels="of=test", limit=1)
            assert [each["metadata"]["name"] for each in again.items] == ["a", "b", "c"]
            assert requests == 3
            with pytest.raises(ApiError) as raised:
                async for _ in client.watch("v1", "ConfigMap", namespace, since=listed.resource_version):
                    pass
            assert raised.value.gone

    asyncio.run(scene())


def test_json_patch(cluster: Cluster, namespace: str, client: Other) -> None:
    """With the version it was made for; refused with 409 where somebody wrote since."""

    async def scene() -> None:
        async with connected(cluster) as own:
            body = (await own.apply(config_map(namespace, x="1"))).body
            version = body["metadata"]["resourceVersion"]
            ops = [
                {"op": "replace", "path": "/data/x", "value": "2"},
                {"op": "replace", "path": "/metadata/resourceVersion", "value": version},
            ]
            where = ("v1", "ConfigMap", namespace, "a")
            assert (await own.patch(*where, ops))["data"] == {"x": "2"}
            with pytest.raises(ApiError) as raised:
                await own.patch(*where, ops)
            assert raised.value.conflict
            assert raised.value.transient

    asyncio.run(scene())
    assert client.get(f"/api/v1/namespaces/{namespace}/configmaps/a")["data"] == {"x": "2"}
