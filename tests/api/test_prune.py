"""What a resource asks for no longer goes, and nothing else ever does, on a real API server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from django_operator.apply import retry
from django_operator.apply.errors import ApiError
from tests.api.site import API_VERSION, SMALL, Stack
from tests.cluster.faults import Refuse

if TYPE_CHECKING:
    from tests.cluster.access import Cluster
    from tests.cluster.client import Object
    from tests.cluster.faults import Call, Fault
    from tests.cluster.proxy import Proxy

ADOPT = "django-operator.io/adopt"
LABELS = {"app.kubernetes.io/instance": "blog", "app.kubernetes.io/managed-by": "django-operator"}
MORE: Object = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "more"}, "spec": {"ports": [{"port": 80}]}}
BIGGER: Object = {
    **SMALL,
    "hosts": ["blog.example.com"],
    "workers": {"mail": {"replicas": 2}},
    "cronJobs": {"tidy": {"schedule": "@daily", "args": ["clearsessions"]}},
    "overlays": [{"resources": [MORE]}],
}
"""A site with parts to be taken away."""
PARTS = {
    ("Deployment", "worker-mail"),
    ("PodDisruptionBudget", "worker-mail"),
    ("CronJob", "cron-tidy"),
    ("Service", "more"),
    ("Ingress", "app"),
}


def there(stack: Stack) -> set[tuple[str, str]]:
    """Return kind and name of the resource's objects, without its own name."""
    found = (key.split("/") for key in stack.objects())
    return {(kind, name.removeprefix("blog-")) for kind, name in found if kind not in {"Django", "ControllerRevision"}}


def inventory(stack: Stack) -> set[tuple[str, str]]:
    """Return kind and name of what the inventory lists."""
    found = stack.resource()["status"]["inventory"]
    return {(each["kind"], each["name"].removeprefix("blog-")) for each in found}


def test_removed_parts_go(stack: Stack) -> None:
    """A pool, a cron job, an overlay's object, the way in: gone when the spec has them no more. The rest stays."""
    stack.apply(BIGGER)
    stack.converge()
    assert there(stack) >= PARTS
    stack.apply(SMALL)
    stack.converge()
    assert not there(stack) & PARTS
    assert there(stack) >= {("Deployment", "app"), ("Service", "app"), ("ServiceAccount", "django")}
    # of the variables from hosts there is another ConfigMap by now
    told = "\n".join(stack.events("Pruned"))
    assert all(f"{kind}/blog-{name} " in told for kind, name in PARTS)
    assert not inventory(stack) & PARTS
    assert stack.requests() == []


def test_others_objects_stay(stack: Stack) -> None:
    """Our labels alone make nothing ours, nor does a copy of one of our objects, owner and all, under another name."""
    stack.apply(BIGGER)
    stack.converge()
    meta = {"namespace": stack.namespace, "name": "theirs", "labels": LABELS}
    stack.client.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta})
    ours = stack.get("Deployment", "app")
    kept = {name: ours["metadata"][name] for name in ("namespace", "labels", "annotations", "ownerReferences")}
    stack.client.create({**ours, "metadata": {**kept, "name": "blog-app-debug"}})
    stack.converge()
    stack.apply(SMALL)
    stack.converge()
    stack.restart()
    stack.converge()
    assert {("ConfigMap", "theirs"), ("Deployment", "app-debug")} <= there(stack)
    assert not there(stack) & PARTS
    assert stack.requests() == []


def test_another_uid_stays(stack: Stack) -> None:
    """An object that came in place of ours while it was taken out of the spec is not the one that is to go."""
    stack.apply(BIGGER)
    stack.converge()
    ours = stack.get("CronJob", "cron-tidy")
    stack.delete("CronJob", "cron-tidy")
    kept = {name: ours["metadata"][name] for name in ("namespace", "name", "labels", "ownerReferences")}
    new = stack.client.create({**ours, "metadata": kept})
    stack.apply(SMALL)
    stack.converge()
    assert stack.get("CronJob", "cron-tidy")["metadata"]["uid"] == new["metadata"]["uid"]
    assert not there(stack) & (PARTS - {("CronJob", "cron-tidy")})


def test_deleted_unseen_is_another(stack: Stack) -> None:
    """The UID is a precondition of the server's, too: a stale store deletes nothing that came later."""
    stack.apply(BIGGER)
    stack.converge()
    stack.delete("CronJob", "cron-tidy")
    pod = {"containers": [{"name": "a", "image": "a"}], "restartPolicy": "Never"}
    job = {"spec": {"template": {"spec": pod}}}
    theirs = stack.give("CronJob", "blog-cron-tidy", spec={"schedule": "@daily", "jobTemplate": job})
    stack.apply(SMALL)
    stack.unseen("CronJob")
    stack.converge(retries=True)
    assert stack.get("CronJob", "cron-tidy") == theirs


@pytest.mark.parametrize("owned", [False, True], ids=["nobody's", "another owner's"])
def test_a_name_that_is_taken(stack: Stack, *, owned: bool) -> None:
    """An object of somebody else is not taken over: nothing at all is made, and the condition says what to do."""
    theirs = stack.give("Service", "blog-app", spec={"ports": [{"port": 80}], "selector": {"app": "theirs"}})
    hint = "kubectl annotate service blog-app"
    if owned:
        hint = stack.give("ConfigMap", "owner")["metadata"]["uid"]
        owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": hint, "controller": True}
        theirs = stack.patch("Service", "app", {"metadata": {"ownerReferences": [owner]}})
    stack.apply(SMALL)
    stack.until(lambda it: it.problem)
    assert stack.ready() == ("False", "Rejected")
    stalled = stack.conditions()["Stalled"]
    assert stalled["status"] == "True"
    assert "Service/blog-app is there already" in stalled["message"]
    assert hint in stalled["message"]
    assert stack.find("Deployment", "app") is None
    assert stack.client.get(stack.path("Service", "app")) == theirs


def test_a_name_that_is_given(stack: Stack) -> None:
    """With the annotation of the condition's hint, by the name of another resource or of this one."""
    stack.give("Service", "blog-app", spec={"ports": [{"port": 80}], "selector": {"app": "theirs"}})
    stack.apply(SMALL)
    stack.until(lambda it: it.problem)
    stack.patch("Service", "app", {"metadata": {"annotations": {ADOPT: "another"}}})
    stack.until(lambda it: it.problem)
    stack.patch("Service", "app", {"metadata": {"annotations": {ADOPT: "blog"}}})
    stack.converge()
    found = stack.get("Service", "app")
    assert found["metadata"]["ownerReferences"][0]["uid"] == stack.resource()["metadata"]["uid"]
    assert found["spec"]["selector"]["app.kubernetes.io/instance"] == "blog"
    assert stack.requests() == []


def test_two_resources_one_name(stack: Stack, cluster: Cluster, namespace: str) -> None:
    """Of two resources that would make the same object the second one is told so, and the first one keeps it."""
    stack.apply({**SMALL, "workers": {"a-worker-b": {}}})
    stack.converge()
    before = stack.objects()
    with Stack(cluster, namespace, "blog-worker-a") as other:
        other.apply({**SMALL, "workers": {"b": {}}})
        found = other.until(lambda it: it.problem)
    assert found.problem is not None
    assert "Deployment/blog-worker-a-worker-b is there already" in found.problem.message
    assert stack.objects() == before


def test_nothing_left(stack: Stack) -> None:
    """A stack of which overlays leave nothing is taken for a mistake: nothing is pruned, and somebody is told."""
    stack.apply(SMALL)
    stack.converge()
    before = there(stack)
    gone = [
        {"patch": {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "$patch": "delete"}}
        for version, kind, name in (
            ("apps/v1", "Deployment", "app"),
            ("v1", "Service", "app"),
            ("v1", "ServiceAccount", "django"),
            ("v1", "ConfigMap", "django"),
            ("policy/v1", "PodDisruptionBudget", "app"),
        )
    ]
    stack.change(overlays=[{"patches": gone}])
    found = stack.until(lambda it: it.problem)
    assert found.problem is not None
    assert found.problem.reason == "EmptyStack"
    assert stack.ready() == ("False", "EmptyStack")
    assert there(stack) == before


@pytest.mark.parametrize("number", [1, 3, 5])
def test_interrupted(
    cluster: Cluster, namespace: str, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """A prune that ends in the middle, and the process with it, is taken up again by the next one."""
    monkeypatch.setattr(retry, "TRIES", 1)
    deletes = 0

    def end(call: Call) -> Fault | None:
        nonlocal deletes
        deletes += call.method == "DELETE"
        return Refuse(503) if call.method == "DELETE" and deletes >= number else None

    with Stack(cluster, namespace, url=proxy.url) as stack:
        stack.apply(BIGGER)
        stack.converge()
        stack.apply(SMALL)
        proxy.before = end
        with pytest.raises(ApiError, match="injected"):
            stack.converge()
        assert there(stack) & PARTS
        stack.restart()
        proxy.before = lambda _: None
        stack.converge()
        assert not there(stack) & PARTS
        assert stack.requests() == []


def test_refused(cluster: Cluster, namespace: str, proxy: Proxy) -> None:
    """What the server does not let go holds up nothing else; the condition says so until it is gone."""
    with Stack(cluster, namespace, url=proxy.url) as stack:
        stack.apply(BIGGER)
        stack.converge()
        stack.apply(SMALL)
        proxy.before = lambda call: Refuse(403) if call.method == "DELETE" and "cronjobs" in call.path else None
        stack.until(lambda it: it.problem)
        assert there(stack) & PARTS == {("CronJob", "cron-tidy")}
        assert stack.ready() == ("False", "PruneFailed")
        assert "CronJob/blog-cron-tidy: injected" in stack.conditions()["Ready"]["message"]
        proxy.before = lambda _: None
        stack.converge()
        assert not there(stack) & PARTS
        assert stack.ready() == ("True", "Ready")


def test_lost_inventory(stack: Stack) -> None:
    """A status that was wiped is written anew by the labels of what is there; in that pass nothing is pruned."""
    stack.apply(BIGGER)
    stack.converge()
    before = inventory(stack)
    wipe(stack)
    stack.restart()
    stack.converge()
    assert inventory(stack) == before
    assert stack.events("Pruned") == []


def test_lost_inventory_and_a_change(stack: Stack) -> None:
    """The same when parts were taken out of the spec meanwhile: they stay in that pass, and go in a later one."""
    stack.apply(BIGGER)
    stack.converge()
    wipe(stack)
    stack.apply(SMALL)
    stack.restart()
    stack.pass_()
    assert there(stack) >= PARTS
    stack.converge()
    assert not there(stack) & PARTS


def wipe(stack: Stack) -> None:
    """Take the status away, as a backup that leaves it out."""
    path = stack.client.path(API_VERSION, "Django", stack.namespace, stack.name, "status")
    stack.client.patch(path, {"status": None})
    assert "status" not in stack.resource()


def test_data_is_kept(stack: Stack) -> None:
    """Volumes and generated Secrets stay when what they are for is taken out of the spec."""
    spec: dict[str, Any] = {**SMALL, "redis": {"managed": {}}, "media": {"storage": "1Gi"}}
    stack.apply(spec)
    stack.converge()
    claim, secret = stack.get("PersistentVolumeClaim", "media"), stack.get("Secret", "redis")
    stack.apply(SMALL)
    stack.converge()
    assert stack.find("StatefulSet", "redis") is None
    assert stack.find("Service", "redis") is None
    assert stack.get("PersistentVolumeClaim", "media")["metadata"]["uid"] == claim["metadata"]["uid"]
    assert stack.get("Secret", "redis")["data"] == secret["data"]
    assert stack.requests() == []
    stack.apply(spec)
    stack.converge()
    assert stack.get("PersistentVolumeClaim", "media")["metadata"]["uid"] == claim["metadata"]["uid"]
    assert stack.get("Secret", "redis")["data"] == secret["data"]


def test_prune_disabled(stack: Stack) -> None:
    """An object that says so stays."""
    stack.apply(BIGGER)
    stack.converge()
    stack.patch("CronJob", "cron-tidy", {"metadata": {"annotations": {"django-operator.io/prune": "disabled"}}})
    stack.apply(SMALL)
    stack.converge()
    assert there(stack) & PARTS == {("CronJob", "cron-tidy")}
    assert stack.requests() == []
    stack.patch("CronJob", "cron-tidy", {"metadata": {"annotations": {"django-operator.io/prune": None}}})
    stack.converge()
    assert not there(stack) & PARTS


def with_settings(value: str) -> Object:
    """Return a spec with a ConfigMap whose name has a hash of its content, read by the app."""
    env = [{"configMapRef": {"name": "settings"}}]
    patch = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "app"},
        "spec": {"template": {"spec": {"containers": [{"name": "django", "envFrom": env}]}}},
    }
    overlay = {"configMapGenerator": [{"name": "settings", "literals": [f"A={value}"]}], "patches": [{"patch": patch}]}
    return {**SMALL, "overlays": [overlay], "rollout": {"revisionHistoryLimit": 2}}


def test_hashed_config_maps(stack: Stack) -> None:
    """A ConfigMap of a former revision is there for pods that start again, and goes when that one is forgotten."""
    seen = []
    for value in ("1", "2", "3"):
        stack.apply(with_settings(value))
        stack.converge()
        seen.append(
            next(
                each["configMapRef"]["name"].removeprefix("blog-")
                for each in stack.get("Deployment", "app")["spec"]["template"]["spec"]["containers"][0]["envFrom"]
                if each["configMapRef"]["name"].startswith("blog-settings")
            )
        )
    assert len({*seen}) == 3
    held = [each for each in stack.names("ConfigMap") if each.startswith("settings")]
    assert held == sorted(seen[1:])
    assert len(stack.names("ControllerRevision")) == 2
    assert stack.requests() == []
