"""Every fault of a stack at once: of overlays, of what they may not do, and of the finished objects.

A fault that would be gone were the others mended is none, and not told. Knows nothing of how a stack is built.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from django_operator.engine.build import attempt
from django_operator.engine.errors import MAX_FAULTS, RenderError
from django_operator.engine.paths import dotted, remove
from django_operator.engine.schema import builtin
from django_operator.engine.structure import walk
from django_operator.stack import sanity
from django_operator.stack.confine import Guard
from django_operator.stack.layers import USERS
from django_operator.stack.site import read
from django_operator.stack.tree import Given, Tree, tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django_operator.engine.build import Built
    from django_operator.engine.errors import Fault
    from django_operator.engine.paths import Body, Path
    from django_operator.engine.resources import ResId, Resource
    from django_operator.engine.yamlio import Document
    from django_operator.stack.library import Library
    from django_operator.stack.site import Site


class Stack(NamedTuple):
    """What a site was laid out as, what watched the build, and what came of it."""

    tree: Tree
    guard: Guard
    built: Built


def faults(site: Site, library: Library, given: Given, stack: Stack) -> tuple[Fault, ...]:
    """Return every fault of a stack; empty when it is well."""
    laid = stack.tree.faults
    later = _later(site, library, stack)
    if later and stack.tree.unknown:
        # Whichever of the built-in overlays is meant: what is no fault with them may be none.
        guard = Guard(site, library)
        other = tree(site, library, given, guess=True)
        built = attempt(other.files, observer=guard, strict=USERS, gaps=other.gaps)
        known = {fault[:2] for fault in _later(site, library, Stack(other, guard, built))}
        later = tuple(fault for fault in later if fault[:2] in known)
    return (*laid, *later)


def beyond(
    document: Document, library: Library, given: Given, namespace: str | None, *, initialized: bool
) -> tuple[Fault, ...]:
    """Return the faults of what is left of a resource that has faults itself; arguments as for `read`."""
    from django_operator.stack.salvage import salvage  # noqa: PLC0415 - on the way to an error

    left = salvage(document, library)
    if left is None:
        return ()
    try:
        site = read(left.document, namespace, initialized=initialized)
    except RenderError:  # of the namespace that is given: told already
        return ()
    given = Given(given.references, given.local, left.gap, left.overlays)
    laid, guard = tree(site, library, given), Guard(site, library)
    built = attempt(laid.files, observer=guard, strict=USERS, gaps=laid.gaps)
    return faults(site, library, given, Stack(laid, guard, built))


def _later(site: Site, library: Library, stack: Stack) -> tuple[Fault, ...]:
    """Return all faults but those of overlays that were left out."""
    guard, built = stack.guard, stack.built

    def sure(resource: Resource) -> bool:
        return not built.doubt.touches(resource) and guard.wronged.isdisjoint(resource.ids)

    resources = [each for each in built.resources if guard.strange.isdisjoint(each.ids)]
    found = [*guard.faults, *built.faults, *guard.last(resources, sure)]
    if misfits := _misfits(site, resources, guard, sure):
        from django_operator.stack.places import placed  # noqa: PLC0415 - on the way to an error

        found += placed(site, library, stack.tree.files, misfits)
    return tuple(dict.fromkeys(found))


def _misfits(
    site: Site, resources: list[Resource], guard: Guard, sure: Callable[[Resource], bool]
) -> list[sanity.Misfit]:
    """Return what is wrong with finished objects: with their fields first, then with what these say."""
    # What the spec alone makes was checked when it was read, and the shipped files by their tests.
    touched = [each for each in resources if not guard.touched.isdisjoint(each.ids)]
    found: list[sanity.Misfit] = []
    ill: dict[ResId, Resource] = {}
    for each in touched:
        node = builtin().root(each.id.api_version, each.id.kind)
        wrong = walk(each.body, node, whole=sure(each)) if node is not None else []
        if wrong:
            found += [sanity.Misfit(each, (dotted(path),), problem, hint) for path, problem, hint in wrong]
            # With more faults than anybody reads, what else is wrong is not looked for.
            ill[each.id] = replace(each, body=_without(each.body, [path for path, _, _ in wrong[:MAX_FAULTS]]))
    if not ill:
        return list(sanity.check(site, resources, touched, sure))

    def sound(resource: Resource) -> bool:
        return resource.id not in ill and sure(resource)

    try:
        mended = [ill.get(each.id, each) for each in resources]
        return [*found, *sanity.check(site, mended, [ill.get(each.id, each) for each in touched], sound)]
    except (AttributeError, KeyError, TypeError):
        # Over what was told already, a missing field perhaps.
        well = [each for each in resources if each.id not in ill]
        return [*found, *sanity.check(site, well, [each for each in touched if each.id not in ill], sound)]


def _without(body: Body, paths: Iterable[Path]) -> Body:
    """Return an object without the fields that are wrong; a list goes as a whole, so that others keep their places."""
    for path in paths:
        body = remove(body, path[:-1] if isinstance(path[-1], int) else path)
    return body
