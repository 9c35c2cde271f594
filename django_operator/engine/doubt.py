"""What a build can no longer be sure of, since something before was left out or could not be applied.

A fault is told only when it would stay were all others mended: "no such object" is none when what was left out might
have brought that object. Knows nothing of what the objects are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from django_operator.engine.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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

    __slots__ = ("_changed", "_missing")

    def __init__(self) -> None:
        """Start sure of everything."""
        self._missing: list[Gap] = []
        self._changed: set[tuple[str, str]] = set()

    @property
    def is_any(self) -> bool:
        """Tell whether anything is in doubt."""
        return bool(self._changed)

    @property
    def is_wide(self) -> bool:
        """Tell whether everything is in doubt."""
        return ("", "") in self._changed

    def leave_out(self, gap: Gap) -> None:
        """Note that something is not there."""
        if gap not in self._missing:
            self._missing.append(gap)
        if gap.changes:
            self._changed = {("", "")}

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
        self.change(*(str((aim or {}).get(field) or "") for field in ("kind", "name")))

    def change(self, kind: str, name: str) -> None:
        """Note that an object is not what it should be."""
        self._changed.add((_plain(kind), _plain(name)))
        if len(self._changed) > _MANY:
            self._changed = {("", "")}

    def misses(self, kind: str, name: str) -> bool:
        """Tell whether an object of that kind and name (patterns, perhaps) may have been left out."""
        return any(gap.brings(_plain(kind), _plain(name)) for gap in self._missing)

    def misses_any(self, kinds: Iterable[str], name: str = "") -> bool:
        """Tell whether an object of one of some kinds may have been left out."""
        return any(self.misses(kind, name) for kind in kinds)

    def touches(self, resource: Resource) -> bool:
        """Tell whether an object may hold something else than it should."""
        return bool(self._changed) and any(
            kind in ("", known.kind) and (name in ("", known.name) or _is_near(name, known.name))
            for kind, name in self._changed
            for known in {resource.id, resource.original}
        )


def silent() -> RenderError:
    """Return the error of what cannot be applied, perhaps for no fault of its own: it carries none."""
    return RenderError()


def _plain(pattern: str) -> str:
    return pattern if _PLAIN.fullmatch(pattern) else ""


def _is_near(name: str, other: str) -> bool:
    from difflib import SequenceMatcher  # noqa: PLC0415 - on the way to an error

    return len(name) + len(other) < 200 and SequenceMatcher(None, name, other).quick_ratio() >= 0.6  # noqa: PLR2004 - as hints are given
