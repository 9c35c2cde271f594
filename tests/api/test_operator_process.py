"""`django-operator run` as a process against a real API server, with no more rights than the shipped Role gives."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from django_operator.stack.install import manifests
from tests.api.test_operator_watch import site
from tests.cluster.faults import Call, Fault, Gone, Refuse
from tests.shipped import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cluster.client import Client as Admin
    from tests.cluster.client import Object
    from tests.cluster.plane import ControlPlane
    from tests.cluster.proxy import Proxy

ENOUGH = 60
"""Seconds for what takes one, on a machine that is busy with other tests: a start alone took ten there."""
LEASE = "/apis/coordination.k8s.io/v1/namespaces/{}/leases/django-operator"


class Process:
    """A running operator, whose log goes to a file."""

    def __init__(self, kubeconfig: Path, folder: Path, name: str, *options: str) -> None:
        """Start it."""
        self.log = folder / f"{name}.log"
        environment = {**os.environ, "KUBECONFIG": str(kubeconfig), "POD_NAME": name}
        command = [sys.executable, "-m", "django_operator", "run", "--port=0", *options]
        with self.log.open("w") as file:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=file, stdout=subprocess.DEVNULL)

    def lines(self) -> list[dict[str, Any]]:
        """Return what it has logged, every line of which must be JSON."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def said(self, text: str) -> bool:
        """Tell whether a message has a text in it."""
        return any(text in line["message"] for line in self.lines())

    def get(self, path: str) -> tuple[int, str]:
        """Return the status and text of a page of it; 0 while it serves none."""
        ports = [line["message"].split()[-1] for line in self.lines() if "served on port" in line["message"]]
        if not ports:
            return 0, ""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{ports[0]}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def metric(self, metric: str, /, **labels: str) -> float:
        """Return a sample, 0 where there is none."""
        for family in text_string_to_metric_families(self.get("/metrics")[1]):
            for sample in family.samples:
                if sample.name == metric and labels.items() <= sample.labels.items():
                    return sample.value
        return 0

    def leads(self) -> bool:
        """Tell whether it leads, knows all and works."""
        return self.get("/readyz") == (200, "[+] leader: ok\n[+] known: ok\n[+] working: ok\n")

    def end(self, number: signal.Signals = signal.SIGTERM, within: float = ENOUGH) -> int:
        """Send it a signal, and return how it ended."""
        self.process.send_signal(number)
        return self.process.wait(within)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """What starts operators; none is left afterwards."""
    started: list[Process] = []

    def begin(kubeconfig: Path, name: str, *options: str) -> Process:
        started.append(Process(kubeconfig, tmp_path, name, *options))
        return started[-1]

    yield begin
    for each in started:
        if each.process.poll() is None:
            each.end(signal.SIGKILL)


def until(holds: Callable[[], object], seconds: float = ENOUGH) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)


def when(operator: Process, message: str) -> datetime:
    """Return the time of a log line."""
    return next(datetime.fromisoformat(line["time"]) for line in operator.lines() if line["message"] == message)


def installed(plane: ControlPlane, admin: Admin, namespace: str) -> Path:
    """Give a namespaced installation its rights, and return the kubeconfig of its ServiceAccount."""
    for body in manifests("image", namespace=namespace, namespaced=True):
        if body["kind"] in {"ServiceAccount", "Role", "RoleBinding"}:
            admin.apply(body)
    return plane.kubeconfig(plane.service_account(namespace, "django-operator"), namespace=namespace)


@pytest.fixture
def kubeconfig(plane: ControlPlane, client: Admin, namespace: str) -> Path:
    """The operator's, in a namespace of this test."""
    return installed(plane, client, namespace)


def spec_of(client: Admin, namespace: str) -> Object:
    """Return the record of the Lease."""
    found = client.find(LEASE.format(namespace))
    spec: Object = found["spec"] if found else {}
    return spec


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
