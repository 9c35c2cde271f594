"""The operator with the rights that are shipped: it does all of its work, and uses every one of them.

The API server's audit log tells which were used. Two kinds of use it shows in another way: who applies an object that
is not there needs `create` (the answer is 201), and what only admission asks for is taken away to see it missed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from django_operator.stack.install import NAME, NAMESPACE, manifests
from django_operator.stack.spec import GROUP
from tests.api.process import LEASE, installed, is_ready, until, user_of
from tests.api.rights import EVERY, SPEC
from tests.api.site import SMALL, Stack
from tests.cluster.statuses import Failure
from tests.cluster.workloads import DONE, HOLD, Workloads

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.process import Process
    from tests.cluster.audit import Request
    from tests.cluster.client import Client, Object
    from tests.cluster.plane import ControlPlane

Right = tuple[str, str, str]
"""Group, resource with its subresource, verb."""

ASKED_BY_ADMISSION = {
    (GROUP, "djangos/finalizers", "update"),
    ("", "persistentvolumeclaims", "delete"),
    ("", "secrets", "delete"),
    ("postgresql.cnpg.io", "clusters", "delete"),
}
"""To set an owner reference that blocks deletion, and to set one on what is there: test_asked_by_admission."""
SELDOM = {(GROUP, "djangos", "get")}
"""Where kopf's watch has missed a change: tests/operator/test_resync.py shows that. No scene here does."""
FOREIGN = ("external-secrets.io/v1", "ExternalSecret", "externalsecrets")


@dataclass
class Scene:
    """A namespace with a site in it, an operator's process, and what plays the workloads."""

    plane: ControlPlane
    admin: Client
    shop: Stack
    workloads: Workloads
    operator: Process

    def ready(self, seconds: float = 90) -> None:
        """Wait until the site is as its resource says."""
        until(lambda: is_ready(self.shop.resource()), seconds, self.told)

    def told(self) -> str:
        """Return what the resource says of itself."""
        said = [line["message"] for line in self.operator.lines() if line["level"] != "info"]
        return json.dumps([self.shop.conditions(), said[-10:]], indent=1)

    def says(self, kind: str, reason: str, text: str) -> None:
        """Wait until a condition has a reason and a text in its message."""

        def so() -> bool:
            found = self.shop.conditions().get(kind, {})
            return bool(found.get("reason") == reason and text in found["message"])

        until(so, 60, self.told)


def installs(scene: Scene) -> None:
    """Everything of the shop and one object of every kind arrive."""
    scene.shop.apply(SPEC)
    scene.ready()
    for body in EVERY:
        assert scene.shop.find(body["kind"], "extra"), body["kind"]


def repairs(scene: Scene) -> None:
    """Whatever somebody changes is as before: here the label that tells whose an object is."""
    label = "app.kubernetes.io/instance"
    changed = [each for each in scene.shop.objects().values() if _applied(each)]
    assert {each["kind"] for each in changed} >= {each["kind"] for each in EVERY}
    for each in changed:
        scene.admin.patch(scene.admin.path_of(each), {"metadata": {"labels": {label: "else"}}}, fieldManager="somebody")

    def left() -> list[str]:
        now = [(each, scene.admin.find(scene.admin.path_of(each))) for each in changed]
        return [f"{each['kind']}/{each['metadata']['name']}" for each, new in now if not _has(new, label, "blog")]

    until(lambda: not left(), 60, lambda: str(left()))


def _has(body: Object | None, label: str, value: str) -> bool:
    return bool(body and body["metadata"]["labels"].get(label) == value)


def _applied(body: Object) -> bool:
    """Tell whether an object is repaired: not revisions, what is of releases, nor generated Secrets."""
    managers = {each["manager"] for each in body["metadata"]["managedFields"] if each["operation"] == "Apply"}
    name = body["metadata"]["name"]
    once = body["kind"] in ("ControllerRevision", "Django") or name.startswith(("blog-release", "blog-steps-"))
    once = once or (body["kind"] == "Job" and not name.endswith("-extra"))
    return NAME in managers and not once


def updates(scene: Scene) -> None:
    """A new version comes up behind its release, older revisions go."""
    for version in ("2", "3"):
        scene.shop.change(image=f"registry.example.com/blog:{version}")
        scene.ready()
    revisions = [each["metadata"]["name"] for each in scene.shop.items("ControllerRevision")]
    assert len(revisions) <= 2


def tells_of_a_failed_release(scene: Scene) -> None:
    """What a program said last is in the condition."""
    scene.workloads.let("Job/*-release-*", Failure(3, "no such table: cart"))
    scene.shop.change(image="registry.example.com/blog:4")
    scene.says("Ready", "ReleaseFailed", "no such table: cart")
    scene.workloads.let("Job/*-release-*", DONE)
    scene.shop.change(image="registry.example.com/blog:3")
    scene.ready()


def frees_a_stateful_set(scene: Scene) -> None:
    """A pod of a former revision that never got ready is deleted: it blocks its successor."""
    scene.workloads.let("StatefulSet/*-beat", HOLD)
    beat = scene.shop.get("StatefulSet", "beat")
    pod = scene.workloads.pod(beat, waiting="ImagePullBackOff")
    scene.shop.change(beat={"args": ["beat", "--loglevel=debug"]})
    until(lambda: scene.shop.get("StatefulSet", "beat")["metadata"]["generation"] > beat["metadata"]["generation"])
    new = scene.shop.get("StatefulSet", "beat")
    status = {
        "observedGeneration": new["metadata"]["generation"],
        "replicas": 1,
        "readyReplicas": 0,
        "availableReplicas": 0,
        "updatedReplicas": 0,
        "currentRevision": "old",
        "updateRevision": "new",
    }
    scene.admin.patch(f"{scene.admin.path_of(new)}/status", {"status": status})
    until(lambda: scene.admin.find(scene.admin.path_of(pod)) is None, 60, scene.told)
    scene.workloads.let("StatefulSet/*-beat", DONE)
    scene.ready()


def scales(scene: Scene) -> None:
    """An autoscaler takes over the replicas that live, and gives them back."""
    scene.shop.change(app={"autoscaling": {"minReplicas": 2, "maxReplicas": 4}})
    scene.ready()
    scene.shop.change(app={"replicas": 1})
    scene.ready()
    assert scene.shop.get("Deployment", "app")["spec"]["replicas"] == 1


def keeps_data(scene: Scene) -> None:
    """Secrets follow deletionPolicy; a new resource of the name takes up what was kept."""
    kept = [("Secret", "postgres"), ("PersistentVolumeClaim", "extra"), ("Cluster", "extra")]

    def owned() -> list[bool]:
        return ["ownerReferences" in scene.shop.get(*each)["metadata"] for each in kept]

    before = scene.shop.get("Secret", "postgres")
    scene.shop.change(deletionPolicy={"database": "Delete", "media": "Delete"})
    until(lambda: all(owned()), told=scene.told)
    scene.shop.change(deletionPolicy={"database": "Retain", "media": "Retain"})
    until(lambda: not any(owned()), told=scene.told)
    scene.ready()
    scene.admin.delete(scene.shop.client.path_of(scene.shop.resource()))
    until(lambda: not scene.shop.names("Deployment"), told=lambda: str(scene.shop.items("Deployment")))
    scene.shop.apply()
    scene.ready()
    after = scene.shop.get("Secret", "postgres")
    assert (after["metadata"]["uid"], after["data"]) == (before["metadata"]["uid"], before["data"])


def prunes(scene: Scene) -> None:
    """What is wanted no longer goes, data aside; a ConfigMap with the last revision whose pods may read it."""
    scene.shop.change(overlays=None)
    scene.ready()
    scene.shop.change(image="registry.example.com/blog:5")
    scene.ready()

    def left() -> set[str]:
        return {each["kind"] for each in EVERY if scene.shop.find(each["kind"], "extra")}

    until(lambda: left() == {"PersistentVolumeClaim", "Cluster"}, told=lambda: f"{left()} {scene.told()}")


SCENES = (
    installs,
    repairs,
    updates,
    tells_of_a_failed_release,
    frees_a_stateful_set,
    scales,
    keeps_data,
    prunes,
)


def used(requests: list[Request]) -> set[Right]:
    """Return the rights that requests have made use of."""
    found = set()
    for each in requests:
        what = "/".join(filter(None, (each.resource, each.subresource)))
        found.add((each.group, what, each.verb))
        if each.verb == "patch" and each.code == 201:
            found.add((each.group, what, "create"))
    return found


def given(bodies: list[Any], account: str = NAME) -> set[Right]:
    """Return the rights that manifests give to the operator."""
    return {
        (group, resource, verb)
        for body in bodies
        if body["kind"] in ("Role", "ClusterRole") and body["metadata"]["name"] == account
        for rule in body["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


@pytest.mark.parametrize("namespaced", [False, True], ids=["cluster", "namespaced"])
def test_shipped_rights(own_plane: ControlPlane, start: Callable[..., Process], *, namespaced: bool) -> None:
    """They are enough, nothing is refused; and each of them is used. A namespaced one asks for nothing beyond."""
    admin, place = own_plane.client(), own_plane.namespace()
    home = place if namespaced else NAMESPACE
    kubeconfig = installed(own_plane, admin, home, namespaced=namespaced)
    if admin.find(LEASE.format(home)):  # another test's, on the same server: a first installation makes it
        admin.delete(LEASE.format(home))
    shop = Stack(own_plane, place)
    mark = own_plane.audit.mark()
    operator = start(kubeconfig, "one", *([f"--namespace={place}"] if namespaced else []))
    with Workloads(own_plane.client(agent="workloads"), place) as workloads:
        scene = Scene(own_plane, admin, shop, workloads, operator)
        for play in SCENES:
            play(scene)
    assert operator.end() == 0
    requests = list(own_plane.audit.since(mark, user=user_of(home)))
    assert [str(each) for each in requests if each.code in (401, 403)] == []
    rights = given(manifests("image", namespace=home, namespaced=namespaced))
    seen = {each for each in used(requests) if each[1]}
    assert seen - rights == set()
    assert sorted(rights - seen - ASKED_BY_ADMISSION - SELDOM) == []
    if namespaced:
        assert {each.namespace for each in requests if each.resource} == {place}
    admin.delete(f"/api/v1/namespaces/{place}")


@pytest.mark.parametrize("right", sorted(ASKED_BY_ADMISSION), ids=" ".join)
def test_asked_by_admission(
    plane: ControlPlane, client: Client, namespace: str, start: Callable[..., Process], right: Right
) -> None:
    """Without one of these, the server refuses what the operator writes, and says why."""
    config = installed(plane, client, namespace)
    path = client.path("rbac.authorization.k8s.io/v1", "Role", namespace, NAME)
    role = client.get(path)
    rules = [each for rule in role["rules"] for each in _without(rule, right)]
    client.patch(path, {"rules": rules})
    shop = Stack(plane, namespace)
    operator = start(config, "one", f"--namespace={namespace}", "--log-level=debug")
    with Workloads(plane.client(agent="workloads"), namespace):
        shop.apply({**SMALL, "database": {"managed": {}}, "overlays": [{"resources": DATA}]})
        if right[1] != "djangos/finalizers":
            until(lambda: is_ready(shop.resource()), told=lambda: str(shop.conditions()))
        shop.change(deletionPolicy={"database": "Delete", "media": "Delete"})
        why = "cannot set blockOwnerDeletion" if "finalizers" in right[1] else "cannot set an ownerRef"

        def told() -> list[str]:
            conditions = [each["message"] for each in shop.conditions().values()]
            return [*conditions, *(line["message"] for line in operator.lines())]

        until(lambda: any(why in text for text in told()), told=lambda: str(told()))
    assert operator.end() == 0


DATA = [each for each in EVERY if each["kind"] in ("PersistentVolumeClaim", "Cluster")]


def _without(rule: Object, right: Right) -> list[Object]:
    """Return what is left of a rule."""
    group, resource, verb = right
    if group not in rule["apiGroups"] or resource not in rule["resources"]:
        return [rule]
    others = [each for each in rule["resources"] if each != resource]
    verbs = [each for each in rule["verbs"] if each != verb]
    left = [({**rule, "resources": others}, others), ({**rule, "resources": [resource], "verbs": verbs}, verbs)]
    return [each for each, holds in left if holds]
