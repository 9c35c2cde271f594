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
from typing import TYPE_CHECKING, Final

from django_operator.engine import directives
from django_operator.engine.directives import DELETE_FROM, ORDER, PATCH, RETAIN, Locate, is_directive
from django_operator.engine.errors import RenderError, fail
from django_operator.engine.paths import Body, Json, Path

if TYPE_CHECKING:
    from django_operator.engine.schema import Node


class Deleted(enum.Enum):
    """What `merge` returns when the patch says `$patch: delete` of the whole value."""

    DELETED = "deleted"


DELETED: Final = Deleted.DELETED


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


def _map(base: Json, patch: Body, node: Node | None, path: Path, locate: Locate) -> Json | Deleted:
    """Merge a map into a map, or into nothing."""
    old: Body = base if isinstance(base, dict) else {}
    orders = None
    if any(key[:1] == "$" for key in patch):
        word = directives.strategy(patch[PATCH], path, locate) if PATCH in patch else "merge"
        if word == "delete":
            return DELETED
        if word == "replace":
            old = {}
        old, orders = _instructed(old, patch, node, path, locate)
    if node is not None:
        if node.replace:
            old = {}
        if node.one_of or node.selects:
            old = directives.without_rivals(old, patch, node, path, locate)
    out = dict(old)
    for key, new in patch.items():
        if key[:1] == "$" and is_directive(key, node):
            continue
        merged = DELETED if new is None else _value(
            old.get(key), new, node.field(key) if node is not None else None, (*path, key), locate
        )  # fmt: skip
        if merged is DELETED:
            out.pop(key, None)
        else:
            out[key] = merged
    for key in orders or ():
        _reorder(out, old, patch, key, node, path, locate)
    return _shared(out, base, patch)


def _shared(out: Body, base: Json, patch: Body) -> Body:
    """Return the base or the patch itself where the result is no different, so that equal parts are one object."""
    for source in (base, patch):
        if (
            isinstance(source, dict)
            and len(source) == len(out)
            and all(key in out and out[key] is value for key, value in source.items())
        ):
            return source
    return out


def _instructed(old: Body, patch: Body, node: Node | None, path: Path, locate: Locate) -> tuple[Body, list[str]]:
    """Return the base after those directives of a map that come before merging, and the names of lists to be ordered."""
    orders: list[str] = []
    for key, value in patch.items():
        if key == PATCH or key[:1] != "$" or not is_directive(key, node):
            continue
        directives.check(key, value, path, locate)
        if key == RETAIN:
            old = directives.retained(old, patch, node, path, locate)
        elif key.startswith(ORDER):
            orders.append(key)
        elif old.get(name := key.removeprefix(DELETE_FROM)) is not None:
            old = {**old, name: directives.without(old[name], value, name, locate((*path, key)))}
    return old, orders


def _reorder(out: Body, old: Body, patch: Body, key: str, node: Node | None, path: Path, locate: Locate) -> None:
    """Put the list that a `$setElementOrder/x` speaks of in order, in a map that is being made."""
    name, order = key.removeprefix(ORDER), patch[key]
    items = out.get(name)
    if items is None:
        return
    if not isinstance(items, list):
        raise fail(f"{name} is not a list", locate((*path, key)))
    child = node.field(name) if node is not None else None
    rank = directives.ranks(order, child)
    for index, item in enumerate(patch.get(name) or ()):
        if rank(item) is None and not (isinstance(item, dict) and PATCH in item):
            raise fail(f"this item is not named in {key}", locate((*path, name, index)))
    out[name] = directives.ordered(items, old.get(name) or [], order, child)


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
            found = directives.strategy(item[PATCH], (*path, index), locate)
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
        if (found := _key(item, node)) is not None:
            places.setdefault(found, []).append(place)
    gone: set[int] = set()
    upserts: dict[Json, int] = {}
    for index, item in enumerate(patch):
        if _speaks_of_list(item):
            continue
        key = _key(item, node)
        if key is None:
            raise _keyless(item, node, (*path, index), locate)
        if PATCH in item and directives.strategy(item[PATCH], (*path, index), locate) == "delete":
            gone.update(places.pop(key, ()))
        elif key in upserts:
            raise fail(f"{_named(key, node)} stands in this list twice", locate((*path, index)))
        else:
            upserts[key] = index
    for key, found in places.items():
        if len(found) > 1:
            hint = "name its items apart in the base, or replace the list with an item `$patch: replace`"
            raise fail(f"the base has two items with {_named(key, node)} in this list", locate(path), hint)
    out = list(old)
    for key, index in upserts.items():
        known = places.get(key)
        merged = _map(old[known[0]] if known else None, patch[index], node.item, (*path, index), locate)
        if known:
            out[known[0]] = merged
        else:
            out.append(merged)
    return [item for place, item in enumerate(out) if place not in gone] if gone else out


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


def _keyless(item: Json, node: Node, path: Path, locate: Locate) -> RenderError:
    """Return the error for an item that can't be matched."""
    keys = " and ".join(node.keys)
    if not isinstance(item, dict):
        return fail(f"{_kind(item)} stands where a map with {keys} is needed", locate(path))
    return fail(f"this item has no {keys}, by which items of this list are matched", locate(path), f"it has {', '.join(item)}")


def _clash(base: Json, patch: Json, path: Path, locate: Locate) -> RenderError:
    """Return the error for values that can't be merged."""
    hint = "to put a map in its place, give it `$patch: replace`" if isinstance(patch, dict) else ""
    return fail(f"{_kind(patch)} can't be merged into {_kind(base)}", locate(path), hint)


def _kind(value: Json) -> str:
    """Return a value's type in words."""
    return "a map" if isinstance(value, dict) else "a list" if isinstance(value, list) else f"the plain value {value!r}"
