"""Gates hold back changes, never repair: which content of an object is enforced."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from django_operator.apply.gate import choose, scaled
from tests.apply.stacks import bound, living, site

if TYPE_CHECKING:
    from django_operator.apply.bind import Bound

APP = "Deployment/shop-app"
GOOD = bound(site(app={"replicas": 2}))[APP]
NEW = bound(site(image="example.com/shop:2", app={"replicas": 5, "resources": {"limits": {"memory": "1Gi"}}}))[APP]
STRANGE = bound(site(image="example.com/shop:3"))[APP]
OF = {"new": NEW, "good": GOOD, "strange": STRANGE, "none": None}


@pytest.mark.parametrize(
    ("new", "good", "live", "is_open", "enforced"),
    [
        ("new", "good", "good", True, "new"),
        ("new", "none", "none", True, "new"),
        ("new", "good", "good", False, "good"),
        ("new", "good", "none", False, "good"),  # deleted by hand while a release fails: repaired
        ("new", "good", "new", False, "new"),  # it had passed the gate before
        ("new", "good", "strange", False, "good"),
        ("new", "none", "none", False, "none"),
        ("new", "none", "new", False, "new"),
        ("none", "good", "good", False, "good"),  # removed by the new revision: kept until that is through
        ("none", "good", "none", True, "good"),
    ],
)
def test_choice(new: str, good: str, live: str, is_open: bool, enforced: str) -> None:
    """Each row: what is new, good and live, the gate, and what is enforced."""
    there = OF[live]
    found = choose(OF[new], OF[good], living(there.body) if there else None, is_open=is_open)
    wanted = OF[enforced]
    assert (found and found.content) == (wanted and wanted.content)


def image(of: Bound) -> str:
    """Return the image of a Deployment's container."""
    return str(of.body["spec"]["template"]["spec"]["containers"][0]["image"])


def test_replicas_and_resources_apply_while_a_release_fails() -> None:
    """The good object takes them from the new one, and nothing else of it."""
    found = choose(NEW, GOOD, living(GOOD.body), is_open=False)
    assert found is not None
    assert found.body["spec"]["replicas"] == 5
    assert found.body["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"] == {"memory": "1Gi"}
    assert image(found) == "example.com/shop:1"
    assert GOOD.body["spec"]["replicas"] == 2


def test_the_other_colour_is_scaled_alone() -> None:
    """Its pods serve, and are not replaced for the resources that the new ones get."""
    found = scaled(GOOD, NEW, resources=False).body["spec"]
    assert found == {**GOOD.body["spec"], "replicas": 5}


def test_autoscalers_apply_while_a_release_fails() -> None:
    """Somebody needs more pods now."""
    name = "HorizontalPodAutoscaler/shop-app"
    few, many = (bound(site(app={"autoscaling": {"maxReplicas": most, "cpu": 50}}))[name] for most in (5, 9))
    aimed = {**many.body["spec"]["scaleTargetRef"], "name": "shop-app-green"}
    other = many._replace(body={**many.body, "spec": {**many.body["spec"], "scaleTargetRef": aimed}})
    found = choose(other, few, living(few.body), is_open=False)
    assert found is not None
    assert found.body["spec"]["maxReplicas"] == 9
    # A set of pods that is not there yet is nothing to scale: the one that serves would be left without.
    assert found.body["spec"]["scaleTargetRef"]["name"] == "shop-app"
    assert found.content == few.content
