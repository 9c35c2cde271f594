"""Places inside JSON values, and updates that copy only along the way. Knows nothing of Kubernetes or of files.

Values are immutable by convention: nothing here changes its argument, and what did not change is shared.
"""

from __future__ import annotations

import re
from operator import is_
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Json: TypeAlias = Any
"""None, bool, int, float, str, list of Json, or dict of str to Json."""

Body: TypeAlias = dict[str, Any]
"""A JSON object; a whole Kubernetes object where the context says so."""

Path: TypeAlias = tuple[str | int, ...]
"""Keys and list indices from the root of a value."""

_PLAIN = re.compile(r"[A-Za-z0-9_$-]+")


def dotted(path: Path) -> str:
    """Return `spec.containers[0].image`; keys that hold other characters are written `["a.b/c"]`."""
    out: list[str] = []
    for step in path:
        if isinstance(step, int):
            out.append(f"[{step}]")
        elif _PLAIN.fullmatch(step):
            out.append(f".{step}" if out else step)
        else:
            out.append('["' + step.replace("\\", "\\\\").replace('"', '\\"') + '"]')
    return "".join(out)


def get(value: Json, *path: str | int) -> Json:
    """Return what stands at `path`, None where the way ends early."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def put(value: Json, path: Path, new: Json) -> Json:
    """Return `value` with `new` at `path`; maps missing on the way are made, lists are not."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(value, list) and isinstance(step, int):
        return [put(item, rest, new) if index == step else item for index, item in enumerate(value)]
    old = value if isinstance(value, dict) else {}
    return {**old, step: put(old.get(step), rest, new)}


def remove(value: Json, path: Path) -> Json:
    """Return `value` without what stands at `path`."""
    step, rest = path[0], path[1:]
    if isinstance(value, dict) and step in value:
        if not rest:
            return {key: item for key, item in value.items() if key != step}
        return {**value, step: remove(value[step], rest)}
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        if not rest:
            return value[:step] + value[step + 1 :]
        return [remove(item, rest) if index == step else item for index, item in enumerate(value)]
    return value


def update(value: Json, path: Sequence[str], change: Callable[[Json], Json], *, create: Json = None) -> Json:
    """Return `value` with `change` applied wherever `path` leads; lists on the way stand for each of their items.

    `create` is what a missing last field starts from; None leaves missing fields missing. A step may end in `[]`, as
    in kustomize's field specs; such a list is never created. The same object comes back when nothing changed.
    """
    return _update(value, path, 0, change, create)


def _update(value: Json, path: Sequence[str], place: int, change: Callable[[Json], Json], create: Json) -> Json:
    if place == len(path):
        return change(value)
    if isinstance(value, list):
        items = [_update(item, path, place, change, create) for item in value]
        return value if all(map(is_, items, value)) else items
    if not isinstance(value, dict):
        return value
    key = path[place]
    is_list = key.endswith("[]")
    key = key[:-2] if is_list else key
    old = value.get(key)
    if old is not None:
        new = _update(old, path, place + 1, change, create)
    elif is_list or create is None:
        return value
    else:
        new = _update(create if place + 1 == len(path) else {}, path, place + 1, change, create)
    return value if new is old else {**value, key: new}


def same(left: Json, right: Json) -> bool:
    """Tell whether two values are the same JSON; `1`, `1.0` and `true` are three different values, key order is not."""
    if left is right:
        return True
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(item, right[key]) for key, item in left.items())
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


def depth(value: Json) -> int:
    """Return how many maps and lists stand inside of each other at the deepest place of a value."""
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


def length(value: Json) -> int:
    """Return how many characters the texts and keys of a value have."""
    if isinstance(value, dict):
        return sum(map(len, value)) + sum(map(length, value.values()))
    return sum(map(length, value)) if isinstance(value, list) else len(value) if isinstance(value, str) else 0
