"""What only a cluster knows, added to a rendered stack."""

from __future__ import annotations

from typing import Any

import pytest

from django_operator.apply.facts import Facts
from django_operator.apply.objects import CHECKSUM, CONTENT, RETAINED_FOR
from django_operator.engine.paths import get
from tests.apply.stacks import UID, bound, objects, site


def test_every_object_has_its_owner_or_outlives_it() -> None:
    """All but data are owned by the resource, as controller; data says whom it is kept for."""
    for each in bound(site(media={}, hosts=["a.example.com"])).values():
        owners = each.body["metadata"].get("ownerReferences")
        if each.key.kind == "PersistentVolumeClaim":
            assert owners is None
            assert each.body["metadata"]["labels"][RETAINED_FOR] == "shop"
        else:
            assert [(owner["uid"], owner["controller"]) for owner in owners] == [(UID, True)]


@pytest.mark.parametrize(
    ("policy", "retained"), [({}, True), ({"media": "Retain"}, True), ({"media": "Delete"}, False)]
)
def test_claims_go_by_policy(policy: dict[str, str], retained: bool) -> None:
    """The volume of uploaded files goes with the resource only where that is asked for."""
    claim = bound(site(media={}, deletionPolicy=policy))["PersistentVolumeClaim/shop-media"]
    assert (RETAINED_FOR in claim.body["metadata"]["labels"]) is retained
    assert ("ownerReferences" not in claim.body["metadata"]) is retained


def test_a_cluster_of_the_database_outlives_its_resource() -> None:
    """CloudNativePG removes the volumes of a Cluster with it."""
    kept = bound(site(database={"cloudnativepg": {"instances": 1}}))
    assert "ownerReferences" not in kept["Cluster/shop-postgres"].body["metadata"]


def checksum(data: dict[tuple[str, str], str], **spec: Any) -> dict[str, str | None]:
    """Return the checksum of each object's pods."""
    found = bound(site(**spec), Facts(UID, data))
    return {
        name: get(each.body, "spec", "template", "metadata", "annotations", CHECKSUM) for name, each in found.items()
    }


def test_data_that_pods_read_rolls_them() -> None:
    """Another content of a Secret changes the pods that read it and no others; a Job is never patched."""
    spec: dict[str, Any] = {
        "release": {"preDeploy": [{"args": ["migrate"]}]},
        "app": {"env": [{"name": "MAIL", "valueFrom": {"secretKeyRef": {"name": "mail", "key": "url"}}}]},
    }
    before, after = checksum({("Secret", "mail"): "1"}, **spec), checksum({("Secret", "mail"): "2"}, **spec)
    assert [name for name in before if before[name] != after[name]] == ["Deployment/shop-app"]
    assert all(value is None for name, value in after.items() if name.startswith("Job/"))


def test_what_is_read_is_noted() -> None:
    """References of environment and volumes, with those that may be absent."""
    volume = {"name": "v", "projected": {"sources": [{"configMap": {"name": "settings", "optional": True}}]}}
    app = bound(site(volumes=[volume], envFrom=[{"secretRef": {"name": "all"}}]))["Deployment/shop-app"]
    found = {(each.kind, each.name, each.optional) for each in app.reads}
    assert {("ConfigMap", "settings", True), ("Secret", "all", False), ("Secret", "shop-redis", False)} <= found


@pytest.mark.parametrize(
    ("app", "least"),
    [
        ({}, None),
        ({"replicas": 3}, None),
        ({"replicas": "external"}, 1),
        ({"autoscaling": {"minReplicas": 2, "maxReplicas": 5, "cpu": 50}}, 2),
    ],
    ids=str,
)
def test_replicas_are_left_to_whoever_scales(app: dict[str, Any], least: int | None) -> None:
    """An autoscaled Deployment carries no replicas and starts from the least of them."""
    found = bound(site(app=app))["Deployment/shop-app"]
    assert found.least == least
    assert ("replicas" in found.body["spec"]) is (least is None)


def test_content_is_told_by_the_rendered_object_alone() -> None:
    """What a cluster adds does not make another revision of an object."""
    one, two = bound(site(), Facts("a")), bound(site(), Facts("b", {("Secret", "shop-redis"): "x"}))
    assert {name: each.content for name, each in one.items()} == {name: each.content for name, each in two.items()}
    assert all(each.body["metadata"]["annotations"][CONTENT] == each.content for each in one.values())


def test_nothing_rendered_is_changed() -> None:
    """Binding makes new objects; what was rendered stays as it was."""
    of = site()
    before = objects(of)
    copy = objects(of)
    bound(of)
    assert before == copy
