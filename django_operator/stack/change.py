"""Changes that a spec asks of base objects, as data: one value at one place of one object, and where it was written.

All values for one object become one strategic patch. Knows nothing of the spec's fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from django_operator.engine.paths import get, same
from django_operator.engine.yamlio import Document

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_operator.engine.errors import Origin
    from django_operator.engine.paths import Body, Json, Path


class Ref(NamedTuple):
    """An object, by its base name."""

    api_version: str
    kind: str
    name: str


class Put(NamedTuple):
    """`value` goes to `path` of the object `ref`, because of what stands at `at` in the resource.

    None removes the field. A map is laid over what other changes put there, anything else takes its place; an index one
    beyond the end of a list appends.
    """

    ref: Ref
    path: Path
    value: Json
    at: Path


class Op(NamedTuple):
    """One operation of a JSON patch on the object `ref`.

    For what a strategic patch cannot say: items of lists without keys, and keys themselves.
    """

    ref: Ref
    operation: Body
    at: Path


Change: TypeAlias = Put | Op


_NOWHERE = Document(None, "")


@dataclass(frozen=True)
class Derived(Document):
    """A patch or a kustomization made from a spec: each part of it has its place in the resource.

    `parts` and `mounts` are about the whole that this is a part of, from which it stands at `base`.
    """

    written: Document = _NOWHERE
    parts: tuple[tuple[Path, Path], ...] = ()

    def at(self, *path: str | int) -> Document:
        """Return the part at `path`, which keeps its places."""
        whole = self.base + path
        for size in range(len(whole), len(self.base), -1):
            if whole[:size] in self.mounts:
                return self.mounts[whole[:size]].at(*whole[size:])
        value = get(self.value, *path)
        return Derived(value, self.source, base=whole, mounts=self.mounts, written=self.written, parts=self.parts)

    def origin(self, path: Path = ()) -> Origin:
        """Return the place in the resource of the nearest part around `path`, or else of the first one within it.

        Of a part that was copied from the resource as it stands, the place within it; the last such part counts.
        """
        whole = self.base + path
        for size in range(len(whole), 0, -1):
            if whole[:size] in self.mounts:
                return self.mounts[whole[:size]].origin(whole[size:])
        around = [each for each in self.parts if whole[: len(each[0])] == each[0]]
        if not around:
            within = (each[1] for each in self.parts if each[0][: len(whole)] == whole)
            return self.written.origin(next(within, ()))
        value = get(self.value, *path)
        for part, at in reversed(around if value is not None else []):
            copied = (*at, *whole[len(part) :])
            if same(value, get(self.written.value, *copied)):
                return self.written.origin(copied)
        return self.written.origin(max(reversed(around), key=lambda each: len(each[0]))[1])


def entries(changes: Iterable[Change], written: Document) -> list[Derived]:
    """Return the entries of `patches` that the changes make: at most a strategic and a JSON patch an object."""
    grouped: dict[tuple[type, Ref], list[Change]] = {}
    for change in changes:
        grouped.setdefault((type(change), change.ref), []).append(change)
    return [_entry(ref, group, written) for (_, ref), group in grouped.items()]


def _entry(ref: Ref, changes: list[Change], written: Document) -> Derived:
    operations = [change for change in changes if isinstance(change, Op)]
    if operations:
        group = ref.api_version.rpartition("/")[0]
        target = {**({"group": group} if group else {}), "kind": ref.kind, "name": ref.name}
        entry: Body = {"target": target, "patch": [each.operation for each in operations]}
        places = [(("patch", index), each.at) for index, each in enumerate(operations)]
        return Derived(entry, written.source, written=written, parts=tuple(places))
    body: Body = {"apiVersion": ref.api_version, "kind": ref.kind, "metadata": {"name": ref.name}}
    puts = [change for change in changes if isinstance(change, Put)]
    for put in puts:
        _place(body, put.path, put.value)
    parts = tuple((("patch", *put.path), put.at) for put in puts)
    return Derived({"patch": body}, written.source, written=written, parts=parts)


def _place(holder: Any, path: tuple[Any, ...], value: Json) -> None:
    """Put a value into a body that is still being made here, and shared with nobody."""
    for step, following in pairwise(path):
        empty: Json = [] if isinstance(following, int) else {}
        if isinstance(holder, list):
            if step == len(holder):
                holder.append({"name": "django"} if path[: path.index(step)][-1:] == ("containers",) else empty)
            holder = holder[step]
        else:
            holder = holder.setdefault(step, empty)
    last = path[-1]
    if isinstance(holder, list):
        if last == len(holder):
            holder.append(value)
        else:
            holder[last] = value
    elif isinstance(value, dict) and isinstance(holder.get(last), dict):
        for key, item in value.items():
            _place(holder[last], (key,), item)
    else:
        holder[last] = dict(value) if isinstance(value, dict) else value
