"""Gates and releases on a real API server: what waits for what, what a failure leaves as it was, and the ways out."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest

from django_operator.apply import compose, executor
from django_operator.apply.objects import Key
from django_operator.stack.render import render
from tests.api.site import SMALL, WHOLE, Stack, image
from tests.cluster.faults import Refuse
from tests.cluster.statuses import Failure
from tests.cluster.workloads import DONE, HOLD

if TYPE_CHECKING:
    from django_operator.apply.progress import Progress
    from tests.cluster.access import Cluster
    from tests.cluster.client import Object
    from tests.cluster.proxy import Proxy

V1, V2, V3 = (f"registry.example.com/blog:{number}" for number in (1, 2, 3))
RELEASED: Object = {**SMALL, "workers": {"default": {}}, "beat": {}, "release": {"preDeploy": [{"args": ["migrate"]}]}}
"""Web, workers, beat, and a release."""
RETRY = {"django-operator.io/retry": "1"}
FAILS = Failure(2, 'relation "blog_post" already exists', "django")


def jobs(stack: Stack) -> list[str]:
    """Return the names of the Jobs of releases, oldest first."""
    found = sorted(stack.items("Job"), key=lambda each: int(each["metadata"]["resourceVersion"]))
    return [each["metadata"]["name"] for each in found if "-release-" in each["metadata"]["name"]]


def created(stack: Stack) -> list[str]:
    """Return the Jobs of releases that were ever started, by the events."""
    return [each.split()[0] for each in stack.events("ReleaseStarted") if "-release-" in each]


def images(stack: Stack) -> set[str]:
    """Return the images of what serves."""
    return {image(each) for kind in ("Deployment", "StatefulSet") for each in stack.items(kind) if is_ours(each)}


def outcomes(stack: Stack) -> list[str]:
    """Return what became of the revisions, the newest first."""
    return [each.get("outcome", "") for each in stack.resource()["status"]["history"]]


def is_ours(body: Object) -> bool:
    """Whether it runs the site's image."""
    return body["metadata"]["labels"]["app.kubernetes.io/component"] in {"app", "worker", "beat"}


def deploy(stack: Stack, spec: Object, **more: Any) -> None:
    """Apply a spec and let it get ready."""
    stack.apply(spec, **more)
    stack.converge()


def stuck(found: Progress) -> bool:
    """Whether a pass found a problem."""
    return found.problem is not None


# --- In order


def test_first_install_in_order(stack: Stack) -> None:
    """Data, then the release, then web and workers, then beat, then what follows: each waits for the one before."""
    seen: list[tuple[str, set[str]]] = []
    stack.apply(WHOLE)
    while not seen or seen[-1][0]:
        stage = stack.pass_().stage
        names = {name.split("-")[0] for kind in ("Deployment", "StatefulSet", "Job") for name in stack.names(kind)}
        if not seen or (stage, names) != seen[-1]:
            seen.append((stage, names))
        stack.settle()
    data = {"redis", "postgres"}
    assert seen == [
        ("data", data),
        ("release", data | {"release"}),
        ("serve", data | {"release", "app", "worker"}),
        ("beat", data | {"release", "app", "worker", "beat"}),
        ("post", data | {"release", "app", "worker", "beat", "post"}),
        ("", data | {"release", "app", "worker", "beat", "post"}),
    ]
    assert stack.ready() == ("True", "Ready")


def test_nothing_starts_while_a_stage_waits(stack: Stack) -> None:
    """A database that does not get ready, or a release that runs, holds up all that comes later, and says so."""
    stack.workloads.let("StatefulSet/blog-postgres", HOLD)
    stack.apply(WHOLE)
    stack.until(lambda it: it.stage == "data")
    assert stack.items("Job") == []
    assert "StatefulSet/blog-postgres" in stack.conditions()["Ready"]["message"]
    stack.workloads.let("StatefulSet/blog-postgres", DONE)
    stack.workloads.let("Job/blog-release-*", HOLD)
    stack.until(lambda it: it.stage == "release")
    assert stack.items("Deployment") == []
    assert stack.conditions()["Released"]["reason"] == "Running"
    assert stack.ready() == ("Unknown", "Progressing")
    stack.workloads.let("Job/blog-release-*", DONE)
    stack.converge()


def test_init_and_fixtures_once(stack: Stack) -> None:
    """What runs once in the life of the data is a step of the first release and of no other."""

    def steps() -> list[str]:
        pod = next(each for each in stack.items("Job") if each["metadata"]["name"] == jobs(stack)[-1])["spec"]
        containers = [*pod["template"]["spec"].get("initContainers", ()), *pod["template"]["spec"]["containers"]]
        words = [[*each["command"], *each.get("args", ())] for each in containers]
        return [" ".join(each[each.index("manage.py") + 1 :]) for each in words]

    deploy(stack, WHOLE)
    assert steps() == ["migrate", "loaddata countries", "createsuperuser --noinput"]
    record = stack.get("ConfigMap", "release")["data"]
    assert record["initialized"] == "true"
    assert jobs(stack)[0] in record["released"].split()
    deploy(stack, {**WHOLE, "image": V2})
    assert steps() == ["migrate"]
    assert set(jobs(stack)) < set(stack.get("ConfigMap", "release")["data"]["released"].split())


# --- A release that fails


@pytest.fixture
def failed(stack: Stack) -> Stack:
    """Version 1 serves, the release of version 2 has failed."""
    deploy(stack, RELEASED)
    stack.workloads.let("Job/*", FAILS)
    stack.change(image=V2)
    stack.until(stuck)
    return stack


def test_the_old_version_stays(failed: Stack) -> None:
    """Nothing of the new version serves; the condition says which step failed and what it said last."""
    assert images(failed) == {V1}
    found = failed.conditions()
    for name, status in (("Released", "False"), ("Stalled", "True"), ("Ready", "False")):
        assert (found[name]["status"], found[name]["reason"]) == (status, "ReleaseFailed")
        assert "step django ended with exit code 2" in found[name]["message"]
        assert 'relation "blog_post" already exists' in found[name]["message"]
    assert found["Available"]["status"] == "True"
    assert failed.resource()["status"]["version"] == "1"
    # but for the question what the pods of the Job have said
    assert {each.resource for each in failed.requests()} <= {"pods"}


def test_the_old_version_is_repaired(failed: Stack) -> None:
    """A release that has failed is no reason to leave drift, nor a deleted object."""
    failed.patch("Deployment", "app", {"spec": {"template": {"spec": {"serviceAccountName": "other"}}}})
    failed.delete("Service", "app")
    failed.delete("Deployment", "worker-default")
    failed.until(stuck)
    pod = failed.get("Deployment", "app")["spec"]["template"]["spec"]
    assert pod["serviceAccountName"] == "blog-django"
    assert failed.find("Service", "app")
    assert images(failed) == {V1}
    assert failed.find("Deployment", "worker-default")


def test_scale_and_resources_apply(failed: Stack) -> None:
    """More pods, or larger ones, do not wait for a release."""
    resources = {"requests": {"cpu": "300m"}}
    failed.change(app={"replicas": 4, "resources": resources}, env=[{"name": "NEW", "value": "1"}])
    failed.until(stuck)
    found = failed.get("Deployment", "app")["spec"]
    container = found["template"]["spec"]["containers"][0]
    assert found["replicas"] == 4
    assert container["resources"]["requests"]["cpu"] == "300m"
    assert images(failed) == {V1}
    assert "NEW" not in [each["name"] for each in container["env"]]
    failed.change(app={"autoscaling": {"minReplicas": 2, "maxReplicas": 7}})
    failed.until(stuck)
    assert failed.get("HorizontalPodAutoscaler", "app")["spec"]["maxReplicas"] == 7
    assert failed.get("Deployment", "app")["spec"]["replicas"] == 4


def test_out_by_a_corrected_spec(failed: Stack) -> None:
    """Another version is another release; the one that has failed is noted as such."""
    failed.workloads.let("Job/*", DONE)
    failed.change(image=V3)
    failed.converge()
    assert images(failed) == {V3}
    assert len(created(failed)) == 3
    assert failed.ready() == ("True", "Ready")
    assert outcomes(failed) == ["Serving", "Failed", "Replaced"]


def test_out_by_the_old_spec(failed: Stack) -> None:
    """Going back runs nothing: that release is done."""
    generation = failed.get("Deployment", "app")["metadata"]["generation"]
    failed.change(image=V1)
    failed.converge()
    assert images(failed) == {V1}
    assert len(created(failed)) == 2
    assert failed.get("Deployment", "app")["metadata"]["generation"] == generation
    assert failed.ready() == ("True", "Ready")
    assert outcomes(failed) == ["Failed", "Serving"]


def test_out_by_retry(failed: Stack) -> None:
    """Another value of the annotation runs it once more."""
    failed.workloads.let("Job/*", DONE)
    failed.apply(annotations=RETRY)
    failed.converge()
    assert images(failed) == {V2}
    assert len(created(failed)) == 3


def test_a_job_that_fails_again(failed: Stack) -> None:
    """A retry that fails, too, is one more Job, and no more than that."""
    failed.apply(annotations=RETRY)
    failed.until(stuck)
    failed.restart()
    failed.until(stuck)
    assert len(created(failed)) == 3
    assert images(failed) == {V1}


# --- A Job is made once


def test_a_job_is_never_touched(stack: Stack) -> None:
    """Neither while it runs nor after: not for another spec of the same release, not for what somebody has changed."""
    stack.workloads.let("Job/*", HOLD)
    stack.apply(RELEASED)
    stack.until(lambda it: it.stage == "release")
    name = jobs(stack)[0].removeprefix("blog-")
    stack.patch("Job", name, {"metadata": {"annotations": {"theirs": "1"}}})
    before = stack.get("Job", name)
    stack.change(env=[{"name": "A", "value": "1"}])
    stack.until(lambda it: it.stage == "release")
    stack.restart()
    stack.until(lambda it: it.stage == "release")
    assert stack.get("Job", name) == before
    assert len(created(stack)) == 1


def test_a_job_that_vanishes(stack: Stack) -> None:
    """A Job deleted while it ran is not run again by itself: nobody knows how far it came."""
    deploy(stack, RELEASED)
    stack.workloads.let("Job/*", HOLD)
    stack.change(image=V2)
    stack.until(lambda it: it.stage == "release")
    name = next(each for each in jobs(stack) if each not in created(stack)[0])
    stack.delete("Job", name.removeprefix("blog-"), propagationPolicy="Background")
    stack.until(stuck)
    stack.restart()
    stack.until(stuck)
    assert name not in jobs(stack)
    assert stack.ready() == ("False", "JobVanished")
    assert "django-operator.io/retry" in stack.conditions()["Ready"]["message"]
    assert images(stack) == {V1}
    stack.workloads.let("Job/*", DONE)
    stack.apply(annotations=RETRY)
    stack.converge()
    assert images(stack) == {V2}


def test_a_done_job_may_go(stack: Stack) -> None:
    """What is done is recorded, and not on the Job: that one may be deleted at any time."""
    deploy(stack, RELEASED)
    stack.delete("Job", jobs(stack)[0].removeprefix("blog-"), propagationPolicy="Background")
    stack.converge()
    stack.restart()
    stack.converge()
    assert jobs(stack) == []
    assert len(created(stack)) == 1
    assert stack.ready() == ("True", "Ready")


def test_a_superseded_job(stack: Stack) -> None:
    """A newer version ends the release that runs, and starts its own when the last pod of that one is gone."""
    deploy(stack, RELEASED)
    stack.workloads.let("Job/*", HOLD)
    stack.change(image=V2)
    stack.until(lambda it: it.stage == "release")
    old = stack.get("Job", created(stack)[1].removeprefix("Job/blog-"))
    # on a node: it is there until its kubelet says that it has ended
    pod = stack.workloads.pod(old, 1, "node")
    stack.change(image=V3)
    stack.until(lambda it: it.release is not None and it.release.state == "blocked")
    assert len(created(stack)) == 2
    assert stack.get("Job", old["metadata"]["name"].removeprefix("blog-"))["metadata"]["deletionTimestamp"]
    assert old["metadata"]["name"] in stack.conditions()["Ready"]["message"]
    stack.client.delete(stack.client.path_of(pod), gracePeriodSeconds=0)
    stack.until(lambda it: it.release is not None and it.release.state == "running")
    assert len(created(stack)) == 3
    assert old["metadata"]["name"] not in jobs(stack)
    stack.workloads.let("Job/*", DONE)
    stack.converge()
    assert images(stack) == {V3}


def test_back_from_a_release_that_cannot_start(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """What keeps its pod from starting is said. Going back ends it, though the first release would be another now.

    The Job of then, which is still there, ran `init` and `fixtures`; no Job can be patched into one without.
    """
    monkeypatch.setattr(executor, "PATIENCE", 0.0)
    deploy(stack, WHOLE)
    before = jobs(stack)
    stack.workloads.let("Job/*", HOLD)
    stack.change(image=V2)
    stack.until(lambda it: it.stage == "release")
    stack.workloads.pod(stack.get("Job", created(stack)[-1].removeprefix("Job/blog-")), waiting="ImagePullBackOff")
    stack.until(lambda it: it.release is not None and "ImagePullBackOff in container django" in it.release.why)
    for kind in ("Ready", "Released"):
        assert "ImagePullBackOff in container django" in stack.conditions()[kind]["message"]
    stack.change(image=WHOLE["image"])
    stack.converge()
    assert jobs(stack) == before
    assert images(stack) == {WHOLE["image"]}


# --- Data that outlives its resource


def test_data_is_taken_up_again(stack: Stack) -> None:
    """A resource of the same name finds its database, the Secrets that open it, and what was run in it."""
    deploy(stack, WHOLE)
    secrets = {name: stack.get("Secret", name) for name in ("django", "postgres")}
    record = stack.get("ConfigMap", "release")
    stack.client.delete(stack.client.path_of(stack.resource()))
    # the garbage collector takes the rest; pods of a StatefulSet are not its concern here
    stack.client.wait(stack.path("Deployment", "app"), lambda it: it is None)
    stack.client.wait(stack.path("Secret", "redis"), lambda it: it is None)
    assert {name: stack.get("Secret", name) for name in secrets} == secrets
    stack.restart()
    deploy(stack, {**WHOLE, "image": V2})
    for name, body in secrets.items():
        assert stack.get("Secret", name)["data"] == body["data"]
        assert stack.get("Secret", name)["metadata"]["uid"] == body["metadata"]["uid"]
    found = stack.get("ConfigMap", "release")
    assert found["metadata"]["uid"] == record["metadata"]["uid"]
    assert set(record["data"]["released"].split()) < set(found["data"]["released"].split())
    (job,) = (each for each in stack.items("Job") if "-release-" in each["metadata"]["name"])
    assert "initContainers" not in job["spec"]["template"]["spec"]
    assert stack.requests() == []


def test_deletion_policy(stack: Stack) -> None:
    """Volumes, Secrets and record stay or go with the resource as its policy says, now this and now that."""

    def kept() -> dict[str, bool]:
        parts = [("Secret", "django"), ("Secret", "postgres"), ("Secret", "redis"), ("ConfigMap", "release")]
        parts += [("PersistentVolumeClaim", "media")]
        return {name: not stack.get(kind, name)["metadata"].get("ownerReferences") for kind, name in parts}

    policies: list[tuple[Object, set[str]]] = [
        ({}, {"django", "postgres", "media", "release"}),
        ({"database": "Delete", "media": "Delete", "redis": "Delete"}, set()),
        ({"redis": "Retain"}, {"django", "postgres", "media", "release", "redis"}),
    ]
    secrets = None
    for policy, wanted in policies:
        deploy(stack, {**WHOLE, "media": {"storage": "1Gi"}, "deletionPolicy": policy})
        assert {name for name, stays in kept().items() if stays} == wanted
        assert stack.requests() == []
        values = [stack.get("Secret", name)["data"] for name in ("django", "postgres", "redis")]
        assert secrets in (None, values)
        secrets = values


# --- Roll-outs that fail


def test_roll_back_by_itself(stack: Stack) -> None:
    """New pods that do not become available in time: the version before serves again, until the spec changes."""
    deploy(stack, {**RELEASED, "rollout": {"autoRollback": True}})
    stack.workloads.let("Deployment/blog-app", Failure())
    stack.change(image=V2)
    with_new = stack.until(lambda it: it.problem is not None or it.stage == "serve")
    stack.workloads.let("Deployment/blog-app", DONE)
    found = with_new if with_new.problem else stack.until(stuck)
    stack.until(stuck)
    assert found.problem is not None
    assert stack.ready() == ("False", "RolledBack")
    assert "Deployment/blog-app" in stack.conditions()["Ready"]["message"]
    assert images(stack) == {V1}
    assert len(created(stack)) == 2
    stack.restart()
    stack.until(stuck)
    assert images(stack) == {V1}
    stack.change(image=V3)
    stack.converge()
    assert images(stack) == {V3}
    assert stack.ready() == ("True", "Ready")


def test_out_of_a_roll_back_by_retry(stack: Stack) -> None:
    """Another value of the annotation tries the same version once more, its release included; it may fail again."""
    deploy(stack, {**RELEASED, "rollout": {"autoRollback": True}})
    stack.workloads.let("Deployment/blog-app", Failure())
    stack.change(image=V2)
    stack.until(lambda it: it.problem is not None or it.stage == "serve")
    rolled_back(stack)
    stack.apply(annotations=RETRY)
    stack.until(lambda it: len(created(stack)) == 3 and it.problem is not None)
    stack.workloads.let("Deployment/blog-app", DONE)
    rolled_back(stack)
    stack.apply(annotations={"django-operator.io/retry": "2"})
    stack.converge()
    assert images(stack) == {V2}
    assert len(created(stack)) == 4
    assert stack.ready() == ("True", "Ready")
    assert "Stalled" not in stack.conditions()
    assert stack.resource()["status"]["history"][0]["outcome"] == "Serving"
    assert stack.requests() == []


def rolled_back(stack: Stack) -> None:
    """Show that the first version serves again, and that it is left at that."""
    stack.until(stuck)
    assert stack.ready() == ("False", "RolledBack")
    assert stack.conditions()["Stalled"]["reason"] == "RolledBack"
    assert stack.conditions()["Available"]["status"] == "True"
    assert images(stack) == {V1}
    assert stack.resource()["status"]["version"] == "1"
    history = [(each["version"], each["outcome"]) for each in stack.resource()["status"]["history"]]
    assert history == [("2", "RolledBack"), ("1", "Serving")]
    assert {each.resource for each in stack.requests()} <= {"pods"}


def test_no_roll_back_unasked(stack: Stack) -> None:
    """Without `autoRollback` the old pods serve on beside the new ones, and the condition says why."""
    deploy(stack, RELEASED)
    stack.workloads.let("Deployment/blog-app", Failure())
    stack.change(image=V2)
    stack.until(stuck)
    assert stack.ready() == ("False", "ProgressDeadlineExceeded")
    assert image(stack.get("Deployment", "app")) == V2
    assert image(stack.get("StatefulSet", "beat")) == V1
    assert stack.conditions()["Available"]["status"] == "True"
    stack.workloads.let("Deployment/blog-app", DONE)
    stack.change(image=V3)
    stack.converge()
    assert images(stack) == {V3}


@pytest.fixture
def crashing(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A site whose beat of version 2 starts and crashes, again and again; else version 2 serves."""
    monkeypatch.setattr(executor, "PATIENCE", 0.0)
    deploy(stack, {**RELEASED, "rollout": {"progressDeadline": "5m"}})
    stack.workloads.let("StatefulSet/blog-beat", Failure())
    stack.change(image=V2)
    stack.until(lambda it: it.stage == "beat")
    stack.workloads.pod(stack.get("StatefulSet", "beat"), waiting="CrashLoopBackOff")
    return stack


def late(stack: Stack, seconds: float) -> None:
    """Let it be later from now on."""
    stack.restart(now=lambda: (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)).isoformat(timespec="seconds"))


def test_a_beat_that_crashes(crashing: Stack) -> None:
    """A StatefulSet has no deadline of its own: the site's holds for it, and the condition says what the pod says."""
    late(crashing, 200)
    crashing.until(lambda it: it.troubled)
    assert crashing.ready() == ("Unknown", "Progressing")
    assert "CrashLoopBackOff" in crashing.conditions()["Ready"]["message"]
    late(crashing, 320)
    crashing.until(stuck)
    found = crashing.conditions()
    assert crashing.ready() == ("False", "ProgressDeadlineExceeded")
    assert found["Stalled"]["reason"] == "ProgressDeadlineExceeded"
    assert (
        "StatefulSet/blog-beat: blog-beat-0 did not get ready in 300 s; CrashLoopBackOff" in found["Ready"]["message"]
    )
    assert found["Available"]["status"] == "True"
    # it gets ready after all
    crashing.client.delete(crashing.client.path("v1", "Pod", crashing.namespace, "blog-beat-0"), gracePeriodSeconds=0)
    crashing.workloads.let("StatefulSet/blog-beat", DONE)
    crashing.converge()
    assert crashing.ready() == ("True", "Ready")
    assert images(crashing) == {V2}


def test_roll_back_of_a_beat_that_crashes(crashing: Stack) -> None:
    """With `autoRollback` all of the version before serves again."""
    crashing.change(rollout={"autoRollback": True, "progressDeadline": "5m"})
    late(crashing, 320)
    crashing.until(lambda it: it.problem is not None and image(crashing.get("StatefulSet", "beat")) == V1)
    crashing.workloads.let("StatefulSet/blog-beat", DONE)
    crashing.until(lambda it: it.problem is not None and it.troubled is False)
    assert crashing.ready() == ("False", "RolledBack")
    assert "blog-beat-0 did not get ready in 300 s" in crashing.conditions()["Ready"]["message"]
    assert images(crashing) == {V1}


def test_a_beat_that_served_and_crashes_now(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """No update has brought that: it is not ready, and nothing has failed to progress."""
    monkeypatch.setattr(executor, "PATIENCE", 0.0)
    deploy(stack, {**RELEASED, "rollout": {"autoRollback": True}})
    stack.workloads.pod(stack.get("StatefulSet", "beat"), waiting="CrashLoopBackOff")
    late(stack, 7200)
    stack.workloads.let("StatefulSet/blog-beat", Failure())
    stack.until(lambda it: it.troubled)
    assert stack.ready() == ("False", "NotReady")
    assert "CrashLoopBackOff" in stack.conditions()["Ready"]["message"]
    assert "Stalled" not in stack.conditions()
    assert stack.resource()["status"]["version"] == "1"


def test_why_pods_do_not_start(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """What keeps a pod from getting ready is said in the words of its container."""
    monkeypatch.setattr(executor, "PATIENCE", 0.0)
    deploy(stack, RELEASED)
    stack.workloads.let("Deployment/blog-app", HOLD)
    stack.change(image=V2)
    stack.until(lambda it: it.stage == "serve")
    stack.workloads.pod(stack.get("Deployment", "app"), waiting="ImagePullBackOff")
    stack.until(lambda it: it.troubled)
    assert "ImagePullBackOff in container django" in stack.conditions()["Ready"]["message"]


# --- Held, paused, refused


def test_an_upgrade_of_the_operator_waits(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version of the operator renders another template: no pod is replaced until somebody says so."""
    deploy(stack, RELEASED)
    before = stack.versions()

    def newer(*args: Any, **options: Any) -> Any:
        rendered = render(*args, **options)
        for body in rendered.objects:
            if body["kind"] == "Deployment":
                body["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 77
        return rendered

    monkeypatch.setattr(compose, "render", newer)
    stack.restart()
    stack.converge()
    assert stack.ready()[0] == "True"
    assert "waits for the next change" in stack.conditions()["Ready"]["message"]
    assert {key: each for key, each in stack.versions().items() if "Django/" not in key} == {
        key: each for key, each in before.items() if "Django/" not in key
    }
    stack.patch("Deployment", "app", {"spec": {"replicas": 5}})
    stack.converge()
    found = stack.get("Deployment", "app")["spec"]
    assert found["replicas"] == 1
    assert found["template"]["spec"]["terminationGracePeriodSeconds"] != 77
    stack.apply(annotations={"django-operator.io/upgrade": "1"})
    stack.converge()
    assert stack.get("Deployment", "app")["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == 77
    assert "waits" not in stack.conditions()["Ready"]["message"]
    assert len(created(stack)) == 1
    assert stack.requests() == []


def test_paused(stack: Stack) -> None:
    """Nothing is changed or repaired; what would be is listed. Then it is done."""
    deploy(stack, RELEASED)
    stack.change(paused=True)
    stack.converge()
    assert stack.conditions()["Paused"]["reason"] == "NothingPending"
    stack.change(image=V2)
    stack.delete("Service", "app")
    before = stack.objects()
    del before["Django/blog"]
    stack.converge()
    after = stack.objects()
    del after["Django/blog"]
    assert after == before
    found = stack.conditions()["Paused"]
    assert (found["status"], found["reason"]) == ("True", "ChangesPending")
    assert all(
        each in found["message"] for each in ("Deployment/blog-app", "Service/blog-app", "StatefulSet/blog-beat")
    )
    assert stack.requests() == []
    stack.change(paused=None)
    stack.converge()
    assert images(stack) == {V2}
    assert stack.find("Service", "app")
    assert "Paused" not in stack.conditions()


def test_paused_from_the_start(stack: Stack) -> None:
    """Not even a Secret is made."""
    stack.apply({**RELEASED, "paused": True})
    stack.converge()
    assert set(stack.objects()) == {"Django/blog"}
    assert stack.requests() == []
    stack.change(paused=None)
    stack.converge()
    assert stack.ready() == ("True", "Ready")


NOWHERE: list[Object] = [{"patches": [{"target": {"kind": "Deployment", "name": "nothing"}, "patch": [
    {"op": "add", "path": "/metadata/labels/a", "value": "b"}]}]}]  # fmt: skip


def test_a_spec_that_is_no_good(stack: Stack) -> None:
    """It changes nothing, what served before is repaired all the same, and the condition says where the fault is."""
    deploy(stack, RELEASED)
    stack.change(image=V2, overlays=NOWHERE)
    stack.until(stuck)
    assert stack.ready() == ("False", "InvalidSpec")
    assert "spec.overlays[0].patches[0]" in stack.conditions()["Stalled"]["message"]
    assert stack.conditions()["OverlaysApplied"]["status"] == "False"
    stack.patch("Deployment", "app", {"spec": {"replicas": 5}})
    stack.delete("Service", "app")
    stack.until(stuck)
    assert stack.get("Deployment", "app")["spec"]["replicas"] == 1
    assert stack.find("Service", "app")
    assert images(stack) == {V1}
    stack.change(overlays=None)
    stack.converge()
    assert images(stack) == {V2}


def test_a_spec_that_is_no_good_from_the_start(stack: Stack) -> None:
    """Nothing at all is made."""
    stack.apply({**RELEASED, "overlays": NOWHERE})
    stack.until(stuck)
    assert stack.ready() == ("False", "InvalidSpec")
    assert set(stack.objects()) == {"Django/blog"}


@pytest.mark.parametrize("first", [True, False], ids=["at first", "later"])
def test_refused_by_the_server(cluster: Cluster, namespace: str, proxy: Proxy, *, first: bool) -> None:
    """What only the server can refuse (a quota, a missing CRD, a value) changes nothing, and every fault is named."""
    # as a server answers that knows the group and not the kind
    proxy.before = lambda call: Refuse(404) if "/triggerauthentications/" in call.path else None
    with Stack(cluster, namespace, url=proxy.url) as stack:
        refused(stack, first=first)


def refused(stack: Stack, *, first: bool) -> None:
    """Apply what is refused, then what is not."""
    if not first:
        deploy(stack, RELEASED)
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"namespace": stack.namespace, "name": "few"}}
    path = stack.client.path_of(stack.client.create({**quota, "spec": {"hard": {"count/cronjobs.batch": "0"}}}))
    used = {"hard": {"count/cronjobs.batch": "0"}, "used": {"count/cronjobs.batch": "0"}}
    stack.client.patch(f"{path}/status", {"status": used})
    trigger = {"apiVersion": "keda.sh/v1alpha1", "kind": "TriggerAuthentication", "metadata": {"name": "t"}, "spec": {}}
    rule = {"from": [{"ipBlock": {"cidr": "300.0.0.0/8"}}]}
    policy: Object = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "s"}}
    policy["spec"] = {"podSelector": {}, "ingress": [rule]}
    before = stack.versions() if not first else {}
    stack.apply({
        **RELEASED,
        "image": V2,
        "cronJobs": {"tidy": {"schedule": "@daily", "args": ["clearsessions"]}},
        "overlays": [{"resources": [trigger, policy]}],
    })  # fmt: skip
    stack.until(stuck)
    found = stack.conditions()["Stalled"]
    assert found["reason"] == "Rejected"
    for each in (
        "CronJob/blog-cron-tidy: ",
        "exceeded quota",
        "TriggerAuthentication/blog-t: ",
        "NetworkPolicy/blog-s: ",
    ):
        assert each in found["message"]
    left = {key: each for key, each in stack.versions().items() if "Django/" not in key and "Secret/" not in key}
    assert left == {key: each for key, each in before.items() if "Django/" not in key and "Secret/" not in key}
    stack.apply(RELEASED)
    stack.converge()
    assert stack.ready() == ("True", "Ready")


def test_every_fault_at_once(stack: Stack) -> None:
    """Of the spec those that only the operator finds, of overlays in it and in a ConfigMap: as `validate` has them."""
    patch = [{"op": "add", "path": "/metadata/labels/a", "value": "b"}]
    lost = {"patches": [{"target": {"kind": "Deployment", "name": "web"}, "patch": patch}]}
    stack.apply({
        **RELEASED,
        "cronJobs": {"tidy": {"schedule": "99 * * * *", "args": ["clearsessions"]}},
        "overlays": [*NOWHERE, {"configMapRef": {"name": "theirs"}}],
    })  # fmt: skip
    stack.until(stuck)
    first = stack.conditions()["Stalled"]["message"]
    assert stack.ready() == ("False", "InvalidSpec")
    for place in ("spec.cronJobs.tidy.schedule", "spec.overlays[0].patches[0]", "spec.overlays[1].configMapRef"):
        assert f"Django/blog {place}" in first
    # the ConfigMap comes, and has a fault itself: the resource is woken by it, though it cannot be read
    there = stack.client.create({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": stack.namespace, "name": "theirs"},
        "data": {"kustomization.yaml": json.dumps({"kind": "Component", **lost})},
    })  # fmt: skip
    key = Key("", "ConfigMap", stack.namespace, "theirs")
    assert stack.store.put_data(there, "ConfigMap") == {stack.key}
    stack.until(lambda it: it.problem is not None and "ConfigMap/theirs" in it.problem.message)
    second = stack.conditions()["Stalled"]["message"]
    assert "spec.overlays[1].configMapRef" not in second
    for place in ("spec.cronJobs.tidy.schedule", "spec.overlays[0].patches[0]", "ConfigMap/theirs/kustomization.yaml"):
        assert place in second
    assert key.name in second
    assert stack.requests() == []
