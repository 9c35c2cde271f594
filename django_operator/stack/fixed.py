"""What overlays may not change of the stack's own objects as it cannot change live, or is for the spec to say.

Knows nothing of who changes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django_operator.engine.paths import get, same
from django_operator.engine.transform import split_image
from django_operator.stack import names
from django_operator.stack.names import PODS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.engine.paths import Body
    from django_operator.engine.resources import ResId, Resource

_OF_SETS = {
    "serviceName": "the Service of that name is part of the stack",
    "podManagementPolicy": "Parallel, or a pod that never gets ready holds up its own replacement for ever",
}
"""Fields of a StatefulSet that stay, and why. https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/"""
_OF_CLAIMS = {"storage": ("resources",), "storageClassName": ("storageClassName",)}
"""Fields of the spec that say what a claim asks for, and where the claim has it."""
_SECTIONS = {"redis": "redis.managed", "postgres": "database.managed"}


class Fixed(NamedTuple):
    """One thing that is not for overlays: what tells it from others, what is wrong, and what to do instead."""

    reason: str
    problem: str
    hint: str


def fixed(before: Resource, after: Resource) -> Iterator[Fixed]:
    """Yield what of an object of the stack's own has changed and should not have."""
    if before.id.kind == "StatefulSet":
        yield from _set(before.id, before.body.get("spec") or {}, after.body.get("spec") or {})
    if before.id.kind in PODS and _component(before) not in _SECTIONS:
        yield from _version(before, after)


def _component(resource: Resource) -> str:
    return str(get(resource.body, "metadata", "labels", names.COMPONENT))


def _set(what: ResId, old: Body, new: Body) -> Iterator[Fixed]:
    for field, why in _OF_SETS.items():
        if field in old and not same(old[field], new.get(field)):
            yield Fixed(field, f"an overlay may not change {field} of {what}", why)
    claims = {get(each, "metadata", "name"): each for each in _list(new.get("volumeClaimTemplates"))}
    for claim in _list(old.get("volumeClaimTemplates")):
        name = get(claim, "metadata", "name")
        if name not in claims:
            problem = f"an overlay may not take away the volume claim template {name} of {what}"
            yield Fixed("claim", problem, "the data is in it; a StatefulSet cannot change its claims")
            continue
        for field, path in _OF_CLAIMS.items():
            if not same(get(claim, "spec", *path), get(claims[name], "spec", *path)):
                problem = f"an overlay may not change {path[0]} of the volume claim template {name} of {what}"
                section = _SECTIONS.get(what.name)
                hint = f"write {section}.{field} in the resource, before the volume is made" if section else ""
                yield Fixed(path[0], problem, hint)


def _list(value: object) -> list[Body]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _version(before: Resource, after: Resource) -> Iterator[Fixed]:
    """Yield another version of the site's image; another name for it, or a variant (`1.4.2-alpine`), is none."""
    old, new = _image(before), _image(after)
    if not old or not new or old == new:
        return
    (_, was, pinned), (_, tag, digest) = split_image(old), split_image(new)
    if was == tag or (was and tag.startswith(f"{was}-")):
        if not pinned or digest == pinned:
            return
    elif not was and pinned and digest == pinned:
        return
    shown = digest or tag or "none"
    problem = f"an overlay may not change the version of the site's image ({was or pinned} to {shown})"
    hint = f"write version: {shown} in the resource, which the release and the labels of the version follow"
    yield Fixed("version", problem, hint)


def _image(resource: Resource) -> str:
    containers = _list(get(resource.body, *PODS[resource.id.kind], "containers"))
    image = next((each.get("image") for each in containers if each.get("name") == "django"), None)
    return image if isinstance(image, str) else ""
