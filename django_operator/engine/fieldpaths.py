"""Paths of `replacements` and `vars`: `spec.containers.[name=app].env.*.value`, read and followed.

`[name=app]` means that very name. To kustomize it is a regular expression anchored nowhere, which also hits `app-2`
(https://github.com/kubernetes-sigs/kustomize/issues/5128). Knows nothing of Kubernetes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from django_operator.engine import emit, yamlio
from django_operator.engine.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django_operator.engine.paths import Json, Path


class Match(NamedTuple):
    """The items of a list whose `field` is `value`; without a field, the items that are `value`."""

    field: str
    value: str

    @property
    def is_pattern(self) -> bool:
        """Tell whether this was written for kustomize's regular expressions; no item of such a name is ever made."""
        return any(char in self.value for char in "*^$|(") and bool(self.field)

    def fits(self, item: Json) -> bool:
        """Tell whether a list item is meant."""
        held = item.get(self.field, MISSING) if self.field and isinstance(item, dict) else item
        return not isinstance(held, dict | list) and held is not MISSING and text_of(held) == self.value


Step: TypeAlias = "str | Match"
"""A key or index, `*` for every item of a list, or the items that fit."""

MISSING: Final[Any] = object()
"""Stands for a field that is not there, where null would be a value."""


_TEXTS = ("annotations", "labels", "matchLabels", "nodeSelector")
_DATA = ("data", "binaryData", "stringData")


def read_path(text: str) -> tuple[Step, ...]:
    r"""Return the steps of a path: split at dots, save escaped ones (`\.`) and those in brackets. Raises ValueError.

    Brackets with `=` choose list items, others hold a key as it is: `metadata.annotations.[a.b/c]`.
    """
    steps: list[Step] = []
    rest = text.removeprefix(".")
    while rest:
        if rest.startswith("["):
            inside, closed, rest = rest[1:].partition("]")
            if not closed or (rest and not rest.startswith(".")):
                raise ValueError(f"{text!r} has a bracket that does not end its step")
            field, equals, value = inside.partition("=")
            steps.append(Match(field, value) if equals else inside)
            rest = rest[1:]
            continue
        step, rest = _plain(rest)
        if not step:
            raise ValueError(f"{text!r} has an empty step")
        steps.append(step)
    if not steps:
        raise ValueError("the path is empty")
    if len(steps) > yamlio.MAX_DEPTH:
        raise ValueError(f"the path has more than {yamlio.MAX_DEPTH} steps")
    return tuple(steps)


def _plain(rest: str) -> tuple[str, str]:
    step = ""
    while True:
        head, dot, rest = rest.partition(".")
        if not (dot and head.endswith("\\")):
            return step + head, rest
        step += head[:-1] + "."


def look_up(value: Json, steps: tuple[Step, ...]) -> Json:
    """Return what stands at a path, MISSING where nothing does. `-` is a list's last item; a `*` fits nothing."""
    for step in steps:
        if isinstance(value, list):
            value = _item(value, step)
        elif isinstance(value, dict) and isinstance(step, str) and step in value:
            value = value[step]
        else:
            return MISSING
    return value


def _item(items: list[Json], step: Step) -> Json:
    if isinstance(step, Match):
        return next((item for item in items if step.fits(item)), MISSING)
    if step == "-" and items:
        return items[-1]
    return items[int(step)] if step.isdecimal() and int(step) < len(items) else MISSING


def places(value: Json, steps: tuple[Step, ...], path: Path = ()) -> Iterator[Path]:
    """Yield where a path leads, for reading (`-` is a list's last item) as for writing (`*` is every item)."""
    if not steps:
        yield path
    elif isinstance(value, list):
        last = {"-": len(value) - 1}
        for index, item in enumerate(value):
            step = steps[0]
            fits = step.fits(item) if isinstance(step, Match) else step in ("*", str(index)) or last.get(step) == index
            if fits:
                yield from places(item, steps[1:], (*path, index))
    elif isinstance(value, dict) and isinstance(steps[0], str) and steps[0] in value:
        yield from places(value[steps[0]], steps[1:], (*path, steps[0]))


def write(value: Json, steps: tuple[Step, ...], change: Callable[[Json], Json], *, create: bool) -> tuple[Json, int]:
    """Return `value` with `change` applied wherever the path leads, and how many places these were.

    `create` makes what is missing (`change` gets MISSING), a list's next item included. A string on the way that holds
    YAML or JSON is opened and written back, as kustomize does since 5.8.0.
    """
    if not steps:
        return change(value), 1
    if isinstance(value, str):
        return _write_in_text(value, steps, change, create=create)
    step, rest = steps[0], steps[1:]
    if (value is MISSING or value is None) and create and step != "*":
        value = [] if isinstance(step, Match) or step.isdecimal() else {}
    if isinstance(value, list):
        return _write_in_list(value, step, rest, change, create=create)
    if isinstance(value, dict) and not isinstance(step, Match) and (step in value or (create and step != "*")):
        new, hits = write(value.get(step, MISSING), rest, change, create=create)
        return ({**value, step: new} if hits else value), hits
    return value, 0


def _write_in_list(
    items: list[Json], step: Step, rest: tuple[Step, ...], change: Callable[[Json], Json], *, create: bool
) -> tuple[Json, int]:
    if isinstance(step, Match):
        chosen = {index for index, item in enumerate(items) if step.fits(item)}
        made: Json = {step.field: typed(step.value)} if step.field else typed(step.value)
        if not chosen and create and not step.is_pattern:
            chosen, items = {len(items)}, [*items, made]
    elif step == "*":
        chosen = set(range(len(items)))
    else:
        chosen = {int(step)} if step.isdecimal() and int(step) < len(items) + create else set()
        if chosen == {len(items)}:
            items = [*items, MISSING]
    results = [
        write(item, rest, change, create=create) if index in chosen else (item, 0) for index, item in enumerate(items)
    ]
    hits = sum(count for _, count in results)
    return ([item for item, _ in results] if hits else items), hits


def _write_in_text(
    text: str, steps: tuple[Step, ...], change: Callable[[Json], Json], *, create: bool
) -> tuple[Json, int]:
    try:
        documents = yamlio.parse(text, "")
    except RenderError:
        return text, 0
    if len(documents) != 1 or not isinstance(documents[0].value, dict | list):
        return text, 0
    new, hits = write(documents[0].value, steps, change, create=create)
    if not hits:
        return text, 0
    if text.lstrip()[0] not in "{[":
        return emit.dump([new]).strip(), hits
    from django_operator.engine.jsontext import dump_json  # noqa: PLC0415 - JSON inside of strings is rare

    return dump_json(new, pretty="\n" in text and "  " in text), hits


def text_of(value: Json) -> str:
    """Return a scalar as it is written in YAML without quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


def typed(text: str) -> Json:
    """Return what an unquoted YAML scalar means: a number, true or false, else the text itself (null too)."""
    if not text.replace(".", "").replace("-", "").replace("+", "").isalnum():
        return text
    try:
        documents = yamlio.parse(text, "")
    except RenderError:
        return text
    value = documents[0].value if documents else text
    return value if isinstance(value, bool | int | float) else text


def holds_text(steps: tuple[Step, ...]) -> bool:
    """Tell whether a field that is made must be a string, whatever its text looks like: a label, an `env` value."""
    parent = steps[-2] if len(steps) > 1 else ""
    in_data = parent in _DATA and len(steps) == len(("data", "key"))
    return in_data or parent in _TEXTS or (steps[-1] == "value" and "env" in steps[-3:])


def scalar(text: str, old: Json, steps: tuple[Step, ...]) -> Json:
    """Return a text as the value of a field: a string stays one, else it is read as an unquoted YAML scalar."""
    return text if isinstance(old, str) or (old is MISSING and holds_text(steps)) else typed(text)
