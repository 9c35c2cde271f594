"""The parts of a strategic merge patch that are instructions: `$patch`, `$retainKeys`, `$setElementOrder/x`,
`$deleteFromPrimitiveList/x`, and which fields exclude each other. Knows nothing of recursion; `merge` calls it per map.

Rules: sig-api-machinery/strategic-merge-patch.md and k8s.io/apimachinery/pkg/util/strategicpatch.
"""  # noqa: D205 - a list of words is the summary

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

from django_operator.engine.errors import Origin, RenderError, fail, near
from django_operator.engine.paths import Body, Json, Path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django_operator.engine.schema import Node

Locate: TypeAlias = "Callable[[Path], Origin]"
"""Where the value at a path INSIDE THE PATCH was written."""

PATCH = "$patch"
RETAIN = "$retainKeys"
ORDER = "$setElementOrder/"
DELETE_FROM = "$deleteFromPrimitiveList/"
_WORDS = ("delete", "merge", "replace")


def is_directive(key: str, node: Node | None) -> bool:
    """Tell whether a key of a patch is an instruction; a `$ref` that the kind itself has is not."""
    return key[:1] == "$" and not (node is not None and node.type == "object" and node.field(key) is not None)


def strategy(value: Json, path: Path, locate: Locate) -> str:
    """Return what a `$patch` says: delete, merge or replace."""
    if value not in _WORDS:
        raise fail(f"$patch is {json.dumps(value)}", locate((*path, PATCH)), near(str(value), _WORDS))
    return str(value)


def check(key: str, value: Json, path: Path, locate: Locate) -> None:
    """Raise for a directive that does not exist or that is not a list (all but `$patch` are)."""
    if key != RETAIN and not any(key.startswith(prefix) and key != prefix for prefix in (ORDER, DELETE_FROM)):
        hint = near(key, (PATCH, RETAIN, ORDER + "<list>", DELETE_FROM + "<list>"))
        raise fail(f"there is no directive {key}", locate((*path, key)), hint)
    if not isinstance(value, list):
        raise fail(f"{key} is not a list", locate((*path, key)))
    if key != RETAIN and not key.startswith(DELETE_FROM):
        return
    for index, item in enumerate(value):
        if isinstance(item, (dict, list)) or (key == RETAIN and not isinstance(item, str)):
            what = "field names" if key == RETAIN else "plain values"
            raise fail(f"{key} takes {what} only", locate((*path, key, index)))


def retained(old: Body, patch: Body, node: Node | None, path: Path, locate: Locate) -> Body:
    """Return the base's fields that `$retainKeys` names. The patch may set no other."""
    keys = set(patch[RETAIN])
    for key, value in patch.items():
        if value is not None and key not in keys and not is_directive(key, node):
            raise fail(f"{key} is set here but not among $retainKeys", locate((*path, key)), f"add {key} to $retainKeys")
    return {key: value for key, value in old.items() if key in keys}


def without_rivals(old: Body, patch: Body, node: Node, path: Path, locate: Locate) -> Body:
    """Return the base without the fields that those the patch sets exclude: a probe has one handler, a volume one source."""
    gone: set[str] = set()
    for group in node.one_of:
        named = [key for key in patch if key in group and _sets(patch[key])]
        if len(named) > 1:
            named = [key for key in named if patch[key] != ""]  # `value: ""` beside valueFrom is how some say "none"
        if len(named) > 1:
            raise fail(f"only one of {', '.join(sorted(named))} can be set", locate((*path, named[1])))
        if named:
            gone |= group - patch.keys()
    if node.selects:
        by, fields = node.selects
        chosen = patch.get(by)
        for key, needed in fields.items():
            if chosen is None or chosen == needed:
                continue
            if _sets(patch.get(key)):
                raise fail(f"{key} can't be set when {by} is {chosen}", locate((*path, key)), f"it needs {by}: {needed}")
            gone.add(key)
    return old if gone.isdisjoint(old) else {key: value for key, value in old.items() if key not in gone}


def _sets(value: Json) -> bool:
    """Tell whether a patch's value leaves a field set."""
    return value is not None and not (isinstance(value, dict) and value.get(PATCH) == "delete")


def identity(value: Json) -> str:
    """Return a text that is the same for the same JSON only (`1`, `1.0` and `true` differ)."""
    return json.dumps(value, sort_keys=True)


def without(items: Json, values: Json, what: str, at: Origin) -> list[Json]:
    """Return a list without some plain values (`$deleteFromPrimitiveList`)."""
    if not isinstance(items, list):
        raise fail(f"{what} is not a list in the base", at)
    gone = set(map(identity, values))
    return [item for item in items if isinstance(item, (dict, list)) or identity(item) not in gone]


def united(old: list[Json], new: list[Json]) -> list[Json]:
    """Return a list of unique values with others added at its end."""
    seen = set(map(identity, old))
    return old + [item for item in new if (name := identity(item)) not in seen and not seen.add(name)]  # type: ignore[func-returns-value]


def ordered(items: list[Json], base: list[Json], order: list[Json], node: Node | None) -> list[Json]:
    """Return a merged list in the order of `$setElementOrder`; items that it does not name keep their place between.

    An entry stands for the items that agree with it in the fields it has. Rule: `mergeSortedSlice` of apimachinery.
    """
    rank = ranks(order, node)
    places: dict[str, int] = {}
    for index, item in enumerate(base):
        places.setdefault(_key_text(item, node), index)
    named = sorted((item for item in items if rank(item) is not None), key=lambda item: rank(item) or 0)
    rest = [item for item in items if rank(item) is None]
    out: list[Json] = []
    for item in named:
        place = places.get(_key_text(item, node), -1)
        while rest and place > places.get(_key_text(rest[0], node), len(base)):
            out.append(rest.pop(0))
        out.append(item)
    return out + rest


def ranks(order: list[Json], node: Node | None) -> Callable[[Json], int | None]:
    """Return what gives an item its place in `$setElementOrder`, None for one that is not named there."""
    places: dict[str, int] = {}
    shapes: dict[tuple[str, ...], None] = {}
    for index, entry in enumerate(order):
        places.setdefault(identity(entry), index)
        if isinstance(entry, dict):
            shapes[tuple(entry)] = None

    def rank(item: Json) -> int | None:
        if not isinstance(item, dict):
            return places.get(identity(item))
        found = (places.get(identity({key: _part(item, key, node) for key in shape})) for shape in shapes)
        return min((place for place in found if place is not None), default=None)

    return rank


def _key_text(item: Json, node: Node | None) -> str:
    """Return what tells an item from the others of its list."""
    if isinstance(item, dict) and node is not None and node.keys:
        return identity([_part(item, key, node) for key in node.keys])
    return identity(item)


def _part(item: Mapping[str, Json], key: str, node: Node | None) -> Json:
    """Return a key field of an item, or the default the API server would take."""
    found = item.get(key)
    return node.default_of(key) if found is None and node is not None else found


__all__ = [
    "DELETE_FROM", "ORDER", "PATCH", "RETAIN", "Locate", "RenderError", "check", "identity", "is_directive", "ordered",
    "ranks", "retained", "strategy", "united", "without", "without_rivals",
]  # fmt: skip
