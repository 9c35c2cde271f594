"""Where what is wrong with a finished object was written. Knows nothing of what is wrong with it.

Builds once more, with an observer: only an error pays for knowing who wrote each field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django_operator.engine.build import attempt
from django_operator.engine.errors import Fault
from django_operator.engine.explain import Recorder
from django_operator.engine.paths import dotted
from django_operator.stack.sanity import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django_operator.engine.errors import Origin
    from django_operator.engine.explain import Field
    from django_operator.engine.files import MountedFiles
    from django_operator.engine.resources import ResId
    from django_operator.stack.library import Library
    from django_operator.stack.sanity import Misfit
    from django_operator.stack.site import Site


class _Writers(NamedTuple):
    """Where the user wrote the fields of an object: each of them, and the first one at or below each path."""

    exact: dict[str, Origin]
    near: dict[str, Origin]


def placed(site: Site, library: Library, files: MountedFiles, misfits: Iterable[Misfit]) -> Iterator[Fault]:
    """Yield misfits as faults, each at the nearest place that is the user's: in the resource or in an overlay."""
    recorder = Recorder(through=False)
    again = {each.id: each for each in attempt(files, observer=recorder).resources}
    known: dict[ResId, _Writers] = {}
    seen: set[tuple[Origin, str]] = set()
    for each in misfits:
        resource = again[each.resource.id]
        if resource.id not in known:
            known[resource.id] = _writers(site, library, recorder.fields(resource))
        exact, near = known[resource.id]
        field = next((one for one in each.fields if one in exact), each.fields[0])
        # What is missing has no writer: then the nearest thing around it that has one, or the object.
        place = next((near[one] for one in _outwards(field) if one in near), resource.origin)
        place = site.document.origin() if library.holds(place.source, site.document.source) else place
        if (place, each.problem) not in seen:  # one line of a spec may be in every pod: the first stands for all
            seen.add((place, each.problem))
            what = shown(site, resource)
            what = what if place.field.endswith(field) else f"{what} {field}"
            yield Fault(place, f"{what}: {each.problem}", each.hint)


def _writers(site: Site, library: Library, fields: Iterable[Field]) -> _Writers:
    found = _Writers({}, {})
    for each in fields:
        if library.holds(each.origin.source, site.document.source) or _is_stamp(site, each.origin):
            continue
        field = dotted(each.path)
        found.exact.setdefault(field, each.origin)
        for around in _outwards(field):
            found.near.setdefault(around, each.origin)
    return found


def _is_stamp(site: Site, origin: Origin) -> bool:
    """Tell whether a field was written last when the names and labels of all objects were made the resource's."""
    return origin.source == site.document.source and origin.field.startswith("metadata.")


def _outwards(field: str) -> Iterator[str]:
    """Yield a field's path, then that of what is around it, and so on."""
    while field:
        yield field
        field = field[: max(field.rfind("."), field.rfind("["), 0)]
