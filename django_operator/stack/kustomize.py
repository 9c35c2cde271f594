"""Where kustomize would merge a strategic patch otherwise than the engine: a model of its merge for what it does well.

Everything the model is not sure of is a `DoubtError`, with the reason in words; `eject` writes such a step as a JSON
patch. Facts: kustomize v5.8.1 with its schema of Kubernetes 1.21, see docs/kustomize.md. Knows nothing of files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django_operator.engine.directives import is_directive
from django_operator.engine.emit import dump
from django_operator.engine.paths import Body, Json, Path, get, same

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from django_operator.engine.resources import ResId
    from django_operator.engine.schema import Node

PODS = frozenset(
    {
        ("", "v1", "Pod"),
        ("apps", "v1", "DaemonSet"),
        ("apps", "v1", "Deployment"),
        ("apps", "v1", "ReplicaSet"),
        ("apps", "v1", "StatefulSet"),
        ("batch", "v1", "CronJob"),
        ("batch", "v1", "Job"),
    }
)
"""Kinds whose pods kustomize knows; of any other kind no list is left to its merge."""

MERGED = frozenset(
    {"containers", "env", "hostAliases", "imagePullSecrets", "initContainers", "volumeMounts", "volumes"}
)
"""Lists of pods with a single key, which kustomize merges by the same key as Kubernetes."""

ORDERED = frozenset({"env", "initContainers"})
"""Lists whose order means something: `$(VAR)` sees what stands before, init containers run in turn."""

_RESTORED = ("apiVersion", "kind")


class DoubtError(Exception):
    """A patch that kustomize may not apply as the engine does; the message says why, to follow "kustomize ..."."""


class Outcome(NamedTuple):
    """What became of one object in one step. `reason` is empty where kustomize gives the same.

    `reordered` are the lists whose items it gives in another order, which matters only to later JSON patches.
    """

    reason: str
    reordered: tuple[Path, ...] = ()


def compare(before: Body, patch: Body, after: Body, who: ResId, node: Node | None) -> Outcome:
    """Tell whether kustomize makes `after` of an object too."""
    try:
        _refuse_twins(before, node)
        known = tuple(who[:3]) in PODS
        said = {key: value for key, value in patch.items() if key not in _RESTORED}
        if isinstance(said.get("metadata"), dict):
            said["metadata"] = {
                key: value for key, value in said["metadata"].items() if key not in ("name", "namespace")
            }
        _refuse_nulls(said.get("metadata") or {})
        made = _map(before, said, node, known=known)
        reordered = tuple(_differences(made, after, node, ()))
    except DoubtError as doubt:
        return Outcome(str(doubt))
    return Outcome("", reordered)


def _refuse_nulls(metadata: Mapping[str, Json]) -> None:
    """Raise DoubtError for a null in metadata: kustomize itself has annotations there, and puts all of them back."""
    if None in metadata.values():
        raise DoubtError("keeps labels and annotations that a null takes away")


def compare_copies(operations: Iterable[Body]) -> Outcome:
    """Tell whether kustomize writes what replacements have written, given as operations.

    Where it makes a field for a text that looks like a number, it makes a number; copied maps and lists stay the same.
    """
    for each in operations:
        if each["op"] == "add" and any(map(_looks_otherwise, _made(each["value"]))):
            return Outcome("makes a number of a text that looks like one")
    return Outcome("")


def _made(value: Json) -> Iterator[str]:
    """Yield the text that a replacement may have made a field for: alone, or at the end of the way to it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict) and (len(value) == 1 or value.keys() == {"name", "value"}):
        for item in value.values():
            yield from _made(item)
    elif isinstance(value, list) and len(value) == 1:
        yield from _made(value[0])


def _looks_otherwise(text: str) -> bool:
    """Tell whether a text, written without quotes, is read as something else."""
    return dump([text]) != f"{text}\n"


def _map(before: Body, patch: Mapping[str, Json], node: Node | None, *, known: bool) -> Body:
    made = dict(before)
    for key, value in patch.items():
        below = node.field(key) if node else None
        if is_directive(key, node):
            raise DoubtError(f"leaves {key} in its output, or takes it another way")
        if value is None:
            made.pop(key, None)
        elif key not in before:
            made[key] = _fresh(value)
        else:
            made[key] = _value(before[key], value, below, key, known=known)
    return made


def _value(before: Json, patch: Json, node: Node | None, name: str, *, known: bool) -> Json:
    if before is None:
        raise DoubtError("keeps a null that the object has")
    if isinstance(before, dict) and isinstance(patch, dict):
        return _map(before, patch, node, known=known)
    if isinstance(before, list) and isinstance(patch, list):
        return _list(before, patch, node, name, known=known)
    if isinstance(before, dict | list) or isinstance(patch, dict | list):
        raise DoubtError("does not put a value of another type in its place")
    return patch


def _list(before: list[Json], patch: list[Json], node: Node | None, name: str, *, known: bool) -> list[Json]:
    if not before:
        return list(_fresh(patch))
    if not patch:
        raise DoubtError(f"may leave {name} as it is when a patch gives an empty list")
    if node is None or not (node.keys or node.merges):
        return list(_fresh(patch))
    if not known or name not in MERGED or len(node.keys) != 1:
        raise DoubtError(f"does not merge {name} by {' and '.join(node.keys) or 'value'}")
    key = node.keys[0]
    old = {item.get(key): item for item in before if isinstance(item, dict)}
    named = {item.get(key): item for item in patch if isinstance(item, dict)}
    if len(old) != len(before) or len(named) != len(patch):
        raise DoubtError(f"takes items of {name} that share a {key} for one")
    # What a patch speaks of comes first.
    return [
        *(
            _map(old[each], item, node.item, known=known) if each in old else _fresh(item)
            for each, item in named.items()
        ),
        *(item for each, item in old.items() if each not in named),
    ]


def _fresh(value: Json) -> Json:
    """Return a value that a patch brings whole. Raises DoubtError for nulls and directives in it, which may stay."""
    if isinstance(value, dict):
        for key, item in value.items():
            if item is None or key.startswith("$"):
                raise DoubtError(f"leaves {key if item is not None else 'nulls'} in what a patch adds")
            _fresh(item)
    elif isinstance(value, list):
        for item in value:
            if item is None:
                raise DoubtError("leaves nulls in what a patch adds")
            _fresh(item)
    return value


def _differences(made: Json, wanted: Json, node: Node | None, path: Path) -> Iterator[Path]:
    """Yield the lists that differ in the order of their items only. Raises DoubtError for any other difference."""
    if same(made, wanted):
        return
    if isinstance(made, dict) and isinstance(wanted, dict) and made.keys() == wanted.keys():
        for key, item in made.items():
            yield from _differences(item, wanted[key], node.field(key) if node else None, (*path, key))
        return
    name = path[-1] if path else ""
    if isinstance(made, list) and isinstance(wanted, list) and node is not None and len(node.keys) == 1:
        key = node.keys[0]
        left, right = ({item.get(key): item for item in items} for items in (made, wanted))
        if left.keys() == right.keys() and len(left) == len(made) == len(wanted):
            if name in ORDERED and list(left) != list(right):
                raise DoubtError(f"puts what a patch speaks of first in {name}, and its order matters")
            if list(left) != list(right):
                yield path
            for at, (each, item) in enumerate(right.items()):
                yield from _differences(left[each], item, node.item, (*path, at))
            return
    raise DoubtError(f"makes something else of {name or 'it'}: fields that exclude each other stay side by side")


def _refuse_twins(value: Json, node: Node | None) -> None:
    """Raise DoubtError where items share their first key (80/TCP, 80/UDP): kustomize rewrites such lists, always."""
    if node is None:
        return
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, dict | list):
                _refuse_twins(item, node.field(key))
    elif isinstance(value, list):
        if node.keys and len({str(get(item, node.keys[0])) for item in value}) != len(value):
            raise DoubtError(f"loses items of lists that share their {node.keys[0]}")
        for item in value:
            _refuse_twins(item, node.item)
