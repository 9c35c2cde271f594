"""The status that controllers and kubelets would give an object: pure functions of its spec. Knows no server.

What is returned are merge patches of `status`; times are RFC 3339.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cluster.client import Object


@dataclass(frozen=True, slots=True)
class Failure:
    """How something fails: the exit code and last words of a container (its name; the last one by default)."""

    exit_code: int = 1
    message: str = ""
    container: str = ""


def condition(kind: str, now: str, *, value: bool = True, reason: str = "", message: str = "") -> Object:
    """Return a condition that has become so just now."""
    status = "True" if value else "False"
    return {"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": now}


def deployment(body: Object, now: str, failure: Failure | None = None) -> Object:
    """Return the status of a Deployment that is rolled out, or whose new pods never got ready."""
    wanted, before = body["spec"]["replicas"], body.get("status", {})
    template = f"{body['metadata']['name']}-{revision(body)}"
    common = {"observedGeneration": body["metadata"]["generation"], "updatedReplicas": wanted}
    if failure:
        # maxUnavailable 0: the old pods are still there, one new one is tried
        old = before.get("readyReplicas", 0) or 0
        progress = condition(
            "Progressing",
            now,
            value=False,
            reason="ProgressDeadlineExceeded",
            message=f'ReplicaSet "{template}" has timed out progressing.',
        )
        available = condition("Available", now, value=old > 0, reason="MinimumReplicasAvailable" if old else "")
        counts = {"replicas": old + 1, "readyReplicas": old, "availableReplicas": old, "unavailableReplicas": 1}
        return {**common, **counts, "updatedReplicas": 1, "conditions": [available, progress]}
    counts = {"replicas": wanted, "readyReplicas": wanted, "availableReplicas": wanted, "unavailableReplicas": None}
    done = f'ReplicaSet "{template}" has successfully progressed.'
    progress = condition("Progressing", now, reason="NewReplicaSetAvailable", message=done)
    available = condition("Available", now, reason="MinimumReplicasAvailable")
    return {**common, **counts, "conditions": [available, progress]}


def stateful_set(body: Object, _: str, failure: Failure | None = None) -> Object:
    """Return the status of a StatefulSet that is rolled out, or whose new pods never got ready."""
    wanted, before = body["spec"]["replicas"], body.get("status", {})
    update = f"{body['metadata']['name']}-{revision(body)}"
    common = {"observedGeneration": body["metadata"]["generation"], "replicas": wanted, "updateRevision": update}
    if failure:
        current = before.get("currentRevision") or update
        counts = {"readyReplicas": 0, "availableReplicas": 0, "currentReplicas": 0, "updatedReplicas": wanted}
        return {**common, **counts, "currentRevision": current}
    names = ("readyReplicas", "availableReplicas", "currentReplicas", "updatedReplicas")
    return {**common, **dict.fromkeys(names, wanted), "currentRevision": update}


def job(body: Object, now: str, failure: Failure | None = None) -> Object:
    """Return the status of a Job that is done, or whose only pod has failed."""
    start = body.get("status", {}).get("startTime") or now
    ended: Object = {"startTime": start, "active": 0, "ready": 0, "terminating": 0, "uncountedTerminatedPods": {}}
    if failure:
        why, message = "BackoffLimitExceeded", "Job has reached the specified backoff limit"
        conditions = [condition(kind, now, reason=why, message=message) for kind in ("FailureTarget", "Failed")]
        return {**ended, "failed": 1, "conditions": conditions}
    why, message = "CompletionsReached", "Reached expected number of succeeded pods"
    conditions = [condition(kind, now, reason=why, message=message) for kind in ("SuccessCriteriaMet", "Complete")]
    return {**ended, "succeeded": body["spec"].get("completions", 1), "completionTime": now, "conditions": conditions}


def claim(body: Object, _: str, failure: Failure | None = None) -> Object:
    """Return the status of a PersistentVolumeClaim that is bound, or waits."""
    if failure:
        return {"phase": "Pending"}
    spec = body["spec"]
    storage = {"storage": spec["resources"]["requests"]["storage"]}
    return {"phase": "Bound", "accessModes": spec["accessModes"], "capacity": storage}


def autoscaler(body: Object, now: str, failure: Failure | None = None) -> Object:
    """Return the status of a HorizontalPodAutoscaler that works, or lacks its metrics."""
    replicas = max(body["spec"].get("minReplicas", 1), body.get("status", {}).get("currentReplicas") or 0)
    able = condition("AbleToScale", now, reason="ReadyForNewScale", message="recommended size matches current size")
    active = (
        condition("ScalingActive", now, value=False, reason="FailedGetResourceMetric", message=failure.message)
        if failure
        else condition("ScalingActive", now, reason="ValidMetricFound")
    )
    limited = condition("ScalingLimited", now, value=False, reason="DesiredWithinRange")
    counts = {"currentReplicas": replicas, "desiredReplicas": replicas, "currentMetrics": []}
    return {"observedGeneration": None, **counts, "conditions": [able, active, limited]}


def custom(body: Object, now: str, failure: Failure | None = None) -> Object:
    """Return the status of a custom resource that is ready, or says why not."""
    ready = condition("Ready", now, value=not failure, reason="Failed" if failure else "Ready")
    ready["message"] = failure.message if failure else ""
    return {"observedGeneration": body["metadata"]["generation"], "conditions": [ready]}


STATUSES: dict[tuple[str, str], Callable[[Object, str, Failure | None], Object]] = {
    ("apps/v1", "Deployment"): deployment,
    ("apps/v1", "StatefulSet"): stateful_set,
    ("batch/v1", "Job"): job,
    ("v1", "PersistentVolumeClaim"): claim,
    ("autoscaling/v2", "HorizontalPodAutoscaler"): autoscaler,
    ("cert-manager.io/v1", "Certificate"): custom,
    ("keda.sh/v1alpha1", "ScaledObject"): custom,
    ("postgresql.cnpg.io/v1", "Cluster"): custom,
}
"""What gets a status, by apiVersion and kind."""

BESIDE_CONTROLLERS = (*(kind for kind in STATUSES if "." in kind[0]), ("v1", "PersistentVolumeClaim"))
"""What nobody looks after on a cluster with Kubernetes' own controllers and no other."""


def pod(owner: Object, number: int = 0, node: str = "") -> Object:
    """Return a pod of a workload's template, owned by it.

    With a `node`, its deletion waits for a kubelet (for somebody to delete it with gracePeriodSeconds 0).
    """
    template, meta = owner["spec"]["template"], owner["metadata"]
    owned = {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": meta["name"], "uid": meta["uid"]}
    labels = dict(template["metadata"].get("labels", {}))
    suffix = str(number) if owner["kind"] == "StatefulSet" else _hash([meta["uid"], revision(owner), number])[:5]
    if owner["kind"] == "StatefulSet":
        labels |= {"controller-revision-hash": f"{meta['name']}-{revision(owner)}"}
    spec = {**template["spec"], **({"nodeName": node} if node else {})}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "namespace": meta["namespace"],
            "name": f"{meta['name']}-{suffix}",
            "labels": labels,
            "annotations": template["metadata"].get("annotations", {}),
            "ownerReferences": [{**owned, "controller": True, "blockOwnerDeletion": True}],
        },
        "spec": spec,
    }


def pod_state(
    body: Object, now: str, *, phase: str = "Running", failure: Failure | None = None, waiting: str = ""
) -> Object:
    """Return the status of a pod: running and ready, ended, failed in one container, or `waiting` for a reason.

    Containers run in turn of the list, so those before a failed init container have ended and those after it wait.
    """
    inits = [each["name"] for each in body["spec"].get("initContainers", [])]
    mains = [each["name"] for each in body["spec"]["containers"]]
    broken = (failure.container or mains[-1]) if failure else ""
    states: dict[str, Object] = {}
    ended = {"startedAt": now, "finishedAt": now}
    for name in (*inits, *mains):
        before = name in inits and (broken not in inits or inits.index(name) < inits.index(broken))
        if name == broken and failure:
            why = {"exitCode": failure.exit_code, "reason": "Error", "message": failure.message}
            states[name] = {"terminated": {**why, **ended}}
        elif before or phase == "Succeeded":
            states[name] = {"terminated": {"exitCode": 0, "reason": "Completed", **ended}}
        elif waiting or broken in inits:
            states[name] = {"waiting": {"reason": waiting or "PodInitializing"}}
        else:
            states[name] = {"running": {"startedAt": now}}
    specs = (*body["spec"].get("initContainers", []), *body["spec"]["containers"])
    images = {each["name"]: each["image"] for each in specs}

    def containers(names: list[str]) -> list[Object]:
        return [
            {
                "name": name,
                "image": images[name],
                "imageID": "",
                "restartCount": 0,
                "ready": "running" in states[name] or states[name].get("terminated", {}).get("exitCode") == 0,
                "started": "running" in states[name],
                "state": states[name],
            }
            for name in names
        ]

    phase = "Failed" if failure else "Pending" if waiting else phase
    ready = condition("Ready", now, value=phase == "Running", reason="" if phase == "Running" else "PodCompleted")
    return {
        "phase": phase,
        "startTime": now,
        "conditions": [ready],
        "initContainerStatuses": containers(inits),
        "containerStatuses": containers(mains),
    }


def revision(body: Object) -> str:
    """Return a hash of a workload's pod template."""
    return _hash(body["spec"]["template"])[:10]


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
