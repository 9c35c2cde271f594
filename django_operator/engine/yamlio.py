"""YAML in, and where in a text each value stands. The only importer of yaml; knows nothing of Kubernetes.

YAML 1.2's core scalars (`on`, `0777`, `22:22` and dates stay strings); duplicate and non-string keys are refused,
aliases and depth are capped.
"""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import TYPE_CHECKING, Any

import yaml
from yaml import events as ev

from django_operator.engine.errors import Origin, RenderError, fail
from django_operator.engine.paths import Json, Path, depth, dotted, get, length
from django_operator.engine.scalars import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

MAX_TEXT = 8 * 2**20
"""Bytes of one YAML text. etcd takes 1.5 MiB for an object; this leaves room for bundles of CRDs."""
MAX_DEPTH = 100
"""Levels of nesting. Kubernetes objects stay under 30; the cap keeps hostile input off the Python stack."""
MAX_ALIASED = 100_000
"""Values that aliases may add to a text (the "billion laughs" fault of YAML readers, CVE-2019-11253); of characters
they may add MAX_TEXT."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TYPES: dict[str, tuple[type, ...]] = {"int": (int,), "float": (int, float), "bool": (bool,), "null": (type(None),)}
_SHORT = 40
"""Characters of a number that is repeated in a hint."""
_FIRST = "\n"
"""A step below a text that stands on other lines than its field; marks its first line."""


@dataclasses.dataclass(frozen=True)
class _Text:
    """A YAML text, kept to find lines when somebody asks for them."""

    text: str
    source: str
    skipped: int = 0

    @cached_property
    def lines(self) -> list[dict[Path, int]]:
        """Return, for each document, the line of each path."""
        marks: list[dict[Path, int]] = []
        for _ in _Reader(self.text, self.source, marks, self.skipped).documents():
            pass
        return marks


@dataclasses.dataclass(frozen=True)
class Document:
    """A value with the place it was written at.

    `base` is where the value stands in its text; `mounts` are parts that were written elsewhere (longest path wins).
    `giver` is what a replacement copies from, on the document of its target; `explain` asks for it.
    """

    value: Json
    source: str
    field: str = ""
    base: Path = ()
    mounts: Mapping[Path, Document] = dataclasses.field(default_factory=dict)
    _text: _Text | None = None
    _index: int = 0
    giver: object = None

    def at(self, *path: str | int) -> Document:
        """Return the part of this document that stands at `path`."""
        mounts: dict[Path, Document] = {}
        if self.mounts:
            for size in range(len(path), 0, -1):
                if path[:size] in self.mounts:
                    return self.mounts[path[:size]].at(*path[size:])
            mounts = {key[len(path) :]: part for key, part in self.mounts.items() if key[: len(path)] == path}
        value = get(self.value, *path)
        return Document(value, self.source, self.field, self.base + path, mounts, self._text, self._index)

    def origin(self, path: Path = ()) -> Origin:
        """Return the place of the part at `path`, or of the nearest part around it that has one."""
        for size in range(len(path), 0, -1):
            if path[:size] in self.mounts:
                return self.mounts[path[:size]].origin(path[size:])
        where = self.base + path
        steps = dotted(where)
        name = f"{self.field}.{steps}" if self.field and steps and not steps.startswith("[") else self.field + steps
        return Origin(self.source, self._line(where), name)

    @property
    def size(self) -> int:
        """How long the text is that this was read from; 0 for a value that was never text."""
        return len(self._text.text) if self._text is not None else 0

    def first_line(self) -> int | None:
        """Return the line on which the text starts that this document's value is: a block's is below its field."""
        return self._line((*self.base, _FIRST))

    def _line(self, path: Path) -> int | None:
        if self._text is None:
            return None
        marks = self._text.lines[self._index]
        return next((marks[path[:size]] for size in range(len(path), -1, -1) if path[:size] in marks), None)


def parse(text: str, source: str, skipped: int = 0) -> tuple[Document, ...]:
    """Return the documents of a YAML (or JSON) text, empty ones left out.

    `skipped` counts the lines before the text in its source, for a text that stands inside another one.

    Raises RenderError with file and line: malformed YAML, a duplicate or non-string key, a tag, too deep, too large.
    """
    kept = _Text(text, source, skipped)
    values = _Reader(text, source, skipped=skipped).documents()
    return tuple(
        Document(value, source, _text=kept, _index=index) for index, value in enumerate(values) if value is not None
    )


class _Reader:
    """One pass over the events of a text. Lines are kept only when `marks` is given: most texts never need them."""

    def __init__(self, text: str, source: str, marks: list[dict[Path, int]] | None = None, skipped: int = 0) -> None:
        if len(text) > MAX_TEXT:
            raise fail(f"larger than {MAX_TEXT // 2**20} MiB", Origin(source))
        self._text, self._source = text, source
        self._first = skipped + 1
        self._marks = marks
        self._anchors: dict[str, tuple[Json, int]] = {}
        self._count = 0
        self._aliased = self._repeated = 0
        self._loader = self._reading(lambda: _Loader(text))

    def documents(self) -> Iterator[Json]:
        """Yield the value of each document."""
        while True:
            event = self._next()
            if isinstance(event, ev.StreamEndEvent):
                return
            if isinstance(event, ev.DocumentStartEvent):
                self._anchors.clear()
                if self._marks is not None:
                    self._marks.append({})
                yield self._value(self._next(), ())

    def _next(self) -> Any:
        return self._reading(self._loader.get_event)

    def _reading(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except (yaml.YAMLError, UnicodeError) as error:
            mark = getattr(error, "problem_mark", None)
            problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
            from django_operator.engine.hints import malformed  # noqa: PLC0415 - on the way to an error

            at = Origin(self._source, mark.line + self._first if mark else None)
            raise fail(f"not YAML: {problem}", at, malformed(problem, self._text, mark.line if mark else 0)) from error

    def _fail(self, problem: str, event: Any, path: Path, hint: str = "") -> RenderError:
        return fail(problem, Origin(self._source, event.start_mark.line + self._first, dotted(path)), hint)

    def _value(self, event: Any, path: Path) -> Json:
        start = self._count
        self._count += 1
        if self._marks is not None:
            self._marks[-1].setdefault(path, event.start_mark.line + self._first)
        kind = type(event)
        if kind is ev.AliasEvent:
            return self._alias(event, path)
        if len(path) > MAX_DEPTH:
            raise self._too_deep(event, path)
        if kind is ev.ScalarEvent:
            value = self._scalar(event, path)
            self._mark_text(event, path)
        elif event.tag not in (None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"):
            raise self._fail(f"tag {event.tag} is not allowed", event, path)
        elif kind is ev.MappingStartEvent:
            value = self._mapping(path)
        else:
            value = self._sequence(path)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, self._count - start)
        return value

    def _mark_text(self, event: Any, path: Path) -> None:
        if self._marks is not None:
            first = event.start_mark.line + (event.style in ("|", ">")) + self._first
            if first != self._marks[-1][path]:
                self._marks[-1][*path, _FIRST] = first

    def _too_deep(self, event: Any, path: Path) -> RenderError:
        return self._fail(f"nested deeper than {MAX_DEPTH} levels", event, path[:3])

    def _alias(self, event: Any, path: Path) -> Json:
        if event.anchor not in self._anchors:
            hint = f'a text that starts with * stands in quotes: "*{event.anchor}"'
            raise self._fail(f"alias *{event.anchor} has no anchor before it", event, path, hint)
        value, size = self._anchors[event.anchor]
        self._aliased += size
        self._count += size
        if self._aliased > MAX_ALIASED:
            raise self._fail(f"aliases add more than {MAX_ALIASED:,} values", event, path)
        self._repeated += length(value)
        if self._repeated > MAX_TEXT:
            raise self._fail(f"aliases add more than {MAX_TEXT // 2**20} MiB of text", event, path)
        if len(path) + depth(value) > MAX_DEPTH:
            raise self._too_deep(event, path)
        return value

    def _sequence(self, path: Path) -> list[Json]:
        items: list[Json] = []
        while type(event := self._next()) is not ev.SequenceEndEvent:
            items.append(self._value(event, (*path, len(items))))
        return items

    def _mapping(self, path: Path) -> dict[str, Json]:
        items: dict[str, Json] = {}
        merged: list[Json] = []
        while type(event := self._next()) is not ev.MappingEndEvent:
            if type(event) is ev.ScalarEvent and event.value == "<<" and event.implicit[0]:
                merged.append(self._merged(self._next(), path))
                continue
            key = self._key(event, path)
            where = (*path, key)
            if key in items:
                raise self._fail(f"duplicate key {key!r}", event, where)
            if self._marks is not None:
                self._marks[-1][where] = event.start_mark.line + self._first
            items[key] = self._value(self._next(), where)
        return _overlaid([items, *merged]) if merged else items

    def _merged(self, event: Any, path: Path) -> dict[str, Json]:
        value = self._value(event, (*path, "<<"))
        parts = value if isinstance(value, list) else [value]
        if not all(isinstance(part, dict) for part in parts):
            raise self._fail("<< takes a map, or a list of maps", event, path)
        return _overlaid(parts)

    def _key(self, event: Any, path: Path) -> str:
        value = self._scalar(event, path) if type(event) is ev.ScalarEvent else None
        if isinstance(value, str):
            if event.anchor is not None:
                self._anchors[event.anchor] = (value, 1)
            return value
        if type(event) is ev.AliasEvent and isinstance(key := self._alias(event, path), str):
            return key
        written = getattr(event, "value", "a list or map") or "null"
        hint = f'write "{written}" in quotes' if hasattr(event, "value") else "{{ }} of a template has to be filled in"
        raise self._fail(f"key {written} is not a string", event, path, hint)

    def _scalar(self, event: Any, path: Path) -> Json:
        text: str = event.value
        if event.tag is None:
            return self._plain(text, event, path) if event.implicit[0] else text
        name = event.tag.removeprefix("tag:yaml.org,2002:")
        if name in ("!", "str"):
            return text
        if name == "binary":
            return "".join(text.split())
        if name not in _TYPES:
            raise self._fail(f"tag {event.tag} is not allowed", event, path)
        value = self._plain(text, event, path)
        if type(value) not in _TYPES[name]:
            raise self._fail(f"{text!r} is no {name}", event, path)
        return value

    def _plain(self, text: str, event: Any, path: Path) -> Json:
        try:
            return plain(text)
        except ValueError as error:
            hint = f'write "{text}" in quotes' if len(text) < _SHORT else "write it in quotes"
            raise self._fail(str(error), event, path, hint) from error


def _overlaid(maps: Sequence[dict[str, Json]]) -> dict[str, Json]:
    """Return all maps as one; earlier ones win."""
    result: dict[str, Json] = {}
    for each in reversed(maps):
        result |= each
    return result
