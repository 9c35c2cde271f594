"""Strategic merge: a patch laid over an object with Kubernetes' semantics, whatever fields the kind has.

Knows nothing of files, targets or kinds: what is known of a kind comes in as a `schema.Node`, where a patch was written
through `locate`. Inputs are never changed; what a patch does not touch is shared with the base.

- Maps merge, key by key; null removes. Lists with keys merge item by item: a patched item keeps its place, a new one
  is added at the end. Lists of unique values are united, all others replaced. Nothing known of the kind: maps merge,
  lists are replaced (RFC 7386).
- `$patch: delete | replace | merge` in a map or an item; an item that is nothing but `$patch: replace` (or delete)
  speaks of its whole list. `$retainKeys`, `$setElementOrder/x`, `$deleteFromPrimitiveList/x` as in Kubernetes.
- A field that excludes another (probe handlers, volume sources, `Recreate` and `rollingUpdate`) takes its place.
- A map over a list, an item without its key, a key twice: errors that name the place in the patch.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final, TypeAlias

from django_operator.engine import directives
from django_operator.engine.directives import PATCH, At, is_directive
from django_operator.engine.errors import Origin, RenderError, fail

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_operator.engine.paths import Body, Json, Path
    from django_operator.engine.schema import Node

Locate: TypeAlias = "Callable[[Path], Origin]"
"""Where the value at a path INSIDE THE PATCH was written."""


class Deleted(enum.Enum):
    """What `merge` returns when the patch says `$patch: delete` of the whole value."""

    DELETED = "deleted"


DELETED: Final = Deleted.DELETED
_NOWHERE = (-1,)
_NESTED = (dict, list)


def merge(base: Json, patch: Json, node: Node | None, locate: Locate) -> Json | Deleted:
    """Return `base` with `patch` merged in, or DELETED when the patch deletes it.

    `node` is the kind's root from `schema.Schema.root` (None: a kind not known). `locate` is given the path of a value
    inside the patch and returns its Origin; it is called for errors only. Raises RenderError.
    """
    return _value(base, patch, node, (), locate)


def _value(base: Json, patch: Json, node: Node | None, path: Path, locate: Locate) -> Json | Deleted:
    """Merge values of any type; a base of None is absent."""
    if isinstance(patch, dict):
        if base is not None and not isinstance(base, dict) and patch.get(PATCH) not in ("delete", "replace"):
            raise _clash(base, patch, path, locate)
        return _map(base, patch, node, path, locate)
    if isinstance(patch, list):
        if base is not None and not isinstance(base, list):
            raise _clash(base, patch, path, locate)
        return _list(base, patch, node, path, locate)
    if isinstance(base, (dict, list)):
        raise _clash(base, patch, path, locate)
    return patch


def _map(  # noqa: C901 - the hot loop: each call more would cost a twentieth of a render
    base: Json, patch: Body, node: Node | None, path: Path, locate: Locate
) -> Json | Deleted:
    """Merge a map into a map, or into nothing."""
    old: Body = base if isinstance(base, dict) else {}
    instructed = any(map(_dollar, patch))
    if instructed:
        word = directives.strategy(patch, _at(path, locate))
        if word == "delete":
            return DELETED
        old = directives.before(old if word == "merge" else {}, patch, node, _at(path, locate))
    if node is not None and (node.replace or node.one_of or node.selects):
        old = {} if node.replace else directives.without_rivals(old, patch, node, _at(path, locate))
    out = dict(old)
    for key, new in patch.items():
        if key[:1] == "$" and is_directive(key, node):
            continue
        was = old.get(key)
        if new is None:
            merged: Json | Deleted = DELETED
        elif isinstance(new, _NESTED) or isinstance(was, _NESTED):
            child = node.field(key) if node is not None else None
            merged = _value(was, new, child, (*path, key), locate)
        else:
            merged = was if was == new and was.__class__ is new.__class__ else new  # shared where equal
        if merged is DELETED:
            out.pop(key, None)
        else:
            out[key] = merged
    if instructed:
        out = directives.after(out, old, patch, node, _at(path, locate))
    source = base if old else patch
    if len(source) == len(out) and all(key in out and out[key] is value for key, value in source.items()):
        return source  # no different: share it
    return out


def _dollar(key: str) -> bool:
    """Tell whether a key may be a directive."""
    return key[:1] == "$"


def _at(path: Path, locate: Locate) -> At:
    """Return what locates the parts of the map at `path`."""
    return lambda *steps: locate((*path, *steps))


def _list(base: list[Json] | None, patch: list[Json], node: Node | None, path: Path, locate: Locate) -> Json | Deleted:
    """Merge a list into a list, or into nothing."""
    word = _list_strategy(patch, path, locate)
    if word == "delete":
        return DELETED
    if word == "replace":
        base = None
    if node is not None and node.keys:
        return _keyed(base or [], patch, node, path, locate)
    items = [
        _item(item, node.item if node is not None else None, (*path, index), locate)
        for index, item in enumerate(patch)
        if not _speaks_of_list(item)
    ]
    if base is not None and node is not None and node.merges:
        return directives.united(base, items)
    unchanged = len(items) == len(patch) and all(map(_is, items, patch))
    return patch if unchanged else items


def _is(left: object, right: object) -> bool:
    """Tell whether two names stand for one object."""
    return left is right


def _speaks_of_list(item: Json) -> bool:
    """Tell whether an item of a patch is nothing but a `$patch`."""
    return isinstance(item, dict) and len(item) == 1 and PATCH in item


def _list_strategy(patch: list[Json], path: Path, locate: Locate) -> str:
    """Return what the items that speak of the whole list say: delete, merge or replace."""
    found = "merge"
    for index, item in enumerate(patch):
        if _speaks_of_list(item):
            found = directives.strategy(item, _at((*path, index), locate))
            if found == "delete" and len(patch) > 1:
                hint = "an item to be deleted needs its key; to replace the list say `$patch: replace`"
                raise fail("$patch: delete of a whole list stands beside other items", locate((*path, index)), hint)
    return found


def _item(item: Json, node: Node | None, path: Path, locate: Locate) -> Json:
    """Return an item of a list without keys, free of nulls and directives inside it."""
    if isinstance(item, dict) and PATCH in item:
        hint = "say what the whole list shall be, or use a JSON patch; for a custom resource give its CRD"
        raise fail("items of this list have no merge key, so $patch can't single one out", locate(path), hint)
    return _value(None, item, node, path, locate)


def _keyed(old: list[Json], patch: list[Json], node: Node, path: Path, locate: Locate) -> list[Json]:
    """Merge lists whose items have keys."""
    places: dict[Json, list[int]] = {}
    for place, item in enumerate(old):
        if (key := _key(item, node)) is not None:
            places.setdefault(key, []).append(place)
    upserts, deletes = _by_key(patch, node, path, locate)
    gone = {place for key in deletes for place in places.pop(key, ())}
    for key, found in places.items():
        if len(found) > 1:
            hint = "tell its items apart in the base, or replace the list with an item `$patch: replace`"
            raise fail(f"the base has two items with {_named(key, node)} in this list", locate(path), hint)
    out = list(old)
    for key, index in upserts.items():
        place = places.get(key, _NOWHERE)[0]
        merged = _map(None if place < 0 else old[place], patch[index], node.item, (*path, index), locate)
        if place < 0:
            out.append(merged)
        else:
            out[place] = merged
    return [item for place, item in enumerate(out) if place not in gone] if gone else out


def _by_key(patch: list[Json], node: Node, path: Path, locate: Locate) -> tuple[dict[Json, int], set[Json]]:
    """Return where in a patch's list each key is set, and the keys it deletes."""
    upserts: dict[Json, int] = {}
    deletes: set[Json] = set()
    for index, item in enumerate(patch):
        if _speaks_of_list(item):
            continue
        key = _key(item, node)
        if key is None:
            raise _keyless(item, node, locate((*path, index)))
        if PATCH in item and directives.strategy(item, _at((*path, index), locate)) == "delete":
            deletes.add(key)
        elif key in upserts:
            raise fail(f"{_named(key, node)} stands in this list twice", locate((*path, index)))
        else:
            upserts[key] = index
    return upserts, deletes


def _key(item: Json, node: Node) -> Json:
    """Return what tells an item from others, defaults filled in; None for one that lacks a key field."""
    if not isinstance(item, dict):
        return None
    if len(node.keys) == 1:
        found = item.get(node.keys[0])
        return None if isinstance(found, (dict, list)) else found
    parts = tuple(node.default_of(key) if item.get(key) is None else item[key] for key in node.keys)
    needed = node.item.required if node.item is not None else ()
    for key, part in zip(node.keys, parts, strict=True):
        if isinstance(part, (dict, list)) or (part is None and (key in needed or not needed)):
            return None
    return parts


def _named(key: Json, node: Node) -> str:
    """Return `name: web`, or `containerPort: 80, protocol: TCP`."""
    parts = key if isinstance(key, tuple) else (key,)
    return ", ".join(f"{name}: {part}" for name, part in zip(node.keys, parts, strict=True) if part is not None)


def _keyless(item: Json, node: Node, at: Origin) -> RenderError:
    """Return the error for an item that can't be matched."""
    keys = " and ".join(node.keys)
    if not isinstance(item, dict):
        return fail(f"{_kind(item)} stands where a map with {keys} is needed", at)
    return fail(f"this item has no {keys}, by which items of this list are matched", at, f"it has {', '.join(item)}")


def _clash(base: Json, patch: Json, path: Path, locate: Locate) -> RenderError:
    """Return the error for values that can't be merged."""
    hint = "to put a map in its place, give it `$patch: replace`" if isinstance(patch, dict) else ""
    return fail(f"{_kind(patch)} can't be merged into {_kind(base)}", locate(path), hint)


def _kind(value: Json) -> str:
    """Return a value's type in words."""
    return "a map" if isinstance(value, dict) else "a list" if isinstance(value, list) else f"the plain value {value!r}"
