"""`django-operator run` as a process of its own, as a test starts, asks and ends it. Knows nothing of what it does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime
from typing import TYPE_CHECKING, Any

from prometheus_client.parser import text_string_to_metric_families

from django_operator.stack.install import NAME, manifests
from tests.shipped import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cluster.access import Cluster
    from tests.cluster.client import Client as Admin
    from tests.cluster.client import Object

ENOUGH = 60
"""Seconds for what takes one, on a machine that is busy with other tests: a start alone took ten there."""
SOAK = "SOAK" in os.environ
"""Whether time matters less than what it may bring to light: `make soak`."""
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


def until(
    holds: Callable[[], object], seconds: float = ENOUGH, told: Callable[[], str] = lambda: "it did not come about"
) -> None:
    """Wait until something holds; `told` says what there is instead."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, told()
        time.sleep(0.05)


def when(operator: Process, message: str) -> datetime:
    """Return the time of a log line."""
    return next(datetime.fromisoformat(line["time"]) for line in operator.lines() if line["message"] == message)


def installed(  # noqa: PLR0913 - each has a default
    plane: Cluster, admin: Admin, namespace: str, *, account: str = NAME, url: str = "", namespaced: bool = True
) -> Path:
    """Give an installation its rights, and return the kubeconfig of its ServiceAccount; `url` may be a proxy's.

    With another `account`, the same rights for a second one, whom the audit log tells from the first.
    """
    admin.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    for body in manifests("image", namespace=namespace, namespaced=namespaced):
        if body["kind"].endswith("Binding"):
            body["metadata"]["name"] += account.removeprefix(NAME)
            body["subjects"][0]["name"] = account
        if body["kind"] not in {"CustomResourceDefinition", "Deployment", "Namespace", "ServiceAccount"}:
            admin.apply(body)
    return plane.kubeconfig(plane.service_account(namespace, account), namespace=namespace, url=url)


def user_of(namespace: str, account: str = NAME) -> str:
    """Return the name by which the audit log calls a ServiceAccount."""
    return f"system:serviceaccount:{namespace}:{account}"


def spec_of(client: Admin, namespace: str) -> Object:
    """Return the record of the Lease."""
    found = client.find(LEASE.format(namespace))
    spec: Object = found["spec"] if found else {}
    return spec


def is_ready(resource: Object) -> bool:
    """Tell whether a resource says that it is ready, of the generation that it has."""
    found = {each["type"]: each for each in resource.get("status", {}).get("conditions", ())}
    ready = found.get("Ready", {})
    return (ready.get("status"), ready.get("observedGeneration")) == ("True", resource["metadata"]["generation"])
