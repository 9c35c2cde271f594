"""What of finished objects cannot work, though each field of them is well: asked of the whole stack, after overlays.

Knows nothing of who wrote what; `places` finds that out.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

from django_operator.engine.paths import dotted, get
from django_operator.stack import limits, names
from django_operator.stack.names import PODS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from django_operator.engine.paths import Body, Path
    from django_operator.engine.resources import ResId, Resource
    from django_operator.stack.site import Site


class Misfit(NamedTuple):
    """One thing wrong with an object, and the fields (paths in it) that make it so, the likeliest first."""

    resource: Resource
    fields: tuple[str, ...]
    problem: str
    hint: str = ""


ONE = ("beat", "redis", "postgres")
"""Components of which there is one pod: two would run every task twice, or write to one volume."""
BACKOFF = 0
"""backoffLimit of bases/release and bases/post; a test compares them."""

_BOUNDS = {
    "HorizontalPodAutoscaler": ("minReplicas", "maxReplicas", 1, None),
    "ScaledObject": ("minReplicaCount", "maxReplicaCount", 0, 100),
}
"""Fields of the bounds, and what holds where they are left out."""
_LONGEST = {"CronJob": names.CONTROLLED_LIMIT, "Job": names.LIMIT, "StatefulSet": names.CONTROLLED_LIMIT}
_NAME = r"(?=.{1,253}\Z)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_SERVICE = r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?"
_VALUE = r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?"
_OF_CONTAINERS = {
    "env": "env",
    "envFrom": "envFrom",
    "lifecycle": "lifecycle",
    "livenessProbe": "liveness",
    "readinessProbe": "readiness",
    "startupProbe": "startup",
    "volumeMounts": "volumeMounts",
}
_OF_PODS = {
    "hostAliases": "hostAliases",
    "tolerations": "tolerations",
    "topologySpreadConstraints": "topologySpreadConstraints",
    "volumes": "volumes",
}


def check(
    site: Site,
    resources: Collection[Resource],
    touched: Collection[Resource],
    sure: Callable[[Resource], bool] = lambda _: True,
) -> Iterator[Misfit]:
    """Yield what is wrong between all objects, and with those of them that overlays have touched.

    Of an object that is not `sure` only what is wrong with a field whatever stands beside it. All fields are known and
    of their types, else this may trip.
    """
    called = {(each.id.kind, each.id.name): each for each in resources}
    yield from _scalers(site, called, {each.id for each in touched}, sure)
    for each in resources:
        if each.id.kind in PODS:
            yield from _count(each)
            if sure(each):
                yield from _mounts(each)
    for each in touched:
        yield from _name(each)
        yield from _labels(each)
        if each.id.kind in PODS:
            yield from _pod(each, whole=sure(each))
        if each.id.kind == "Job":
            yield from _release(site, each, whole=sure(each))


def _scalers(
    site: Site,
    called: Mapping[tuple[str, str], Resource],
    theirs: Collection[ResId],
    sure: Callable[[Resource], bool],
) -> Iterator[Misfit]:
    """Yield the faults of autoscalers."""
    scaled: dict[tuple[str, str], Resource] = {}
    for each in called.values():
        if each.id.kind not in _BOUNDS:
            continue
        if sure(each):
            yield from _bounds(each)
        target = get(each.body, "spec", "scaleTargetRef") or {}
        key = (target.get("kind") or "Deployment", target.get("name") or "")
        if key in called:
            yield from _target(site, each, called[key], theirs, sure)
        if (other := scaled.setdefault(key, each)) is not each and sure(each) and sure(other):
            problem = f"{shown(site, other)} scales {key[0]} {key[1]} already"
            yield Misfit(each, ("spec.scaleTargetRef.name",), problem, "leave one of them out")


def shown(site: Site, resource: Resource) -> str:
    """Return an object as overlays speak of it: by the name before the site's own is put in front."""
    known = (one for one in reversed(resource.ids) if not one.name.startswith(f"{site.name}-"))
    return f"{resource.id.kind}/{next(known, resource.original).name}"


def _component(resource: Resource) -> str:
    return str(get(resource.body, "metadata", "labels", names.COMPONENT))


def _bounds(resource: Resource) -> Iterator[Misfit]:
    lower, upper, least, most = _BOUNDS[resource.id.kind]
    low, high = (get(resource.body, "spec", field) for field in (lower, upper))
    low, high = least if low is None else low, most if high is None else high
    if high is not None and low > high:
        fields = (f"spec.{lower}", f"spec.{upper}")
        yield Misfit(resource, fields, f"{low} is more than {upper}, which is {high}", "give both bounds")


def _target(
    site: Site,
    resource: Resource,
    target: Resource,
    theirs: Collection[ResId],
    sure: Callable[[Resource], bool],
) -> Iterator[Misfit]:
    """Yield the faults of what an autoscaler scales."""
    at, what = ("spec.scaleTargetRef.name",), shown(site, target)
    if target.id.kind == "StatefulSet" and _component(target) in ONE:
        yield Misfit(resource, at, f"there is one {_component(target)}, and never more")
    elif get(target.body, "spec", "replicas") is not None and sure(resource) and sure(target):
        problem = f"an autoscaler owns the count of {what}, and it has replicas"
        if resource.id not in theirs:
            yield Misfit(target, ("spec.replicas",), problem, "leave replicas out; the bounds are under autoscaling")
            return
        ours = _component(target) in ("app", "worker")
        hint = "write replicas: external for it in the resource" if ours else f"take replicas out of {what}"
        yield Misfit(resource, at, problem, hint)


def _count(resource: Resource) -> Iterator[Misfit]:
    count, component = get(resource.body, "spec", "replicas"), _component(resource)
    if count is not None and count > 1 and component in ONE:
        hint = "two would start every task twice" if component == "beat" else "it has one volume, which is no cluster"
        yield Misfit(resource, ("spec.replicas",), f"there is one {component}, and never {count}", hint)


def _containers(resource: Resource) -> Iterator[tuple[Path, Body]]:
    place = PODS[resource.id.kind]
    for field in ("containers", "initContainers"):
        for index, each in enumerate(get(resource.body, *place, field) or ()):
            yield (*place, field, index), each


def _mounts(resource: Resource) -> Iterator[Misfit]:
    """Yield the mounts of volumes that the pod does not have, one for each: containers of a release inherit them."""
    volumes = {each.get("name") for each in get(resource.body, *PODS[resource.id.kind], "volumes") or ()}
    volumes |= {get(each, "metadata", "name") for each in get(resource.body, "spec", "volumeClaimTemplates") or ()}
    missed: set[str] = set()
    for place, container in _containers(resource):
        for index, mount in enumerate(container.get("volumeMounts") or ()):
            if mount.get("name") not in (*volumes, *missed):
                missed.add(mount.get("name"))
                field = dotted((*place, "volumeMounts", index, "name"))
                hint = f"there is {', '.join(sorted(volumes))}" if volumes else "the pod has no volumes"
                yield Misfit(resource, (field,), f"the pod has no volume {mount.get('name')}", hint)


def _name(resource: Resource) -> Iterator[Misfit]:
    kind, name = resource.id.kind, resource.id.name
    longest = _LONGEST.get(kind)
    if kind == "Service":
        if not re.fullmatch(_SERVICE, name):
            hint = "a Service is called by at most 63 lower-case letters, digits and -, a letter first"
            yield Misfit(resource, ("metadata.name",), f"{json.dumps(name)} cannot be a host name", hint)
    elif not re.fullmatch(_NAME, name):
        hint = "lower-case letters, digits, - and ., with a letter or digit at both ends"
        yield Misfit(resource, ("metadata.name",), f"{json.dumps(name)} cannot be a name", hint)
    elif longest is not None and len(name) > longest:
        hint = f"at most {longest} characters, those before it included"
        yield Misfit(resource, ("metadata.name",), f"{name} has {len(name)} characters", hint)


def _labels(resource: Resource) -> Iterator[Misfit]:
    holders: list[Path] = [("metadata",)]
    if resource.id.kind in PODS:
        holders.append((*PODS[resource.id.kind][:-1], "metadata"))
    for holder in holders:
        for key, value in (get(resource.body, *holder, "labels") or {}).items():
            if not isinstance(value, str) or not re.fullmatch(_VALUE, value):
                hint = "at most 63 letters, digits, -, _ and ., with a letter or digit at both ends"
                yield Misfit(resource, (dotted((*holder, "labels", key)),), f"{json.dumps(value)} is no label", hint)


def _pod(resource: Resource, *, whole: bool) -> Iterator[Misfit]:
    place = PODS[resource.id.kind]
    yield from _refused(resource, place, get(resource.body, *place) or {}, _OF_PODS)
    for at, container in _containers(resource):
        if whole and not container.get("image"):
            yield Misfit(resource, (dotted((*at, "image")),), "the container has no image", "write image")
        ports: set[str] = set()
        for index, port in enumerate(container.get("ports") or ()):
            name = port.get("name")
            if name is not None and name in ports:
                field = dotted((*at, "ports", index, "name"))
                yield Misfit(resource, (field,), f"two ports are called {name}", "give one of them another name")
            ports.add(name)
        yield from _refused(resource, at, container, _OF_CONTAINERS)


def _refused(resource: Resource, at: Path, holder: Body, fields: Mapping[str, str]) -> Iterator[Misfit]:
    """Yield what the API server refuses in a spec as well."""
    for field, kind in fields.items():
        if holder.get(field) is not None:
            for place, problem, hint in limits.refused(kind, holder[field]):
                yield Misfit(resource, (dotted((*at, field, *place)),), problem, hint)


def _release(site: Site, resource: Resource, *, whole: bool) -> Iterator[Misfit]:
    """Yield what would run a release twice."""
    if _component(resource) not in ("release", "post"):
        return
    spec, given = resource.body.get("spec") or {}, site.spec.release
    for field in ("parallelism", "completions"):
        if (spec.get(field) or 0) > 1:
            yield Misfit(resource, (f"spec.{field}",), f"a release runs once, not {spec[field]} times")
    wanted = BACKOFF if given is None or given.backoff_limit is None else given.backoff_limit
    if whole and (found := spec.get("backoffLimit")) != wanted:
        problem = f"an overlay may not set how often a release is tried ({json.dumps(found)})"
        yield Misfit(resource, ("spec.backoffLimit",), problem, "write release.backoffLimit in the resource")
