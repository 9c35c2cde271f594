"""JSON Patch (RFC 6902) on immutable values. The only importer of jsonpatch; knows nothing of Kubernetes.

The library applies the operations; what it is lax about (leading zeros and signs in indices, `true == 1`, `~` escapes)
is checked here first, and each error names the operation and the path.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django_operator.engine.errors import Fault, Origin, RenderError, fail, near
from django_operator.engine.paths import depth
from django_operator.engine.yamlio import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_operator.engine.paths import Json

OPERATIONS = {
    "add": ("path", "value"),
    "remove": ("path",),
    "replace": ("path", "value"),
    "move": ("from", "path"),
    "copy": ("from", "path"),
    "test": ("path", "value"),
}
MAX_OPERATIONS = 10_000
"""Operations of one patch."""
MAX_GROWTH = 200_000
"""Values, and hundreds of characters, that the `copy` and `move` operations of one patch may handle: doubling copies
once exhausted an API server's memory (https://github.com/evanphx/json-patch/pull/66)."""

_INDEX = re.compile(r"0|[1-9][0-9]{0,9}|-")
_BAD_ESCAPE = re.compile(r"~(?![01])")


def check(operations: Json, locate: Callable[[tuple[str | int, ...]], Origin]) -> list[Fault]:
    """Return the faults in the form of a JSON patch: operations, members and pointers."""
    if not isinstance(operations, list):
        return [Fault(locate(()), "a JSON patch is a list of operations")]
    if len(operations) > MAX_OPERATIONS:
        return [Fault(locate(()), f"more than {MAX_OPERATIONS:,} operations")]
    return [fault for index, each in enumerate(operations) for fault in _check_one(each, index, locate)]


def _check_one(each: Json, index: int, locate: Callable[[tuple[str | int, ...]], Origin]) -> list[Fault]:
    if not isinstance(each, dict):
        return [Fault(locate((index,)), "an operation is a map with op and path")]
    name = each.get("op")
    if not isinstance(name, str) or name not in OPERATIONS:
        return [Fault(locate((index,)), f"unknown operation {name!r}", near(str(name), OPERATIONS))]
    faults = [Fault(locate((index,)), f"{name} lacks {need!r}") for need in OPERATIONS[name] if need not in each]
    for member in [member for member in ("from", "path") if member in each]:
        pointer = each[member]
        if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
            faults.append(Fault(locate((index, member)), f"{pointer!r} is no JSON pointer", "a pointer starts with /"))
        elif _BAD_ESCAPE.search(pointer):
            faults.append(Fault(locate((index, member)), f"{pointer!r} has a stray ~", "write ~0 for ~ and ~1 for /"))
    return faults


def apply(
    document: Json, operations: Json, locate: Callable[[tuple[str | int, ...]], Origin] | None = None, what: str = ""
) -> Json:
    """Return `document` with the operations done in order; the input is left as it was.

    `locate` gives the place of a part of the patch, `what` names the patched object. Raises RenderError: a malformed
    operation, a path that does not exist, a `test` that does not hold, growth beyond the caps.
    """
    import jsonpatch  # noqa: PLC0415 - 8 ms of start-up, and most stacks have no JSON patch

    place = locate or (lambda _: Origin("patch"))
    if faults := check(operations, place):
        raise RenderError(*faults)
    draft, moved = _Draft(document, jsonpatch.JsonPatch), 0
    for index, each in enumerate(operations):
        try:
            moved = _moved(moved, draft.value, each)
            _one(draft, each)
        except (_RefusedError, jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as error:
            problem = f"{each['op']} {each['path']}{' of ' + what if what else ''}: {error}"
            raise fail(problem, place((index,)), _members(draft.value, each)) from error
    return draft.value


class _RefusedError(Exception):
    """An operation that RFC 6902 does not allow on this document."""


def _moved(moved: int, document: Json, each: dict[str, Json]) -> int:
    """Return how many values the operations have copied or moved, this one included."""
    if each["op"] in ("copy", "move"):
        moved += _size(_resolve(document, each["from"]))
        if moved > MAX_GROWTH:
            raise _RefusedError(f"copies and moves of more than {MAX_GROWTH:,} values")
    return moved


@dataclass
class _Draft:
    """A document while it is patched. Maps and lists are copied when they are first changed: they may be shared."""

    value: Json
    library: Any
    own: set[int] = field(default_factory=set)

    def put(self, path: str, value: Json, *, replace: bool = False) -> None:
        """Add a value, or put it in the place of one that is there."""
        if path.count("/") + depth(value) > MAX_DEPTH:
            raise _RefusedError(f"nested deeper than {MAX_DEPTH} levels")
        if replace:
            _resolve(self.value, path)
        elif path:
            _check_holder(self.value, path)
        if path:
            self._do({"op": "replace" if replace else "add", "path": path, "value": value})
        else:
            self.value = value

    def remove(self, path: str) -> None:
        """Take a value out."""
        _resolve(self.value, path)
        if path == "":
            raise _RefusedError("the whole document cannot be removed")
        self._do({"op": "remove", "path": path})

    def _do(self, operation: dict[str, Json]) -> None:
        self.value = holder = self._mine(self.value)
        for token in operation["path"].split("/")[1:-1]:
            step = int(token) if isinstance(holder, list) else token.replace("~1", "/").replace("~0", "~")
            holder[step] = holder = self._mine(holder[step])
        self.value = self.library([operation]).apply(self.value, in_place=True)

    def _mine(self, holder: Json) -> Json:
        if id(holder) in self.own:
            return holder
        mine = dict(holder) if isinstance(holder, dict) else list(holder)
        self.own.add(id(mine))
        return mine


def _one(draft: _Draft, each: dict[str, Json]) -> None:
    """Do one operation."""
    name, path = each["op"], each["path"]
    if name == "test":
        if not _equal(_resolve(draft.value, path), each["value"]):
            raise _RefusedError("the value there is another one")
    elif name == "remove":
        draft.remove(path)
    elif name in ("add", "replace"):
        draft.put(path, each["value"], replace=name == "replace")
    else:
        value = _resolve(draft.value, each["from"])
        if name == "move" and path.startswith(each["from"] + "/"):
            raise _RefusedError("a value cannot move into itself")
        if name == "move" and path != each["from"]:
            draft.remove(each["from"])
        if name == "copy":
            draft.own.clear()  # what is copied stands at two places from now on
        if name == "copy" or path != each["from"]:
            draft.put(path, value)


def _check_holder(document: Json, path: str) -> None:
    """Refuse a path to which nothing can be added."""
    parent, _, last = path.rpartition("/")
    holder = _resolve(document, parent)
    if isinstance(holder, list):
        if not _INDEX.fullmatch(last):
            raise _RefusedError(f"{last!r} is no list index")
        if last != "-" and int(last) > len(holder):
            raise _RefusedError(f"the list has {len(holder)} items")
    elif not isinstance(holder, dict):
        raise _RefusedError(f"{parent or 'the document'} is neither map nor list")


def _walk(document: Json, pointer: str) -> tuple[Json, str | None]:
    """Return the value at a pointer and None, or the last value on the way and the step that it does not have."""
    value = document
    for token in pointer.split("/")[1:]:
        step = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and _INDEX.fullmatch(step) and step != "-" and int(step) < len(value):
            value = value[int(step)]
        else:
            return value, step
    return value, None


def _resolve(document: Json, pointer: str) -> Json:
    value, missing = _walk(document, pointer)
    if missing is not None:
        raise _RefusedError(f"there is no {missing!r}")
    return value


def _members(document: Json, each: dict[str, Json]) -> str:
    """Return a hint: the members nearest to the one that is missing."""
    for pointer in (each.get("from") or "", each["path"]):
        value, missing = _walk(document, pointer)
        if missing is not None:
            return near(missing, value) if isinstance(value, dict) else ""
    return ""


def _equal(left: Json, right: Json) -> bool:
    """Tell whether values are equal as RFC 6902 section 4.6 wants it: 1 equals 1.0, but true is no number."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_equal(item, right[key]) for key, item in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_equal, left, right))
    return isinstance(left, bool) is isinstance(right, bool) and bool(left == right)


def _size(value: Json) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(_size, value.values()))
    if isinstance(value, str):
        return 1 + len(value) // 100
    return 1 + sum(map(_size, value)) if isinstance(value, list) else 1
