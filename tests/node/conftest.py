"""A cluster that runs containers: a node of our own, or the one that KUBECONFIG names. `make e2e` runs these tests."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.node import suite
from tests.node.elsewhere import Elsewhere
from tests.node.node import Node
from tests.node.operators import Operators
from tests.node.site import FIGURE, tell
from tests.node.suite import OPERATOR
from tests.shipped import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster.client import Client


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print every figure that tests have told, as one table; with `-s` they were there at once."""
    reports = [each for several in terminalreporter.stats.values() for each in several]
    # the last report of a test has what all of its parts have written
    whole = [each for each in reports if isinstance(each, pytest.TestReport) and each.when == "teardown"]
    told = {
        each.nodeid.rpartition("/")[2]: [line for line in each.capstderr.splitlines() if line.startswith(FIGURE)]
        for each in whole
    }
    if any(told.values()):
        terminalreporter.section("figures")
    for test, lines in told.items():
        for number, line in enumerate(lines):
            terminalreporter.write_line(f"{'' if number else test:<58} {line.removeprefix(FIGURE)}")


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
    # another cluster pulls Redis and PostgreSQL
    names = suite.build(data=not isinstance(node, Elsewhere))
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
