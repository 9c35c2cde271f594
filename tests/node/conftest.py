"""A cluster that runs containers: a node of our own, or the one that KUBECONFIG names. `make e2e` runs these tests."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.node import images
from tests.node.elsewhere import Elsewhere
from tests.node.node import Node
from tests.node.operators import Operators
from tests.node.site import DEMO, tell
from tests.shipped import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster.client import Client


OPERATOR = "django-operator:0.1.0"
"""As in django-operator.yml."""

VERSIONS = ("v1", "v2", "v3", "v5")

DATA = ("postgres:17-bookworm", "valkey/valkey:8.1-alpine")
"""As in bases/."""


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node | Elsewhere]:
    """The cluster; `load` brings images there."""
    if path := os.environ.get("KUBECONFIG"):
        if (Path(path).parent / "plane.json").exists():
            # of `make node`: it stays
            held = Node.join(Path(path).parent)
            yield held
            held.plane.stop()
        else:
            yield Elsewhere.of(path, tmp_path_factory.mktemp("cluster"))
        return
    with Node.start() as started:
        yield started


@pytest.fixture(scope="session")
def own(node: Node | Elsewhere) -> Node:
    """The node, for tests that kill what runs on it."""
    if isinstance(node, Elsewhere):
        pytest.fail("this test kills containers, which a cluster of yours does not allow: unset KUBECONFIG")
    return node


@pytest.fixture(scope="session")
def client(node: Node | Elsewhere) -> Client:
    """The administrator's client."""
    return node.plane.client()


@pytest.fixture(scope="session")
def loaded(node: Node | Elsewhere) -> dict[str, str]:
    """The images that the tests need, by their short names, each under the name that the cluster knows it by."""
    names = [images.build(ROOT, OPERATOR, f"VERSION={OPERATOR.rpartition(':')[2]}")]
    names += [images.build(DEMO, f"demo:{version}", f"VERSION={version}") for version in VERSIONS]
    if not isinstance(node, Elsewhere):
        # another cluster pulls the real ones
        names += [images.base(name) for name in DATA]
    return dict(zip(names, node.load(*names), strict=True))


@pytest.fixture(scope="session")
def operator(node: Node | Elsewhere, client: Client, loaded: dict[str, str]) -> Client:
    """The administrator's client of the cluster, where the operator is installed by its manifests."""
    kubectl = ["kubectl", f"--kubeconfig={node.plane.kubeconfig()}"]
    text = (ROOT / "django-operator.yml").read_text(encoding="utf-8")
    text = text.replace(f"image: {OPERATOR}", f"image: {loaded[OPERATOR]}")
    there = client.find("/apis/apps/v1/namespaces/django-operator/deployments/django-operator")
    start = time.monotonic()
    subprocess.run([*kubectl, "apply", "-f", "-"], input=text, text=True, check=True, capture_output=True)
    if there:
        # of an earlier run: its pods have the image of then, under the same name
        subprocess.run([*kubectl, "-n", "django-operator", "rollout", "restart", "deployment"], check=True)
    wait = ["-n", "django-operator", "rollout", "status", "deployment/django-operator", "--timeout=120s"]
    subprocess.run([*kubectl, *wait], check=True)
    tell(f"operator: from `kubectl apply` to ready in {time.monotonic() - start:.1f} s")
    return client


@pytest.fixture
def own_operators(own: Node, operator: Client) -> Iterator[Operators]:
    """The operators, for tests that kill them."""
    operators = Operators(own, operator)
    yield operators
    operators.renew()


@pytest.fixture
def namespace(node: Node | Elsewhere, client: Client) -> Iterator[str]:
    """A namespace, deleted after the test with all that is in it."""
    name = node.plane.namespace("e2e")
    yield name
    client.delete(client.path("v1", "Namespace", name=name))


@dataclass(frozen=True, slots=True)
class Kubectl:
    """The command as an administrator in a namespace."""

    kubeconfig: Path

    def __call__(self, *arguments: str, stdin: str | None = None) -> str:
        """Run it, and return what it prints."""
        command = ["kubectl", f"--kubeconfig={self.kubeconfig}", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, input=stdin, timeout=120)
        assert done.returncode == 0, f"{' '.join(arguments)}: {done.stderr}"
        return done.stdout


@pytest.fixture
def kubectl(node: Node | Elsewhere, namespace: str) -> Kubectl:
    """Kubectl in the test's namespace."""
    return Kubectl(node.plane.kubeconfig(namespace=namespace))
