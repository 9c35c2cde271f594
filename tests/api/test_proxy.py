"""The proxy: what a client meets is what the test has asked for, and the server has done what it should have."""

from __future__ import annotations

import dataclasses
import http.client
import json
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.cluster.client import ApiError, Client
from tests.cluster.faults import Call, Chaos, Cut, Delay, End, Fault, Gone, Hang, Refuse, Stall
from tests.cluster.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cluster.access import Cluster
    from tests.cluster.plane import ControlPlane


@pytest.fixture
def through(cluster: Cluster, proxy: Proxy) -> Client:
    """A client that goes through the proxy."""
    return cluster.client(url=proxy.url)


def config_map(namespace: str, name: str, **data: str) -> dict[str, Any]:
    """Return a ConfigMap with a label that others of a namespace, such as kube-root-ca.crt, do not have."""
    meta = {"namespace": namespace, "name": name, "labels": {"mine": ""}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}


def writes(fault: Fault) -> Callable[[Call], Fault | None]:
    """Return a hook that harms every write."""
    return lambda call: fault if call.is_write else None


def watches(fault: Fault) -> Callable[[Call], Fault | None]:
    """Return a hook that harms every watch."""
    return lambda call: fault if call.is_watch else None


def test_passes_everything_on(cluster: Cluster, proxy: Proxy, through: Client, namespace: str) -> None:
    """Without hooks it is the server: by the same certificate, with bodies, warnings and errors as they are."""
    assert proxy.url.split(":")[:2] == cluster.url.split(":")[:2]
    odd = config_map(namespace, "a", **{"a.b": "ü %2F 💡\n" * 1000})
    assert through.apply(odd)["data"] == odd["data"]
    path = through.path_of(odd)
    assert cluster.client().get(path) == through.get(path)
    with pytest.raises(ApiError, match='404 NotFound: configmaps "none" not found'):
        through.get(f"/api/v1/namespaces/{namespace}/configmaps/none")
    assert through.items(f"/api/v1/namespaces/{namespace}/configmaps", labelSelector="a in (b,c)") == []
    pod: dict[str, Any] = {
        "spec": {"containers": [{"name": "a", "image": "a"}], "nodeSelector": {"beta.kubernetes.io/os": "linux"}}
    }
    pod |= {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": namespace, "name": "a"}}
    assert through.send("POST", f"/api/v1/namespaces/{namespace}/pods", pod, dryRun="All").warnings
    patched = next(call for call in proxy.calls if call.method == "PATCH")
    assert (patched.json["data"], patched.code, patched.agent) == (odd["data"], 201, "tests")


def test_large_bodies_pass(through: Client, namespace: str) -> None:
    """As large as an object can be: ControllerRevisions are."""
    large = config_map(namespace, "large", a="\n" * 700_000)
    assert len(json.dumps(large)) > 2**20
    assert through.apply(large)["data"] == large["data"]


def test_a_proxy_that_cannot_listen_says_so(cluster: Cluster, tmp_path: Path) -> None:
    """It neither hangs nor goes on."""
    nowhere = dataclasses.replace(cluster, ca=str(tmp_path / "none"))
    with pytest.raises(FileNotFoundError), Proxy(nowhere):
        pass


@pytest.mark.parametrize("code", [409, 422, 429, 500, 503])
def test_refuses(proxy: Proxy, through: Client, namespace: str, code: int) -> None:
    """Instead of the server, as the server would say it."""
    proxy.before = writes(Refuse(code, retry_after=3))
    with pytest.raises(ApiError) as caught:
        through.apply(config_map(namespace, "a"))
    assert caught.value.code == code
    assert caught.value.status["details"] == {"retryAfterSeconds": 3}
    assert through.find(f"/api/v1/namespaces/{namespace}/configmaps/a") is None


def test_retry_after_is_a_header(proxy: Proxy, through: Client) -> None:
    """Clients read the header, not the body."""
    proxy.before = lambda _: Refuse(429, retry_after=7)
    connection = http.client.HTTPSConnection(proxy.url.removeprefix("https://"), context=through._tls)
    connection.request("GET", "/version")
    response = connection.getresponse()
    assert (response.status, response.headers["Retry-After"]) == (429, "7")
    response.read()
    connection.close()


@pytest.mark.parametrize(
    ("when", "done"), [("before", False), ("after", True)], ids=["before the server has it", "after"]
)
@pytest.mark.parametrize("fault", [Cut(), Refuse(500), Refuse(504)], ids=["cut", "500", "504"])
def test_before_or_after_the_server(  # noqa: PLR0913, PLR0917 - fixtures and cases
    proxy: Proxy, through: Client, cluster: Cluster, namespace: str, when: str, done: bool, fault: Fault
) -> None:
    """The client cannot tell whether a write was done; the test can."""
    setattr(proxy, when, writes(fault))
    with pytest.raises((ApiError, ConnectionError, http.client.HTTPException)):
        through.apply(config_map(namespace, "a"))
    assert (cluster.client().find(f"/api/v1/namespaces/{namespace}/configmaps/a") is not None) == done
    assert [(call.code, call.fault) for call in proxy.calls if call.is_write] == [(201 if done else None, fault)]


def test_hangs(proxy: Proxy, through: Client, namespace: str) -> None:
    """No answer at all: the client's own timeout ends it."""
    proxy.before = writes(Hang())
    through.timeout = 0.3
    with pytest.raises(TimeoutError):
        through.apply(config_map(namespace, "a"))
    proxy.before = lambda _: None
    assert through.find(f"/api/v1/namespaces/{namespace}/configmaps/a") is None


def test_delays(proxy: Proxy, through: Client, namespace: str) -> None:
    """The answer is the server's, later."""
    proxy.before = writes(Delay(0.4))
    begin = time.monotonic()
    through.apply(config_map(namespace, "a"))
    assert time.monotonic() - begin >= 0.4


def events(client: Client, namespace: str, version: str, seconds: float = 1.0) -> Iterator[str]:
    """Yield names as a watch tells of them."""
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    for event in client.watch(path, version, seconds=seconds, labelSelector="mine"):
        yield event["object"]["metadata"]["name"]


@pytest.fixture
def version(client: Client, namespace: str) -> str:
    """The resourceVersion before three ConfigMaps a, b and c."""
    listed: dict[str, Any] = client.get(f"/api/v1/namespaces/{namespace}/configmaps")["metadata"]
    for name in "abc":
        client.apply(config_map(namespace, name))
    text: str = listed["resourceVersion"]
    return text


def test_watches_stream(cluster: Cluster, through: Client, namespace: str, version: str) -> None:
    """Events come as they happen, also after a while."""
    seen = events(through, namespace, version, seconds=10)
    assert [next(seen) for _ in range(3)] == ["a", "b", "c"]
    cluster.client().apply(config_map(namespace, "d"))
    assert next(seen) == "d"
    seen.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("when", ["before", "after"])
def test_watch_ends(proxy: Proxy, through: Client, namespace: str, version: str, when: str) -> None:
    """After so many events, cleanly."""
    setattr(proxy, when, watches(End(2)))
    assert [*events(through, namespace, version)] == ["a", "b"]


def test_watch_is_gone(proxy: Proxy, through: Client, namespace: str, version: str) -> None:
    """An ERROR event inside of the stream, which answers 200."""
    proxy.before = watches(Gone(1))
    seen = events(through, namespace, version)
    assert next(seen) == "a"
    with pytest.raises(ApiError) as caught:
        next(seen)
    assert (caught.value.code, caught.value.reason) == (410, "Expired")


def test_watch_stalls(proxy: Proxy, through: Client, namespace: str, version: str) -> None:
    """Bytes stop, the connection stays."""
    proxy.before = watches(Stall(1))
    seen = events(through, namespace, version, seconds=0.5)
    assert next(seen) == "a"
    with pytest.raises(TimeoutError):
        next(seen)


def test_all_watches_stall_and_resume(
    proxy: Proxy, cluster: Cluster, through: Client, namespace: str, version: str
) -> None:
    """A stall of what is open already, and what comes when it is over."""
    seen = events(through, namespace, version, seconds=10)
    assert [next(seen) for _ in range(3)] == ["a", "b", "c"]
    proxy.stall()
    cluster.client().apply(config_map(namespace, "d"))
    with pytest.raises(TimeoutError):
        next(events(through, namespace, version, seconds=0.5))
    threading.Timer(0.2, proxy.resume).start()
    assert next(seen) == "d"
    seen.close()  # type: ignore[attr-defined]


def test_open_connections_are_cut(proxy: Proxy, through: Client, namespace: str, version: str) -> None:
    """As when a load balancer goes away."""
    seen = events(through, namespace, version, seconds=10)
    next(seen)
    proxy.cut()
    with pytest.raises((ConnectionError, http.client.HTTPException, OSError)):
        list(seen)


def test_a_server_that_is_down_looks_down(own_plane: ControlPlane) -> None:
    """Connections end without an answer, open watches too, and nothing is made up; then all is as before."""
    namespace = own_plane.namespace()
    with Proxy(own_plane) as proxy:
        through = own_plane.client(url=proxy.url)
        seen = events(through, namespace, "", seconds=20)
        through.apply(config_map(namespace, "a"))
        assert next(seen) == "a"
        own_plane.stop_api(signal.SIGKILL)
        with pytest.raises((ConnectionError, http.client.HTTPException, OSError)):
            list(seen)
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            through.get("/version")
        own_plane.start_api()
        assert through.get("/version")["gitVersion"] == own_plane.version


def test_a_hooks_fault_is_the_tests(cluster: Cluster) -> None:
    """An exception in a hook fails the test, not only the request."""

    def wrong(call: Call) -> None:
        raise LookupError(call.path)

    with (
        pytest.raises(LookupError, match="/version"),
        Proxy(cluster, before=wrong) as proxy,
        pytest.raises(ApiError, match="the test's hook failed"),
    ):
        cluster.client(url=proxy.url).get("/version")


def call(number: int, path: str) -> Call:
    """Return a write."""
    return Call(number, "PATCH", path, {}, b"", "")


def test_chaos_is_the_same_for_a_seed() -> None:
    """Whatever the order and the namespace's name; about as often as asked for; another seed does other harm."""
    rates: dict[Fault, float] = {Refuse(500): 0.2, Cut(): 0.1}
    paths = [f"/api/v1/namespaces/%s/configmaps/{number % 7}" for number in range(700)]

    def harm(seed: int, namespace: str) -> dict[tuple[str, int], Fault | None]:
        chaos, nth, done = Chaos(seed, rates), dict.fromkeys(paths, 0), {}
        for number, path in enumerate(sorted(paths, reverse=namespace == "b")):
            nth[path] += 1
            done[path, nth[path]] = chaos(call(number, path % namespace))
        return done

    assert harm(1, "a") == harm(1, "b") != harm(2, "a")
    counted = [*harm(1, "a").values()]
    assert 100 < counted.count(Refuse(500)) < 180
    assert 40 < counted.count(Cut()) < 100
    assert Chaos(1, {Cut(): 1.0})(Call(1, "GET", "/api", {"watch": "true"}, b"", "")) is None
