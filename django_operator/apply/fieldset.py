"""FieldsV1, the sets of fields in `metadata.managedFields`: union, difference, and what of an object they name. Pure.

A set is a tree of JSON objects. Keys are `f:<field>`, `k:<keys of a list's item>`, `v:<value of a set>`, `i:<index>`;
`.` says that what has entries below is itself a member, and what has none always is
(structured-merge-diff/fieldpath/serialize.go). Knows nothing of managers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

from django_operator.engine.paths import same

if TYPE_CHECKING:
    from django_operator.engine.paths import Json, Path

Fields: TypeAlias = dict[str, Any]

SELF = "."
_NOTHING = object()


def union(one: Fields, other: Fields) -> Fields:
    """Return the fields that are in either set."""
    out = dict(one)
    for key, value in other.items():
        if key not in out or key == SELF:
            out[key] = value
            continue
        below = union(_below(out[key]), _below(value))
        out[key] = _node(below, is_member=_is_member(out[key]) or _is_member(value))
    return out


def difference(one: Fields, other: Fields) -> Fields:
    """Return the fields of `one` that are not in `other`."""
    out: Fields = {}
    for key, value in one.items():
        if key not in other:
            out[key] = value
        elif key != SELF:
            below = difference(_below(value), _below(other[key]))
            is_member = _is_member(value) and not _is_member(other[key])
            if below or is_member:
                out[key] = _node(below, is_member=is_member)
    return out


def present(fields: Fields, value: Json) -> Fields:
    """Return the fields that an object has."""
    out: Fields = {}
    for key, node in fields.items():
        if key == SELF:
            out[key] = node
            continue
        item = _at(value, key)
        if item is _NOTHING:
            continue
        below = present(_below(node), item)
        if below or _is_member(node):
            out[key] = _node(below, is_member=_is_member(node))
    return out


def names(fields: Fields, value: Json, path: Path) -> Literal["no", "around", "yes"]:
    """Tell whether a set names what stands at `path` of an object, or something below it.

    `around` it names a leaf above: one atomic value, or a map that was empty when it was written. List items are given
    by their index in `value`.
    """
    node = fields
    for depth, step in enumerate(path):
        if not node:
            return "around" if depth else "no"
        key = _key(node, value, step)
        if key is None:
            return "no"
        node, value = node[key], _at(value, key)
    return "yes"


def _key(node: Fields, value: Json, step: str | int) -> str | None:
    """Return the key that leads one step down, None where the set does not go there."""
    if isinstance(step, str):
        return f"f:{step}" if f"f:{step}" in node else None
    if not isinstance(value, list) or not -len(value) <= step < len(value):
        return None
    item = value[step]
    return next((key for key in node if key != SELF and same(_at(value, key), item)), None)


def _at(value: Json, key: str) -> Json:
    """Return what a key of a set stands for in a value, _NOTHING where that is not there."""
    form, _, text = key.partition(":")
    if form == "f":
        return value.get(text, _NOTHING) if isinstance(value, dict) else _NOTHING
    if not isinstance(value, list):
        return _NOTHING
    if form == "i":
        return value[int(text)] if int(text) < len(value) else _NOTHING
    wanted = msgspec.json.decode(text)
    return next((item for item in value if _is_item(item, wanted, form)), _NOTHING)


def _is_item(item: Json, wanted: Json, form: str) -> bool:
    if form == "v":
        return same(item, wanted)
    return isinstance(item, dict) and all(
        same(item.get(name, _DEFAULTS.get(name)), key) for name, key in wanted.items()
    )


_DEFAULTS = {"protocol": "TCP"}
"""A key that an object may leave out: the server counts a port without protocol as one of TCP."""


def _below(node: Fields) -> Fields:
    return {key: value for key, value in node.items() if key != SELF}


def _is_member(node: Fields) -> bool:
    return not node or SELF in node


def _node(below: Fields, *, is_member: bool) -> Fields:
    """Return a node; one with nothing below is a member, or would not be there."""
    return {SELF: {}, **below} if below and is_member else below
