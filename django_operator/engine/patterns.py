"""Regular expressions for whole texts, in time that grows with the text alone. Knows nothing of what is matched.

All ways through a pattern are followed at once, as in Go, never one after the other: a pattern that comes with a
resource, such as `(a+)+$`, must not stop the process that reads it, and Python's own engine would take years for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from django_operator.engine.pattern_syntax import All, Any, Chars, Node, PatternError, Repeat, read

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_STATES = 2_000
"""Parts of a pattern with its counted repeats written out."""
MAX_TEXT = 1_000
"""Characters, of patterns and of what they fit: no name, kind or image of Kubernetes is longer."""
_MAX_REMEMBERED = 10_000
_MATCH = 0


class _Step(NamedTuple):
    """A state that goes on to another one, with a character or at an edge of the text."""

    on: Chars | str
    following: int


class _Fork(NamedTuple):
    """A state that stands for several."""

    ways: tuple[int, ...]


_State: TypeAlias = "_Step | _Fork"


class Pattern:
    """A compiled regular expression. Raises PatternError when the text is none."""

    __slots__ = ("_left", "_start", "_states", "_steps", "text")

    def __init__(self, text: str) -> None:
        """Compile a text."""
        if len(text) > MAX_TEXT:
            raise PatternError(f"it has more than {MAX_TEXT:,} characters")
        self.text = text
        self._left = MAX_STATES
        self._states: list[_State] = [_Fork(())]
        self._steps: dict[tuple[frozenset[int], str], frozenset[int]] = {}
        first = self._compile(read(text), _MATCH)
        self._start = self._reached([first], "^")

    def fits(self, text: str) -> bool:
        """Tell whether the whole of a text is meant."""
        if len(text) > MAX_TEXT:
            return False
        now = self._start
        for char in text:
            if (now, char) not in self._steps:
                if len(self._steps) >= _MAX_REMEMBERED:
                    self._steps.clear()
                self._steps[now, char] = self._step(now, char)
            now = self._steps[now, char]
            if not now:
                return False
        return _MATCH in self._reached(now, "$" if text else "^$")

    def _step(self, now: frozenset[int], char: str) -> frozenset[int]:
        found = []
        for each in now:
            match self._states[each]:
                case _Step(Chars() as chars, following) if chars.fits(char):
                    found.append(following)
                case _:
                    pass
        return self._reached(found, "")

    def _reached(self, states: Iterable[int], edges: str) -> frozenset[int]:
        """Return the states that come without a further character, at the edges of the text that are named."""
        found: set[int] = set()
        left = list(states)
        while left:
            each = left.pop()
            if each in found:
                continue
            found.add(each)
            match self._states[each]:
                case _Fork(ways):
                    left += ways
                case _Step(str(edge), following) if edge in edges:
                    left.append(following)
                case _:
                    pass
        return frozenset(found)

    def _new(self, state: _State) -> int:
        self._states.append(state)
        return len(self._states) - 1

    def _compile(self, node: Node, following: int) -> int:
        """Add the states of a part of a pattern; return the first of them."""
        self._left -= 1
        if self._left < 0:
            raise PatternError("it is too large")
        match node:
            case str() | Chars():
                return self._new(_Step(node, following))
            case All(parts):
                for part in reversed(parts):
                    following = self._compile(part, following)
                return following
            case Any(parts):
                return self._new(_Fork(tuple([self._compile(part, following) for part in parts])))
            case Repeat(part, least, most):
                return self._repeat(part, least, most, following)

    def _repeat(self, part: Node, least: int, most: int | None, following: int) -> int:
        if most is None:
            again = self._new(_Fork(()))
            self._states[again] = _Fork((self._compile(part, again), following))
            following = again
        else:
            end = following
            for _ in range(most - least):
                following = self._new(_Fork((self._compile(part, following), end)))
        for _ in range(least):
            following = self._compile(part, following)
        return following
