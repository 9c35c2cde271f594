"""What the server does not take, beyond what a dry run tells: said, nothing half applied, gone once it is mended."""

from __future__ import annotations

import base64
import random
from typing import TYPE_CHECKING

import pytest

from django_operator.apply.reconcile import LOOK_AGAIN, LOOK_SOON
from tests.api.process import until
from tests.api.site import SMALL, Stack
from tests.api.test_releases import RELEASED, V1, V2, created, deploy, images, stuck
from tests.cluster.client import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster.client import Client, Object

LOOKS = (LOOK_SOON, LOOK_AGAIN)
"""Seconds after which a pass is run though nothing has happened: a quota that is raised wakes nobody."""


def noise(size: int, seed: int) -> str:
    """Return letters of which no compression makes fewer than three quarters."""
    return base64.b64encode(random.Random(seed).randbytes(size * 3 // 4)).decode()  # noqa: S311 - no secret


def maps(*sizes: int) -> Object:
    """Return overlays with a ConfigMap of each size."""
    bodies = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"map-{n}"}, "data": {"text": noise(size, n)}}
        for n, size in enumerate(sizes)
    ]
    return {"overlays": [{"resources": bodies}]}


def quota(stack: Stack, resource: str) -> str:
    """Let there be no more objects of a resource in the namespace than there are, and return the quota's path."""
    hard = {"hard": {resource: "0"}}
    body = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"namespace": stack.namespace, "name": "none"}}
    path = stack.client.path_of(stack.client.create({**body, "spec": hard}))
    # no controller counts here
    stack.client.patch(f"{path}/status", {"status": {**hard, "used": {resource: "0"}}})

    def counts() -> bool:
        try:
            stack.client.send("POST", _PROBED[resource].format(stack.namespace), PROBES[resource], dryRun="All")
        except ApiError as error:
            return "exceeded quota" in str(error)
        return False

    until(counts)
    return path


PROBES: dict[str, Object] = {
    "count/controllerrevisions.apps": {
        "apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": {"name": "probe"}, "revision": 1,
        "data": {"a": "b"},
    },
    "count/secrets": {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "probe"}},
}  # fmt: skip
_PROBED = {
    "count/controllerrevisions.apps": "/apis/apps/v1/namespaces/{}/controllerrevisions",
    "count/secrets": "/api/v1/namespaces/{}/secrets",
}


def served(stack: Stack) -> dict[str, str]:
    """Return the versions of all objects but the resource and what is made before anything is applied."""
    return {name: each for name, each in stack.versions().items() if name.partition("/")[0] not in ("Django", "Secret")}


def holds_back(stack: Stack, reason: str, *texts: str, final: bool) -> None:
    """Show that a pass says why it stops, changes nothing, repairs what serves, and is run again by itself."""
    before = served(stack)
    found = stack.until(stuck)
    assert found.problem is not None
    assert stack.ready() == ("False", reason)
    conditions = stack.conditions()
    assert all(each in conditions["Ready"]["message"] for each in texts)
    assert ("Stalled" in conditions, "Reconciling" in conditions) == (final, not final)
    assert served(stack) == before
    if before:
        stack.delete("Service", "app")
        stack.patch("Deployment", "app", {"spec": {"replicas": 7}})
        stack.until(stuck)
        assert stack.find("Service", "app")
        assert stack.get("Deployment", "app")["spec"]["replicas"] == 1
        assert images(stack) == {V1}
        assert served(stack).keys() == before.keys()
    assert stack.requeued() in LOOKS


@pytest.fixture(params=[True, False], ids=["at first", "later"])
def begun(stack: Stack, request: pytest.FixtureRequest) -> Stack:
    """A site of which there is nothing yet, or one that serves."""
    if not request.param:
        deploy(stack, RELEASED)
    return stack


def test_too_large(begun: Stack) -> None:
    """A stack that has no room in a ControllerRevision."""
    begun.apply({**RELEASED, "image": V2, **maps(600_000, 600_000)})
    holds_back(begun, "TooLarge", "1,000,000 are allowed", final=True)
    begun.apply({**RELEASED, "image": V2, **maps(600_000)})
    begun.converge()
    assert images(begun) == {V2}
    assert begun.ready() == ("True", "Ready")
    assert begun.requests() == []


def test_no_room_for_a_revision(begun: Stack) -> None:
    """A quota for what the operator keeps for itself."""
    before = len(created(begun))
    path = quota(begun, "count/controllerrevisions.apps")
    begun.apply({**RELEASED, "image": V2})
    holds_back(begun, "Refused", "exceeded quota", "controllerrevisions", final=False)
    assert len(created(begun)) == before
    begun.client.delete(path)
    begun.client.wait(path, lambda it: it is None)
    until(lambda: begun.pass_().problem is None)
    begun.converge()
    assert images(begun) == {V2}
    assert begun.ready() == ("True", "Ready")


def test_no_room_for_a_secret(stack: Stack) -> None:
    """A quota for the Secrets that are made before anything else, of a part that comes later."""
    deploy(stack, SMALL)
    path = quota(stack, "count/secrets")
    stack.change(redis=None)
    holds_back(stack, "Refused", "exceeded quota", "secrets", final=False)
    assert stack.items("StatefulSet") == []
    stack.client.delete(path)
    stack.client.wait(path, lambda it: it is None)
    until(lambda: stack.pass_().problem is None)
    stack.converge()
    assert stack.names("StatefulSet") == ["redis"]
    assert stack.ready() == ("True", "Ready")


@pytest.fixture
def policy(client: Client, namespace: str) -> Iterator[str]:
    """An admission policy of the cluster that allows no image of version 2 here; its name."""
    group, name = "admissionregistration.k8s.io/v1", f"no-two-{namespace}"
    rule = {"apiGroups": ["apps"], "apiVersions": ["*"], "operations": ["*"], "resources": ["deployments"]}
    check = "object.spec.template.spec.containers.all(c, !c.image.endsWith(':2'))"
    spec = {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": [rule]},
        "validations": [{"expression": check, "message": "version 2 has not been signed"}],
    }
    here = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}
    bound = {"policyName": name, "validationActions": ["Deny"], "matchResources": here}
    for kind, each in (("ValidatingAdmissionPolicy", spec), ("ValidatingAdmissionPolicyBinding", bound)):
        client.create({"apiVersion": group, "kind": kind, "metadata": {"name": name}, "spec": each})
    yield name
    for kind in ("validatingadmissionpolicybindings", "validatingadmissionpolicies"):
        if client.find(f"/apis/{group}/{kind}/{name}"):
            client.delete(f"/apis/{group}/{kind}/{name}")


def test_an_admission_policy(stack: Stack, policy: str) -> None:
    """What it says of a new version stands in the condition; another version is let through."""
    deploy(stack, RELEASED)
    there = stack.get("Deployment", "app")
    container = {**there["spec"]["template"]["spec"]["containers"][0], "image": V2}
    change = {"spec": {"template": {"spec": {"containers": [container]}}}}

    def denies() -> bool:
        try:
            stack.client.patch(stack.client.path_of(there), change, dryRun="All")
        except ApiError as error:
            return "has not been signed" in str(error)
        return False

    until(denies)
    before = served(stack)
    stack.change(image=V2)
    stack.until(stuck)
    message = stack.conditions()["Stalled"]["message"]
    assert stack.ready() == ("False", "Rejected")
    for name in ("Deployment/blog-app", "Deployment/blog-worker-default"):
        assert name in message
    assert f"'{policy}'" in message
    assert "version 2 has not been signed" in message
    assert "StatefulSet" not in message
    assert served(stack) == before
    assert len(created(stack)) == 1
    assert stack.requeued() in LOOKS
    stack.client.delete(f"/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/{policy}")
    until(lambda: stack.pass_().problem is None)
    stack.converge()
    assert images(stack) == {V2}
    assert stack.ready() == ("True", "Ready")
