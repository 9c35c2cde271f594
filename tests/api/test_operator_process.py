"""`django-operator run` as a process against a real API server, with no more rights than the shipped Role gives."""

from __future__ import annotations

import signal
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.api.process import ENOUGH, LEASE, installed, spec_of, until, when
from tests.api.test_operator_watch import site
from tests.cluster.faults import Call, Fault, Gone, Refuse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.api.process import Process
    from tests.cluster.client import Client as Admin
    from tests.cluster.plane import ControlPlane
    from tests.cluster.proxy import Proxy


@pytest.fixture
def kubeconfig(plane: ControlPlane, client: Admin, namespace: str) -> Path:
    """The operator's, in a namespace of this test."""
    return installed(plane, client, namespace)


def test_starts_works_and_stops(
    plane: ControlPlane, client: Admin, namespace: str, kubeconfig: Path, start: Callable[..., Process]
) -> None:
    """Ready when all is known; a resource that comes is reconciled; SIGTERM: the Lease is given up, exit code 0."""
    operator = start(kubeconfig, "one", f"--namespace={namespace}")
    until(operator.leads)
    assert operator.get("/healthz") == (200, "ok\n")
    assert operator.metric("django_operator_leader") == 1
    assert operator.metric("django_operator_reconcile_duration_seconds_count") == 0
    assert spec_of(client, namespace)["holderIdentity"].startswith("one_")
    client.apply(site(namespace, "shop"))
    until(lambda: operator.metric("django_operator_reconcile_duration_seconds_count"))
    assert operator.metric("django_operator_resource_ready", namespace=namespace, name="shop") == 0
    assert operator.metric("django_operator_api_requests_total", verb="list", code="200") >= 16
    client.delete(client.path_of(site(namespace, "shop")))
    until(lambda: 'name="shop"' not in operator.get("/metrics")[1])
    assert operator.end() == 0
    assert spec_of(client, namespace)["holderIdentity"] == ""
    assert [line["message"] for line in operator.lines()][-2:] == ["the Lease is released", "stopped"]
    forbidden = [str(each) for each in plane.audit.since(0, namespace=namespace) if each.code in {401, 403}]
    assert forbidden == []


def test_stands_by_and_takes_over(
    client: Admin, namespace: str, kubeconfig: Path, start: Callable[..., Process]
) -> None:
    """The second is ready, and watches nothing; it works within seconds of the first one's clean end."""
    one = start(kubeconfig, "one", f"--namespace={namespace}")
    until(one.leads)
    two = start(kubeconfig, "two", f"--namespace={namespace}")
    until(lambda: two.said("the Lease is held by one_"))
    assert two.get("/readyz") == (200, "[+] standby: ok\n")
    assert two.metric("django_operator_api_requests_total", verb="list") == 0
    assert one.end() == 0
    until(two.leads)
    # Less than the 15 s that it would wait for one that had not given it up; by the logs, as both know when it was.
    assert when(two, "the Lease is ours") - when(one, "the Lease is released") < timedelta(seconds=10)
    assert spec_of(client, namespace)["leaseTransitions"] == 1
    assert two.end(signal.SIGINT) == 0


def test_takes_over_from_one_that_was_killed(namespace: str, kubeconfig: Path, start: Callable[..., Process]) -> None:
    """Not before its Lease has run out, and soon after."""
    one = start(kubeconfig, "one", f"--namespace={namespace}")
    until(one.leads)
    two = start(kubeconfig, "two", f"--namespace={namespace}")
    until(lambda: two.said("the Lease is held by one_"))
    one.end(signal.SIGKILL)
    before = time.monotonic()
    until(two.leads)
    assert time.monotonic() - before > 12
    assert two.end() == 0


def test_ends_when_the_lease_is_lost(
    client: Admin, namespace: str, kubeconfig: Path, start: Callable[..., Process]
) -> None:
    """At once, with code 1; the Lease is left alone."""
    operator = start(kubeconfig, "one", f"--namespace={namespace}")
    until(operator.leads)
    client.patch(LEASE.format(namespace), {"spec": {"holderIdentity": "thief"}})
    assert operator.process.wait(ENOUGH) == 1
    assert operator.lines()[-1]["message"] == ("the Lease was lost: it is held by thief; the process ends at once")
    assert spec_of(client, namespace)["holderIdentity"] == "thief"


def test_survives_watches_that_lose_their_history(  # noqa: PLR0913, PLR0917 - fixtures
    client: Admin, plane: ControlPlane, namespace: str, kubeconfig: Path, proxy: Proxy, start: Callable[..., Process]
) -> None:
    """All of them are cut, and the state that they go on from is compacted; what happened meanwhile is known later.

    The Lease can be renewed all the while: a server that is away for longer than that ends the process.
    """
    for name in ("stays", "goes"):
        client.apply(site(namespace, name))
    kubeconfig.write_text(kubeconfig.read_text().replace(plane.url, proxy.url))
    operator = start(kubeconfig, "one", f"--namespace={namespace}", "--resync=10")
    until(operator.leads)
    until(lambda: 'name="goes"' in operator.get("/metrics")[1])
    away, lost = [True], set()

    def harm(call: Call) -> Fault | None:
        if not call.is_watch:
            return None
        if away[0]:
            return Refuse(503)
        if call.path in lost:
            return None
        lost.add(call.path)
        return Gone()

    proxy.before = harm
    proxy.cut()
    client.delete(client.path_of(site(namespace, "goes")))
    client.apply(site(namespace, "new"))
    away[0] = False
    until(lambda: 'name="goes"' not in operator.get("/metrics")[1])
    until(lambda: 'name="new"' in operator.get("/metrics")[1])
    assert any(path.endswith("/djangos") for path in lost)
    assert operator.end() == 0


def test_ends_when_the_server_is_away_for_long(own_plane: ControlPlane, start: Callable[..., Process]) -> None:
    """The Lease can't be renewed: somebody else may have it."""
    admin, namespace = own_plane.client(), own_plane.namespace()
    operator = start(installed(own_plane, admin, namespace), "one", f"--namespace={namespace}")
    until(operator.leads)
    own_plane.stop_api(signal.SIGKILL)
    try:
        before = time.monotonic()
        assert operator.process.wait(ENOUGH) == 1
        assert time.monotonic() - before > 7
        assert operator.lines()[-1]["message"] == (
            "the Lease was lost: it was not renewed for 10 s; the process ends at once"
        )
    finally:
        own_plane.start_api()


def test_a_port_that_is_taken(namespace: str, kubeconfig: Path, start: Callable[..., Process]) -> None:
    """Is one line, and code 1."""
    one = start(kubeconfig, "one", f"--namespace={namespace}")
    until(lambda: one.said("served on port"))
    port = next(line["message"].split()[-1] for line in one.lines() if "served on port" in line["message"])
    two = start(kubeconfig, "two", f"--namespace={namespace}", f"--port={port}")
    assert two.process.wait(ENOUGH) == 1
    assert [line["level"] for line in two.lines()][-1] == "critical"
    assert "ddress already in use" in two.lines()[-1]["message"]


def test_no_cluster(tmp_path: Path, start: Callable[..., Process]) -> None:
    """A kubeconfig that is none is one line, and code 1."""
    path = tmp_path / "kubeconfig"
    path.write_text("{}")
    operator = start(path, "one")
    assert operator.process.wait(ENOUGH) == 1
    (line,) = (each for each in operator.lines() if each["level"] == "critical")
    assert "no way to log in to a cluster" in line["message"]
