"""The migrations that releases leave behind, on a real API server: read from the pod, recorded, compared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django_operator.stack.workloads import RETRY
from tests.api.site import SMALL, Stack
from tests.cluster.statuses import Failure
from tests.cluster.workloads import DONE, HOLD

if TYPE_CHECKING:
    from tests.cluster.plane import ControlPlane

SITE = {
    **SMALL,
    "database": {"external": {"secretRef": {"name": "db"}}},
    "release": {"preDeploy": [{"args": ["migrate"]}]},
}
AHEAD = "the schema is ahead of the code: app shop 0042 -> 0040"


def release(stack: Stack, image: str, retry: str = "", **heads: str) -> None:
    """Release a version whose last step leaves these migrations; without any, its pod is gone before it is asked."""
    stack.workloads.let("Job/*", HOLD)
    stack.apply({**stack.spec, "image": image}, annotations={RETRY: retry} if retry else {})
    found = stack.until(lambda found: found.release is not None and found.release.state == "running").release
    assert found is not None
    assert found.job is not None
    job = stack.client.get(stack.client.path("batch/v1", "Job", stack.namespace, found.job.key.name))
    stack.workloads.settle(job, DONE)
    stack.workloads.let("Job/*", DONE)
    pods = stack.client.items(
        stack.client.path("v1", "Pod", stack.namespace),
        labelSelector=f"batch.kubernetes.io/job-name={found.job.key.name}",
    )
    assert len(pods) == 1
    path = stack.client.path_of(pods[0])
    if not heads:
        stack.client.delete(path)
        return
    statuses: list[dict[str, Any]] = pods[0]["status"]["containerStatuses"]
    statuses[-1]["state"]["terminated"]["message"] = json.dumps({"migrationHeads": heads})
    stack.client.patch(f"{path}/status", {"status": {"containerStatuses": statuses}})


def begin(stack: Stack) -> None:
    """Make the resource and what it reads."""
    stack.give("Secret", "db", stringData={"url": "postgres://db/blog"})
    stack.apply(SITE)


def test_heads_are_recorded_and_compared(cluster: ControlPlane, namespace: str) -> None:
    """Going back runs nothing, and says that the schema is ahead; going forward again takes that back."""
    with Stack(cluster, namespace) as stack:
        begin(stack)
        release(stack, "blog:1", shop="0040_a", auth="0012_x")
        stack.converge()
        told = [{"app": "auth", "name": "0012_x"}, {"app": "shop", "name": "0040_a"}]
        assert stack.resource()["status"]["release"]["migrationHeads"] == told
        release(stack, "blog:2", shop="0042_b", auth="0012_x")
        stack.converge()
        assert stack.conditions()["Released"]["reason"] == "Completed"
        jobs = stack.names("Job")
        stack.change(image="blog:1")
        stack.converge()
        assert stack.resource()["status"]["release"]["migrationHeads"] == told
        released, ready = stack.conditions()["Released"], stack.conditions()["Ready"]
        assert (released["status"], released["reason"]) == ("True", "SchemaAhead")
        assert released["message"].endswith(f"is done; {AHEAD}")
        assert (ready["status"], ready["message"]) == ("True", f"version 1 serves; {AHEAD}")
        assert len(stack.events("SchemaAhead")) == 1
        assert set(stack.names("Job")) <= set(jobs)
        stack.restart()
        stack.converge()
        assert stack.conditions()["Released"]["reason"] == "SchemaAhead"
        stack.change(image="blog:2")
        stack.converge()
        assert stack.conditions()["Released"]["reason"] == "Completed"
        assert stack.conditions()["Ready"]["message"] == "version 2 serves"


def test_a_version_that_is_gone_back_from_by_itself(cluster: ControlPlane, namespace: str) -> None:
    """The release of the new one is done, so the one that stays is behind the schema."""
    with Stack(cluster, namespace) as stack:
        begin(stack)
        stack.change(rollout={"autoRollback": True})
        release(stack, "blog:1", shop="0040_a")
        stack.converge()
        release(stack, "blog:2", shop="0042_b")
        stack.workloads.let("Deployment/*", Failure())
        stack.until(lambda found: "RolledBack" in [each.outcome for each in found.revisions])
        stack.workloads.let("Deployment/*", DONE)
        stack.until(lambda found: found.problem is not None and found.problem.reason == "RolledBack")
        assert stack.conditions()["Released"]["reason"] == "SchemaAhead"
        assert stack.conditions()["Released"]["message"].endswith(AHEAD)


def test_pods_that_are_gone_tell_of_nothing(cluster: ControlPlane, namespace: str) -> None:
    """No heads, no failure, and nothing said when going back."""
    with Stack(cluster, namespace) as stack:
        begin(stack)
        release(stack, "blog:1")
        stack.converge()
        assert stack.ready() == ("True", "Ready")
        assert "migrationHeads" not in stack.resource()["status"]["release"]
        release(stack, "blog:2", shop="0042_b")
        stack.converge()
        stack.change(image="blog:1")
        stack.converge()
        assert stack.conditions()["Released"]["reason"] == "Completed"


def test_the_script_comes_with_the_job(cluster: ControlPlane, namespace: str) -> None:
    """Under the name that the Job mounts, in no revision; once it is not there any more, nobody misses it."""
    with Stack(cluster, namespace) as stack:
        begin(stack)
        release(stack, "blog:1", shop="0040_a")
        (job,) = stack.items("Job")
        volumes = job["spec"]["template"]["spec"]["volumes"]
        (name,) = (each["configMap"]["name"] for each in volumes if each["name"] == "steps")
        assert name in [f"blog-{each}" for each in stack.names("ConfigMap")]
        stack.converge()
        assert name in [f"blog-{each}" for each in stack.names("ConfigMap")]
        (revision,) = stack.items("ControllerRevision")
        assert name not in revision["metadata"]["annotations"]["django-operator.io/config-maps"]
        stack.delete("ConfigMap", name.removeprefix("blog-"))
        assert stack.converge().problem is None
        release(stack, "blog:1", retry="again", shop="0040_a")
        assert name in [f"blog-{each}" for each in stack.names("ConfigMap")]
