"""Which content of an object is enforced now: the new one, or that of the last good revision.

Gates hold back changes, never repair. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_operator.apply.bind import Bound
    from django_operator.apply.objects import Live
    from django_operator.engine.paths import Body

UNGATED = frozenset({"HorizontalPodAutoscaler", "ScaledObject", "PodDisruptionBudget"})
"""Kinds whose changes apply even while a release fails: somebody needs more pods now."""


def choose(
    new: Bound | None, good: Bound | None, live: Live | None, *, is_open: bool, serves: bool = True
) -> Bound | None:
    """Return what is enforced of an object; None for nothing.

    `new` and `good` are the object in the new and in the last good revision, None where it is not part of one. While a
    gate is closed, what has the new content already keeps it; what is neither new nor good is left alone. `serves`
    tells whether any revision is good.
    """
    if new is None:
        # Removed by the new revision: repaired until that is through, then pruned.
        return good
    if is_open or (good is not None and good.content == new.content):
        return new
    if live is not None and live.content == new.content:
        return new
    if good is None:
        return new if new.key.kind in UNGATED and serves else None
    return limited(good, new) if new.key.kind in UNGATED else scaled(good, new)


def limited(good: Bound, new: Bound) -> Bound:
    """Return the good object with the limits of the new one: they apply whatever a release does.

    Whom they are for stays: the new one may be about a set of pods that is not there yet.
    """
    old, spec = good.body.get("spec") or {}, new.body.get("spec") or {}
    aim = {name: old[name] for name in ("scaleTargetRef", "selector") if name in old}
    return good._replace(body={**good.body, "spec": {**spec, **aim}})


def scaled(good: Bound, new: Bound, *, resources: bool = True) -> Bound:
    """Return the good object with replicas and resources of the new one: these apply whatever a release does.

    Resources go by the containers' names, so nothing of another pod comes in. Without them no pod is replaced.
    """
    if new.key.kind not in ("Deployment", "StatefulSet"):
        return good
    body, wanted = good.body, new.body["spec"]
    spec = {name: value for name, value in body["spec"].items() if name != "replicas"}
    if "replicas" in wanted:
        spec["replicas"] = wanted["replicas"]
    if not resources:
        return good._replace(body={**body, "spec": spec}, least=new.least)
    pod = spec["template"]["spec"]
    given = {each["name"]: each.get("resources") for each in wanted["template"]["spec"]["containers"]}
    containers = [_resized(each, given) for each in pod["containers"]]
    template = {**spec["template"], "spec": {**pod, "containers": containers}}
    return good._replace(body={**body, "spec": {**spec, "template": template}}, least=new.least)


def _resized(container: Body, given: dict[str, Body | None]) -> Body:
    if container["name"] not in given:
        return container
    rest = {name: value for name, value in container.items() if name != "resources"}
    resources = given[container["name"]]
    return {**rest, "resources": resources} if resources is not None else rest
