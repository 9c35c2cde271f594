"""Blue-green and maintenance: what they make of a stack's objects."""

from __future__ import annotations

from typing import Any

from django_operator.apply.colours import coloured, named, other, same_pods
from django_operator.apply.maintenance import stopped
from django_operator.engine.paths import get
from django_operator.stack.names import COLOUR
from tests.apply.stacks import bound, objects, site

SPEC: dict[str, Any] = {
    "app": {"autoscaling": {"minReplicas": 2, "maxReplicas": 4, "cpu": 50}},
    "workers": {"mail": {"replicas": 2}},
    "cronJobs": {"tidy": {"schedule": "@daily", "args": ["clearsessions"]}},
    "rollout": {"strategy": "BlueGreen"},
}


def test_a_colour_is_a_set_of_pods_with_all_that_selects_them() -> None:
    """Names, labels, selectors and who scales them; everything else is shared."""
    plain, green = objects(site(**SPEC)), coloured(objects(site(**SPEC)), "green")
    changed = {
        f"{one['kind']}/{one['metadata']['name']}": two for one, two in zip(plain, green, strict=True) if one != two
    }
    assert sorted(changed) == [
        "Deployment/shop-app",
        "Deployment/shop-worker-mail",
        "HorizontalPodAutoscaler/shop-app",
        "PodDisruptionBudget/shop-app",
        "PodDisruptionBudget/shop-worker-mail",
        "Service/shop-app",
    ]
    app = changed["Deployment/shop-app"]
    assert app["metadata"]["name"] == "shop-app-green"
    assert app["spec"]["selector"]["matchLabels"][COLOUR] == "green"
    assert app["spec"]["template"]["metadata"]["labels"][COLOUR] == "green"
    assert changed["Service/shop-app"]["spec"]["selector"][COLOUR] == "green"
    assert changed["HorizontalPodAutoscaler/shop-app"]["spec"]["scaleTargetRef"]["name"] == "shop-app-green"
    assert changed["PodDisruptionBudget/shop-app"]["spec"]["selector"]["matchLabels"][COLOUR] == "green"


def test_no_colour_changes_nothing() -> None:
    """Nor does asking for one change what was rendered."""
    plain = objects(site(**SPEC))
    copy = objects(site(**SPEC))
    assert coloured(plain, "") == plain
    coloured(plain, "blue")
    assert plain == copy


def test_colours_take_turns() -> None:
    """The first is blue."""
    assert [other(""), other("blue"), other("green")] == ["blue", "green", "blue"]


def test_a_name_in_a_colour_keeps_to_63_characters() -> None:
    """And two long ones that begin alike stay different."""
    one, two = named("a" * 62, "green"), named("a" * 61 + "b", "green")
    assert len(one) <= 63
    assert one != two


def test_another_colour_only_for_other_pods() -> None:
    """More replicas or another host are no reason for a second set."""
    before = objects(site(**SPEC))
    assert same_pods(before, objects(site(**{**SPEC, "workers": {"mail": {"replicas": 5}}})))
    assert not same_pods(before, objects(site(**{**SPEC, "image": "example.com/shop:2"})))
    assert not same_pods(before, objects(site(**{**SPEC, "workers": {}})))


def test_maintenance_stops_what_runs_the_image() -> None:
    """And leaves data as it is; KEDA, which would start pods again, is told."""
    spec = {**SPEC, "workers": {"mail": {"queues": ["mail"], "autoscaling": {"queueLength": 5, "maxReplicas": 3}}}}
    found = {name: stopped(each) for name, each in bound(site(**spec)).items()}
    assert get(found["Deployment/shop-app"].body, "spec", "replicas") == 0
    assert get(found["StatefulSet/shop-beat"].body, "spec", "replicas") == 0
    assert get(found["CronJob/shop-cron-tidy"].body, "spec", "suspend") is True
    assert get(found["StatefulSet/shop-redis"].body, "spec", "replicas") == 1
    scaled = found["ScaledObject/shop-worker-mail"].body["metadata"]["annotations"]
    assert scaled["autoscaling.keda.sh/paused-replicas"] == "0"
