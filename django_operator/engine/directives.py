"""What a strategic merge patch instructs, one map or list at a time. Knows nothing of recursion: `merge` calls it.

`$patch`, `$retainKeys`, `$setElementOrder/x`, `$deleteFromPrimitiveList/x`, and the fields that exclude each other.
Rules: sig-api-machinery/strategic-merge-patch.md and k8s.io/apimachinery/pkg/util/strategicpatch.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

from django_operator.engine.errors import Origin, fail, near
from django_operator.engine.jsontext import quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_operator.engine.paths import Body, Json
    from django_operator.engine.schema import Node

At: TypeAlias = "Callable[..., Origin]"
"""Where a part of the patch's map or list was written; takes the keys and indices that lead to it."""

PATCH = "$patch"
RETAIN = "$retainKeys"
ORDER = "$setElementOrder/"
DELETE_FROM = "$deleteFromPrimitiveList/"
_WORDS = ("delete", "merge", "replace")


def is_directive(key: str, node: Node | None) -> bool:
    """Tell whether a key of a patch is an instruction; a `$ref` that the kind itself has is not."""
    return key[:1] == "$" and not (node is not None and node.type == "object" and node.field(key) is not None)


def strategy(patch: Body, at: At) -> str:
    """Return what the `$patch` of a map says: delete, merge or replace; merge when there is none."""
    value = patch.get(PATCH, "merge")
    if value not in _WORDS:
        raise fail(f"$patch is {quoted(value)}", at(PATCH), near(str(value), _WORDS))
    return str(value)


def before(old: Body, patch: Body, node: Node | None, at: At) -> Body:
    """Return the base of a map after the directives that come before merging, all of them checked."""
    for key, value in patch.items():
        if key == PATCH or not is_directive(key, node):
            continue
        _check(key, value, at)
        if key == RETAIN:
            old = _retained(old, patch, node, at)
        elif key.startswith(DELETE_FROM) and old.get(name := key.removeprefix(DELETE_FROM)) is not None:
            old = {**old, name: _without(old[name], value, at(key))}
    return old


def after(out: Body, old: Body, patch: Body, node: Node | None, at: At) -> Body:
    """Return a merged map with the lists in order that a `$setElementOrder/x` speaks of."""
    for key in patch:
        name = key.removeprefix(ORDER)
        items = out.get(name)
        if name == key or items is None or not is_directive(key, node):
            continue
        if not isinstance(items, list):
            raise fail(f"{name} is not a list", at(key))
        child = node.field(name) if node is not None else None
        rank = _ranks(patch[key], child)
        for index, item in enumerate(patch.get(name) or ()):
            if rank(item) is None and not (isinstance(item, dict) and PATCH in item):
                raise fail(f"this item is not named in {key}", at(name, index))
        out = {**out, name: _ordered(items, old.get(name) or [], rank, child)}
    return out


def without_rivals(old: Body, patch: Body, node: Node, at: At) -> Body:
    """Return the base without the fields that are excluded by those the patch sets: a volume has one source."""
    gone: set[str] = set()
    for group in node.one_of:
        named = [key for key in patch if key in group and _sets(patch[key])]
        if len(named) > 1:
            named = [key for key in named if patch[key] != ""]  # `value: ""` beside valueFrom is how some say "none"
        if len(named) > 1:
            raise fail(f"only one of {', '.join(sorted(named))} can be set", at(named[1]))
        if named:
            gone |= group - patch.keys()
    if node.selects:
        by, fields = node.selects
        chosen = patch.get(by)
        for key, needed in fields.items():
            if chosen is None or chosen == needed:
                continue
            if _sets(patch.get(key)):
                raise fail(f"{key} can't be set when {by} is {chosen}", at(key), f"it needs {by}: {needed}")
            gone.add(key)
    return old if gone.isdisjoint(old) else {key: value for key, value in old.items() if key not in gone}


def united(old: list[Json], new: list[Json]) -> list[Json]:
    """Return a list of unique values with others added at its end."""
    seen = set(map(_identity, old))
    added = {name: item for item in new if (name := _identity(item)) not in seen}
    return [*old, *added.values()]


def _check(key: str, value: Json, at: At) -> None:
    """Raise for a directive that does not exist, or that is not a list of what it takes."""
    if key != RETAIN and not any(key.startswith(prefix) and key != prefix for prefix in (ORDER, DELETE_FROM)):
        hint = near(key, (PATCH, RETAIN, ORDER + "<list>", DELETE_FROM + "<list>"))
        raise fail(f"there is no directive {key}", at(key), hint)
    if not isinstance(value, list):
        raise fail(f"{key} is not a list", at(key))
    if key.startswith(ORDER):
        return
    for index, item in enumerate(value):
        if isinstance(item, (dict, list)) or (key == RETAIN and not isinstance(item, str)):
            what = "field names" if key == RETAIN else "plain values"
            raise fail(f"{key} takes {what} only", at(key, index))


def _retained(old: Body, patch: Body, node: Node | None, at: At) -> Body:
    """Return the base's fields that `$retainKeys` names. The patch may set no other."""
    keys = set(patch[RETAIN])
    for key, value in patch.items():
        if value is not None and key not in keys and not is_directive(key, node):
            raise fail(f"{key} is set here but not among $retainKeys", at(key), f"add {key} to $retainKeys")
    return {key: value for key, value in old.items() if key in keys}


def _without(items: Json, values: list[Json], at: Origin) -> list[Json]:
    """Return a list without some plain values (`$deleteFromPrimitiveList`)."""
    if not isinstance(items, list):
        raise fail("the base has no list here", at)
    gone = set(map(_identity, values))
    return [item for item in items if _identity(item) not in gone]


def _sets(value: Json) -> bool:
    """Tell whether a patch's value leaves a field set."""
    return value is not None and not (isinstance(value, dict) and value.get(PATCH) == "delete")


def _identity(value: Json) -> str:
    """Return a text that is the same for the same JSON only (`1`, `1.0` and `true` differ)."""
    return json.dumps(value, sort_keys=True)


def _ordered(items: list[Json], base: list[Json], rank: Callable[[Json], int | None], node: Node | None) -> list[Json]:
    """Return a merged list in the order of `$setElementOrder`; items that it does not name keep their place between.

    Rule: `mergeSortedSlice` of apimachinery.
    """
    places: dict[str, int] = {}
    for place, item in enumerate(base):
        places.setdefault(_key_text(item, node), place)
    ranked = [(rank(item), places.get(_key_text(item, node), -1), item) for item in items]
    named = sorted(((order, place, item) for order, place, item in ranked if order is not None), key=lambda one: one[0])
    rest = [(place, item) for order, place, item in ranked if order is None]
    out: list[Json] = []
    for _, place, item in named:
        while rest and rest[0][0] < place:
            out.append(rest.pop(0)[1])
        out.append(item)
    return out + [item for _, item in rest]


def _ranks(order: list[Json], node: Node | None) -> Callable[[Json], int | None]:
    """Return what gives an item its place in `$setElementOrder`, None for one not named there.

    An entry stands for the items that agree with it in the fields that it has.
    """
    places: dict[str, int] = {}
    shapes: dict[tuple[str, ...], None] = {}
    for index, entry in enumerate(order):
        places.setdefault(_identity(entry), index)
        if isinstance(entry, dict):
            shapes[tuple(entry)] = None

    def rank(item: Json) -> int | None:
        if not isinstance(item, dict):
            return places.get(_identity(item))
        found = (places.get(_identity({key: _part(item, key, node) for key in shape})) for shape in shapes)
        return min((place for place in found if place is not None), default=None)

    return rank


def _key_text(item: Json, node: Node | None) -> str:
    """Return what tells an item from the others of its list."""
    if isinstance(item, dict) and node is not None and node.keys:
        return _identity([_part(item, key, node) for key in node.keys])
    return _identity(item)


def _part(item: Body, key: str, node: Node | None) -> Json:
    """Return a key field of an item, or the default the API server would take."""
    found = item.get(key)
    return node.default_of(key) if found is None and node is not None else found
