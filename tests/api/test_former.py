"""What a resource that is gone has left under the name of its successor: never taken for the successor's own.

A finalizer keeps an object that the garbage collector is about to take, as a pod on a lost node keeps its Job.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.site import WHOLE, Stack, image
from tests.api.test_releases import V1, V2, created, deploy, jobs

if TYPE_CHECKING:
    from tests.cluster.client import Object

GOES: Object = {**WHOLE, "deletionPolicy": {"database": "Delete"}}
"""A site whose record goes with its data."""
HOLD = "example.com/hold"


def holds(stack: Stack, kind: str, name: str, *, held: bool) -> None:
    """Keep an object from going, or let it."""
    stack.patch(kind, name, {"metadata": {"finalizers": [HOLD] if held else None}})


def successor(stack: Stack, kind: str, name: str) -> None:
    """Delete the resource, keep one of its objects, and make a resource of the same name and spec."""
    holds(stack, kind, name, held=True)
    stack.client.delete(stack.client.path_of(stack.resource()))
    for gone in (("Deployment", "app"), ("StatefulSet", "postgres"), ("Secret", "postgres"), ("Service", "app")):
        stack.client.wait(stack.path(*gone), lambda it: it is None)
    stack.client.wait(stack.path(kind, name), lambda it: it["metadata"].get("deletionTimestamp"))
    for other in ("Job", "ControllerRevision", "ConfigMap"):
        others = [each for each in stack.items(other) if each["metadata"]["name"] != f"blog-{name}"]
        for each in others:
            stack.client.wait(stack.client.path_of(each), lambda it: it is None)
    stack.restart()
    stack.apply()


def steps(stack: Stack) -> int:
    """Return of how many steps the release consists that lives."""
    (job,) = (each for each in stack.items("Job") if "-release-" in each["metadata"]["name"])
    return len(job["spec"]["template"]["spec"].get("initContainers", ())) + 1


def starts_anew(stack: Stack, before: int) -> None:
    """Converge, and show that the release has run from its first step on."""
    stack.converge()
    assert stack.ready() == ("True", "Ready")
    assert len(created(stack)) == before + 1
    assert steps(stack) == 3
    assert stack.resource()["status"]["version"] == "1"
    assert stack.requests() == []


def test_a_job(stack: Stack) -> None:
    """It is done, and nothing of the new database is migrated: the new one waits until that one is gone."""
    deploy(stack, GOES)
    name = jobs(stack)[0].removeprefix("blog-")
    successor(stack, "Job", name)
    uid = stack.get("Job", name)["metadata"]["uid"]
    before = len(created(stack))
    found = stack.until(lambda it: it.stage == "release" or it.problem)
    assert found.version == ""
    assert stack.get("Job", name)["metadata"]["uid"] == uid
    assert stack.items("Deployment") == []
    assert f"Job/blog-{name}" in stack.conditions()["Ready"]["message"]
    assert len(created(stack)) == before
    holds(stack, "Job", name, held=False)
    starts_anew(stack, before)


def test_a_revision(stack: Stack) -> None:
    """It was good, and is none that the new resource falls back to, or keeps."""
    deploy(stack, GOES)
    name = stack.names("ControllerRevision")[0]
    successor(stack, "ControllerRevision", name)
    before = len(created(stack))
    found = stack.until(lambda it: it.problem)
    assert found.revisions == ()
    assert stack.ready() == ("False", "Waiting")
    assert f"ControllerRevision/blog-{name} of a former resource" in stack.conditions()["Ready"]["message"]
    assert "Stalled" not in stack.conditions()
    assert [*stack.items("Deployment"), *stack.items("StatefulSet"), *stack.items("Job")] == []
    holds(stack, "ControllerRevision", name, held=False)
    starts_anew(stack, before)


def test_another_revision(stack: Stack) -> None:
    """Of another version than the new resource asks for: it is in nobody's way, and nothing is learned from it."""
    deploy(stack, GOES)
    name = stack.names("ControllerRevision")[0]
    successor(stack, "ControllerRevision", name)
    before = len(created(stack))
    stack.change(image=V2)
    stack.converge()
    assert stack.ready() == ("True", "Ready")
    assert len(created(stack)) == before + 1
    assert [each["version"] for each in stack.resource()["status"]["history"]] == ["2"]
    assert stack.requests() == []
    holds(stack, "ControllerRevision", name, held=False)
    stack.converge()
    assert image(stack.get("Deployment", "app")) == V2


def test_a_record(stack: Stack) -> None:
    """It says that all is done; that was another database."""
    deploy(stack, GOES)
    assert image(stack.get("Deployment", "app")) == V1
    assert stack.get("ConfigMap", "release")["metadata"]["ownerReferences"]
    successor(stack, "ConfigMap", "release")
    before, said = len(created(stack)), stack.get("ConfigMap", "release")["data"]
    stack.until(lambda it: it.problem)
    assert stack.ready() == ("False", "Waiting")
    assert "ConfigMap/blog-release of a former resource" in stack.conditions()["Ready"]["message"]
    assert [*stack.items("Deployment"), *stack.items("StatefulSet"), *stack.items("Job")] == []
    assert stack.get("ConfigMap", "release")["data"] == said
    holds(stack, "ConfigMap", "release", held=False)
    starts_anew(stack, before)


@pytest.mark.parametrize("kind", ["Job", "ConfigMap"])
def test_what_a_stranger_has_put_there(stack: Stack, kind: str) -> None:
    """An owner that is another resource altogether: refused, never taken over, and never believed."""
    deploy(stack, GOES)
    name = jobs(stack)[0].removeprefix("blog-") if kind == "Job" else "release"
    there = stack.get(kind, name)
    successor(stack, kind, name)
    holds(stack, kind, name, held=False)
    stack.client.wait(stack.path(kind, name), lambda it: it is None)
    other = stack.give("ConfigMap", "theirs", data={})
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "theirs", "uid": other["metadata"]["uid"]}
    meta = {"namespace": stack.namespace, "name": there["metadata"]["name"], "labels": there["metadata"]["labels"]}
    meta["ownerReferences"] = [{**owner, "controller": True}]
    rest: Object = {"data": there["data"]} if kind == "ConfigMap" else {"spec": _fresh(there["spec"])}
    theirs = stack.client.create({"apiVersion": there["apiVersion"], "kind": kind, "metadata": meta, **rest})
    if kind == "Job":
        stack.workloads.settle(theirs)
    stack.until(lambda it: it.problem or it.stage == "release")
    assert stack.ready()[0] != "True"
    assert f"{kind}/blog-{name}" in stack.conditions()["Ready"]["message"]
    assert stack.items("Deployment") == []
    assert stack.get(kind, name)["metadata"]["uid"] == theirs["metadata"]["uid"]
    stack.client.delete(stack.client.path_of(theirs), propagationPolicy="Background")
    stack.client.wait(stack.client.path_of(theirs), lambda it: it is None)
    stack.converge()
    assert steps(stack) == 3


def _fresh(spec: Object) -> Object:
    """Return the spec of a Job without what the server has added to tell its pods from others'."""
    pod = {name: each for name, each in spec["template"]["spec"].items() if not name.startswith("serviceAccount")}
    template = {"metadata": {"labels": {}}, "spec": pod}
    return {name: each for name, each in {**spec, "template": template}.items() if name != "selector"}
