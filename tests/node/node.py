"""One node with real containers, in seconds: a control plane, containerd, kubelet, kube-proxy, CoreDNS, volumes.

All of it runs in namespaces of its own (`enter`), so it ends without a trace, and several run at once. Needs root on
Linux. Knows nothing of Django.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cluster import flags
from tests.cluster.binaries import binary
from tests.cluster.nodes import is_ready
from tests.cluster.plane import ControlPlane
from tests.cluster.processes import ServerError, Servers
from tests.node import images, network, settings, volumes
from tests.shipped import ROOT

if TYPE_CHECKING:
    from typing import Self

    from tests.node.network import Block

PREFIX = "node-"
"""Stands in the names of nodes' folders."""

READY = 60.0
"""Seconds for a server to get ready on a busy machine."""

ENTER = Path(__file__).with_name("enter")

KUBELET, PROXY = f"system:node:{settings.NAME}", "system:kube-proxy"
"""The users that they are, with the rights that Kubernetes gives them."""


@dataclass
class Node:
    """A running node; a context manager that ends it. Make one by `start`."""

    plane: ControlPlane
    block: Block

    @classmethod
    def start(cls) -> Self:
        """Start a control plane and a node, and wait until pods can run.

        Raises:
            ServerError: a server does not start, or the machine has no network for it; with its last words.
            RuntimeError: a binary is missing, or the container engine makes no image.
        """
        servers = Servers.open(lambda folder: [str(ENTER), str(folder)], PREFIX)
        try:
            return cls._start(servers)
        except BaseException:
            servers.close()
            gone(servers.folder)
            raise

    @classmethod
    def _start(cls, servers: Servers) -> Self:
        folder = servers.folder
        block = network.connect(servers.pid)
        _certificate(folder / "kubelet-client")
        plane = ControlPlane.start_on(
            servers,
            # nobody else is in its network
            flags.Ports(2379, 2380, 6443, block.node),
            users={KUBELET: ("system:nodes",), PROXY: ()},
            more=(
                f"--service-cluster-ip-range={block.services}",
                # pods reach it as the Service `kubernetes`
                "--endpoint-reconciler-type=lease",
                f"--kubelet-client-certificate={folder / 'kubelet-client.crt'}",
                f"--kubelet-client-key={folder / 'kubelet-client.key'}",
            ),
        )
        node = cls(plane, block)
        settings.write(folder, block, plane.kubeconfig(plane.tokens[PROXY]), plane.kubeconfig())
        servers.start("containerd", ["containerd", f"--config={folder / 'containerd.toml'}"])
        plane.client().apply(volumes.storage_class())
        plane.start_controllers("*", flags_=["--node-monitor-grace-period=40s"])
        servers.start("kube-scheduler", flags.scheduler(plane.kubeconfig()))
        servers.wait("containerd", settings.socket(folder).exists, READY)
        servers.wait("containerd", lambda: _quiet(node.ctr("version")), READY)
        node.load(images.pause(Path(binary("pause")).resolve(), settings.PAUSE))
        servers.start("kubelet", node._kubelet())
        servers.start("kube-proxy", [binary("kube-proxy"), f"--config={folder / 'proxy.json'}"])
        servers.start("coredns", [binary("coredns"), f"-conf={folder / 'Corefile'}"])
        (folder / "volumes").mkdir()
        provisioner = [sys.executable, "-m", "tests.node.volumes", str(plane.kubeconfig()), str(folder / "volumes")]
        servers.start("volumes", ["env", f"PYTHONPATH={ROOT}", *provisioner])
        nodes = functools.partial(plane.client(agent="harness").items, "/api/v1/nodes")
        servers.wait("kubelet", lambda: any(map(is_ready, nodes())), READY)
        servers.wait("coredns", lambda: _answers(block.node, 8181, "/ready"), READY)
        return node

    @classmethod
    def join(cls, folder: Path) -> Self:
        """Hold on to a node that another process has started.

        Raises:
            OSError: it is gone.
        """
        plane = ControlPlane.join(folder)
        return cls(plane, network.Block.of(plane.ports.host))

    def _kubelet(self) -> list[str]:
        folder = self.plane.folder
        return [
            binary("kubelet"),
            f"--config={folder / 'kubelet.json'}",
            f"--kubeconfig={self.plane.kubeconfig(self.plane.tokens[KUBELET])}",
            f"--root-dir={folder / 'kubelet'}",
            f"--cert-dir={folder / 'kubelet-tls'}",
            f"--hostname-override={settings.NAME}",
            f"--node-ip={self.block.node}",
        ]

    def ctr(self, *arguments: str) -> list[str]:
        """Return a command of containerd's client, for what pods use."""
        return ["ctr", f"--address={settings.socket(self.plane.folder)}", "--namespace=k8s.io", *arguments]

    def load(self, *names: str) -> list[str]:
        """Bring images of the container engine here, and return the names to use in a pod's spec: the same.

        Raises:
            RuntimeError: one is not there, or containerd refuses it.
        """
        file = images.save(self.plane.folder / "images.tar", *names)
        done = subprocess.run(self.ctr("images", "import", str(file)), capture_output=True, text=True, check=False)
        file.unlink()
        if done.returncode:
            raise RuntimeError(f"{', '.join(names)}: {done.stderr.strip()}")
        return [*names]

    def kill(self, container: str) -> None:
        """End a container by SIGKILL, as the kernel does where memory is short; the id is of its pod's status."""
        run = self.ctr("tasks", "kill", "--signal=SIGKILL", container.removeprefix("containerd://"))
        subprocess.run(run, check=True, capture_output=True)

    def stop(self) -> None:
        """End it, and wait until nothing of it is left.

        Raises:
            ServerError: something is; the message names it.
        """
        self.plane.stop()
        gone(self.plane.folder, self.block.link)

    def __enter__(self) -> Self:
        """Return itself, running."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.stop()


def gone(folder: Path, link: str = "", seconds: float = 120.0) -> None:
    """Wait until no trace of a node is left.

    Raises:
        ServerError: something is; the message names it.
    """
    deadline = time.monotonic() + seconds
    while left := traces(folder, link):
        if time.monotonic() > deadline:
            message = f"a node was stopped, and left: {', '.join(left)}"
            raise ServerError(message)
        time.sleep(0.02)


def traces(folder: Path, link: str = "") -> list[str]:
    """Return what there is of a node: processes, mounts and cgroups that name its folder, the folder, its interface."""
    mounts = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    cgroups = [line.split()[1] for line in mounts if line.split()[2] in {"cgroup", "cgroup2"}]
    places = [str(folder), f"/sys/class/net/{link}", *(f"{each}/{folder.name}" for each in cgroups)]
    found = [each for each in places if Path(each).exists() and not each.endswith("/")]
    found += [f"mount {line}" for line in mounts if str(folder) in line]
    ours = Path("/proc/self/ns/pid").readlink()
    for process in Path("/proc").glob("[0-9]*"):
        # it may be gone meanwhile
        with contextlib.suppress(OSError):
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            # `tail` of a log in there is no part of the node
            if str(folder) in command and (str(ENTER) in command or (process / "ns" / "pid").readlink() != ours):
                found.append(f"process {process.name} {command[:200]}")
    return found


def _certificate(path: Path) -> None:
    """Make the certificate by which the API server shows the kubelet who it is; the kubelet trusts only this one."""
    make = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "3650",
    ]
    files = ["-keyout", f"{path}.key", "-out", f"{path}.crt", "-subj", "/O=system:masters/CN=kube-apiserver"]
    done = subprocess.run([*make, *files], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"openssl: {done.stderr.strip()}")


def _quiet(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _answers(host: str, port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
