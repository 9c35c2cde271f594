"""Where kinds are found, and for how long an answer holds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from django_operator.apply.errors import ApiError
from django_operator.apply.kinds import KNOWN_FOR, UNKNOWN_FOR, Kinds, Place, collection, path, static
from django_operator.engine.schema import builtin
from django_operator.stack.confine import ALLOWED
from django_operator.stack.install import plural

if TYPE_CHECKING:
    from django_operator.engine.paths import Body


@pytest.mark.parametrize(
    ("api_version", "kind", "place"),
    [
        ("v1", "Secret", Place("secrets", namespaced=True)),
        ("v1", "Namespace", Place("namespaces", namespaced=False)),
        ("networking.k8s.io/v1", "Ingress", Place("ingresses", namespaced=True)),
        ("networking.k8s.io/v1", "NetworkPolicy", Place("networkpolicies", namespaced=True)),
        ("apps/v1", "ControllerRevision", Place("controllerrevisions", namespaced=True)),
        ("events.k8s.io/v1", "Event", Place("events", namespaced=True)),
        ("coordination.k8s.io/v1", "Lease", Place("leases", namespaced=True)),
        ("authorization.k8s.io/v1", "SelfSubjectAccessReview", Place("selfsubjectaccessreviews", namespaced=False)),
        ("keda.sh/v1alpha1", "ScaledObject", Place("scaledobjects", namespaced=True)),
        ("gateway.networking.k8s.io/v1", "HTTPRoute", Place("httproutes", namespaced=True)),
        ("django-operator.io/v1alpha1", "Django", Place("djangos", namespaced=True)),
        ("example.com/v1", "Proxy", None),
        ("example.com/v1", "Cluster", None),
    ],
)
def test_known_beforehand(api_version: str, kind: str, place: Place | None) -> None:
    """A kind is one of its group: another project's Cluster is not ours."""
    assert static(api_version, kind) == place


def test_all_that_a_stack_is_made_of_is_known() -> None:
    """No request is spent on discovery of them."""
    for group, kind in ALLOWED:
        versions = [
            key.rpartition("/")[0]
            for key in builtin().kinds()
            if key.endswith(f"/{kind}") and key.rpartition("/")[0].rpartition("/")[0] == group
        ] or [f"{group}/v1"]
        for version in versions:
            assert static(version, kind) == Place(plural(group, kind), namespaced=True)


class Server:
    """Answers discovery."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.groups: dict[str, list[Body]] = {}
        self.asked: list[str] = []
        self.error: ApiError | None = None

    async def ask(self, where: str) -> Body:
        """Answer a GET."""
        self.asked.append(where)
        if self.error:
            raise self.error
        if where not in self.groups:
            raise ApiError(404, "NoSuchKind")
        return {"resources": self.groups[where]}


FOO = {"name": "fooes", "kind": "Foo", "namespaced": True}
STATUS = {"name": "fooes/status", "kind": "Foo", "namespaced": True}
BAR = {"name": "bars", "kind": "Bar", "namespaced": False}
GROUP = "/apis/example.com/v1"


def test_discovery_is_asked_once_until_it_is_old() -> None:
    """For what is there minutes, for what is not half a minute; an error is not remembered."""

    async def scene() -> None:
        now = 0.0
        server = Server()
        found = Kinds(server.ask, lambda: now)
        with pytest.raises(ApiError, match="no kind Foo"):
            await found.place("example.com/v1", "Foo")
        server.groups[GROUP] = [FOO, STATUS]
        with pytest.raises(ApiError):
            await found.place("example.com/v1", "Foo")
        now += UNKNOWN_FOR
        assert await found.place("example.com/v1", "Foo") == Place("fooes", namespaced=True)
        now += KNOWN_FOR - 1
        assert await found.place("example.com/v1", "Foo") == Place("fooes", namespaced=True)
        assert server.asked == [GROUP] * 2
        server.groups[GROUP].append(BAR)
        now += 1
        assert await found.place("example.com/v1", "Bar") == Place("bars", namespaced=False)
        now += KNOWN_FOR
        server.error = ApiError(503)
        with pytest.raises(ApiError) as raised:
            await found.place("example.com/v1", "Foo")
        assert raised.value.transient
        server.error = None
        assert await found.place("example.com/v1", "Foo")

    asyncio.run(scene())


def test_a_kind_added_to_a_known_group_is_found_soon() -> None:
    """Within half a minute of the first question, not after ten."""

    async def scene() -> None:
        now = 0.0
        server = Server()
        server.groups[GROUP] = [FOO]
        found = Kinds(server.ask, lambda: now)
        await found.place("example.com/v1", "Foo")
        server.groups[GROUP].append(BAR)
        with pytest.raises(ApiError):
            await found.place("example.com/v1", "Bar")
        now += UNKNOWN_FOR
        assert await found.place("example.com/v1", "Bar")

    asyncio.run(scene())


PODS, NODES = Place("pods", namespaced=True), Place("nodes", namespaced=False)


def test_paths() -> None:
    """As the API has them; what would be another path is refused."""
    assert collection("v1") == "/api/v1"
    assert collection("apps/v1") == "/apis/apps/v1"
    assert collection("v1", PODS) == "/api/v1/pods"
    assert collection("v1", PODS, "a") == "/api/v1/namespaces/a/pods"
    assert path("v1", PODS, "a", "b") == "/api/v1/namespaces/a/pods/b"
    assert path("v1", PODS, "a", "b", "log") == "/api/v1/namespaces/a/pods/b/log"
    assert path("v1", NODES, None, "b") == "/api/v1/nodes/b"
    assert path("v1", PODS, "a", "../secrets/x") == "/api/v1/namespaces/a/pods/..%2Fsecrets%2Fx"


@pytest.mark.parametrize(("place", "namespace", "name"), [(PODS, None, "b"), (NODES, "a", "b"), (PODS, "a", "")])
def test_no_path(place: Place, namespace: str | None, name: str) -> None:
    """A fault of the caller's."""
    with pytest.raises(ValueError, match=r"pods|nodes"):
        path("v1", place, namespace, name)
