"""Which layer wrote each field: an observer of a build that compares objects before and after each change.

A field belongs to the last layer that spoke of it: that gave it another value, or whose patch says the value that it
has. (A patch that leaves an object as it was, nobody is told of. What names the object, or an item of a list, is no
value of a patch.) A value that a replacement copies belongs to who wrote it where it comes from. Knows nothing of how
changes are made, nor of what is shown to a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from django_operator.engine.diff import gaps
from django_operator.engine.fieldpaths import places, read_path, text_of
from django_operator.engine.paths import Json, Path, get, put, same
from django_operator.engine.replacements import Giver
from django_operator.engine.schema import builtin
from django_operator.engine.trail import Item, Trail, locate, tokens
from django_operator.engine.yamlio import Document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.engine.errors import Origin
    from django_operator.engine.resources import ResId, Resource
    from django_operator.engine.schema import Node, Schema

IDENTITY = Document({}, "django-operator")
"""What is named as the writer of a field that was changed outside of the build."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Who wrote a field: the document that caused the change, and the way to the field."""

    cause: Document
    trail: Trail = ()

    def into(self, step: str | Item) -> Writer:
        """Return the writer of a part of the value."""
        return Writer(self.cause, (*self.trail, step))

    @property
    def origin(self) -> Origin:
        """Return the place that the value was written at."""
        return self.cause.origin(locate(self.cause.value, self.trail))


Shade: TypeAlias = "Writer | dict[str, Any] | list[Any]"
"""The writers of a value, in the value's own shape; an empty map or list has one writer, as a scalar has."""


@dataclass(frozen=True, slots=True)
class Field:
    """A leaf of an object: a scalar, or an empty map or list."""

    path: Path
    value: Json
    writer: Writer

    @property
    def origin(self) -> Origin:
        """Return the place that the value was written at; found when asked for."""
        return self.writer.origin


class _Copy(NamedTuple):
    """A value that a replacement copies, and who wrote it; nothing where that is not known."""

    giver: Giver
    value: Json = None
    shade: Shade | None = None


class Recorder:
    """The observer; made for one build."""

    def __init__(self, schema: Schema | None = None, *, through: bool = True) -> None:
        """Take what is known of kinds: list keys tell which item of a list is which.

        `through` replacements a value is followed to where it comes from; else it belongs to the one that copied it.
        """
        self._schema = schema or builtin()
        self._through = through
        self._copy: _Copy | None = None
        self._shades: dict[int, tuple[Resource, Shade]] = {}

    def __call__(self, before: Resource | None, after: Resource | None, cause: Document) -> None:
        """Note one change of one object."""
        copied = self._copied(cause.giver) if self._through and isinstance(cause.giver, Giver) else None
        known = self._shades.pop(id(before), None) if before else None
        if after is None:
            return
        if before is None or known is None:
            shade = _written(after.body, Writer(cause), None)
        else:
            node = self._schema.root(after.id.api_version, after.id.kind)
            shade = _changed(before.body, after.body, known[1], Writer(cause), node)
            shade = _said(after, shade, cause, node) if copied is None else _given(after, shade, cause, copied)
        # The object is kept beside its shade, so that its id() stays its own.
        self._shades[id(after)] = (after, shade)

    def fields(self, resource: Resource, path: Path = ()) -> list[Field]:
        """Return the leaves of an object below `path`, in the object's own order, each with the place that wrote it."""
        return list(_leaves(get(resource.body, *path), _below(self._shade(resource), path), path))

    def _copied(self, giver: Giver) -> _Copy:
        """Return what a replacement copies. It is looked up once: the first target may be the object it comes from."""
        if self._copy is None or self._copy.giver is not giver:
            held, path = self._shades.get(id(giver.resource)), next(places(giver.resource.body, giver.steps), None)
            self._copy = _Copy(giver)
            if held is not None and path is not None:
                self._copy = _Copy(giver, get(held[0].body, *path), _below(held[1], path))
        return self._copy

    def _shade(self, resource: Resource) -> Shade:
        held = self._shades.get(id(resource))
        if held is None:
            held = next((each for each in self._shades.values() if _same_id(each[0].id, resource.id)), None)
        if held is None:
            return _written(resource.body, Writer(resource.document), None)
        node = self._schema.root(resource.id.api_version, resource.id.kind)
        return _changed(held[0].body, resource.body, held[1], Writer(IDENTITY), node)


def _written(value: Json, writer: Writer, node: Node | None) -> Shade:
    """Return the shade of a value that is new as a whole."""
    if isinstance(value, dict) and value:
        return {key: _written(item, writer.into(key), node.field(key) if node else None) for key, item in value.items()}
    if isinstance(value, list) and value:
        keys, below = (node.keys, node.item) if node else ((), None)
        return [_written(item, writer.into(Item(at, item, keys)), below) for at, item in enumerate(value)]
    return writer


def _changed(before: Json, after: Json, shade: Shade, writer: Writer, node: Node | None) -> Shade:
    """Return the shade of a value that takes the place of another."""
    if after is before:
        return shade
    if isinstance(before, dict) and isinstance(after, dict) and isinstance(shade, dict) and after:
        made: dict[str, Shade] = {}
        for key, item in after.items():
            old = before.get(key, made)
            if old is item:
                made[key] = shade[key]
                continue
            inner, below = writer.into(key), node.field(key) if node else None
            made[key] = _written(item, inner, below) if old is made else _changed(old, item, shade[key], inner, below)
        return made
    if isinstance(before, list) and isinstance(after, list) and isinstance(shade, list) and after:
        keys, below = (node.keys, node.item) if node else ((), None)
        partners = _partners(before, after, keys)
        items: list[Shade] = []
        for at, item in enumerate(after):
            inner, old = writer.into(Item(at, item, keys)), partners.get(at)
            items.append(
                _written(item, inner, below) if old is None else _changed(before[old], item, shade[old], inner, below)
            )
        return items
    return shade if same(before, after) else _written(after, writer, node)


def _said(after: Resource, shade: Shade, cause: Document, node: Node | None) -> Shade:
    """Return the shade with the values that a patch says, and that are there, as its own."""
    said, writer = cause.value, Writer(cause)
    if isinstance(said, dict) and said.get("kind") in (None, after.id.kind):
        named = {key: value for key, value in said.items() if key not in ("apiVersion", "kind")}
        if isinstance(meta := said.get("metadata"), dict):
            named["metadata"] = {key: value for key, value in meta.items() if key not in ("name", "namespace")}
        return _spoken(after.body, named, shade, writer, node)
    for operation in said if isinstance(said, list) else ():
        if isinstance(operation, dict) and operation["op"] in ("add", "replace"):
            for path in places(after.body, tuple(tokens(operation))):
                if same(value := get(after.body, *path), operation["value"]):
                    shade = put(shade, path, _written(value, *_into(writer, after.body, path, node)))
    return shade


def _spoken(value: Json, said: Json, shade: Shade, writer: Writer, node: Node | None) -> Shade:
    """Return the shade of a value that a strategic patch, or a part of one, was laid over."""
    if isinstance(value, dict) and isinstance(said, dict) and isinstance(shade, dict):
        made = dict(shade)
        for key in said.keys() & value.keys():
            below = node.field(key) if node else None
            made[key] = _spoken(value[key], said[key], shade[key], writer.into(key), below)
        return made
    if isinstance(value, list) and isinstance(said, list) and isinstance(shade, list):
        keys, below = (node.keys, node.item) if node else ((), None)
        items = list(shade)
        for at, place in _partners(said, value, keys).items() if keys or same(value, said) else ():
            part = said[place]
            if keys and isinstance(part, dict):
                part = {key: item for key, item in part.items() if key not in keys}
            items[at] = _spoken(value[at], part, shade[at], writer.into(Item(at, value[at], keys)), below)
        return items
    return writer if isinstance(shade, Writer) and same(value, said) else shade


def _into(writer: Writer, value: Json, path: Path, node: Node | None) -> tuple[Writer, Node | None]:
    """Return the writer of the part at a path, and what is known of it."""
    for step in path:
        if isinstance(step, str):
            writer, node = writer.into(step), node.field(step) if node else None
        else:
            keys, node = (node.keys, node.item) if node else ((), None)
            writer = writer.into(Item(step, value[step], keys))
        value = value[step]
    return writer, node


def _given(after: Resource, shade: Shade, cause: Document, copied: _Copy) -> Shade:
    """Return the shade with what a replacement copied as it is; other values (of several parts, say) are its own."""
    for text in (cause.value.get("fieldPaths") or ("metadata.name",)) if copied.shade is not None else ():
        for path in places(after.body, read_path(text)):
            if _same_text(get(after.body, *path), copied.value):
                shade = put(shade, path, copied.shade)
    return shade


def _same_text(left: Json, right: Json) -> bool:
    nested = isinstance(left, dict | list) or isinstance(right, dict | list)
    return same(left, right) if nested else text_of(left) == text_of(right)


def _partners(before: list[Json], after: list[Json], keys: tuple[str, ...]) -> dict[int, int]:
    """Return, for items of a list, where they stood before."""
    if keys and all(isinstance(item, dict) for item in (*before, *after)):
        places = {tuple(str(item.get(key)) for key in keys): at for at, item in enumerate(before)}
        found = ((at, places.get(tuple(str(item.get(key)) for key in keys))) for at, item in enumerate(after))
        return {at: place for at, place in found if place is not None}
    return {new: old for olds, news in gaps(before, after) for old, new in zip(olds, news, strict=False)}


def _leaves(value: Json, shade: Shade, path: Path) -> Iterator[Field]:
    if isinstance(value, dict | list) and value:
        for step, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(item, _part(shade, step), (*path, step))
    elif isinstance(shade, Writer):
        yield Field(path, value, shade)


def _part(shade: Shade, step: Any) -> Shade:
    return shade if isinstance(shade, Writer) else shade[step]


def _below(shade: Shade, path: Path) -> Shade:
    return reduce(_part, path, shade)


def _same_id(left: ResId, right: ResId) -> bool:
    return (
        left[:3] == right[:3]
        and left.name == right.name
        and (left.namespace or "default") == (right.namespace or "default")
    )
