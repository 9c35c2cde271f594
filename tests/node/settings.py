"""The configuration of a node's servers: what a cluster has, save what this machine may not allow.

Knows nothing of processes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from tests.node.network import Block

CNI = "/usr/lib/cni"
"""Where Debian has the plugins."""

PAUSE = "localhost/pause:1"

NAME = "node"
"""The node's."""

CONTAINERD = """\
version = 2
root = "{folder}/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.tracing.processor.v1.otlp"]

[grpc]
address = "{socket}"

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{pause}"
# without CAP_SYS_RESOURCE every sandbox ends with "can't get final child's PID from pipe: EOF" else
restrict_oom_score_adj = true
tolerate_missing_hugetlb_controller = true

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{cni}"
conf_dir = "{folder}/cni"
"""

COREDNS = """\
cluster.local in-addr.arpa {{
    bind {node}
    errors
    ready {node}:8181
    kubernetes {{
        kubeconfig {kubeconfig}
        pods insecure
        ttl 5
    }}
}}
# no other names are known here
. {{
    bind {node}
    template ANY ANY {{
        rcode NXDOMAIN
    }}
}}
"""


def socket(folder: Path) -> Path:
    """Return containerd's socket."""
    return folder / "containerd.sock"


def containerd(folder: Path) -> str:
    """Return containerd's configuration."""
    return CONTAINERD.format(folder=folder, socket=socket(folder), pause=PAUSE, cni=CNI)


def coredns(kubeconfig: Path, block: Block) -> str:
    """Return a Corefile: the cluster's names on the node's address."""
    return COREDNS.format(node=block.node, kubeconfig=kubeconfig)


def cni(folder: Path, block: Block) -> dict[str, Any]:
    """Return the network of pods.

    Each is at a link of its own: what pods send each other is routed, so answers from behind a Service find their way
    back. On a bridge they would need a kernel module for it, br_netfilter.
    """
    ipam = {"type": "host-local", "ranges": [[{"subnet": block.pods}]], "routes": [{"dst": "0.0.0.0/0"}]}
    plugin = {"type": "ptp", "ipam": {**ipam, "dataDir": str(folder / "addresses")}}
    return {"cniVersion": "0.4.0", "name": "pods", "plugins": [plugin]}


def kubelet(folder: Path, block: Block) -> dict[str, Any]:
    """Return the kubelet's configuration: only the API server may ask it for anything."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "containerRuntimeEndpoint": f"unix://{socket(folder)}",
        "address": block.node,
        "healthzBindAddress": "127.0.0.1",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(folder / "kubelet-client.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "clusterDomain": "cluster.local",
        "clusterDNS": [block.node],
        "resolvConf": str(folder / "resolv.conf"),
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{folder.name}",
        "failCgroupV1": False,
        "failSwapOn": False,
        "enforceNodeAllocatable": [],
        # a lower one than its own needs CAP_SYS_RESOURCE
        "oomScoreAdj": 0,
        # no registry has an image that it would throw away
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "makeIPTablesUtilChains": False,
        "podLogsDir": str(folder / "pods"),
        "volumePluginDir": str(folder / "volume-plugins"),
        "registryPullQPS": 0,
        "syncFrequency": "10s",
        # a change of a Secret or ConfigMap is there at once, not after a minute
        "configMapAndSecretChangeDetectionStrategy": "Watch",
    }


def proxy(kubeconfig: Path, block: Block) -> dict[str, Any]:
    """Return kube-proxy's configuration."""
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": str(kubeconfig)},
        "hostnameOverride": NAME,
        "mode": "nftables",
        "clusterCIDR": block.pods,
        "detectLocalMode": "ClusterCIDR",
        "healthzBindAddress": "127.0.0.1:10256",
        "metricsBindAddress": "127.0.0.1:10249",
        # these are the whole machine's
        "conntrack": {"maxPerCore": 0, "min": 0},
        "oomScoreAdj": 0,
    }


def write(folder: Path, block: Block, proxy_kubeconfig: Path, dns_kubeconfig: Path) -> None:
    """Write all of them into a folder."""
    (folder / "containerd.toml").write_text(containerd(folder))
    (folder / "cni").mkdir()
    (folder / "cni" / "pods.conflist").write_text(json.dumps(cni(folder, block)))
    (folder / "resolv.conf").write_text(f"nameserver {block.node}\n")
    (folder / "kubelet.json").write_text(json.dumps(kubelet(folder, block)))
    (folder / "proxy.json").write_text(json.dumps(proxy(proxy_kubeconfig, block)))
    (folder / "Corefile").write_text(coredns(dns_kubeconfig, block))
