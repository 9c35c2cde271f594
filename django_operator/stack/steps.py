"""What each patch of a surveyed tree does to each object, and whether kustomize would do the same.

Knows nothing of how it is written down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django_operator.engine.diff import diff
from django_operator.engine.schema import builtin
from django_operator.stack.kustomize import Outcome, compare, compare_copies
from django_operator.stack.survey import PROBE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django_operator.engine.paths import Body, Path
    from django_operator.engine.resources import Resource
    from django_operator.engine.yamlio import Document
    from django_operator.stack.survey import Entry, Folder


@dataclass(slots=True)
class Match:
    """One object in one step; `line` follows it through all its names, `time` tells what came before what."""

    before: Resource
    after: Resource | None
    line: int
    time: int
    outcome: Outcome = field(default_factory=lambda: Outcome(""))


@dataclass(slots=True)
class Watch:
    """The observer that finds out which objects each patch is laid over, and what becomes of them."""

    steps: Mapping[int, int]
    matches: dict[int, list[Match]] = field(default_factory=dict)
    _lines: dict[int, tuple[Resource, int]] = field(default_factory=dict)
    _count: int = 0

    def __call__(self, before: Resource | None, after: Resource | None, cause: Document) -> None:
        """Note one change."""
        time = line = self._count = self._count + 1
        if before is not None:
            _, line = self._lines.pop(id(before), (None, line))
            number = self.steps.get(id(cause.value))
            if number is not None:
                self.matches.setdefault(number, []).append(Match(before, after, line, time))
        if after is not None:
            self._lines[id(after)] = (after, line)


def judge(folders: Iterable[Folder], matches: Mapping[int, list[Match]]) -> None:
    """Find the outcome of each step; a list in another order is a fault where a JSON patch reaches into it."""
    steps = [(entry, match) for each in folders for entry in each.entries for match in matches.get(entry.number, ())]
    for copying in (copying for each in folders for copying in each.copyings):
        for match in matches.get(copying.number, ()):
            match.outcome = compare_copies(operations(match))
    for entry, match in steps:
        if entry.is_json or entry.options or match.after is None:
            continue
        before, after = _clean(match.before.body), _clean(match.after.body)
        node = builtin().root(match.before.id.api_version, match.before.id.kind)
        match.outcome = compare(before, entry.patch, after, match.before.id, node)
    indexed = any(each.has_indices for each in folders)
    changed = True
    while changed:
        changed = False
        reached: dict[int, list[tuple[int, Path]]] = {match.line: [] for _, match in steps}
        for entry, match in steps:
            if entry.is_json or match.outcome.reason:
                reached[match.line] += [(match.time, path) for path in _pointers(entry, match)]
        for _, match in steps:
            later = [path for time, path in reached[match.line] if time > match.time]
            if any(indexed or _reaches(path, later) for path in match.outcome.reordered):
                match.outcome = Outcome("gives items in another order, and a later step counts them")
                changed = True


def _pointers(entry: Entry, match: Match) -> list[Path]:
    ops = entry.value if entry.is_json else operations(match)
    places = [each[name] for each in ops for name in ("path", "from") if name in each]
    return [tuple(place.replace("~1", "/").replace("~0", "~").split("/")[1:]) for place in places]


def _reaches(path: Path, pointers: list[Path]) -> bool:
    steps = tuple(map(str, path))
    return any(len(pointer) > len(steps) and pointer[: len(steps)] == steps for pointer in pointers)


def _clean(body: Body) -> Body:
    return {key: value for key, value in body.items() if key != PROBE}


def operations(match: Match) -> list[Body]:
    """Return what a step does to an object, as a JSON patch; a deleted object has none."""
    return diff(_clean(match.before.body), _clean(match.after.body)) if match.after else []
