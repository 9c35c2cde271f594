"""What is left of a resource with faults, so that what follows from the rest of it can be told at the same time.

Faulty fields are taken out, lists as a whole: what stands beside keeps its place. What may be missing or other than
meant for that is told along, so that nobody takes it for a fault. Knows nothing of rendering.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from django_operator.engine.doubt import ANYTHING, CHANGE, Gap
from django_operator.engine.errors import MAX_FAULTS
from django_operator.engine.paths import get, put, remove
from django_operator.stack.check import check

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_operator.engine.paths import Body, Json, Path
    from django_operator.engine.yamlio import Document
    from django_operator.stack.library import Library

_ROUNDS = 8
"""How often faults are taken out: a rule across fields may speak only when each of them is well."""
_STOPGAPS: dict[Path, Json] = {
    ("spec", "image"): "image:0",
    ("spec", "version"): "0",
    ("spec", "project"): "project",
    ("spec", "hosts"): ["host.invalid"],
}
"""What stands in for a field that is required, itself or by a rule; none of them makes or names an object."""
_LENDER: Path = ("spec", "overlayServiceAccountName")
"""Where it is at fault somebody was to be named, who may add objects of any kind."""
_PROJECT: Path = ("spec", "project")
_WITHIN_PODS = frozenset(
    (
        "args", "command", "concurrency", "env", "envFrom", "image", "imagePullPolicy", "imagePullSecrets", "lifecycle",
        "manage", "paused", "podTemplate", "port", "probes", "project", "queues", "resources", "secretKey", "version",
        "volumeMounts", "volumes",
    )
)  # fmt: skip
"""Fields that change what is in an object, and never which objects there are."""
_OVERLAYS = ("spec", "overlays")
_NAMES = (("metadata", "name"), ("metadata", "namespace"))
"""What everything is called, and what it is in: nothing can be told without."""
_CHANGES = frozenset(
    ("patches", "images", "replicas", "labels", "commonAnnotations", "replacements", "name", "optional")
)
"""Fields of an overlay that bring no objects."""
_NO_OVERLAY: Body = {"patches": []}
_NO_PATCH: Body = {"patch": {"kind": "None"}, "target": {"kind": "None"}, "optional": True}


@dataclass(frozen=True, slots=True)
class Salvage:
    """A resource without its faulty parts, and what is not to be relied on.

    `gap` is what was taken out of the spec, `overlays` what was taken out of the overlay of an index.
    """

    document: Document
    gap: Gap | None
    overlays: Mapping[int, Gap]


def salvage(document: Document, library: Library) -> Salvage | None:
    """Return what is left of a resource with faults; None where that is not enough to go on with."""
    body = document.value
    if not isinstance(body, dict) or not isinstance(body.get("spec"), dict):
        return None
    lost: set[Path] = set()
    for _ in range(_ROUNDS):
        faults = [found.path for found in check(body)]
        if len(faults) > MAX_FAULTS:
            return None  # nobody reads more
        if not faults:
            return Salvage(replace(document, value=body), _gap(lost, library), _gaps(lost))
        done: set[Path] = set()
        for path in faults:
            if any(path[: len(each)] == each for each in done) or (_is_process(path) and _PROJECT in done):
                continue
            place, less = _without(body, path)
            if less is body:
                return None
            body = less
            done.add(place)
        lost |= done
    return None


def _without(body: Body, path: Path) -> tuple[Path, Body]:
    """Return a body without the part that a fault is about, and the path of that; the same body where it must stay."""
    if path[:2] == _OVERLAYS and len(path) > 2:  # noqa: PLR2004 - an item of overlays
        return _overlay(body, path)
    place = path[: next((size for size, step in enumerate(path) if isinstance(step, int)), len(path))]
    holder = get(body, *place[:-1])
    if len(place) < 2 or place in _NAMES:  # noqa: PLR2004 - spec or metadata as a whole
        return place, body
    if _is_process(place) and get(body, *_PROJECT) is None:
        place = _PROJECT  # nothing says how it starts
    if place == _LENDER:
        return place, put(body, place, "somebody")
    if place in _STOPGAPS and get(body, *place) is None:
        return place, put(body, place, _STOPGAPS[place])
    if isinstance(holder, dict) and place[-1] in holder:
        return place, remove(body, place)
    return place[:-1], remove(body, place[:-1]) if len(place) > 2 else body  # noqa: PLR2004 - as above


def _is_process(place: Path) -> bool:
    return place in (("spec", "app"), ("spec", "beat")) or (place[:2] == ("spec", "workers") and len(place) == 3)  # noqa: PLR2004 - a pool


def _overlay(body: Body, path: Path) -> tuple[Path, Body]:
    """Return a body without a patch or a field of an overlay, or without all of it."""
    whole, field = path[:3], path[3:4]
    overlay = get(body, *whole)
    if field == ("patches",) and len(path) > 4 and get(body, *path[:5]) != _NO_PATCH:  # noqa: PLR2004 - an item of patches
        return path[:5], put(body, path[:5], _NO_PATCH)
    if field and isinstance(overlay, dict) and field[0] in overlay and field[0] not in ("builtin", "configMapRef"):
        return path[:4], remove(body, path[:4])
    return (path, body) if overlay == _NO_OVERLAY else (whole, put(body, whole, _NO_OVERLAY))


def _index(path: Path) -> int:
    """Return the index of the overlay that a path is about; -1 for none."""
    return path[2] if path[:2] == _OVERLAYS and len(path) > 2 and isinstance(path[2], int) else -1  # noqa: PLR2004 - as above


def _gaps(lost: set[Path]) -> dict[int, Gap]:
    """Return what overlays have lost: patches and the like, which bring nothing, or what may bring objects."""
    found: dict[int, Gap] = {}
    for path in lost:
        if (index := _index(path)) >= 0:
            gap = CHANGE if path[3:4] and path[3] in _CHANGES else ANYTHING
            found[index] = ANYTHING if ANYTHING in (gap, found.get(index)) else gap
    return found


def _gap(lost: set[Path], library: Library) -> Gap | None:
    # An overlay that is gone as a whole may have been a built-in one, which goes below all others.
    relevant = [path for path in lost if _index(path) < 0 or len(path) == 3]  # noqa: PLR2004 - as above
    if not relevant:
        return None
    if all(not _WITHIN_PODS.isdisjoint(map(str, path)) for path in relevant):
        return CHANGE
    return Gap(partial(library.may_bring, ()))
