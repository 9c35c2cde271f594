"""Which kept revision to go back to, and the change of the resource that does it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.cli.live.session import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django_operator.apply.revisions import Revision
    from django_operator.engine.paths import Body

_SERVED = ("Serving", "Replaced")


def choose(kept: Sequence[Revision], spec: Body, number: int | None) -> Revision:
    """Return the revision to go back to: of that number, else the newest that served with another image or version.

    `kept` is sorted, the newest first. Raises Refusal.
    """
    if not kept:
        raise Refusal("no revision is kept yet", "there is one as soon as a version has served")
    if number is not None:
        found = next((each for each in kept if each.number == number), None)
        if found is None:
            raise Refusal(f"there is no revision {number}", f"kept are {', '.join(str(each.number) for each in kept)}")
        if is_current(found, spec):
            hint = "what else a revision had (env, overlays, replicas) is changed in the resource itself"
            raise Refusal(f"revision {number} has the image and the version that the resource has now", hint)
        return found
    found = next((each for each in kept if each.outcome in _SERVED and not is_current(each, spec)), None)
    if found is None:
        hint = "what else changed (env, overlays, replicas) is changed back in the resource itself; see --history"
        raise Refusal("no revision with another image or version has served", hint)
    return found


def is_current(each: Revision, spec: Body) -> bool:
    """Tell whether a resource asks for the image and version of a revision."""
    return each.image == spec.get("image") and each.version == _version(spec.get("image", ""), spec.get("version"))


def _version(image: str, version: str | None) -> str:
    """Return the version of an image, as `apply.compose.version_of` has it."""
    if version is not None:
        return version
    head, _, digest = image.partition("@")
    return head.rpartition("/")[2].partition(":")[2] or digest or "latest"


def operations(body: Body, each: Revision) -> list[Body]:
    """Return the JSON patch that puts image and version of a revision into a resource, if nobody was faster."""
    version = body["metadata"]["resourceVersion"]
    made: list[Body] = [
        {"op": "test", "path": "/metadata/resourceVersion", "value": version},
        {"op": "add", "path": "/spec/image", "value": each.image},
    ]
    if _version(each.image, None) != each.version:
        made.append({"op": "add", "path": "/spec/version", "value": each.version})
    elif "version" in body["spec"]:
        made.append({"op": "remove", "path": "/spec/version"})
    return made


def rows(kept: Iterable[Revision], spec: Body) -> list[tuple[str, ...]]:
    """Return revisions as rows of a table, the one that the resource asks for marked."""
    found = [
        (str(e.number), e.outcome, e.version, e.image, "asked for now" if is_current(e, spec) else e.message[:80])
        for e in kept
    ]
    return [("REVISION", "OUTCOME", "VERSION", "IMAGE", ""), *found]
