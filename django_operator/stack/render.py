"""The whole pipeline, pure: a site and its overlays in, the objects of the stack out. Same input, same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django_operator.engine.build import build_resources
from django_operator.engine.errors import RenderError
from django_operator.engine.schema import builtin
from django_operator.engine.structure import check
from django_operator.stack import sanity
from django_operator.stack.confine import Guard
from django_operator.stack.layers import USERS
from django_operator.stack.stages import STAGES, stage_of
from django_operator.stack.tree import tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

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
        resources = tuple(build_resources(files, observer=watch, strict=USERS))
    except RenderError as error:
        raise RenderError(*dict.fromkeys((*guard.faults, *error.faults))) from error
    # What the spec alone makes was checked when it was read, and the shipped files by their tests.
    touched = [each for each in resources if not guard.touched.isdisjoint(each.ids)]
    if faults := guard.faults or list(guard.last(resources)):
        raise RenderError(*dict.fromkeys(faults))
    misfits = [
        sanity.Misfit(each, (fault.at.field,), fault.problem, fault.hint)
        for each in touched
        for fault in check(each.body, builtin(), each.origin)
    ]
    if misfits := misfits or list(sanity.check(site, resources, touched)):
        from django_operator.stack.places import placed  # noqa: PLC0415 - on the way to an error

        raise RenderError(*dict.fromkeys(placed(site, library, files, misfits)))
    rank = {stage: number for number, stage in enumerate(STAGES)}
    return Rendered(site, files, tuple(sorted(resources, key=lambda each: rank[stage_of(each.body)])))
