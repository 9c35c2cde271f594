"""Whether an object has the fields and types of its kind; what `kubectl apply --validate=strict` would say, offline.

Knows nothing of what values mean beyond their types and formats, and nothing of kinds that the schema doesn't know.
"""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING

from django_operator.engine.errors import MAX_HINTS, Fault, Origin, near
from django_operator.engine.jsontext import quoted
from django_operator.engine.paths import Body, Json, Path, dotted

if TYPE_CHECKING:
    from django_operator.engine.schema import Node, Schema

QUANTITY = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?")
"""k8s.io/apimachinery/pkg/api/resource: a signed number with a decimal, binary or exponent suffix."""
_INT_LIMITS = {"int32": 2**31, "int64": 2**63}
_PYTHON: dict[str, type | tuple[type, ...]] = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "list": list, "map": dict, "object": dict,
}  # fmt: skip
_NAMES = {"integer": "an integer", "boolean": "true or false", "list": "a list", "map": "a map", "object": "a map"}


def check(body: Body, schema: Schema, at: Origin, *, whole: bool = True) -> tuple[Fault, ...]:
    """Return all faults of an object's fields: unknown, missing, of a wrong type or format, or excluding each other.

    A null field counts as absent. An object of an unknown kind has no faults. `at` is where the object stands; each
    fault's field is the path inside it. Not `whole`: only what is wrong with a field whatever stands beside it.
    """
    root = schema.root(str(body.get("apiVersion")), str(body.get("kind")))
    if root is None:
        return ()
    return tuple(Fault(_place(at, path), problem, hint) for path, problem, hint in walk(body, root, whole=whole))


class _Found(list[tuple[Path, str, str]]):
    """Path, problem and hint of each fault."""

    __slots__ = ("whole",)

    def __init__(self, *, whole: bool) -> None:
        super().__init__()
        self.whole = whole


def walk(value: Json, node: Node, *, whole: bool = True) -> list[tuple[Path, str, str]]:
    """Return all faults of a value that is not null and need not be a whole object: path, problem and hint of each."""
    found = _Found(whole=whole)
    _walk(value, node, (), found)
    return found


def _place(at: Origin, path: Path) -> Origin:
    """Return an origin's place with a path added to its field."""
    inner = dotted(path)
    joint = "." if at.field and inner and inner[0] != "[" else ""
    return Origin(at.source, at.line, at.field + joint + inner)


def _walk(value: Json, node: Node, path: Path, found: _Found) -> None:
    """Add the faults of a value that is not null."""
    kind = node.type
    if kind == "any":
        return
    wrong = not isinstance(value, _PYTHON[kind]) or (value.__class__ is bool and kind != "boolean")
    if (wrong or node.format) and (problem := _scalar_fault(value, node, wrong)):
        found.append((path, problem, _hint(value, node) if len(found) < MAX_HINTS else ""))
    elif wrong:
        return
    elif kind == "object":
        _fields(value, node, path, found)
    elif node.item is not None:
        for step, item in value.items() if kind == "map" else enumerate(value):
            if item is not None:
                _walk(item, node.item, (*path, step), found)
    elif node.enum and value not in node.enum:
        names = [str(word) for word in node.enum]
        found.append(
            (
                path,
                f"{quoted(value)} is not one of {', '.join(names)}",
                near(str(value), names) if len(found) < MAX_HINTS else "",
            )
        )


def _fields(value: Body, node: Node, path: Path, found: _Found) -> None:
    """Add the faults of an object with named fields."""
    for key, item in value.items():
        if item is None:
            continue
        child = node.field(key)
        if child is not None:
            _walk(item, child, (*path, key), found)
        elif not node.open:
            found.append(
                ((*path, key), "there is no such field", _field_hint(key, node) if len(found) < MAX_HINTS else "")
            )
    if not found.whole:
        return
    found += [((*path, key), "is required", "") for key in node.required if value.get(key) is None]
    if node.one_of or node.selects:
        _rivals(value, node, path, found)


def _rivals(value: Body, node: Node, path: Path, found: _Found) -> None:
    """Add the faults of fields that exclude each other."""
    for group in node.one_of:
        named = [key for key, item in value.items() if key in group and item not in (None, "")]
        if len(named) > 1:
            found.append((path, f"only one of {', '.join(sorted(named))} can be set", ""))
    if node.selects:
        by, fields = node.selects
        chosen = value.get(by)
        for key, needed in fields.items():
            if chosen not in (None, needed) and value.get(key) is not None:
                found.append(((*path, key), f"can't be set when {by} is {chosen}", f"it needs {by}: {needed}"))


def _scalar_fault(value: Json, node: Node, wrong: bool) -> str:
    """Return what is wrong with a value's type or format; empty when nothing is."""
    shown = "a map" if isinstance(value, dict) else "a list" if isinstance(value, list) else quoted(value)
    form = node.format
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if form == "quantity":
        good = number or (isinstance(value, str) and QUANTITY.fullmatch(value) is not None)
        return "" if good else f"{shown} is not a quantity such as 500m, 2 or 1.5Gi"
    if form == "int-or-string":
        good = isinstance(value, str) or (number and isinstance(value, int))
        return "" if good else f"{shown} is neither an integer nor a string"
    if wrong:
        return f"{shown} is not {_NAMES.get(node.type, 'a ' + node.type)}"
    if form in _INT_LIMITS and not -_INT_LIMITS[form] <= value < _INT_LIMITS[form]:
        return f"{shown} is out of the range of {form}"
    if form == "byte" and not _is_base64(value):
        return f"{shown} is not base64"
    return ""


def _is_base64(value: str) -> bool:
    """Tell whether Go's decoder would take a text as base64; it skips line ends."""
    try:
        binascii.a2b_base64(value.replace("\n", "").replace("\r", ""), strict_mode=True)
    except ValueError:
        return False
    return True


def _hint(value: Json, node: Node) -> str:  # noqa: PLR0911 - one for each mistake
    """Return what to write for a value of a wrong type or format."""
    from django_operator.engine import hints  # noqa: PLC0415 - on the way to an error

    kind = node.type
    if kind == "string" and isinstance(value, (bool, int, float)):
        return "" if node.format == "quantity" else f'put it in quotes: "{quoted(value)}"'
    if isinstance(value, str):
        if kind == "list" and node.item is not None and node.item.type == "string":
            return f"write {hints.listed(hints.words(value))}"
        if kind == "integer" and re.fullmatch("0[0-7]+", value):
            return f"write 0o{value[1:]}, or {int(value, 8)}"
        if kind == "integer" and re.fullmatch("-?[0-9]{1,40}", value):
            return f"write {value} without quotes"
        if kind == "boolean":
            return "write true or false, without quotes"
        if kind == "object" and node.required in ((), ("name",)) and "name" in node.names:
            return f"write {{name: {hints.scalar(value)}}}"
        if node.format == "quantity" and (size := hints.sized(value)):
            return f"write {size}"
    return ""


def _field_hint(name: str, node: Node) -> str:
    from django_operator.engine import hints  # noqa: PLC0415 - on the way to an error

    return hints.field(name, node)
