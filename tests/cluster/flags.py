"""The command lines of the servers, as the tests want them. Knows nothing of processes."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.cluster.binaries import binary
from tests.cluster.processes import free_ports

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Ports:
    """Ports on loopback, save that of the API server, which may be at another address."""

    etcd: int
    peer: int
    api: int
    host: str = HOST
    """Of the API server."""

    @classmethod
    def free(cls) -> Ports:
        """Return ports on loopback that nobody listens on."""
        etcd, peer, api = free_ports(3)
        return cls(etcd, peer, api)


def signing_key() -> str:
    """Return a new private key for ServiceAccount tokens, as PEM.

    SEC 1 (RFC 5915) for P-256: any 32 random bytes are a key, and the public half may be left out, so nothing but the
    standard library is needed.
    """
    der = bytes.fromhex("303102010104 20") + secrets.token_bytes(32) + bytes.fromhex("a00a06082a8648ce3d030107")
    text = base64.encodebytes(der).decode()
    return f"-----BEGIN EC PRIVATE KEY-----\n{text}-----END EC PRIVATE KEY-----\n"


def etcd(folder: Path, ports: Ports) -> list[str]:
    """Return the command of etcd; without fsync, as its data is thrown away."""
    client, peer = f"http://{HOST}:{ports.etcd}", f"http://{HOST}:{ports.peer}"
    return [
        binary("etcd"),
        f"--data-dir={folder / 'etcd'}",
        "--unsafe-no-fsync",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        "--quota-backend-bytes=8589934592",
        "--log-level=warn",
    ]


def api_server(folder: Path, ports: Ports, server: str, more: Sequence[str]) -> list[str]:
    """Return the command of an API server: as on a real cluster, but nothing throttles a test."""
    return [
        binary(server),
        f"--etcd-servers=http://{HOST}:{ports.etcd}",
        f"--bind-address={ports.host}",
        f"--advertise-address={ports.host}",
        # loopback may not be an endpoint of the Service `kubernetes`
        "--endpoint-reconciler-type=none",
        f"--secure-port={ports.api}",
        f"--cert-dir={folder / 'tls'}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--authorization-mode=Node,RBAC",
        # guards `blockOwnerDeletion`; off by default, on in OpenShift
        "--enable-admission-plugins=OwnerReferencesPermissionEnforcement",
        "--allow-privileged=true",
        "--kubelet-preferred-address-types=InternalIP",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={folder / 'service-account.key'}",
        f"--service-account-signing-key-file={folder / 'service-account.key'}",
        "--service-cluster-ip-range=10.96.0.0/12",
        # 429 comes from a test's proxy only
        "--enable-priority-and-fairness=false",
        "--max-requests-inflight=3000",
        "--max-mutating-requests-inflight=1000",
        "--profiling=false",
        f"--audit-policy-file={folder / 'audit-policy.json'}",
        f"--audit-log-path={folder / 'audit.jsonl'}",
        "--audit-log-maxsize=100000",
        *more,
    ]


def controller_manager(folder: Path, kubeconfig: Path, controllers: Sequence[str], more: Sequence[str]) -> list[str]:
    """Return the command of a controller manager that runs some controllers; `*` is the default set."""
    return [
        binary("kube-controller-manager"),
        f"--kubeconfig={kubeconfig}",
        f"--controllers={','.join(controllers)}",
        f"--service-account-private-key-file={folder / 'service-account.key'}",
        f"--root-ca-file={folder / 'tls' / 'apiserver.crt'}",
        "--use-service-account-credentials=true",
        "--leader-elect=false",
        "--secure-port=0",
        "--kube-api-qps=1000",
        "--kube-api-burst=2000",
        # kwok's nodes send no heartbeats once they are ready, and would be given up after 40 seconds
        "--node-monitor-grace-period=24h",
        *more,
    ]


def scheduler(kubeconfig: Path) -> list[str]:
    """Return the command of a scheduler."""
    return [
        binary("kube-scheduler"),
        f"--kubeconfig={kubeconfig}",
        "--leader-elect=false",
        "--secure-port=0",
        "--kube-api-qps=1000",
        "--kube-api-burst=2000",
    ]


def kwok(kubeconfig: Path) -> list[str]:
    """Return the command of kwok, which plays kubelet for every node."""
    return [
        binary("kwok"),
        f"--kubeconfig={kubeconfig}",
        "--manage-all-nodes=true",
        # it renews them for its nodes: else these are not ready, and their pods neither, after 50 seconds
        "--node-lease-duration-seconds=40",
        "--server-address=",
    ]
