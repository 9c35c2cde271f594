"""The tree of a stack, its pods, its end: pure functions on bodies."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from django_operator.cli.live import fate, pods, streams
from django_operator.cli.live.operators import judge
from django_operator.cli.live.picture import Item, Part, Picture, by_workload
from django_operator.cli.live.tree import data, lines, table

Object = dict[str, Any]
NOW = dt.datetime(2026, 1, 2, 12, 0, 0, tzinfo=dt.UTC)


def site(*conditions: Object, **status: Any) -> Object:
    """Return a resource of generation 1, three hours old."""
    meta = {"name": "shop", "namespace": "web", "generation": 1, "creationTimestamp": "2026-01-02T09:00:00Z"}
    return {"metadata": meta, "status": {"conditions": list(conditions), **status}}


def condition(kind: str, status: str, reason: str, message: str) -> Object:
    """Return a condition of generation 1."""
    return {"type": kind, "status": status, "reason": reason, "message": message, "observedGeneration": 1}


def test_tree() -> None:
    """Conditions that are not fine, parts with their objects and pods in trouble, history; aligned, in one piece."""
    body = site(
        condition("Ready", "False", "NotReady", "Deployment/shop-app: 1 of 2 pods are available"),
        condition("Reconciling", "True", "Progressing", "see Ready"),
        condition("Available", "True", "Serving", "requests are served"),
        condition("Released", "False", "ReleaseFailed", "step migrate:\nno such table"),
        version="1",
        history=[{"revision": 4, "version": "1", "image": "shop:1", "outcome": "Serving"}, {"revision": 5}],
    )
    pod = Item("Pod/shop-app-1-x", "not ready", "CrashLoopBackOff in container django (3 restarts): boom")
    app = Part(
        "app", "1/2", (Item("Deployment/shop-app", "waiting", "1 of 2 pods", (pod,)), Item("Service/shop-app", ""))
    )
    found = Picture(body, (app, Part("common", "", (Item("ServiceAccount/shop-django", ""),))))
    assert [each.text for each in lines(found, NOW)] == [
        "Django/shop in web                under way  Deployment/shop-app: 1 of 2 pods are available (3h00m)",
        "├─ Reconciling                    True       Progressing: see Ready",
        "├─ Released                       False      ReleaseFailed: step migrate:",
        "│  └─ | no such table",
        "├─ app                            1/2",
        "│  ├─ Deployment/shop-app         waiting    1 of 2 pods",
        "│  │  └─ Pod/shop-app-1-x         not ready  CrashLoopBackOff in container django (3 restarts): boom",
        "│  └─ Service/shop-app",
        "├─ common",
        "│  └─ ServiceAccount/shop-django",
        "└─ history",
        "   ├─ revision 4                  Serving    1  shop:1",
        "   └─ revision 5                  under way",
    ]
    told = data(found)
    assert (told["ready"], told["outcome"], told["reason"]) == (False, "waiting", "NotReady")
    assert told["parts"][0]["objects"][0]["below"][0]["name"] == "Pod/shop-app-1-x"


def test_table() -> None:
    """A row a resource."""
    ready = site(condition("Ready", "True", "Ready", "x"), version="1.4", components={"app": "3/3", "workers": "2/2"})
    new: Object = {"metadata": {"name": "a", "namespace": "b", "generation": 1}}
    assert [each.text for each in table([ready, new], NOW)] == [
        "NAMESPACE  NAME  READY    STATUS  VERSION  APP  WORKERS  AGE",
        "web        shop  True     Ready   1.4      3/3  2/2      3h00m",
        "b          a     Unknown",
    ]


def test_pods_of_workloads() -> None:
    """A pod is of the workload with the longest name that its own begins with; names are cut at 58 characters."""
    long = "shop-worker-" + "x" * 50
    names = ["shop-app", "shop-app-2", long]
    found = [{"metadata": {"name": name}} for name in ("shop-app-1-a", "shop-app-2-1-b", f"{long}-"[:58] + "abcde")]
    owned = {name: [each["metadata"]["name"] for each in of] for name, of in by_workload(names, found).items()}
    assert owned == {name: [pod["metadata"]["name"]] for name, pod in zip(names, found, strict=True)}


def pod(name: str = "shop-app-1", part: str = "app", inits: Object | None = None, **states: Object) -> Object:
    """Return a pod with containers of these statuses."""
    inits = inits or {}

    def statuses(of: Object) -> list[Object]:
        return [{"name": key, "restartCount": 0, **value} for key, value in of.items()]

    return {
        "metadata": {"name": name, "namespace": "web", "labels": {"app.kubernetes.io/component": part}},
        "spec": {
            "initContainers": [{"name": each} for each in inits],
            "containers": [{"name": each} for each in states],
        },
        "status": {
            "phase": "Running",
            "initContainerStatuses": statuses(inits),
            "containerStatuses": statuses(states),
        },
    }


RUNS: Object = {"state": {"running": {}}, "ready": True}
DONE: Object = {"state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}
BROKEN: Object = {"state": {"terminated": {"exitCode": 2, "reason": "Error", "message": "first\nlast\n"}}}
LOOPS: Object = {
    "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m"}},
    "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}},
    "restartCount": 7,
}
PULLS: Object = {"state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}
STARTS: Object = {"state": {"waiting": {"reason": "ContainerCreating"}}}


@pytest.mark.parametrize(
    ("body", "trouble", "summary"),
    [
        (pod(django=RUNS), "", "Running"),
        (pod(django={**RUNS, "ready": False}), "", "running, not ready: django"),
        (pod(django=STARTS), "", "Running"),
        (pod(django=BROKEN), "", "container django failed: exit code 2: last"),
        (
            pod(django=LOOPS),
            "CrashLoopBackOff in container django (7 restarts): OOMKilled, exit code 137",
            "CrashLoopBackOff in container django (7 restarts): OOMKilled, exit code 137",
        ),
        (
            pod(django=PULLS),
            "ImagePullBackOff in container django: no such image",
            "ImagePullBackOff in container django: no such image",
        ),
        (pod(inits={"migrate": {"state": {"running": {}}}}, django=STARTS), "", "init container migrate runs"),
    ],
    ids=["runs", "unready", "starts", "failed", "loops", "pulls", "init"],
)
def test_pod_in_a_line(body: Object, trouble: str, summary: str) -> None:
    """What needs somebody, and how it does at all."""
    assert (pods.trouble(body), pods.summary(body)) == (trouble, summary)


def test_pod_without_a_node() -> None:
    """The scheduler's words."""
    body = pod(django=STARTS)
    body["status"]["conditions"] = [{"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"}]
    assert pods.trouble(body) == "Unschedulable: 0/3 nodes are available"


def test_sources_of_logs() -> None:
    """Parts, pools and releases; steps of the last release in order; an init container only where it is why."""
    worker = pod("shop-worker-mail-1", "worker", django=RUNS, sidecar=RUNS)
    worker["metadata"]["labels"]["django-operator.io/pool"] = "mail"
    releases = []
    for number in ("1", "2"):
        each = pod(f"shop-release-{number}-x", "release", {"migrate": DONE, "check": DONE}, django=DONE)
        each["metadata"]["labels"]["batch.kubernetes.io/job-name"] = f"shop-release-{number}"
        releases.append(each)
    blocked = pod("shop-app-2", "app", {"wait": {"state": {"running": {}}}}, django=STARTS)
    found = [pod("shop-app-1", "app", {"wait": DONE}, django=RUNS), blocked, worker, *releases]

    def names(part: str, **more: Any) -> list[str]:
        return [each.prefix for each in streams.sources(found, part, **more)]

    assert names("") == [
        "shop-app-1/django",
        "shop-app-2/wait",
        "shop-worker-mail-1/django",
        "shop-worker-mail-1/sidecar",
    ]
    assert names("worker") == names("worker-mail") == ["shop-worker-mail-1/django", "shop-worker-mail-1/sidecar"]
    assert names("release") == [f"shop-release-2-x/{step}" for step in ("migrate", "check", "django")]
    assert names("app", previous=True) == []
    assert streams.nothing("Django/shop", found, "wroker", previous=False) == (
        "Django/shop has no pods of wroker",
        "did you mean worker?",
    )
    assert streams.nothing("Django/shop", found, "app", previous=True)[0] == "Django/shop: no container was restarted"


@pytest.mark.parametrize(
    ("spec", "state"),
    [
        ({}, "absent"),
        ({"holderIdentity": ""}, "absent"),
        ({"holderIdentity": "a", "renewTime": "2026-01-02T11:59:50.000000Z"}, "running"),
        ({"holderIdentity": "a", "renewTime": "2026-01-02T11:50:00.000000Z"}, "stale"),
        ({"holderIdentity": "a"}, "stale"),
    ],
)
def test_who_holds_the_lease(spec: Object, state: str) -> None:
    """Whoever renewed it within a minute is at work."""
    assert judge({"metadata": {"namespace": "ops"}, "spec": spec}, NOW).state == state


def kept(kind: str, name: str, uid: str, owner: str = "", api: str = "v1", **more: Any) -> Object:
    """Return an object of ours."""
    meta: Object = {
        "namespace": "web",
        "name": name,
        "uid": uid,
        "labels": {"app.kubernetes.io/managed-by": "django-operator"},
    }
    if owner:
        meta["ownerReferences"] = [{"uid": owner}]
    return {"apiVersion": api, "kind": kind, "metadata": meta, **more}


def test_what_goes_and_what_stays() -> None:
    """By owners, over corners, and by the policies of StatefulSets; other people's objects are not spoken of."""

    def stateful(name: str, policy: str) -> Object:
        spec = {
            "volumeClaimTemplates": [{"metadata": {"name": "data"}}],
            "persistentVolumeClaimRetentionPolicy": {"whenDeleted": policy},
        }
        return kept("StatefulSet", name, name, "site", "apps/v1", spec=spec)

    def volume(name: str) -> Object:
        return {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"namespace": "web", "name": name, "uid": name},
        }

    objects = [
        kept("Job", "a", "1", "replica"),
        kept("Deployment", "replica", "replica", "site"),
        kept("Secret", "shop-django", "3"),
        stateful("shop-redis", "Delete"),
        stateful("shop-postgres", "Retain"),
        *map(volume, ("data-shop-redis-0", "data-shop-postgres-0", "data-other-0")),
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"namespace": "web", "name": "helm", "uid": "9", "labels": {}},
        },
    ]
    found = fate.fate({"metadata": {"uid": "site"}}, objects)
    assert {str(each) for each in found.goes} == {
        "Job/a",
        "Deployment/replica",
        "StatefulSet/shop-redis",
        "StatefulSet/shop-postgres",
        "PersistentVolumeClaim/data-shop-redis-0",
    }
    assert {str(each) for each in found.stays} == {"Secret/shop-django", "PersistentVolumeClaim/data-shop-postgres-0"}
    assert fate.removal("web", found.stays) == (
        "kubectl -n web delete persistentvolumeclaim/data-shop-postgres-0 secret/shop-django"
    )
