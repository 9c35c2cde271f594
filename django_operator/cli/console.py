"""What a person reads: faults, notes and tables, in colour on a terminal only. Knows nothing of commands."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TextIO

    from django_operator.engine.errors import Fault
    from django_operator.engine.paths import Body

_CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}


def paint(text: str, style: str, stream: TextIO) -> str:
    """Return `text` in a style when `stream` is a terminal and colour is wanted (https://no-color.org)."""
    if not text or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty():
        return text
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m"


def escaped(text: str) -> str:
    """Return a text in one line, what a terminal would obey or hide shown as escapes: a name may hold anything."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def note(text: str, style: str = "") -> None:
    """Print a line to stderr; stdout belongs to the result."""
    _say(paint(escaped(text), style, sys.stderr) if style else escaped(text))


def print_faults(faults: Iterable[Fault]) -> None:
    """Print faults to stderr, each once: place (none for the command line), problem, hint."""
    for fault in dict.fromkeys(faults):
        place = paint(f"{escaped(str(fault.at))}: " if str(fault.at) else "", "bold", sys.stderr)
        _say(place + paint(escaped(fault.problem), "red", sys.stderr))
        if fault.hint:
            note(f"  hint: {fault.hint}", "dim")


def _say(line: str) -> None:
    print(line, file=sys.stderr)  # noqa: T201 - the one door to stderr


def warn_of_secrets(objects: Iterable[Body]) -> None:
    """Say that Secrets, whose values anyone can read, are among objects that are printed."""
    for body in objects:
        if body["kind"] == "Secret":
            note(f"warning: Secret/{body['metadata'].get('name', '')} is printed with its values", "yellow")


def print_table(rows: Iterable[Sequence[str]], styles: Sequence[str]) -> None:
    """Print rows to stdout in aligned columns, two spaces apart; a style of "" leaves a column plain."""
    shown = [[escaped(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        cells = [
            (paint(cell, style, sys.stdout) if style else cell) + " " * (width - len(cell))
            for cell, style, width in zip(row, styles, widths, strict=True)
        ]
        sys.stdout.write("  ".join(cells).rstrip() + "\n")


def width() -> int:
    """Return the columns of the terminal, 0 when stdout is none (nothing is cut short then)."""
    if not sys.stdout.isatty():
        return 0
    import shutil  # noqa: PLC0415 - only on a terminal

    return shutil.get_terminal_size().columns
