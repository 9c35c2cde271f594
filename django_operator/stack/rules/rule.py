"""A condition that types cannot say, in Python for offline checks and in CEL for the API server. Knows none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django_operator.engine.paths import Body, Path


class Rule(Struct, frozen=True):
    """A condition on each value of a Struct.

    `find` gives the places (paths inside the value) where it is broken. `cel` says the same of `self`; without it,
    `only` says why the rule is checked offline and by the operator alone. `field` is the path that the server reports.
    `advise` gives the hint of one place, where it depends on the value.
    """

    name: str
    on: type[Struct]
    field: str
    message: str
    find: Callable[[Body], Sequence[Path]]
    cel: str = ""
    hint: str = ""
    only: str = ""
    advise: Callable[[Body, Path], str] | None = None

    def hint_at(self, body: Body, place: Path) -> str:
        """Return the hint of a place that `find` has given."""
        return self.advise(body, place) if self.advise else self.hint


def has(body: Body | None, *path: str) -> bool:
    """Tell whether a field is there, as `has()` of CEL does."""
    value: Any = body
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value is not None


def at(field: str, broken: Callable[[Body], bool]) -> Callable[[Body], Sequence[Path]]:
    """Return a rule's `find` that reports one field ("" for the value itself) when a condition is broken."""
    path = tuple(field.split(".")) if field else ()
    return lambda self: (path,) if broken(self) else ()


def runs(process: Body | None) -> bool:
    """Tell whether a process has a command or arguments of its own."""
    return has(process, "command") or has(process, "args")
