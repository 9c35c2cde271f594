"""`make bench-scale`: the operator with many resources, against the API server's own limit, in one run.

The limit is a plain Go client (tools/scale) that applies the objects that the operator has made, once, to a server of
its own. Statuses of workloads are written by another one, as there are no nodes, while the operator is measured.
"""

from __future__ import annotations

import json
import os
import random
import signal
import statistics
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django_operator.apply.kinds import collection, path, static
from django_operator.stack.crd import crd
from django_operator.stack.spec import API_VERSION
from tests.cluster.custom_kinds import install
from tests.cluster.plane import ControlPlane
from tests.cluster.processes import free_ports

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- scale -->", "<!-- /scale -->"
OURS = str(Path(sys.executable).parent / "django-operator")
CONCURRENCY = 16
NAMESPACE = "sites"
REST = 60
DRIFTS = 200
PATIENCE = 1800.0
KEPT = ("name", "namespace", "labels", "annotations")
"""Metadata that a client gives."""

COLUMNS = (
    "resources",
    "objects",
    "plain client",
    "operator: all ready",
    "of the plain client",
    "requests an object",
    "memory",
    f"requests in {REST} s of rest",
    "processor at rest",
    "drift repaired: median",
    "p99",
    "restart: caught up",
    "writes",
    "requests",
)

Object = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """What was measured with a number of resources; seconds, MiB, and the share of one processor."""

    sites: int
    objects: int
    floor: float
    converged: float
    requests: float
    memory: float
    rest_requests: int
    rest_processor: float
    drift_median: float
    drift_p99: float
    restart: float
    restart_writes: int
    restart_requests: int


def main(sizes: Iterable[int]) -> None:
    """Measure, and write the page."""
    go = build()
    rows = []
    for sites in sizes:
        rows.append(measure(go, sites))
        print(rows[-1], file=sys.stderr)
    text = "\n".join(table(rows))
    print(text)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def build() -> str:
    """Build the Go clients, and return where they are."""
    venv = Path(sys.executable).parent.parent
    found = subprocess.run([ROOT / "tools/go-path", venv, "24"], capture_output=True, text=True, check=True)
    target = venv / "bin" / "scale"
    subprocess.run([found.stdout.strip(), "build", "-o", target, "."], cwd=ROOT / "tools/scale", check=True)
    return str(target)


def resource(number: int) -> Object:
    """Return a resource of the default stack."""
    return {
        "apiVersion": "django-operator.io/v1alpha1",
        "kind": "Django",
        "metadata": {"name": f"site-{number}", "namespace": NAMESPACE},
        "spec": {
            "image": "registry.example.com/site:1.0",
            "project": "site",
            "hosts": [f"site-{number}.example.com"],
            "release": {"preDeploy": [{"args": ["migrate", "--noinput"]}]},
        },
    }


def lines(bodies: Iterable[Object]) -> str:
    """Return objects as tools/scale reads them."""

    def place(body: Object) -> str:
        found = static(body["apiVersion"], body["kind"])
        assert found is not None
        return path(body["apiVersion"], found, body["metadata"].get("namespace"), body["metadata"]["name"])

    return "".join(json.dumps({"path": place(each), "body": each}) + "\n" for each in bodies)


def applied(go: str, plane: ControlPlane, bodies: Iterable[Object]) -> Object:
    """Apply objects by the Go client, and return what it says of it."""
    command = [go, "apply", plane.url, plane.token, str(CONCURRENCY)]
    done = subprocess.run(command, input=lines(bodies), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: Object = json.loads(done.stdout)
    return found


@contextmanager
def prepared() -> Iterator[ControlPlane]:
    """Give a control plane with the CRD and a namespace, and no controllers."""
    with ControlPlane.start() as plane:
        install(plane.client(), [crd()])
        plane.client().apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        yield plane


class Operator:
    """A running operator."""

    def __init__(self, plane: ControlPlane) -> None:
        """Start it."""
        self.port = free_ports(1)[0]
        arguments = ["run", f"--port={self.port}", "--lease-namespace=default", "--log-level=warning"]
        environment = {**os.environ, "KUBECONFIG": str(plane.kubeconfig())}
        self.process = subprocess.Popen([OURS, *arguments], env=environment)

    def metrics(self) -> dict[str, float]:
        """Return its metrics by name and labels; nothing while it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as answer:
                text = answer.read().decode()
        except OSError:
            return {}
        pairs = (line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def ready(self) -> int:
        """Return how many resources are ready."""
        return int(sum(value for name, value in self.metrics().items() if "_resource_ready{" in name))

    def total(self, name: str) -> float:
        """Return the sum of a counter over its labels."""
        return sum(value for key, value in self.metrics().items() if key.startswith(f"django_operator_{name}"))

    def processor(self) -> float:
        """Return the seconds of processor used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Return the resident memory at its peak, in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024

    def end(self, number: int = signal.SIGTERM) -> None:
        """End it, and wait."""
        self.process.send_signal(number)
        self.process.wait(60)


def until(holds: Any, what: str, every: float = 0.5) -> float:
    """Wait until something holds, and return the seconds that took."""
    start = time.monotonic()
    while not holds():
        if time.monotonic() - start > PATIENCE:
            raise TimeoutError(what)
        time.sleep(every)
    return time.monotonic() - start


def measure(go: str, sites: int) -> Row:
    """Measure all with a number of resources."""
    resources = [resource(number) for number in range(sites)]
    with prepared() as plane:
        settler = subprocess.Popen([go, "settle", plane.url, plane.token, "8"])
        operator = Operator(plane)
        try:
            until(lambda: operator.metrics().get("django_operator_leader") == 1.0, "it leads")
            found = _run(go, plane, operator, resources)
            bodies = made(plane)
        finally:
            operator.end(signal.SIGKILL)
            settler.kill()
            settler.wait()
    with prepared() as plane:
        floor = applied(go, plane, bodies)["seconds"]
    return Row(sites, len(bodies), floor, *found)


def made(plane: ControlPlane) -> list[Object]:
    """Return all objects that the operator has made, as somebody would apply them."""
    client = plane.client()
    noted = {
        (f"{each['group']}/{each['version']}".lstrip("/"), each["kind"], each["name"])
        for site in client.get(f"/apis/{API_VERSION}/namespaces/{NAMESPACE}/djangos")["items"]
        for each in site["status"]["inventory"]
    }
    bodies = []
    for api_version, kind in sorted({each[:2] for each in noted}):
        place = static(api_version, kind)
        assert place is not None
        for each in client.get(collection(api_version, place, NAMESPACE))["items"]:
            if (api_version, kind, each["metadata"]["name"]) in noted:
                meta = {name: each["metadata"][name] for name in KEPT if name in each["metadata"]}
                rest = {name: value for name, value in each.items() if name != "status"}
                if kind == "Job":  # the server chooses these itself
                    del rest["spec"]["selector"], rest["spec"]["template"]["metadata"]
                bodies.append({**rest, "apiVersion": api_version, "kind": kind, "metadata": meta})
    return bodies


def _run(go: str, plane: ControlPlane, operator: Operator, resources: list[Object]) -> tuple[Any, ...]:
    sites = len(resources)
    start = time.monotonic()
    applied(go, plane, resources)
    until(lambda: operator.ready() == sites, "all are ready")
    converged = time.monotonic() - start
    requests = operator.total("api_requests_total")
    until(lambda: not operator.metrics().get("django_operator_queue_depth"), "the queue is empty")
    memory = operator.memory()
    mark, processor = plane.audit.mark(), operator.processor()
    time.sleep(REST)  # what is measured: how much happens in that time
    seen = [each for each in plane.audit.since(mark) if each.agent.startswith("django-operator")]
    at_rest = [each for each in seen if each.resource != "leases" and each.verb != "watch"]
    share = (operator.processor() - processor) / REST
    drifts = sorted(drift(plane, sites))
    until(lambda: not operator.metrics().get("django_operator_queue_depth"), "the queue is empty")
    until(lambda: operator.ready() == sites, "all are ready again")
    operator.end(signal.SIGTERM)  # which releases the Lease: waiting for it to run out would tell of that alone
    mark = plane.audit.mark()
    again = Operator(plane)
    operator.process, operator.port = again.process, again.port
    restart = until(
        lambda: (
            operator.total('reconcile_total{result="success"}') >= sites
            and not operator.metrics().get("django_operator_queue_depth")
        ),
        "it has caught up",
    )
    later = [each for each in plane.audit.since(mark) if each.agent.startswith("django-operator")]
    writes = [each for each in later if each.is_write and each.resource not in ("leases", "events")]
    return (
        converged, requests, memory, len(at_rest), share, statistics.median(drifts),
        drifts[int(0.99 * (len(drifts) - 1))], restart, len(writes), len(later),
    )  # fmt: skip


def drift(plane: ControlPlane, sites: int) -> list[float]:
    """Scale Deployments behind the operator's back, one by one, and return how long each took to be repaired."""
    client = plane.client()
    chosen = random.Random(1).sample(range(sites), k=min(DRIFTS, sites))  # noqa: S311 - no secret
    took = []
    for number in chosen:
        where = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/site-{number}-app"
        start = time.monotonic()
        client.patch(where, {"spec": {"replicas": 7}}, fieldManager="somebody")
        client.wait(where, lambda found: found["spec"]["replicas"] == 1)
        took.append(time.monotonic() - start)
    return took


def table(rows: list[Row]) -> Iterator[str]:
    """Yield the table in Markdown."""
    cores = len(os.sched_getaffinity(0))
    yield f"{cores} cores, shared by API server, etcd, operator and clients; CPython {sys.version.split()[0]}."
    yield ""
    yield f"| {' | '.join(COLUMNS)} |"
    yield "|" + " --- |" * len(COLUMNS)
    for each in rows:
        cells = (
            f"{each.sites:,}",
            f"{each.objects:,}",
            f"{each.floor:.1f} s",
            f"{each.converged:.1f} s",
            f"{each.converged / each.floor:.1f}",
            f"{each.requests / each.objects:.1f}",
            f"{each.memory:.0f} MiB",
            f"{each.rest_requests}",
            f"{each.rest_processor:.1%}",
            f"{each.drift_median * 1000:.0f} ms",
            f"{each.drift_p99 * 1000:.0f} ms",
            f"{each.restart:.1f} s",
            f"{each.restart_writes}",
            f"{each.restart_requests:,}",
        )
        yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or [100, 500, 1000])
