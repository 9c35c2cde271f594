"""JSON Patch (RFC 6902) on immutable values. The only importer of jsonpatch; knows nothing of Kubernetes.

The library applies the operations; what it is lax about (leading zeros and signs in indices, `true == 1`, `~` escapes)
is checked here first, and each error names the operation and the path.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django_operator.engine.errors import Fault, Origin, RenderError, fail, near
from django_operator.engine.paths import Json, same

if TYPE_CHECKING:
    from collections.abc import Callable

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
"""Values that the `copy` operations of one patch may add: doubling copies once exhausted an API server's memory
(https://github.com/evanphx/json-patch/pull/66)."""

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
    grown = 0
    for index, each in enumerate(operations):
        try:
            _check_pointers(document, each)
            grown = _grown(grown, document, each)
            document = _one(jsonpatch, document, each)
        except (_RefusedError, jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as error:
            problem = f"{each['op']} {each['path']}{' of ' + what if what else ''}: {error}"
            raise fail(problem, place((index,)), _members(document, each)) from error
    return document


def _grown(grown: int, document: Json, each: dict[str, Json]) -> int:
    """Return how many values the `copy` operations have added so far."""
    if each["op"] == "copy":
        grown += _size(_resolve(document, each["from"]))
        if grown > MAX_GROWTH:
            raise _RefusedError("the copies add more than the cap allows")
    return grown


class _RefusedError(Exception):
    """An operation that RFC 6902 does not allow on this document."""


def _one(jsonpatch: Any, document: Json, each: dict[str, Json]) -> Json:
    if each["op"] == "test":
        if not same(_loose(_resolve(document, each["path"])), _loose(each["value"])):
            raise _RefusedError("the value there is another one")
        return document
    if each["op"] in ("replace", "add") and each["path"] == "":
        return each["value"]
    if each["op"] in ("move", "copy") and each["path"] == "":
        return _resolve(document, each["from"])
    if each["op"] == "move" and (each["path"] + "/").startswith(each["from"] + "/"):
        if each["path"] == each["from"]:
            return document
        raise _RefusedError("a value cannot move into itself")
    return jsonpatch.JsonPatch([each]).apply(document)


def _check_pointers(document: Json, each: dict[str, Json]) -> None:
    operation = each["op"]
    if operation in ("move", "copy"):
        _resolve(document, each["from"])
    if operation in ("remove", "replace", "test"):
        _resolve(document, each["path"])
    elif each["path"]:
        parent, _, last = each["path"].rpartition("/")
        holder = _resolve(document, parent)
        if isinstance(holder, list):
            if not _INDEX.fullmatch(last):
                raise _RefusedError(f"{last!r} is no list index")
            limit = len(holder) - (operation == "move" and each["from"].rpartition("/")[0] == parent)
            if last != "-" and int(last) > limit:
                raise _RefusedError(f"the list has {len(holder)} items")
        elif not isinstance(holder, dict):
            raise _RefusedError(f"{parent or 'the document'} is neither map nor list")
    elif operation == "remove":
        raise _RefusedError("the whole document cannot be removed")


def _resolve(document: Json, pointer: str) -> Json:
    value = document
    for token in pointer.split("/")[1:]:
        step = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and _INDEX.fullmatch(step) and step != "-" and int(step) < len(value):
            value = value[int(step)]
        else:
            raise _RefusedError(f"there is no {step!r}")
    return value


def _members(document: Json, each: dict[str, Json]) -> str:
    value = document
    for token in each["path"].split("/")[1:]:
        step = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and _INDEX.fullmatch(step) and step != "-" and int(step) < len(value):
            value = value[int(step)]
        else:
            return near(step, value) if isinstance(value, dict) else ""
    return ""


def _loose(value: Json) -> Json:
    """Return a value in which numbers compare as RFC 6902 section 4.6 wants it: 1 equals 1.0, but true is no number."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _loose(item) for key, item in value.items()}
    return [_loose(item) for item in value] if isinstance(value, list) else value


def _size(value: Json) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(_size, value.values()))
    return 1 + sum(map(_size, value)) if isinstance(value, list) else 1
