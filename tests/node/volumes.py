"""A provisioner of volumes for a cluster of one node: a folder for each claim, removed with it.

`python -m tests.node.volumes KUBECONFIG FOLDER`. The volumes are of the kind `local`, so the kubelet gives them to a
pod's fsGroup as it does those of a driver. Knows nothing of what is kept in them.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cluster.access import Cluster
from tests.cluster.client import ApiError

if TYPE_CHECKING:
    from tests.cluster.client import Client, Object

CLASS = "standard"

CLAIMS = "/api/v1/persistentvolumeclaims"


def storage_class() -> Object:
    """Return the default class."""
    annotations = {"storageclass.kubernetes.io/is-default-class": "true"}
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": CLASS, "annotations": annotations},
        "provisioner": "django-operator.io/folder",
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "Immediate",
    }


def volume(claim: Object, folder: Path) -> Object:
    """Return a volume for a claim; the controller manager binds the two."""
    meta, spec = claim["metadata"], claim["spec"]
    everywhere = [{"matchExpressions": [{"key": "kubernetes.io/os", "operator": "Exists"}]}]
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": f"pvc-{meta['uid']}"},
        "spec": {
            "capacity": {"storage": spec["resources"]["requests"]["storage"]},
            "accessModes": spec["accessModes"],
            "storageClassName": CLASS,
            # `Delete` is told by an annotation: the controller manager would look for a plugin that does it
            "persistentVolumeReclaimPolicy": "Retain",
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "namespace": meta["namespace"],
                "name": meta["name"],
                "uid": meta["uid"],
            },
            "local": {"path": str(folder)},
            "nodeAffinity": {"required": {"nodeSelectorTerms": everywhere}},
        },
    }


def provide(client: Client, root: Path, claim: Object) -> None:
    """Make the volume of a claim that waits for one."""
    if claim["spec"].get("storageClassName") != CLASS or claim["spec"].get("volumeName"):
        return
    folder = root / claim["metadata"]["uid"]
    folder.mkdir(parents=True, exist_ok=True)
    client.apply(volume(claim, folder), "provisioner")


def remove(client: Client, root: Path, claim: Object) -> None:
    """Remove the volume of a claim that is gone."""
    name = claim["metadata"]["uid"]
    path = client.path("v1", "PersistentVolume", name=f"pvc-{name}")
    if (root / name).is_dir() and client.find(path):
        client.delete(path)
        shutil.rmtree(root / name)


def serve(client: Client, root: Path) -> None:
    """Look after claims until the API server goes away."""
    found = client.get(CLAIMS)
    for claim in found["items"]:
        provide(client, root, claim)
    version = found["metadata"]["resourceVersion"]
    for event in client.watch(CLAIMS, version, seconds=3600):
        if event["type"] == "DELETED":
            remove(client, root, event["object"])
        else:
            provide(client, root, event["object"])


def main() -> None:
    """Look after claims, and again after every interruption of the watch."""
    kubeconfig, root = sys.argv[1:]
    client = Cluster.of(kubeconfig, Path(tempfile.mkdtemp(dir=root))).client(agent="provisioner")
    while True:
        try:
            serve(client, Path(root))
        except (ApiError, OSError) as error:
            sys.stderr.write(f"{error}\n")


if __name__ == "__main__":
    main()
