"""The shipped YAML for tests: building it with an outside kustomize, and what must hold of every object and pod.

Knows nothing of the engine but its YAML reader.
"""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import kubernetes_validate  # type: ignore[import-untyped]

from django_operator.engine import yamlio

if TYPE_CHECKING:
    from collections.abc import Iterator

Object = dict[str, Any]
Stack = dict[tuple[str, str], Object]

ROOT = Path(__file__).parents[1]
STAGES = ("config", "data", "release", "serve", "switch", "beat", "post")
VERSIONS = ("1.30.0", "1.36.0")
CUSTOM = (
    "keda.sh",
    "cert-manager.io",
    "external-secrets.io",
    "gateway.networking.k8s.io",
    "postgresql.cnpg.io",
    "monitoring.coreos.com",
)
"""Groups of custom resources, whose schemas Kubernetes does not have."""

FOLDERS = {
    "common": {("ServiceAccount", "django"), ("ConfigMap", "django")},
    "app": {("Deployment", "app"), ("Service", "app")},
    "app-disruption": {("PodDisruptionBudget", "app")},
    "app-autoscaler": {("HorizontalPodAutoscaler", "app")},
    "app-scaledobject": {("ScaledObject", "app")},
    "worker": {("Deployment", "worker")},
    "worker-disruption": {("PodDisruptionBudget", "worker")},
    "worker-autoscaler": {("HorizontalPodAutoscaler", "worker")},
    "worker-scaledobject": {("ScaledObject", "worker")},
    "beat": {("StatefulSet", "beat")},
    "redis": {("StatefulSet", "redis"), ("Service", "redis")},
    "postgres": {("StatefulSet", "postgres"), ("Service", "postgres")},
    "cloudnativepg": {("Cluster", "postgres")},
    "release": {("Job", "release")},
    "steps": {("ConfigMap", "steps")},
    "post": {("Job", "post")},
    "cron": {("CronJob", "cron")},
    "ingress": {("Ingress", "app")},
    "httproute": {("HTTPRoute", "app")},
    "certificate": {("Certificate", "app")},
    "media": {("PersistentVolumeClaim", "media")},
}
POOL = ("worker", "worker-disruption", "worker-autoscaler", "worker-scaledobject")


@functools.cache
def kustomize() -> tuple[str, ...]:
    """Return the command that builds a folder: kustomize beside this Python or on PATH, else kubectl."""
    beside = Path(sys.executable).with_name("kustomize")
    if beside.exists():
        return (str(beside), "build")
    return ("kustomize", "build") if shutil.which("kustomize") else ("kubectl", "kustomize")


def build(folder: Path) -> Stack:
    """Build a folder with an outside kustomize; objects by kind and name, the hash of the ConfigMap's name cut off."""
    done = subprocess.run([*kustomize(), str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    objects = [document.value for document in yamlio.parse(done.stdout, str(folder))]
    stack: Stack = {}
    for item in objects:
        assert isinstance(item, dict)
        name = item["metadata"]["name"]
        assert isinstance(name, str)
        key = (str(item["kind"]), name.rsplit("-", 1)[0] if item["kind"] == "ConfigMap" else name)
        assert key not in stack
        stack[key] = item
    return stack


@functools.cache
def base(folder: str) -> Stack:
    """Build one base folder."""
    return build(ROOT / "bases" / folder)


def write(path: Path, **fields: object) -> None:
    """Write a kustomization (JSON is YAML)."""
    kind = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    path.mkdir(parents=True, exist_ok=True)
    (path / "kustomization.yaml").write_text(json.dumps(kind | fields))


def site(root: Path, folders: tuple[str, ...], **fields: object) -> Path:
    """Write the tree that a Django resource becomes: a pool, a cron job, the stack with `fields`, names and labels."""
    for part in ("bases", "overlays", "patches"):
        if not (root / part).exists():
            (root / part).symlink_to(ROOT / part)
    pool = [f"../../bases/{folder}" for folder in folders if folder in POOL]
    alone = [f"../bases/{folder}" for folder in folders if folder not in (*POOL, "cron")]
    if pool:
        label = [{"pairs": {"django-operator.io/pool": "slow"}, "includeSelectors": True}]
        write(root / "pools/slow", resources=pool, nameSuffix="-slow", labels=label)
        alone.append("../pools/slow")
    if "cron" in folders:
        write(root / "crons/clear", resources=["../../bases/cron"], nameSuffix="-clear")
        alone.append("../crons/clear")
    write(root / "stack", resources=alone, **fields)
    label = [{"pairs": {"app.kubernetes.io/instance": "shop"}, "includeSelectors": True}]
    write(root, resources=["stack"], namespace="web", namePrefix="shop-", labels=label)
    return root


@functools.cache
def valid(text: str, version: str) -> None:
    """Raise when an object (as JSON) is not valid, in the strict sense, for a version of Kubernetes."""
    kubernetes_validate.validate(json.loads(text), version, strict=True)


def check_valid(item: Object, version: str) -> None:
    """Validate an object of a kind that Kubernetes knows."""
    if not item["apiVersion"].startswith(CUSTOM):
        valid(json.dumps(item, sort_keys=True), version)


def pod_of(item: Object) -> Object | None:
    """Return the pod template of an object."""
    match item["kind"]:
        case "Deployment" | "StatefulSet" | "Job":
            template: Object = item["spec"]["template"]
        case "CronJob":
            template = item["spec"]["jobTemplate"]["spec"]["template"]
        case _:
            return None
    return template


def pods(stack: Stack) -> Iterator[tuple[str, Object]]:
    """Yield each pod template with the name of its object."""
    for (kind, name), item in stack.items():
        if template := pod_of(item):
            yield f"{kind}/{name}", template


def containers(pod: Object) -> list[Object]:
    """Return every container of a pod, init containers included."""
    return [*pod.get("initContainers", []), *pod["containers"]]


VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
RESTRICTED = {
    "host namespaces": lambda pod: not any(pod.get(key) for key in ("hostNetwork", "hostPID", "hostIPC")),
    "host ports": lambda pod: not any(p.get("hostPort") for c in containers(pod) for p in c.get("ports", [])),
    "volume types": lambda pod: all(set(v) - {"name"} <= VOLUMES for v in pod.get("volumes", [])),
    "privilege escalation": lambda pod: all(
        c["securityContext"]["allowPrivilegeEscalation"] is False for c in containers(pod)
    ),
    "privileged": lambda pod: not any(c["securityContext"].get("privileged") for c in containers(pod)),
    "capabilities": lambda pod: all(c["securityContext"]["capabilities"] == {"drop": ["ALL"]} for c in containers(pod)),
    "seccomp": lambda pod: pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"},
    "not root": lambda pod: pod["securityContext"].get("runAsUser") != 0,
}
"""The rules of the Pod Security standard "restricted", save runAsNonRoot."""
NON_ROOT = {"runAsNonRoot": lambda pod: pod["securityContext"].get("runAsNonRoot") is True}


def faults(pod: Object, rules: dict[str, Any]) -> list[str]:
    """Return the names of the rules that a pod breaks."""
    return [name for name, holds in rules.items() if not holds(pod)]
