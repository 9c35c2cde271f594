"""Fake nodes: the stack of sample.yaml under the real controllers, and `make cluster` as a developer meets it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cases import Case, rendered
from tests.cluster.custom_kinds import CUSTOM_KINDS, definition, install
from tests.cluster.nodes import start_nodes
from tests.cluster.plane import ControlPlane
from tests.cluster.statuses import BESIDE_CONTROLLERS
from tests.cluster.workloads import Workloads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster.client import Object

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def nodes() -> Iterator[ControlPlane]:
    """A control plane with every controller and three nodes."""
    with ControlPlane.start() as plane:
        install(plane.client(), [definition(*kind) for kind in CUSTOM_KINDS])
        start_nodes(plane, 3)
        with Workloads(plane.client(agent="workloads"), kinds=BESIDE_CONTROLLERS, volumes=True):
            yield plane


def arrived(body: Object) -> bool:
    """Tell whether an object has come to where it can stay."""
    status = body.get("status", {})
    match str(body["kind"]):
        case "Deployment" | "StatefulSet":
            return bool(status.get("availableReplicas", 0) == body["spec"]["replicas"])
        case "Job":
            return bool(status.get("succeeded") == 1)
        case "PersistentVolumeClaim":
            return bool(status.get("phase") == "Bound")
        case "Certificate" | "ScaledObject":
            return bool(status.get("conditions"))
        case _:
            return True


def test_a_whole_stack_runs(nodes: ControlPlane) -> None:
    """Real controllers roll out every workload of the sample, run its Jobs, bind its volumes."""
    client, namespace = nodes.client(), nodes.namespace()
    client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    kinds = set()
    for body in rendered(Case("sample")).objects:
        client.apply({**body, "metadata": {**body["metadata"], "namespace": namespace}})
    for body in rendered(Case("sample")).objects:
        path = client.path(body["apiVersion"], body["kind"], namespace, body["metadata"]["name"])
        kinds.add(body["kind"])
        client.wait(path, arrived, 60)
    assert kinds >= {"Deployment", "StatefulSet", "Job", "PersistentVolumeClaim", "Certificate", "ScaledObject"}
    pods = client.items(f"/api/v1/namespaces/{namespace}/pods")
    assert {pod["spec"]["nodeName"] for pod in pods} == {"node-0", "node-1", "node-2"}


def test_make_cluster() -> None:
    """It prints how to get there, is there, and goes at Ctrl-C."""
    kubectl = shutil.which("kubectl") or "kubectl"
    command = [sys.executable, "-m", "tests.cluster", "--nodes", "1"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout, process.stderr:
        name, _, path = process.stdout.readline().strip().removeprefix("export ").partition("=")
        assert name == "KUBECONFIG", process.stderr.read()
        done = subprocess.run(
            [kubectl, "--kubeconfig", path, "get", "crd,nodes", "-o", "name"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert {"node/node-0", "customresourcedefinition.apiextensions.k8s.io/djangos.django-operator.io"} <= {
            *done.stdout.split()
        }
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert not Path(path).parent.exists()
