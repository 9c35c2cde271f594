"""The difference of two JSON values as RFC 6902 operations, touching no more than needed. Knows nothing of Kubernetes.

Lists are aligned: equal items and items of the same name keep their place, what stands between is added or removed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django_operator.engine.paths import Json, Path, same

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Operation = dict[str, Any]
"""`{"op": add|remove|replace, "path": JSON pointer, "value": ..}`."""

MAX_CELLS = 250_000
"""Pairs of items compared to align two lists; longer lists are compared item by item."""


def diff(before: Json, after: Json) -> list[Operation]:
    """Return the operations that make `after` of `before`, to be applied in this order; none when they are the same.

    `1`, `1.0` and `true` are three different values, as in `paths.same`.
    """
    return list(_changes(before, after, ()))


def pointer(path: Path) -> str:
    """Return a path as a JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def _changes(before: Json, after: Json, path: Path) -> Iterator[Operation]:
    if same(before, after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in before:
            if key not in after:
                yield {"op": "remove", "path": pointer((*path, key))}
        for key, value in after.items():
            if key in before:
                yield from _changes(before[key], value, (*path, key))
            else:
                yield {"op": "add", "path": pointer((*path, key)), "value": value}
    elif isinstance(before, list) and isinstance(after, list):
        yield from _list_changes(before, after, path)
    else:
        yield {"op": "replace", "path": pointer(path), "value": after}


def _list_changes(before: list[Json], after: list[Json], path: Path) -> Iterator[Operation]:
    """Yield changes from the end to the start, so that indices hold."""
    for old, new in reversed(gaps(before, after)):
        both = min(len(old), len(new))
        for place in reversed(old[both:]):
            yield {"op": "remove", "path": pointer((*path, place))}
        for place, index in enumerate(new[both:], start=old.start + both):
            yield {"op": "add", "path": pointer((*path, place)), "value": after[index]}
        for place, index in reversed(tuple(zip(old, new, strict=False))):
            yield from _changes(before[place], after[index], (*path, place))


def gaps(before: Sequence[Json], after: Sequence[Json]) -> list[tuple[range, range]]:
    """Return two lists taken apart: ranges of indices that stand for each other, item by item as far as both go."""
    parts: list[tuple[range, range]] = []
    one = other = 0
    for old, new in [*aligned(before, after), (len(before), len(after))]:
        parts.append((range(one, old), range(other, new)))
        parts.append((range(old, min(old + 1, len(before))), range(new, min(new + 1, len(after)))))
        one, other = old + 1, new + 1
    return parts


def aligned(before: Sequence[Json], after: Sequence[Json]) -> list[tuple[int, int]]:
    """Return the pairs of indices whose items are the same thing, in order: a longest common subsequence.

    Items are the same thing when they are equal or are maps with the same `name`.
    """
    head = 0
    while head < min(len(before), len(after)) and _alike(before[head], after[head]):
        head += 1
    tail = 0
    while tail < min(len(before), len(after)) - head and _alike(before[-1 - tail], after[-1 - tail]):
        tail += 1
    left, right = before[head : len(before) - tail], after[head : len(after) - tail]
    middle = _longest(left, right) if len(left) * len(right) <= MAX_CELLS else []
    return [
        *((index, index) for index in range(head)),
        *((head + one, head + other) for one, other in middle),
        *((len(before) - each, len(after) - each) for each in range(tail, 0, -1)),
    ]


def _longest(left: Sequence[Json], right: Sequence[Json]) -> list[tuple[int, int]]:
    lengths = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for one in reversed(range(len(left))):
        for other in reversed(range(len(right))):
            lengths[one][other] = (
                lengths[one + 1][other + 1] + 1
                if _alike(left[one], right[other])
                else max(lengths[one + 1][other], lengths[one][other + 1])
            )
    pairs: list[tuple[int, int]] = []
    one = other = 0
    while one < len(left) and other < len(right):
        if _alike(left[one], right[other]):
            pairs.append((one, other))
            one, other = one + 1, other + 1
        elif lengths[one + 1][other] >= lengths[one][other + 1]:
            one += 1
        else:
            other += 1
    return pairs


def _alike(left: Json, right: Json) -> bool:
    if isinstance(left, dict) and isinstance(right, dict):
        name = left.get("name")
        if isinstance(name, str):
            return bool(name == right.get("name"))
    return same(left, right)
