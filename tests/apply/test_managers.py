"""Whose entries become ours and whose do not; who owns a field. Against a real server in tests/api/test_managers.py."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import jsonpatch
import pytest

from django_operator.apply.managers import OURS, cleanup, overwritten, owners

if TYPE_CHECKING:
    from django_operator.engine.paths import Body


def entry(manager: str, operation: str, fields: Body, subresource: str = "", version: str = "apps/v1") -> Body:
    """Return an entry of managedFields."""
    more = {"subresource": subresource} if subresource else {}
    return {
        "manager": manager, "operation": operation, "apiVersion": version, "fieldsType": "FieldsV1",
        "time": "2026-11-24T15:00:00Z", "fieldsV1": fields, **more,
    }  # fmt: skip


def deployment(*entries: Body, **spec: Any) -> Body:
    """Return a Deployment with owners."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "a", "resourceVersion": "5", "managedFields": list(entries)},
        "spec": spec,
    }


A: Body = {"f:spec": {"f:a": {}}}
B: Body = {"f:spec": {"f:b": {}}}
AB: Body = {"f:spec": {"f:a": {}, "f:b": {}}}
MINE = entry(OURS, "Apply", A)


@pytest.mark.parametrize(
    ("other", "is_merged"),
    [
        (entry("before-first-apply", "Update", B), True),
        (entry("before-first-apply", "Apply", B), False),
        (entry(OURS, "Update", B), True),
        (entry(OURS, "Update", B, "status"), False),
        (entry("kubectl", "Apply", B), True),
        (entry("kubectl-client-side-apply", "Update", B), True),
        (entry("kubectl-edit", "Update", B), True),
        (entry("kubectl-last-applied", "Apply", B), True),
        (entry("kubectl", "Update", B, "scale"), False),
        (entry("kubectlish", "Update", B), False),
        (entry("kube-controller-manager", "Update", B), False),
        (entry("django-operator-replicas", "Apply", B), False),
        (entry("helm", "Update", B), False),
        (entry("kubectl-edit", "Update", {}), False),
    ],
)
def test_whose_fields_become_ours(other: Body, *, is_merged: bool) -> None:
    """Those who wrote in our stead; never those of a controller, another tool or a subresource."""
    for entries in ((MINE, other), (other, MINE)):
        body = deployment(*entries)
        before = copy.deepcopy(body)
        patch = cleanup(body, OURS)
        assert body == before
        if not is_merged:
            assert patch is None
            continue
        assert patch is not None
        after = jsonpatch.apply_patch(body, patch)
        assert after["metadata"]["managedFields"] == [{**MINE, "fieldsV1": AB}]
        assert patch[-1] == {"op": "replace", "path": "/metadata/resourceVersion", "value": "5"}


def test_without_an_entry_of_ours() -> None:
    """The server lost it (k8s#136919), or nothing was applied yet: one is made."""
    patch = cleanup(deployment(entry("kubectl-edit", "Update", B)), OURS)
    assert patch is not None
    (made,) = patch[0]["value"]
    assert made == {
        "manager": OURS, "operation": "Apply", "apiVersion": "apps/v1", "fieldsType": "FieldsV1", "fieldsV1": B,
    }  # fmt: skip


def test_nothing_to_do() -> None:
    """No entries, or none that is not ours."""
    assert cleanup(deployment(), OURS) is None
    assert cleanup(deployment(MINE), OURS) is None
    assert cleanup({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}, OURS) is None


def test_a_restart_is_left_alone() -> None:
    """Taken over, the annotation would go with the next apply, and the pods be replaced a second time."""
    restart: Body = {
        "f:template": {"f:metadata": {"f:annotations": {".": {}, "f:kubectl.kubernetes.io/restartedAt": {}}}}
    }
    alone = deployment(MINE, entry("kubectl-rollout", "Update", {"f:spec": restart}))
    assert cleanup(alone, OURS) is None
    more = deployment(MINE, entry("kubectl-rollout", "Update", {"f:spec": {"f:b": {}, **restart}}))
    patch = cleanup(more, OURS)
    assert patch is not None
    assert [each["fieldsV1"] for each in patch[0]["value"]] == [AB, {"f:spec": restart}]


def test_replicas_that_we_do_not_set_are_left_alone() -> None:
    """Taken over, they would go with the next apply, and one be left; where we set them they are ours anyway."""
    both: Body = {"f:spec": {"f:b": {}, "f:replicas": {}}}
    only: Body = {"f:spec": {"f:replicas": {}}}
    assert cleanup(deployment(MINE, entry("kubectl-patch", "Update", only)), OURS) is None
    patch = cleanup(deployment(MINE, entry("kubectl-patch", "Update", both)), OURS)
    assert patch is not None
    assert [each["fieldsV1"] for each in patch[0]["value"]] == [AB, only]
    patch = cleanup(deployment(entry(OURS, "Apply", only), entry("kubectl-patch", "Update", both)), OURS)
    assert patch is not None
    assert [each["fieldsV1"] for each in patch[0]["value"]] == [both]


def test_entries_of_another_version() -> None:
    """Fields that our version does not have would make every later apply fail."""
    old: Body = {"f:spec": {"f:b": {}, "f:removedSince": {}}}
    patch = cleanup(deployment(MINE, entry("kubectl-edit", "Update", old, version="apps/v1beta1"), b=1), OURS)
    assert patch is not None
    assert [each["fieldsV1"] for each in patch[0]["value"]] == [AB]


def test_owners() -> None:
    """Those who own the field itself; where there are none, those of a value around it."""
    body = deployment(
        MINE,
        entry("hpa", "Update", {"f:spec": {"f:a": {}}}, "scale"),
        entry("kubectl-edit", "Update", {"f:spec": {"f:c": {}}}),
        entry("hpa", "Update", {"f:spec": {"f:c": {"f:d": {}}}}),
        a=1,
        c={"d": 1, "e": 2},
    )
    assert owners(body, ("spec", "a")) == (OURS, "hpa")
    assert owners(body, ("spec", "c", "d")) == ("hpa",)
    assert owners(body, ("spec", "c", "e")) == ("kubectl-edit",)
    assert owners(body, ("spec", "b")) == ()
    assert owners({"metadata": {"name": "a"}}, ("spec",)) == ()


def test_overwritten() -> None:
    """Changed fields with another owner; neither new fields, nor our own, nor what did not change."""
    containers: Body = {'k:{"name":"x"}': {".": {}, "f:image": {}, "f:name": {}}}
    before = deployment(
        entry(OURS, "Apply", A),
        entry("kubectl-edit", "Update", {"f:spec": {"f:containers": containers, "f:b": {}}}),
        a=1, b=1, containers=[{"name": "x", "image": "hacked"}],
    )  # fmt: skip
    after = {**before, "spec": {"a": 2, "b": 1, "new": 1, "containers": [{"name": "x", "image": "ours"}]}}
    assert overwritten(before, after) == [("spec.containers[0].image", "kubectl-edit")]
    assert overwritten(before, before) == []
