"""Rollout strategies on a real API server, when something goes wrong on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.site import Stack, image
from tests.api.test_releases import FAILS, RELEASED, V1, V2, V3, created, deploy, images, is_ours, jobs, stuck
from tests.cluster.workloads import DONE, HOLD

if TYPE_CHECKING:
    from tests.cluster.client import Object

DOWN: Object = {**RELEASED, "rollout": {"strategy": "Maintenance"}}
COLOURED: Object = {**RELEASED, "rollout": {"strategy": "BlueGreen"}}


def replicas(stack: Stack) -> dict[str, int]:
    """Return how many pods of what runs the image are asked for."""
    found = [*stack.items("Deployment"), *stack.items("StatefulSet")]
    return {each["metadata"]["name"]: each["spec"]["replicas"] for each in found if is_ours(each)}


# --- Maintenance


@pytest.fixture
def down(stack: Stack) -> Stack:
    """A site that is down while the release of version 2 runs."""
    deploy(stack, DOWN)
    stack.workloads.let("Job/*", HOLD)
    stack.change(image=V2)
    stack.until(lambda it: it.release is not None and it.release.state == "running")
    assert set(replicas(stack).values()) == {0}
    return stack


@pytest.mark.parametrize("restarted", [False, True], ids=["same process", "another process"])
def test_back_while_it_runs(down: Stack, *, restarted: bool) -> None:
    """The old spec again: its Job ends, then the site serves as it did, and no release is run for that."""
    name = next(each for each in jobs(down) if each not in created(down)[0])
    pod = down.workloads.pod(down.get("Job", name.removeprefix("blog-")), 1, "node")
    if restarted:
        down.restart()
    down.change(image=V1)
    # two versions at once is what this strategy is to prevent: as long as a pod of it runs nothing is started
    down.until(lambda it: it.release is not None and it.release.state == "blocked")
    assert down.find("Job", name.removeprefix("blog-"))["metadata"]["deletionTimestamp"]  # type: ignore[index] # held
    assert set(replicas(down).values()) == {0}
    assert name in down.conditions()["Ready"]["message"]
    down.client.delete(down.client.path_of(pod), gracePeriodSeconds=0)
    down.converge()
    assert name not in jobs(down)
    assert replicas(down) == {"blog-app": 1, "blog-worker-default": 1, "blog-beat": 1}
    assert images(down) == {V1}
    assert len(created(down)) == 2
    assert down.ready() == ("True", "Ready")
    assert down.conditions()["Available"]["status"] == "True"
    assert down.resource()["status"]["version"] == "1"
    assert down.requests() == []


def test_on_while_it_runs(down: Stack) -> None:
    """Another version: the site stays down until the release of that one is done."""
    down.change(image=V3)
    down.until(lambda it: it.release is not None and it.release.state == "running" and len(created(down)) == 3)
    assert set(replicas(down).values()) == {0}
    down.workloads.let("Job/*", DONE)
    down.converge()
    assert images(down) == {V3}
    assert set(replicas(down).values()) == {1}
    assert down.ready() == ("True", "Ready")


def test_it_fails(down: Stack) -> None:
    """The version before is started again, and repaired."""
    down.workloads.let("Job/*", FAILS)
    down.until(stuck)
    assert set(replicas(down).values()) == {1}
    assert images(down) == {V1}
    assert down.ready() == ("False", "ReleaseFailed")
    down.delete("Deployment", "app")
    down.until(stuck)
    assert replicas(down)["blog-app"] == 1
    down.workloads.let("Job/*", DONE)
    down.change(image=V1)
    down.converge()
    assert down.ready() == ("True", "Ready")
    assert images(down) == {V1}


# --- Blue and green


@pytest.fixture
def behind(stack: Stack) -> Stack:
    """Version 1 serves in blue; the release of version 2 has failed."""
    deploy(stack, COLOURED)
    assert "app-blue" in stack.names("Deployment")
    stack.workloads.let("Job/*", FAILS)
    stack.change(image=V2)
    stack.until(stuck)
    return stack


def test_the_colour_that_serves_is_left_alone(behind: Stack) -> None:
    """Nothing of the new colour is there, nothing of the old one has changed, and nothing is asked any more."""
    assert behind.names("Deployment") == ["app-blue", "worker-default-blue"]
    assert {each["metadata"]["generation"] for each in behind.items("Deployment")} == {1}
    assert images(behind) == {V1}
    assert behind.get("Service", "app")["spec"]["selector"]["django-operator.io/colour"] == "blue"
    assert behind.ready() == ("False", "ReleaseFailed")
    assert behind.conditions()["Available"]["status"] == "True"
    assert {each.resource for each in behind.requests()} <= {"pods"}


def test_the_colour_that_serves_is_repaired(behind: Stack) -> None:
    """Its pods, what scales them, and what leads to them."""
    colour = {"django-operator.io/colour": "green"}
    behind.patch("Deployment", "app-blue", {"spec": {"template": {"spec": {"serviceAccountName": "other"}}}})
    behind.patch("Service", "app", {"spec": {"selector": colour}})
    behind.delete("Deployment", "worker-default-blue")
    behind.delete("PodDisruptionBudget", "app")
    behind.until(stuck)
    app = behind.get("Deployment", "app-blue")
    assert app["spec"]["template"]["spec"]["serviceAccountName"] == "blog-django"
    assert image(app) == V1
    assert behind.get("Service", "app")["spec"]["selector"]["django-operator.io/colour"] == "blue"
    assert behind.names("Deployment") == ["app-blue", "worker-default-blue"]
    budget = behind.get("PodDisruptionBudget", "app")
    assert budget["spec"]["selector"]["matchLabels"]["django-operator.io/colour"] == "blue"
    behind.restart()
    behind.until(stuck)
    assert images(behind) == {V1}


def test_the_colour_that_serves_is_scaled(behind: Stack) -> None:
    """More pods do not wait for a release, and the new colour starts with as many."""
    behind.change(app={"replicas": 4})
    behind.until(stuck)
    assert behind.get("Deployment", "app-blue")["spec"]["replicas"] == 4
    assert behind.names("Deployment") == ["app-blue", "worker-default-blue"]
    behind.workloads.let("Job/*", DONE)
    behind.change(image=V3)
    behind.converge()
    assert behind.names("Deployment") == ["app-green", "worker-default-green"]
    assert behind.get("Deployment", "app-green")["spec"]["replicas"] == 4
    assert images(behind) == {V3}
    assert behind.get("Service", "app")["spec"]["selector"]["django-operator.io/colour"] == "green"
    assert behind.ready() == ("True", "Ready")


def test_back_to_the_colour_that_serves(behind: Stack) -> None:
    """The old spec again: nothing runs, and no pod is replaced."""
    behind.change(image=V1)
    behind.converge()
    assert {each["metadata"]["generation"] for each in behind.items("Deployment")} == {1}
    assert behind.names("Deployment") == ["app-blue", "worker-default-blue"]
    assert len(created(behind)) == 2
    assert behind.ready() == ("True", "Ready")
