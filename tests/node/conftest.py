"""A cluster that runs containers: a node of our own, or the one that KUBECONFIG names. `make e2e` runs these tests."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.node.elsewhere import Elsewhere
from tests.node.node import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster.client import Client


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
