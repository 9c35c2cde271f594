"""The way to a field of an object, and where a patch speaks of it. Knows nothing of who wrote what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from django_operator.engine.paths import Json, Path, same

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Item:
    """A step into a list: where the item stood when it was written, and what tells it from others."""

    index: int
    value: Json
    keys: tuple[str, ...]

    def find(self, items: list[Json]) -> int | None:
        """Return where the same item stands in the list of a patch."""
        if self.index < len(items) and items[self.index] is self.value:
            return self.index
        if isinstance(self.value, dict):
            for keys in (self.keys, ("name",)):
                own = [self.value.get(key) for key in keys]
                for index, item in enumerate(items):
                    if own and own[0] is not None and isinstance(item, dict) and own == [item.get(key) for key in keys]:
                        return index
        found = next((index for index, item in enumerate(items) if same(item, self.value)), None)
        return self.index if found is None and self.index < len(items) else found


Trail: TypeAlias = "tuple[str | Item, ...]"
"""The way to a field of an object, as it was when the field was written."""


def locate(value: Json, trail: Trail) -> Path:
    """Return where a patch, or an entry of a transformer or generator, speaks of a field; `()` where it does not."""
    if isinstance(value, list):
        return _operation(value, trail)
    path: list[str | int] = []
    for step in trail:
        if isinstance(step, str) and isinstance(value, dict) and step in value:
            path.append(step)
        elif isinstance(step, Item) and isinstance(value, list) and (found := step.find(value)) is not None:
            path.append(found)
        else:
            break
        value = value[path[-1]]
    if not path and isinstance(value, dict) and trail and isinstance(trail[-1], str):
        return _entry(value, trail[-1])
    return tuple(path)


def _operation(operations: list[Json], trail: Trail) -> Path:
    """Return the last operation of a JSON patch that wrote at or above a field."""
    for index in reversed(range(len(operations))):
        if not isinstance(operations[index], dict):
            continue  # no patch: a list of options
        steps = tokens(operations[index])
        if len(steps) <= len(trail) and all(map(_leads, steps, trail)):
            below = locate({"": operations[index].get("value")}, ("", *trail[len(steps) :]))
            return (index, "value", *below[1:]) if "value" in operations[index] else (index,)
    return ()


def tokens(operation: Mapping[str, Json]) -> list[str]:
    """Return the steps of a JSON patch operation's path."""
    return [token.replace("~1", "/").replace("~0", "~") for token in operation["path"].split("/")[1:]]


def _leads(token: str, step: str | Item) -> bool:
    return token == step if isinstance(step, str) else token in ("-", str(step.index))


def _entry(value: Mapping[str, Json], name: str) -> Path:
    """Return the part of an entry (of labels, of a generator) that gives the value called `name`."""
    for holder in ("pairs", "literals", "files"):
        held = value.get(holder)
        if isinstance(held, dict) and name in held:
            return (holder, name)
        for index, item in enumerate(held if isinstance(held, list) else ()):
            if str(item).startswith(f"{name}=") or (holder == "files" and str(item).rpartition("/")[2] == name):
                return (holder, index)
    return (name,) if isinstance(value.get(name), str) else ()
