"""Secrets on a real API server: generated ones that are gone, and those that pods read and somebody takes away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.site import SMALL, WHOLE, Stack
from tests.api.test_releases import deploy, stuck

if TYPE_CHECKING:
    from tests.cluster.client import Object

ANEW = {"django-operator.io/regenerate": "true"}
CHECKSUM = "django-operator.io/checksum"


def pods(stack: Stack) -> dict[str, Object]:
    """Return the pod template of each workload: as long as it is the same no pod is replaced."""
    found = [*stack.items("Deployment"), *stack.items("StatefulSet")]
    return {each["metadata"]["name"]: each["spec"]["template"] for each in found}


def rolled(stack: Stack, before: dict[str, Object]) -> set[str]:
    """Return the workloads whose pods have been replaced since."""
    return {name for name, each in pods(stack).items() if each != before[name]}


# --- A generated Secret that is gone


@pytest.fixture(params=["django", "postgres"])
def lost(stack: Stack, request: pytest.FixtureRequest) -> tuple[Stack, str, Object]:
    """A site that serves, the name of a Secret that somebody has deleted then, and what it was."""
    deploy(stack, WHOLE)
    body = stack.get("Secret", request.param)
    stack.delete("Secret", request.param)
    return stack, request.param, body


def test_it_is_not_made_again(lost: tuple[Stack, str, Object]) -> None:
    """New values would open nothing: the condition says which Secret is gone, and the pods stay as they are."""
    stack, name, _ = lost
    before = pods(stack)
    for _ in range(2):
        stack.until(stuck)
        assert stack.ready() == ("False", "SecretLost")
        found = stack.conditions()
        assert found["Stalled"]["reason"] == "SecretLost"
        assert f"Secret blog-{name} is gone" in found["Stalled"]["message"]
        assert "django-operator.io/regenerate=true" in found["Stalled"]["message"]
        assert found["Available"]["status"] == "True"
        assert stack.find("Secret", name) is None
        assert pods(stack) == before
        assert stack.requests() == []
        # one that has just started knows it by the inventory
        stack.restart()


def test_what_is_there_is_repaired_meanwhile(lost: tuple[Stack, str, Object]) -> None:
    """And nothing new is let through."""
    stack, _, _ = lost
    stack.delete("Service", "app")
    stack.change(image="registry.example.com/blog:2", env=[{"name": "NEW", "value": "1"}])
    before = pods(stack)
    stack.until(stuck)
    assert stack.find("Service", "app")
    assert pods(stack) == before
    assert stack.ready() == ("False", "SecretLost")


def test_out_by_restoring_it(lost: tuple[Stack, str, Object]) -> None:
    """From a backup, of which somebody has kept no more than the data: all is as it was, and no pod is replaced."""
    stack, name, body = lost
    before = pods(stack)
    stack.until(stuck)
    stack.give("Secret", body["metadata"]["name"], data=body["data"])
    stack.converge()
    assert stack.ready() == ("True", "Ready")
    assert stack.get("Secret", name)["data"] == body["data"]
    assert pods(stack) == before
    assert stack.requests() == []


def test_out_by_new_values(lost: tuple[Stack, str, Object]) -> None:
    """On request it is made anew, and the pods that read it are replaced."""
    stack, name, body = lost
    before = pods(stack)
    stack.until(stuck)
    stack.apply(annotations=ANEW)
    stack.converge()
    assert stack.ready() == ("True", "Ready")
    made = stack.get("Secret", name)
    assert made["data"].keys() == body["data"].keys()
    assert made["data"] != body["data"]
    assert made["metadata"]["labels"] == body["metadata"]["labels"]
    assert "blog-app" in rolled(stack, before)
    assert stack.requests() == []


def test_the_password_of_a_cache_is_made_again(stack: Stack) -> None:
    """By itself: nothing that is kept was made with it."""
    deploy(stack, WHOLE)
    body, before = stack.get("Secret", "redis"), pods(stack)
    stack.delete("Secret", "redis")
    stack.converge()
    assert stack.get("Secret", "redis")["data"] != body["data"]
    assert rolled(stack, before) >= {"blog-redis", "blog-app"}


# --- A Secret of the user's that pods read


def checksums(stack: Stack) -> dict[str, str]:
    """Return the checksum of what the pods of each workload read."""
    found = [*stack.items("Deployment"), *stack.items("StatefulSet")]
    return {each["metadata"]["name"]: each["spec"]["template"]["metadata"]["annotations"][CHECKSUM] for each in found}


@pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])
def test_data_that_is_away(stack: Stack, kind: str) -> None:
    """No pod is replaced while it is: a new one could not start. Other data, when it is back, replaces them."""
    refer, field = {"Secret": ("secretRef", "stringData"), "ConfigMap": ("configMapRef", "data")}[kind]
    stack.give(kind, "mail", **{field: {"HOST": "one"}})
    deploy(stack, {**SMALL, "workers": {"default": {}}, "beat": {}, "envFrom": [{refer: {"name": "mail"}}]})
    path = stack.client.path("v1", kind, stack.namespace, "mail")
    before, sums = pods(stack), checksums(stack)
    assert len(sums) == 3
    stack.client.delete(path)
    away = stack.until(lambda it: it.unready)
    assert away.problem is None
    assert stack.ready() == ("False", "NotReady")
    assert f"{kind}/mail: is not there" in stack.conditions()["Ready"]["message"]
    # nor by who starts then and repairs something, nor by who scales
    stack.restart()
    stack.patch("Deployment", "app", {"spec": {"template": {"spec": {"serviceAccountName": "other"}}}})
    stack.until(lambda it: it.unready)
    stack.change(app={"replicas": 3})
    stack.until(lambda it: it.stage == "release")
    assert stack.get("Deployment", "app")["spec"]["replicas"] == 3
    assert stack.get("Deployment", "app")["spec"]["template"]["spec"]["serviceAccountName"] == "blog-django"
    assert pods(stack) == before
    # the same again: no pod is replaced
    stack.give(kind, "mail", **{field: {"HOST": "one"}})
    stack.converge()
    assert pods(stack) == before
    stack.client.delete(path)
    stack.give(kind, "mail", **{field: {"HOST": "two"}})
    stack.converge()
    assert rolled(stack, before) == before.keys()
    assert set(checksums(stack).values()).isdisjoint(sums.values())
    assert stack.ready() == ("True", "Ready")
    assert stack.requests() == []
