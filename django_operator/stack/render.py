"""The whole pipeline, pure: a site and its overlays in, the objects of the stack out. Same input, same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django_operator.engine.build import attempt
from django_operator.engine.errors import RenderError
from django_operator.stack import judge
from django_operator.stack.confine import Guard
from django_operator.stack.layers import USERS
from django_operator.stack.site import as_document, read
from django_operator.stack.stages import STAGES, stage_of
from django_operator.stack.tree import Given, tree

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

    `references` and `local` as in Given; `observer` is told of each change, for `explain`. Raises RenderError with the
    place of each fault: overlays that cannot be read or applied, that go beyond what they may, or that leave an object
    which the API server would refuse.
    """
    given = Given(references or {}, tuple(local))
    laid = tree(site, library, given)
    guard = Guard(site, library)

    def watch(before: Resource | None, after: Resource | None, cause: Document) -> None:
        guard(before, after, cause)
        if observer is not None:
            observer(before, after, cause)

    built = attempt(laid.files, observer=watch if observer else guard, strict=USERS, gaps=laid.gaps)
    if faults := judge.faults(site, library, given, judge.Stack(laid, guard, built)):
        raise RenderError(*faults)
    rank = {stage: number for number, stage in enumerate(STAGES)}
    ordered = sorted(built.resources, key=lambda each: rank[stage_of(each.body)])
    return Rendered(site, laid.files, tuple(ordered))


def render_document(  # noqa: PLR0913 - what read and render take
    document: Document | Body,
    library: Library,
    *,
    namespace: str | None = None,
    initialized: bool = False,
    references: Mapping[str, Document] | None = None,
    local: Iterable[str] = (),
    observer: Callable[[Resource | None, Resource | None, Document], None] | None = None,
) -> Rendered:
    """Return the stack of a resource as it is written; arguments as for `read` and `render`.

    Raises RenderError with every fault at once: those of the resource, and those of what is left of it without them.
    """
    document = as_document(document)
    try:
        site = read(document, namespace, initialized=initialized)
    except RenderError as error:
        given = Given(references or {}, tuple(local))
        beyond = judge.beyond(document, library, given, namespace, initialized=initialized)
        raise RenderError(*dict.fromkeys((*error.faults, *beyond))) from error
    return render(site, library, references=references, local=local, observer=observer)
