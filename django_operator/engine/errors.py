"""What can go wrong, and where it was written. Knows nothing of what the inputs mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Origin(NamedTuple):
    """A place a person can open: a line of a file, a field of a resource, or both.

    `source` is a path or a resource ("Django/shop"), `line` counts from 1, `field` is a path such as
    `spec.overlays[0].patches[1]`.
    """

    source: str
    line: int | None = None
    field: str = ""

    def __str__(self) -> str:
        """Return `source:line field`, leaving out what is not known."""
        place = self.source if self.line is None else f"{self.source}:{self.line}"
        return f"{place} {self.field}".strip()


class Fault(NamedTuple):
    """One thing wrong with an input."""

    at: Origin
    problem: str
    hint: str = ""

    def __str__(self) -> str:
        """Return one line, or two when there is a hint."""
        return f"{self.at}: {self.problem}" + (f"\n  hint: {self.hint}" if self.hint else "")


MAX_FAULTS = 200
"""Faults of one error; more than that nobody reads, and each costs a line number."""
MAX_HINTS = 50
"""Faults of one check that get a hint; near misses are slow to find."""
_MAX_WORD, _MAX_WORDS = 200, 1_000
"""How long a word may be to have near misses, and how many others are looked at."""


class RenderError(Exception):
    """The inputs cannot be rendered; trying again without an edit is useless. Carries the faults found, at most 200."""

    def __init__(self, *faults: Fault) -> None:
        """Take one fault or more."""
        if len(faults) > MAX_FAULTS:
            more = Fault(faults[MAX_FAULTS - 1].at, f"and {len(faults) - MAX_FAULTS + 1:,} more faults after these")
            faults = (*faults[: MAX_FAULTS - 1], more)
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


class StopError(RenderError):
    """The build is over: whoever gathers faults lets this one through."""


def fail(problem: str, at: Origin, hint: str = "") -> RenderError:
    """Return the error of a single fault, to be raised by the caller."""
    return RenderError(Fault(at, problem, hint))


def note(faults: list[Fault], *found: Fault) -> None:
    """Add faults to those gathered so far. Raises StopError with all of them once there are too many to read."""
    faults += found
    if len(faults) > MAX_FAULTS:
        raise StopError(*faults)


def near(word: str, words: Iterable[str], what: str = "did you mean") -> str:
    """Return a hint naming the words closest to `word`, or all of a short list; empty when there is none."""
    from difflib import get_close_matches  # noqa: PLC0415 - only on the way to an error: 3 ms of start-up

    known = sorted({each for each in words if len(each) <= _MAX_WORD})
    close = get_close_matches(word, known[:_MAX_WORDS], n=3, cutoff=0.6) if len(word) <= _MAX_WORD else []
    if close:
        return f"{what} {', '.join(close)}?"
    return f"there is {', '.join(known)}" if 0 < len(known) <= 12 else ""  # noqa: PLR2004 - a line a person reads
