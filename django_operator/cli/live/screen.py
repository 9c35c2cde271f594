"""Lines that are drawn again in place on a terminal, and added where they are new elsewhere. Knows no cluster."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from django_operator.cli.console import escaped, paint

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TextIO

    from django_operator.cli.live.progress import Line

_UP, _CLEAR_REST = "\x1b[{}A", "\x1b[J"


class Screen:
    """What is shown of something that goes on; on stdout unless told otherwise."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Take where to draw."""
        self._stream = stream or sys.stdout
        self._drawn = 0
        self._last: list[Line] = []
        self.live = self._stream.isatty()
        """Whether it is a terminal, where drawing replaces what was drawn before."""

    def draw(self, lines: Iterable[Line]) -> None:
        """Show lines in the place of those before; where that can't be, add them below if they differ."""
        found = [each._replace(text=escaped(each.text)) for each in lines]
        if self.live:
            size = shutil.get_terminal_size()
            # A line that wraps, or a page that scrolls, would move what is to be drawn over.
            found = [each._replace(text=each.text[: size.columns - 1]) for each in found[: size.lines - 1]]
        if found == self._last:
            return
        head = _UP.format(self._drawn) + _CLEAR_REST if self.live and self._drawn else ""
        text = "".join(f"{paint(each.text, each.style, self._stream) if each.style else each.text}\n" for each in found)
        self._stream.write(head + text)
        self._stream.flush()
        self._drawn, self._last = len(found), found

    def keep(self) -> None:
        """Leave what is drawn where it is; what comes is drawn below."""
        self._drawn = 0
        if self.live:
            self._last = []


def aligned(rows: Iterable[Sequence[str]]) -> list[str]:
    """Return rows as lines with their columns below each other, two spaces apart."""
    found = [[escaped(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*found, strict=True)]
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in found]
