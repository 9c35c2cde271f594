"""Where what is wrong with a finished object was written. Knows nothing of what is wrong with it.

Builds once more, with an observer: only an error pays for knowing who wrote each field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.engine.build import attempt
from django_operator.engine.errors import MAX_FAULTS, Fault
from django_operator.engine.explain import Recorder
from django_operator.engine.paths import dotted
from django_operator.stack.sanity import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django_operator.engine.errors import Origin
    from django_operator.engine.explain import Field
    from django_operator.engine.files import MountedFiles
    from django_operator.engine.resources import ResId
    from django_operator.engine.yamlio import Document
    from django_operator.stack.library import Library
    from django_operator.stack.sanity import Misfit
    from django_operator.stack.site import Site


class _Writers:
    """Where the user wrote the fields of an object. Asked of a few fields, and so found for these alone."""

    def __init__(self, site: Site, library: Library, fields: Iterable[Field]) -> None:
        """Note the writer of each field, and for each path that of the first field at or below it, of the user's."""
        self._site, self._library = site, library
        self._ours: dict[int, bool] = {}
        self._exact: set[str] = set()
        self._near: dict[str, Field] = {}
        for each in fields:
            if self._is_ours(each.writer.cause):
                continue
            field = dotted(each.path)
            self._exact.add(field)
            for around in _outwards(field):
                if self._near.setdefault(around, each) is not each:
                    break  # and so is what is around that

    def holds(self, field: str) -> bool:
        """Tell whether the user wrote this very field."""
        return field in self._exact

    def find(self, field: str) -> Origin | None:
        """Return the place of a field, or of the nearest thing around it that has one."""
        return next((self._near[one].origin for one in _outwards(field) if one in self._near), None)

    def _is_ours(self, cause: Document) -> bool:
        known = self._ours.get(id(cause))
        if known is None:
            at, own = cause.origin(), self._site.document.source
            # The names and labels of all objects are made the resource's by what stands in its metadata.
            known = self._library.holds(at.source, own) or (at.source == own and at.field.startswith("metadata."))
            self._ours[id(cause)] = known
        return known


def placed(site: Site, library: Library, files: MountedFiles, misfits: Iterable[Misfit]) -> Iterator[Fault]:
    """Yield misfits as faults, each at the nearest place that is the user's: in the resource or in an overlay."""
    recorder = Recorder(through=False)
    again = {each.id: each for each in attempt(files, observer=recorder).resources}
    known: dict[ResId, _Writers] = {}
    seen: set[tuple[Origin, str]] = set()
    for each in misfits:
        resource = again[each.resource.id]
        if len(seen) > MAX_FAULTS:
            yield Fault(resource.origin, f"{each.fields[0]}: {each.problem}")  # counted, and not read
            continue
        if resource.id not in known:
            known[resource.id] = _Writers(site, library, recorder.fields(resource))
        writers = known[resource.id]
        field = next((one for one in each.fields if writers.holds(one)), each.fields[0])
        # What is missing has no writer: then the nearest thing around it that has one, or the object.
        place = writers.find(field) or resource.origin
        place = site.document.origin() if library.holds(place.source, site.document.source) else place
        if (place, each.problem) not in seen:  # one line of a spec may be in every pod: the first stands for all
            seen.add((place, each.problem))
            what = shown(site, resource)
            what = what if place.field.endswith(field) else f"{what} {field}"
            yield Fault(place, f"{what}: {each.problem}", each.hint)


def _outwards(field: str) -> Iterator[str]:
    """Yield a field's path, then that of what is around it, and so on."""
    while field:
        yield field
        field = field[: max(field.rfind("."), field.rfind("["), 0)]
