"""The faults of values that have a type of Kubernetes' own: a list of variables, a probe, a volume.

Works on JSON as it was written; null counts as absent. Knows nothing of which field of the resource holds the value.
"""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, NamedTuple

from django_operator.engine import schema, structure
from django_operator.stack import limits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from django_operator.engine.paths import Json, Path
    from django_operator.engine.schema import Node
    from django_operator.stack.shape import Shape

EMPTY = "take the item out, or write its value"


class Found(NamedTuple):
    """A fault: where in the value, what, and what to write instead."""

    path: Path
    problem: str
    hint: str = ""


@functools.cache
def node_of(type_: str, field: str) -> Node:
    """Return what is known of a field of a Kubernetes type; LookupError for a field there is not."""
    node = schema.builtin().type_of(type_).field(field)
    if node is None:
        raise LookupError(f"{type_} has no field {field}")
    return node


def check(value: Json, shape: Shape, path: Path, found: list[Found]) -> None:
    """Add the faults of a value of a Kubernetes type."""
    before = len(found)
    node = node_of(*shape.embedded) if shape.embedded else schema.builtin().type_of("")
    inner = structure.walk(value, node)
    if isinstance(value, list):
        length(value, shape, path, found)
    if inner:
        _misshapen(value, shape, path, inner, found)
    told = {each.path for each in found[before:]}
    found.extend(each for each in _unfit(value, path) if each.path not in told)
    if isinstance(value, list) and node.keys:
        _keyed(value, node.keys, path, found)
    if len(found) == before:
        refused = limits.refused(str(path[-1]), value)
        found.extend(Found((*path, *place), problem, hint) for place, problem, hint in refused)


def _misshapen(value: Json, shape: Shape, path: Path, inner: list[tuple[Path, str, str]], found: list[Found]) -> None:
    """Add the faults of an embedded value; one for each part that was written as in some other tool."""
    known, field = hints(), shape.embedded[1] if shape.embedded else ""
    strange: dict[Path, str] = {}
    if isinstance(value, list):
        strange = {(index,): hint for index, item in enumerate(value) if (hint := known.kubernetes(field, item))}
    elif hint := known.kubernetes(field, value):
        strange = {(): f"[{hint}]" if field in ("env", "envFrom", "imagePullSecrets", "volumes") else hint}
    for place, problem, hint in inner:
        around = next((part for part in strange if place[: len(part)] == part), None)
        if around is None:
            told = hint or (known.required((*path, *place)) if problem == "is required" else "")
            found.append(Found((*path, *place), problem, told))
        elif strange[around]:
            what = problem if place == around else "is of another form"
            found.append(Found((*path, *around), what, f"write {strange[around]}"))
            strange[around] = ""


def _keyed(items: list[Json], names: tuple[str, ...], path: Path, found: list[Found]) -> None:
    """Add the faults of items without a key, or with one that an earlier item has."""
    seen: set[tuple[str, ...]] = set()
    told = {each.path for each in found}
    for index, item in enumerate(items):
        if not isinstance(item, dict) or not told.isdisjoint(
            ((*path, index), *((*path, index, name) for name in names))
        ):
            continue
        missing = [name for name in names if item.get(name) is None]
        found.extend(Found((*path, index, name), "is required") for name in missing)
        key = tuple(json.dumps(item.get(name)) for name in names)
        if key in seen and not missing:
            what = " and ".join(f"{name} {item[name]}" for name in names)
            found.append(Found((*path, index), f"a second item with {what}", "leave one of them out"))
        seen.add(key)


def _unfit(value: Json, path: Path) -> Iterator[Found]:
    """Yield what a custom resource cannot hold: empty items, and fractions (quantities are integers or texts)."""
    if isinstance(value, float):
        yield Found(path, f"{value} is neither an integer nor a text", f'put it in quotes: "{value}"')
    elif isinstance(value, (dict, list)):
        for step, item in value.items() if isinstance(value, dict) else enumerate(value):
            if item is None and isinstance(step, int):
                yield Found((*path, step), "is empty", EMPTY)
            elif isinstance(item, (float, dict, list)):
                yield from _unfit(item, (*path, step))


def length(value: list[Json] | dict[str, Json] | str, shape: Shape, path: Path, found: list[Found]) -> None:
    """Add the faults of a length."""
    what = "characters" if isinstance(value, str) else "items"
    if shape.longest is not None and len(value) > shape.longest:
        found.append(Found(path, f"has {len(value)} {what}, at most {shape.longest} are allowed"))
    if shape.shortest is not None and len(value) < shape.shortest:
        problem = "is empty" if not value else f"has {len(value)} {what}, at least {shape.shortest} are needed"
        found.append(Found(path, problem))


def hints() -> ModuleType:
    """Return the module of hints, which a resource without faults needs nothing of."""
    from django_operator.stack import hints as known  # noqa: PLC0415 - on the way to an error

    return known
