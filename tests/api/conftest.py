"""A real API server for tests: one for all workers of a run, a namespace for each test.

DJANGO_OPERATOR_TEST_KUBECONFIG=FILE names another cluster, such as one of kind, instead: its current context, whose
user must be an administrator. Tests that restart or break their server ask for `own_plane`, and fail there.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from django_operator.stack.crd import crd
from tests.api.commandline import CommandLine
from tests.api.process import Process
from tests.api.site import Stack
from tests.cluster.access import Cluster
from tests.cluster.custom_kinds import CUSTOM_KINDS, definition, install
from tests.cluster.kubelet import Kubelet
from tests.cluster.plane import HOUSEKEEPING, ControlPlane
from tests.cluster.proxy import Proxy
from tests.cluster.share import shared
from tests.cluster.workloads import Workloads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cluster.client import Client, Object

EXTERNAL = "DJANGO_OPERATOR_TEST_KUBECONFIG"


def definitions() -> list[Object]:
    """Return our CRD and, as anybody may use them, those of other operators."""
    return [crd(), *(definition(*kind) for kind in CUSTOM_KINDS)]


def started() -> ControlPlane:
    """Start a control plane with the CRDs; controllers come after them, else they see the kinds 30 seconds later."""
    plane = ControlPlane.start(users={"alice": ("developers",)})
    try:
        install(plane.client(), definitions())
        plane.start_controllers(*HOUSEKEEPING)
    except BaseException:
        plane.stop()
        raise
    return plane


@pytest.fixture(scope="session")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """The control plane that all tests share: CRD installed, garbage collected, audited, no workload controllers.

    What a test asks of `plane.audit` is filtered by its own namespace, user or agent: other tests run meanwhile.
    """
    if os.environ.get(EXTERNAL):
        pytest.fail(f"this test needs a control plane of its own making: unset {EXTERNAL}")
    folder = tmp_path_factory.getbasetemp()
    with shared(folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder, started) as held:
        yield held


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    """The cluster that tests work on: the one of $DJANGO_OPERATOR_TEST_KUBECONFIG, or the shared control plane."""
    if path := os.environ.get(EXTERNAL):
        found = Cluster.of(path, tmp_path_factory.mktemp("cluster"))
        install(found.client(), definitions())
        return found
    held: ControlPlane = request.getfixturevalue("plane")
    return held


@pytest.fixture(scope="session")
def workers_plane() -> Iterator[ControlPlane]:
    """A control plane for one worker."""
    if os.environ.get(EXTERNAL):
        pytest.fail(f"this test restarts its API server, which a cluster of yours does not allow: unset {EXTERNAL}")
    with started() as held:
        yield held


@pytest.fixture
def own_plane(workers_plane: ControlPlane) -> Iterator[ControlPlane]:
    """A control plane that this test may restart, stop, or count every request of: nobody else uses it meanwhile."""
    yield workers_plane
    if "kube-apiserver" not in workers_plane.servers.pids():
        workers_plane.start_api()


@pytest.fixture(scope="session")
def client(cluster: Cluster) -> Client:
    """The administrator's client."""
    return cluster.client()


@pytest.fixture
def namespace(cluster: Cluster, client: Client) -> Iterator[str]:
    """A namespace for one test; its deletion is begun, and not waited for."""
    name = cluster.namespace()
    yield name
    client.delete(f"/api/v1/namespaces/{name}")


@pytest.fixture
def proxy(cluster: Cluster) -> Iterator[Proxy]:
    """A proxy before the cluster, for one test."""
    with Proxy(cluster) as it:
        yield it


@pytest.fixture
def workloads(cluster: Cluster, namespace: str) -> Iterator[Workloads]:
    """What is deployed into the test's namespace gets ready, or as the test says."""
    with Workloads(cluster.client(agent="workloads"), namespace) as it:
        yield it


@pytest.fixture
def stack(cluster: Cluster, namespace: str) -> Iterator[Stack]:
    """A Django resource `blog` that is not there yet, reconciled in this process."""
    with Stack(cluster, namespace) as it:
        yield it


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """What starts operators; none is left afterwards."""
    running: list[Process] = []

    def begin(kubeconfig: Path, name: str, *options: str) -> Process:
        running.append(Process(kubeconfig, tmp_path, name, *options))
        return running[-1]

    yield begin
    for each in running:
        if each.process.poll() is None:
            each.end(signal.SIGKILL)


@pytest.fixture
def cli(  # noqa: PLR0913, PLR0917 - fixtures
    cluster: Cluster,
    client: Client,
    namespace: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> CommandLine:
    """The command line, whose kubeconfig names the test's namespace; it looks often."""
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig(namespace=namespace)))
    monkeypatch.chdir(tmp_path)
    for module in ("follow", "runner", "delete", "streams"):
        monkeypatch.setattr(f"django_operator.cli.live.{module}.PACE", 0.1)
    return CommandLine(capsys, tmp_path, client, namespace)


@pytest.fixture
def kubelet(plane: ControlPlane) -> Iterator[Kubelet]:
    """A node whose pods have logs."""
    with Kubelet(plane) as it:
        yield it
