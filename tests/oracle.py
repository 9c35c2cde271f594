"""kustomize v5.8.1, the outside judge of the tests: builds from a folder or from memory, and how two builds compare.

Runs offline: no PATH, so neither git nor plugins. Knows nothing of the engine but its schema of list keys.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from django_operator.engine.schema import builtin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from django_operator.engine.schema import Node

Json = Any
"""A value of JSON, as json.loads gives it."""

ORDERED = ("env", "initContainers")
"""Keyed lists whose order means something: `$(VAR)` sees what stands before it, init containers run in turn."""

OFFLINE = {"PATH": "", "HOME": os.devnull, "GOMAXPROCS": "1"}
"""The environment of the judge: nothing to fetch with, one core, as the engine has."""


class KustomizeError(Exception):
    """kustomize refused the input, with its words."""


def tool(name: str) -> list[str]:
    """Return the command of `kustomize` or `krusty`: from the variable of that name, the virtual environment, or PATH.

    Raises:
        RuntimeError: it is not here; a test that needs it fails rather than skips.
    """
    if named := os.environ.get(name.upper()):
        return shlex.split(named)
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if not found:
        message = f"{name} is not here: `make setup` builds it, or {name.upper()}=... names it"
        raise RuntimeError(message)
    return [found]


@dataclass
class Krusty:
    """kustomize as a server (tools/kustomize/main.go): one process, an answer in milliseconds."""

    process: subprocess.Popen[str] = field(
        default_factory=lambda: subprocess.Popen(
            tool("krusty"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # warnings about deprecated fields
            env=OFFLINE,
            encoding="utf-8",
        )
    )

    def ask(self, **request: Json) -> dict[str, Json]:
        """Return the answer to a request; main.go lists them. Raises KustomizeError for an `error` in it."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Json] = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise KustomizeError(answer["error"])
        return answer

    def build(self, files: Mapping[str, str], root: str = ".") -> list[Json]:
        """Return the objects that kustomize makes of files in memory."""
        return cast("list[Json]", self.ask(files=dict(files), path=root).get("objects", []))

    def close(self) -> None:
        """End the process."""
        with self.process:
            assert self.process.stdin
            self.process.stdin.close()


@functools.cache
def krusty() -> Krusty:
    """Return this process's server."""
    server = Krusty()
    atexit.register(server.close)
    return server


def kustomize_build(folder: str | os.PathLike[str], *flags: str) -> list[Json]:
    """Return the objects that the kustomize binary makes of a folder. Raises KustomizeError."""
    command = [*tool("kustomize"), "build", os.fspath(folder), *flags]
    if command[0].endswith("kubectl"):
        command.remove("build")
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, env=OFFLINE)
    if done.returncode:
        raise KustomizeError(done.stderr.strip())
    return cast("list[Json]", krusty().ask(read=done.stdout).get("objects", []))


def same_objects(ours: Iterable[Json], theirs: Iterable[Json], *, ordered: Iterable[str] = ORDERED) -> list[str]:
    """Return how two sets of objects differ, a line a difference; none when they mean the same.

    Objects are matched by apiVersion, kind, namespace and name, whatever their order. Keyed lists and sets are compared
    whatever the order of their items, except the lists named by `ordered`.
    """
    left, right = _by_id(ours), _by_id(theirs)
    lines = [f"{key}: {count} times here, {len(right.get(key, ()))} there"
             for key, items in left.items() if (count := len(items)) != len(right.get(key, ()))]  # fmt: skip
    lines += [f"{key}: only there" for key in right.keys() - left.keys()]
    for key in left.keys() & right.keys():
        node = builtin().root(left[key][0].get("apiVersion", ""), left[key][0].get("kind", ""))
        for one, other in zip(left[key], right[key], strict=False):
            lines.extend(_differences(one, other, node, key, frozenset(ordered)))
    return sorted(lines)


def same_order(ours: Iterable[Json], theirs: Iterable[Json]) -> list[str]:
    """Return how the order of two lists of objects differs; none when it does not."""
    left, right = [_id(each) for each in ours], [_id(each) for each in theirs]
    return [] if left == right else [f"order: {left} here, {right} there"]


def _id(body: Json) -> str:
    meta = body.get("metadata") or {}
    return f"{body.get('apiVersion')}/{body.get('kind')}/{meta.get('namespace') or ''}/{meta.get('name') or ''}"


def _by_id(objects: Iterable[Json]) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for body in objects:
        found.setdefault(_id(body), []).append(body)
    return found


def _differences(one: Json, other: Json, node: Node | None, at: str, ordered: frozenset[str]) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted(one.keys() | other.keys()):
            if name not in one or name not in other:
                if name == "annotations" and not one.get(name) and not other.get(name):
                    continue  # kustomize drops an empty map here, as the API server does
                side = "here" if name in one else "there"
                yield f"{at}.{name}: only {side}: {_short(one.get(name, other.get(name)))}"
            else:
                below = node.field(name) if node else None
                yield from _differences(one[name], other[name], below, f"{at}.{name}", ordered)
    elif isinstance(one, list) and isinstance(other, list):
        yield from _lists(one, other, node, at, ordered)
    elif one != other or isinstance(one, bool) is not isinstance(other, bool):
        yield f"{at}: {_short(one)} here, {_short(other)} there"


def _lists(one: list[Json], other: list[Json], node: Node | None, at: str, ordered: frozenset[str]) -> Iterator[str]:
    item = node.item if node else None
    if node and node.is_set:
        one, other = sorted(one, key=str), sorted(other, key=str)
    elif node and node.keys and (left := _keyed(one, node)) is not None and (right := _keyed(other, node)) is not None:
        if at.rpartition(".")[2] in ordered and list(left) != list(right):
            yield f"{at}: order {list(left)} here, {list(right)} there"
        for key in left.keys() ^ right.keys():
            yield f"{at}[{key}]: only {'here' if key in left else 'there'}"
        for key in left.keys() & right.keys():
            yield from _differences(left[key], right[key], item, f"{at}[{key}]", ordered)
        return
    if len(one) != len(other):
        yield f"{at}: {_short(one)} here, {_short(other)} there"
        return
    for index, (mine, its) in enumerate(zip(one, other, strict=True)):
        yield from _differences(mine, its, item, f"{at}[{index}]", ordered)


def _keyed(items: list[Json], node: Node) -> dict[str, Json] | None:
    """Return the items by key, or None when some have no key or share one."""
    found: dict[str, Json] = {}
    for each in items:
        if not isinstance(each, dict):
            return None
        values = [each.get(key, node.default_of(key)) for key in node.keys]
        if all(value is None for value in values):
            return None
        found[",".join(map(str, values))] = each
    return found if len(found) == len(items) else None


def _short(value: Json) -> str:
    text = json.dumps(value)
    return text if len(text) <= 160 else text[:157] + "..."
