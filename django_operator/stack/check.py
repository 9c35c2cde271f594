"""Every fault of a resource at once: fields, types, formats, embedded Kubernetes types, and the rules across fields.

Works on JSON as it was written; null counts as absent. Knows nothing of files: a fault is a path, a problem and a hint.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

from django_operator.engine import schema
from django_operator.engine.errors import MAX_FAULTS, near
from django_operator.engine.jsontext import quoted
from django_operator.stack import embedded, formats, spec
from django_operator.stack.embedded import EMPTY, Found, hints, length
from django_operator.stack.rules import RULES
from django_operator.stack.shape import Shape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from msgspec import Struct

    from django_operator.engine.paths import Body, Json, Path
    from django_operator.stack.rules.rule import Rule


ROOT = Shape("object", cls=spec.Django)
_TYPES: dict[str, tuple[type | tuple[type, ...], str]] = {
    "object": (dict, "a map"),
    "map": (dict, "a map"),
    "list": (list, "a list"),
    "string": (str, "a string"),
    "integer": (int, "an integer"),
    "number": ((int, float), "a number"),
    "boolean": (bool, "true or false"),
}


def check(body: Json) -> list[Found]:
    """Return all faults of a document that should be a `Django`, in the order of its fields."""
    found: list[Found] = []
    _value(body, ROOT, (), found)
    return found


@functools.cache
def _rules() -> Mapping[type[Struct], tuple[Rule, ...]]:
    return {cls: tuple(rule for rule in RULES if rule.on is cls) for cls in {rule.on for rule in RULES}}


def _value(value: Json, shape: Shape, path: Path, found: list[Found]) -> None:
    """Add the faults of a value that is not null."""
    kind = shape.kind
    if kind in _TYPES and (not isinstance(value, _TYPES[kind][0]) or (isinstance(value, bool) and kind != "boolean")):
        found.append(_wrong(value, _TYPES[kind][1], shape, path))
    elif checker := _CHECKERS.get(kind):
        checker(value, shape, path, found)


def _object(value: Body, shape: Shape, path: Path, found: list[Found]) -> None:
    """Add the faults of a Struct's fields, and those of its rules."""
    before = len(found)
    fields = shape.fields
    if shape.cls is spec.Patch and "patch" not in value and hints().patch(value):
        found.append(Found(path, "the patch is not under patch", "write patch: and what is here now, further in"))
        return
    for name, item in value.items():
        if name not in fields:
            _extra(name, shape, path, found)
        elif item is not None:
            _value(item, fields[name].shape, (*path, name), found)
    for name, field in fields.items():
        if field.required and value.get(name) is None:
            found.append(Found((*path, name), "is required", hints().required((*path, name))))
    for rule in _rules().get(shape.cls, ()) if shape.cls else ():
        _apply(rule, value, path, found, sound=len(found) == before)


def _apply(rule: Rule, value: Body, path: Path, found: list[Found], *, sound: bool) -> None:
    """Add what a rule finds. In a value that is not sound, a rule may trip over what was reported already."""
    try:
        found.extend([Found((*path, *place), rule.message, rule.hint_at(value, place)) for place in rule.find(value)])
    except (AttributeError, KeyError, TypeError):
        if sound:
            raise


def _extra(name: str, shape: Shape, path: Path, found: list[Found]) -> None:
    """Add the fault of a field that is not ours; metadata has those of Kubernetes as well."""
    if shape.cls is spec.Metadata:
        names = schema.builtin().type_of(_META).names
        if name not in names:
            found.append(Found((*path, name), "there is no such field", near(name, names)))
        return
    hint = hints().unknown(name, shape) if len(found) < MAX_FAULTS else ""
    found.append(Found((*path, name), "there is no such field", hint))


_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"


def _mixed(value: Json, shape: Shape, path: Path, found: list[Found]) -> None:
    number, text = shape.item, shape.key
    if isinstance(value, str) and value.isdigit():
        found.append(_wrong(value, "an integer", shape, path))
    elif isinstance(value, str) and text is not None:
        _text(value, text, path, found, also="an integer, or ")
    elif isinstance(value, int) and not isinstance(value, bool) and number is not None:
        _number(value, number, path, found)
    else:
        words = f"the word {text.enum[0]}" if text and text.enum else "a text such as 25%"
        found.append(_wrong(value, f"an integer or {words}", shape, path))


def _list(value: list[Json], shape: Shape, path: Path, found: list[Found]) -> None:
    length(value, shape, path, found)
    for index, item in enumerate(value):
        if item is None:
            found.append(Found((*path, index), "is empty", EMPTY))
        elif shape.item is not None:
            _value(item, shape.item, (*path, index), found)
    if shape.unique and all(isinstance(item, str) for item in value):
        seen: set[str] = set()
        for index, item in enumerate(value):
            if item in seen:
                found.append(Found((*path, index), f"{quoted(item)} is there twice", "leave one of them out"))
            seen.add(item)


def _map(value: Body, shape: Shape, path: Path, found: list[Found]) -> None:
    length(value, shape, path, found)
    for name, item in value.items():
        if isinstance(item, (int, str, list)) and (hint := hints().pool(name, item, shape)):
            found.append(Found((*path, name), f"{quoted(item)} is not a map", hint))
            continue
        if shape.key is not None:
            _text(name, shape.key, (*path, name), found)
        if item is None:
            # The server drops such an entry without a word: `workers: {default: }` would mean no workers at all.
            what = "{}" if shape.item is not None and shape.item.kind == "object" else '""'
            found.append(Found((*path, name), "is empty", f"write {name}: {what}, or take the line out"))
        elif shape.item is not None:
            _value(item, shape.item, (*path, name), found)


def _number(value: int, shape: Shape, path: Path, found: list[Found]) -> None:
    if shape.low is not None and value < shape.low:
        found.append(Found(path, f"{value} is less than {shape.low}"))
    if shape.high is not None and value > shape.high:
        found.append(Found(path, f"{value} is more than {shape.high}"))


def _text(value: str, shape: Shape, path: Path, found: list[Found], also: str = "") -> None:
    before = len(found)
    length(value, shape, path, found)
    if shape.enum and value not in shape.enum:
        found.append(Found(path, f"{quoted(value)} is not known here", _choice(value, shape.enum, also)))
    if len(found) == before:
        well = shape.pattern is None or _matches(shape.pattern, value)
        problem, hint = formats.fault(shape.form, value, well=well)
        if problem:
            found.append(Found(path, problem, hint))


@functools.cache
def _compiled(pattern: str) -> Callable[[str], object]:
    # As on the server, where `$` is the very end of the text and \w is ASCII.
    return re.compile(re.sub(r"\$$", r"\\Z", pattern), re.ASCII).search


def _choice(value: str, words: tuple[str, ...], also: str) -> str:
    if len(words) == 1:
        return f"it is {also}{words[0]}"
    close = near(value, words)
    return close if close.startswith("did") else f"it is {also}one of {', '.join(words)}"


def _free(value: Json, shape: Shape, path: Path, found: list[Found]) -> None:
    if shape.form == "object" and not isinstance(value, dict):
        found.append(_wrong(value, "a map", shape, path))


def _matches(pattern: str, value: str) -> bool:
    return _compiled(pattern)(value) is not None


def _wrong(value: Json, wanted: str, shape: Shape, path: Path) -> Found:
    """Return the fault of a value of another type."""
    shown = "a map" if isinstance(value, dict) else "a list" if isinstance(value, list) else quoted(value)
    return Found(path, f"{shown} is not {wanted}", hints().instead(value, shape))


_CHECKERS: dict[str, Callable[[Any, Shape, Path, list[Found]], None]] = {
    "object": _object,
    "k8s": embedded.check,
    "mixed": _mixed,
    "any": _free,
    "string": _text,
    "list": _list,
    "map": _map,
    "integer": _number,
}
