"""Fake workloads: the server takes the status, and it is the one that the real controllers would give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.cases import Case, rendered
from tests.cluster.client import ApiError
from tests.cluster.statuses import Failure
from tests.cluster.workloads import DONE, HOLD, Workloads

if TYPE_CHECKING:
    from tests.cluster.access import Cluster
    from tests.cluster.client import Client, Object
    from tests.cluster.plane import ControlPlane


def workload(namespace: str, kind: str, name: str, **spec: Any) -> Object:
    """Return a workload with two init containers and one container."""
    containers = [{"name": "step-1", "image": "a"}, {"name": "step-2", "image": "a"}]
    pod: Object = {"initContainers": containers, "containers": [{"name": "django", "image": "a"}]}
    labels = {"name": name}
    if kind == "Job":
        pod["restartPolicy"] = "Never"
    else:
        spec = {"selector": {"matchLabels": labels}, **spec}
    template = {"metadata": {"labels": labels}, "spec": pod}
    version = "batch/v1" if kind == "Job" else "apps/v1"
    meta = {"namespace": namespace, "name": name}
    return {"apiVersion": version, "kind": kind, "metadata": meta, "spec": {"template": template, **spec}}


def conditions(body: Object) -> dict[str, str]:
    """Return the conditions by type."""
    return {each["type"]: each["status"] for each in body.get("status", {}).get("conditions") or ()}


def test_a_whole_stack_gets_ready(client: Client, namespace: str, workloads: Workloads) -> None:
    """All that sample.yaml stands for: rolled out for its generation, done, bound, active."""
    assert workloads.namespace == namespace
    bodies = [
        {**body, "metadata": {**body["metadata"], "namespace": namespace}} for body in rendered(Case("sample")).objects
    ]
    kinds = set()
    for body in bodies:
        client.apply(body)
    for body in bodies:
        path, kind = client.path_of(body), body["kind"]
        kinds.add(kind)
        if kind in {"Deployment", "StatefulSet"}:
            live = client.wait(path, lambda it: it.get("status", {}).get("observedGeneration"))
            assert live["status"]["observedGeneration"] == live["metadata"]["generation"]
            wanted = live["spec"]["replicas"]
            assert [live["status"].get(f"{each}Replicas", 0) for each in ("updated", "ready", "available")] == [
                wanted
            ] * 3
        elif kind == "Job":
            client.wait(path, lambda it: conditions(it).get("Complete") == "True")
        elif kind == "PersistentVolumeClaim":
            client.wait(path, lambda it: it["status"]["phase"] == "Bound")
        elif kind == "HorizontalPodAutoscaler":
            client.wait(path, lambda it: conditions(it).get("ScalingActive") == "True")
        elif kind in {"Certificate", "ScaledObject"}:
            client.wait(path, lambda it: conditions(it).get("Ready") == "True")
    assert kinds >= {
        "Deployment",
        "StatefulSet",
        "Job",
        "PersistentVolumeClaim",
        "HorizontalPodAutoscaler",
        "Certificate",
    }


def test_a_job_is_held_then_fails(client: Client, namespace: str, workloads: Workloads) -> None:
    """While it is held it runs, with a pod; when it fails, the pod says why: which step, which code, which words."""
    workloads.let("Job/release-*", HOLD)
    body = client.apply(workload(namespace, "Job", "release-1", backoffLimit=0))
    path = client.path_of(body)
    live = client.wait(path, lambda it: it.get("status", {}).get("active"))
    assert (live["status"]["active"], conditions(live)) == (1, {})
    [pod] = client.items(f"/api/v1/namespaces/{namespace}/pods", labelSelector="job-name=release-1")
    assert pod["status"]["phase"] == "Running"
    workloads.let("Job/release-*", Failure(3, 'relation "shop" already exists', "step-2"))
    live = client.get(path)
    assert conditions(live)["Failed"] == "True"
    assert live["status"]["failed"] == 1
    [pod] = client.items(f"/api/v1/namespaces/{namespace}/pods", labelSelector="job-name=release-1")
    assert pod["metadata"]["ownerReferences"][0]["uid"] == live["metadata"]["uid"]
    assert pod["status"]["phase"] == "Failed"
    states = [each["state"] for each in pod["status"]["initContainerStatuses"] + pod["status"]["containerStatuses"]]
    assert [[*state] for state in states] == [["terminated"], ["terminated"], ["waiting"]]
    assert [states[0]["terminated"]["exitCode"], states[1]["terminated"]["exitCode"]] == [0, 3]
    assert states[1]["terminated"]["message"] == 'relation "shop" already exists'
    workloads.let("*", DONE)
    assert conditions(client.get(path))["Failed"] == "True"


def test_a_roll_out_stands_still(client: Client, namespace: str, workloads: Workloads) -> None:
    """A second generation that never gets ready: the old pods serve on. Held, its status is that of the first."""
    body = workload(namespace, "Deployment", "app", replicas=2)
    path = client.path_of(client.apply(body))
    client.wait(path, lambda it: it["status"].get("availableReplicas") == 2)
    workloads.let("Deployment/app", HOLD)
    client.apply({**body, "spec": {**body["spec"], "minReadySeconds": 1}})
    assert client.get(path)["status"]["observedGeneration"] == 1
    workloads.let("Deployment/app", Failure())
    status = client.wait(path, lambda it: it["status"]["observedGeneration"] == 2)["status"]
    assert conditions({"status": status}) == {"Available": "True", "Progressing": "False"}
    assert (status["updatedReplicas"], status["availableReplicas"], status["unavailableReplicas"]) == (1, 2, 1)
    workloads.let("Deployment/app", DONE)
    status = client.get(path)["status"]
    assert (status["updatedReplicas"], status.get("unavailableReplicas", 0)) == (2, 0)


def test_pods_in_trouble(client: Client, namespace: str) -> None:
    """By hand, with nothing in the background: a pod that cannot pull, and that needs a kubelet to go."""
    hands = Workloads(client, namespace)
    beat = client.apply(workload(namespace, "StatefulSet", "beat", serviceName="beat"))
    pod = hands.pod(beat, waiting="ImagePullBackOff", node="none")
    assert (pod["metadata"]["name"], pod["status"]["phase"]) == ("beat-0", "Pending")
    assert pod["status"]["containerStatuses"][0]["state"] == {"waiting": {"reason": "ImagePullBackOff"}}
    assert hands.settle(beat)["status"]["readyReplicas"] == 1
    path = client.path_of(pod)
    client.delete(path)
    assert client.get(path)["metadata"]["deletionTimestamp"]
    client.delete(path, gracePeriodSeconds=0)
    assert client.find(path) is None


def test_it_is_quiet_at_rest(plane: ControlPlane, client: Client, namespace: str) -> None:
    """Nothing is written twice: an operator's own silence can be counted beside it."""
    agent = f"workloads-{namespace}"
    with Workloads(plane.client(agent=agent), namespace) as workloads:
        body = client.apply(workload(namespace, "Deployment", "app"))
        client.wait(client.path_of(body), lambda it: it["status"].get("availableReplicas") == 1)
        mark = plane.audit.mark()
        other = client.apply(workload(namespace, "Job", "other"))
        client.wait(client.path_of(other), lambda it: conditions(it).get("Complete"))
        workloads.let("*", DONE)
        writes = [str(each) for each in plane.audit.since(mark, agent=agent) if each.is_write]
    assert [text.split()[1] for text in writes] == ["pods", "pods/status", "jobs/status"]


def test_it_survives_a_restart(own_plane: ControlPlane) -> None:
    """It lists and watches again when the server is back."""
    client, namespace = own_plane.client(), own_plane.namespace()
    with Workloads(own_plane.client(), namespace):
        own_plane.expire()
        body = client.apply(workload(namespace, "Deployment", "app"))
        client.wait(client.path_of(body), lambda it: it["status"].get("availableReplicas") == 1)


@pytest.mark.parametrize("resources", [["*"], ["deployments", "statefulsets"]], ids=["statuses", "lists"])
def test_what_is_refused_fails_the_test(cluster: Cluster, client: Client, namespace: str, resources: list[str]) -> None:
    """What it may not write, or read, is an error of the test, not silence."""
    name = {"namespace": namespace, "name": "reader"}
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": name}
    client.apply({**role, "rules": [{"apiGroups": ["*"], "resources": resources, "verbs": ["get", "list", "watch"]}]})
    bound = {**role, "kind": "RoleBinding", "subjects": [{"kind": "ServiceAccount", **name}]}
    client.apply({**bound, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"}})
    mine = cluster.client(cluster.service_account(namespace, "reader"))
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    client.wait(path, lambda _: allowed(mine, path))
    refused = "list"
    if resources == ["*"]:
        client.apply(workload(namespace, "Deployment", "app"))
        refused = "patch"
    with pytest.raises(ApiError, match=f"403 Forbidden.* cannot {refused} "), Workloads(mine, namespace):
        pass


def allowed(client: Client, path: str) -> bool:
    """Tell whether a user may read, which is known a moment after the binding is made."""
    try:
        client.get(path)
    except ApiError:
        return False
    return True
