"""What a build can no longer be sure of, since something before was left out or could not be applied.

A fault is told only when it would stay were all others mended: "no such object" is none when what was left out might
have brought that object. Knows nothing of what the objects are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from django_operator.engine.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from django_operator.engine.resources import Resource
    from django_operator.engine.yamlio import Document

_PLAIN = re.compile(r"[\w./-]*", re.ASCII)
_MANY = 100
"""Objects in doubt that are remembered one by one; with more, all are."""


class Gap(NamedTuple):
    """Something that was left out: whether an object of a kind and name ("" for any) might have come of it.

    `changes` tells whether it might have changed objects of others, too.
    """

    brings: Callable[[str, str], bool]
    changes: bool = True


ANYTHING = Gap(lambda _kind, _name: True)
"""What nobody knows: it may bring any object."""
CHANGE = Gap(lambda _kind, _name: False)
"""What brings no object, but may change any."""


class Doubt:
    """Shared by all kustomizations of one build, and changed by them. Kinds and names are "" for any."""

    __slots__ = ("_gaps", "_lost", "_near", "_parts", "notes")

    def __init__(self) -> None:
        """Start sure of everything."""
        self.notes = 0
        """How often something was noted."""
        self._gaps: list[Gap] = []
        self._lost: set[tuple[str, str]] = set()
        self._near: set[tuple[str, str]] = set()
        self._parts: dict[tuple[str, str], _Parts] = {}

    @property
    def is_any(self) -> bool:
        """Tell whether anything may be other than it should."""
        return bool(self._near or self._parts)

    @property
    def is_wide(self) -> bool:
        """Tell whether everything may be other than it should."""
        return ("", "") in self._near

    def leave_out(self, gap: Gap) -> None:
        """Note that something is not there."""
        self.notes += 1
        if gap not in self._gaps:
            self._gaps.append(gap)
        if gap.changes:
            self._near = {("", "")}

    def lose(self, kind: str, name: str) -> None:
        """Note that an object is not there."""
        self.notes += 1
        self._lost.add((kind, name))

    def fail(self, entry: Document) -> None:
        """Note that an entry of `patches` or the like could not be applied to what it names, or has nearly named.

        Other entries of a kustomization change nothing that later ones rely on.
        """
        value = entry.value
        if isinstance(value, dict) and not value.keys() & {"target", "patch", "path"}:
            return
        aim = value.get("target") if isinstance(value, dict) else None
        if aim is None and isinstance(value, dict) and isinstance(value.get("patch"), dict):
            body = value["patch"]
            meta = body.get("metadata")
            aim = {"kind": body.get("kind"), "name": meta.get("name") if isinstance(meta, dict) else ""}
        kind, name = (_plain(str((aim or {}).get(field) or "")) for field in ("kind", "name"))
        self.notes += 1
        self._near = {("", "")} if len(self._near) > _MANY else self._near | {(kind, name)}

    def change(self, resource: Resource, pointers: Iterable[str] | None = None) -> None:
        """Note that an object, or what is at and below some JSON pointers of it, is not what it should be."""
        self.notes += 1
        parts = self._parts.setdefault(resource.original[2::2], _Parts())
        parts.add(("",) if pointers is None else pointers)

    def misses(self, kind: str, name: str) -> bool:
        """Tell whether an object of that kind and name (patterns, perhaps) may have been left out."""
        kind, name = _plain(kind), _plain(name)
        lost = (kind, name) in self._lost or (
            not (kind and name) and any(kind in ("", one) and name in ("", other) for one, other in self._lost)
        )
        return lost or any(gap.brings(kind, name) for gap in self._gaps)

    def misses_any(self, kinds: Iterable[str], name: str = "") -> bool:
        """Tell whether an object of one of some kinds may have been left out."""
        return any(self.misses(kind, name) for kind in kinds)

    def touches(self, resource: Resource, pointers: Iterable[str] | None = None) -> bool:
        """Tell whether an object, or what is at or around some JSON pointers of it, may be other than it should."""
        if not self.is_any:
            return False
        parts = self._parts.get(resource.original[2::2])
        return (parts is not None and parts.meet(("",) if pointers is None else pointers)) or any(
            kind in ("", known.kind) and (name in ("", known.name) or _is_near(name, known.name))
            for kind, name in self._near
            for known in {resource.id, resource.original}
        )


class _Parts:
    """Parts of one object, by JSON pointers. One that is about an item of a list means all of the list."""

    __slots__ = ("_above", "_at")

    def __init__(self) -> None:
        self._at: set[str] = set()
        self._above: set[str] = set()

    def add(self, pointers: Iterable[str]) -> None:
        for pointer in map(_whole, pointers):
            self._at.add(pointer)
            self._above.update(_prefixes(pointer))

    def meet(self, pointers: Iterable[str]) -> bool:
        return any(
            pointer in self._above or not self._at.isdisjoint(_prefixes(pointer)) for pointer in map(_whole, pointers)
        )


def _whole(pointer: str) -> str:
    head, _, last = pointer.rpartition("/")
    return head if last == "-" or last.isdigit() else pointer


def _prefixes(pointer: str) -> Iterator[str]:
    """Yield a pointer, then that of what is around it, and so on to the whole."""
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]
    yield ""


def silent() -> RenderError:
    """Return the error of what cannot be applied, perhaps for no fault of its own: it carries none."""
    return RenderError()


def _plain(pattern: str) -> str:
    return pattern if _PLAIN.fullmatch(pattern) else ""


def _is_near(name: str, other: str) -> bool:
    from difflib import SequenceMatcher  # noqa: PLC0415 - on the way to an error

    return len(name) + len(other) < 200 and SequenceMatcher(None, name, other).quick_ratio() >= 0.6  # noqa: PLR2004 - as hints are given
