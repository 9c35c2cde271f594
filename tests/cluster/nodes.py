"""Fake nodes under real controllers: Deployments, StatefulSets and Jobs run as far as a cluster without containers can.

kube-controller-manager makes pods, kube-scheduler binds them, kwok says that they run. Slower and less obedient than
`Workloads`, and right about what real controllers do. Knows nothing of Django.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cluster import flags

if TYPE_CHECKING:
    from tests.cluster.client import Object
    from tests.cluster.plane import ControlPlane


def start_nodes(plane: ControlPlane, count: int = 1) -> None:
    """Start every controller, the scheduler and kwok, and wait until so many nodes are ready."""
    client = plane.client(agent="harness")
    plane.start_controllers("*")
    plane.servers.start("kube-scheduler", flags.scheduler(plane.kubeconfig()))
    plane.servers.start("kwok", flags.kwok(plane.kubeconfig()))
    for number in range(count):
        client.apply(node(f"node-{number}"))
    path = "/api/v1/nodes"
    plane.servers.wait("kwok", lambda: sum(map(is_ready, client.items(path))) == count, 30)


def node(name: str) -> Object:
    """Return a node that kwok looks after."""
    labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
    meta = {"name": name, "labels": labels, "annotations": {"kwok.x-k8s.io/node": "fake"}}
    return {"apiVersion": "v1", "kind": "Node", "metadata": meta, "spec": {}}


def is_ready(body: Object) -> bool:
    """Tell whether a node is ready."""
    return ("Ready", "True") in [(each["type"], each["status"]) for each in body["status"].get("conditions", ())]


def volume(claim: Object) -> Object:
    """Return a volume for a claim, as a provisioner would make it; the controller manager binds the two."""
    meta, spec = claim["metadata"], claim["spec"]
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": f"pvc-{meta['uid']}"},
        "spec": {
            "capacity": {"storage": spec["resources"]["requests"]["storage"]},
            "accessModes": spec["accessModes"],
            "storageClassName": spec.get("storageClassName", ""),
            "persistentVolumeReclaimPolicy": "Retain",
            "claimRef": {"namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"]},
            "hostPath": {"path": "/none"},
        },
    }
