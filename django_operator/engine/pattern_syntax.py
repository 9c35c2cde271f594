"""The syntax of regular expressions as Go reads them (RE2), save flags, Unicode classes and word boundaries.

Knows nothing of matching: see `patterns`.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

MAX_REPEAT = 1_000
"""Of a counted repeat, as in Go."""
MAX_GROUPS = 50
"""Groups inside of groups."""


class PatternError(ValueError):
    """A text that is no regular expression."""


class Chars(NamedTuple):
    """Characters by range; `but` means all others."""

    ranges: tuple[tuple[str, str], ...]
    but: bool = False

    def fits(self, char: str) -> bool:
        """Tell whether a character is one of these."""
        return any(low <= char <= high for low, high in self.ranges) is not self.but


class Any(NamedTuple):
    """One of several patterns."""

    parts: tuple[Node, ...]


class All(NamedTuple):
    """Patterns one after the other."""

    parts: tuple[Node, ...]


class Repeat(NamedTuple):
    """A pattern so many times; no `most` means any number."""

    part: Node
    least: int
    most: int | None


Node: TypeAlias = "str | Chars | Any | All | Repeat"
"""A text of one character is an edge: `^` or `$`."""

_DIGIT, _SPACE = (("0", "9"),), (("\t", "\n"), ("\f", "\r"), (" ", " "))
_UPPER, _LOWER = (("A", "Z"),), (("a", "z"),)
_WORD = (*_DIGIT, *_UPPER, *_LOWER, ("_", "_"))
_CLASSES = {"d": _DIGIT, "s": _SPACE, "w": _WORD}
_NAMED = {
    "alnum": (*_DIGIT, *_UPPER, *_LOWER),
    "alpha": (*_UPPER, *_LOWER),
    "digit": _DIGIT,
    "lower": _LOWER,
    "upper": _UPPER,
    "space": (*_SPACE, ("\v", "\v")),
    "word": _WORD,
}
_CONTROL = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}
_EDGES = {"A": "^", "z": "$"}


def read(text: str) -> Node:
    """Return what a pattern says. Raises PatternError where it is none."""
    return _Parser(text).whole()


class _Parser:
    """Reads the text of a pattern."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        """Return the whole pattern."""
        found = self._choice()
        if self._at < len(self._text):
            raise PatternError("unexpected )")
        return found

    def _peek(self, wanted: str) -> bool:
        return self._text.startswith(wanted, self._at)

    def _take(self, wanted: str) -> bool:
        found = self._peek(wanted)
        self._at += len(wanted) * found
        return found

    def _next(self, missing: str) -> str:
        if self._at >= len(self._text):
            raise PatternError(missing)
        self._at += 1
        return self._text[self._at - 1]

    def _choice(self) -> Node:
        parts = [self._sequence()]
        while self._take("|"):
            parts.append(self._sequence())
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self._at < len(self._text) and not self._peek("|") and not self._peek(")"):
            parts.append(self._repeated(self._one()))
        return All(tuple(parts))

    def _repeated(self, part: Node) -> Node:
        limits = self._limits()
        if limits is None:
            return part
        self._take("?")  # as few as possible: no different for a whole text
        if self._limits() is not None:
            raise PatternError("a repeat of a repeat")
        return Repeat(part, *limits)

    def _limits(self) -> tuple[int, int | None] | None:
        for char, limits in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._take(char):
                return limits
        inside, closed, _ = self._text[self._at + 1 : self._at + 12].partition("}")
        low, comma, high = inside.partition(",")
        if not self._peek("{") or not closed or not low.isdecimal() or not (high or "0").isdecimal():
            return None  # as in Go, such a brace stands for itself
        least = int(low)
        most = int(high) if high else None if comma else least
        if max(least, most or 0) > MAX_REPEAT or (most is not None and most < least):
            raise PatternError(f"bad repeat {{{inside}}}")
        self._at += len(inside) + 2
        return least, most

    def _one(self) -> Node:
        char = self._next("")
        match char:
            case "(":
                return self._group()
            case "[":
                return self._class()
            case ".":
                return Chars((("\n", "\n"),), but=True)
            case "^" | "$":
                return char
            case "*" | "+" | "?":
                raise PatternError(f"nothing to repeat before {char}")
            case "\\":
                char = self._next("a \\ at its end")
                return _EDGES.get(char) or self._escaped(char)
            case _:
                pass
        return Chars(((char, char),))

    def _group(self) -> Node:
        if self._peek("?") and not self._take("?:"):
            raise PatternError("groups (?...) other than (?:...) are not supported")
        self._depth += 1
        if self._depth > MAX_GROUPS:
            raise PatternError("it is too deep")
        found = self._choice()
        if not self._take(")"):
            raise PatternError("missing )")
        self._depth -= 1
        return found

    def _escaped(self, char: str) -> Chars:
        if char.lower() in _CLASSES:
            return Chars(_CLASSES[char.lower()], but=char.isupper())
        if char in _CONTROL:
            char = _CONTROL[char]
        elif char.isalnum() or not char.isascii():
            raise PatternError(f"unknown escape \\{char}")
        return Chars(((char, char),))

    def _class(self) -> Chars:
        but = self._take("^")
        ranges: list[tuple[str, str]] = []
        while not ranges or not self._take("]"):
            low = self._member(ranges)
            if low is None:
                continue
            high = low
            if self._peek("-") and not self._peek("-]"):
                self._take("-")
                high = self._member([]) or ""
            if high < low:
                raise PatternError("bad range in [ ]")
            ranges.append((low, high))
        return Chars(tuple(ranges), but)

    def _member(self, ranges: list[tuple[str, str]]) -> str | None:
        """Return one character of a class; None where a whole class stood, which is added to `ranges`."""
        if self._take("[:"):
            name, _, _ = self._text[self._at :].partition(":]")
            if name not in _NAMED:
                raise PatternError("unknown class [:...:]")
            self._at += len(name) + 2
            ranges += _NAMED[name]
            return None
        char = self._next("missing ]")
        if char != "\\":
            return char
        found = self._escaped(self._next("missing ]"))
        if found.but:
            raise PatternError("a class such as \\D inside [ ] is not supported")
        if len(found.ranges) == 1 and found.ranges[0][0] == found.ranges[0][1]:
            return found.ranges[0][0]
        ranges += found.ranges
        return None
