"""The whole pipeline, pure: a site and its overlays in, the objects of the stack out. Same input, same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django_operator.engine.build import build_resources
from django_operator.engine.errors import Fault, Origin, RenderError
from django_operator.engine.paths import dotted
from django_operator.engine.schema import builtin
from django_operator.engine.structure import check
from django_operator.stack.confine import Guard
from django_operator.stack.stages import STAGES, stage_of
from django_operator.stack.tree import tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from django_operator.engine.files import MountedFiles
    from django_operator.engine.paths import Body
    from django_operator.engine.resources import Resource
    from django_operator.engine.yamlio import Document
    from django_operator.stack.library import Library
    from django_operator.stack.site import Site


@dataclass(frozen=True, slots=True)
class Rendered:
    """The objects of a site, ordered by stage, and the kustomization they were built from."""

    site: Site
    files: MountedFiles
    resources: tuple[Resource, ...]

    @property
    def objects(self) -> list[Body]:
        """Return the objects as plain data."""
        return [resource.body for resource in self.resources]


def render(
    site: Site,
    library: Library,
    *,
    references: Mapping[str, Document] | None = None,
    local: Iterable[str] = (),
    observer: Callable[[Resource | None, Resource | None, Document], None] | None = None,
) -> Rendered:
    """Return the stack of a site.

    `references` and `local` as for `tree`; `observer` is told of each change, for `explain`. Raises RenderError with
    the place of each fault: overlays that cannot be read or applied, that go beyond what they may, or that leave an
    object which the API server would refuse.
    """
    files = tree(site, library, references=references, local=local)
    guard = Guard(site, library)

    def watch(before: Resource | None, after: Resource | None, cause: Document) -> None:
        guard(before, after, cause)
        if observer is not None:
            observer(before, after, cause)

    try:
        resources = tuple(build_resources(files, observer=watch))
    except RenderError as error:
        raise RenderError(*dict.fromkeys((*guard.faults, *error.faults))) from error
    # What the spec alone makes was checked when it was read, and the shipped files by their tests.
    touched = [each for each in resources if not guard.touched.isdisjoint(each.ids)]
    if faults := guard.faults or list(guard.last(resources)):
        raise RenderError(*dict.fromkeys(faults))
    if any(check(each.body, builtin(), each.origin) for each in touched):
        raise RenderError(*dict.fromkeys(_misfits(files, touched, library)))
    rank = {stage: number for number, stage in enumerate(STAGES)}
    return Rendered(site, files, tuple(sorted(resources, key=lambda each: rank[stage_of(each.body)])))


def _misfits(files: MountedFiles, touched: Iterable[Resource], library: Library) -> Iterator[Fault]:
    """Yield what the API server would refuse of objects that overlays have touched, placed at the overlay that did it.

    Builds once more, with an observer: only an error pays for knowing who wrote each field.
    """
    from django_operator.engine.explain import Recorder  # noqa: PLC0415 - on the way to an error

    recorder = Recorder()
    again = {each.id: each for each in build_resources(files, observer=recorder)}
    for resource in (again[each.id] for each in touched):
        written: dict[str, Origin] = {}
        for each in recorder.fields(resource):
            if not library.holds(each.origin.source):
                for around in _outwards(dotted(each.path)):
                    written.setdefault(around, each.origin)
        for fault in check(resource.body, builtin(), Origin(str(resource.original))):
            # What is missing has no writer: then the nearest thing around it that has one.
            place = next((written[each] for each in _outwards(fault.at.field) if each in written), resource.origin)
            what = str(resource.original)
            what = what if place.field.endswith(fault.at.field) else f"{what} {fault.at.field}"
            yield Fault(place, f"{what}: {fault.problem}", fault.hint)


def _outwards(field: str) -> Iterator[str]:
    """Yield a field's path, then that of what is around it, and so on."""
    while field:
        yield field
        field = field[: max(field.rfind("."), field.rfind("["), 0)]
