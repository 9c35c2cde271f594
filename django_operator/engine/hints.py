"""What somebody probably meant: a text for a list, a size with the wrong unit, a field one level too high.

Only for messages; loaded when there is a fault to tell. Knows nothing of where a value stands.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from django_operator.engine.errors import near
from django_operator.engine.jsontext import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_operator.engine.schema import Node

_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))
_PLAIN = re.compile(r"(?![-+.]?[0-9])[\w./-][-\w./=@%+]*")
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)([kmgtp])i?b?(?:ytes?)?", re.IGNORECASE)
_CLOSEST = 3


def scalar(text: str) -> str:
    """Return a text as YAML, in quotes where a reader would take it for something else."""
    return text if _PLAIN.fullmatch(text) and text.lower() not in _WORDS else quoted(text)


def words(text: str) -> list[str]:
    """Return the words of a command line, as a shell would part them."""
    try:
        return shlex.split(text)
    except ValueError:  # a quote without its partner
        return text.split()


def listed(items: Iterable[str]) -> str:
    """Return words as a YAML list on one line."""
    return f"[{', '.join(map(scalar, items))}]"


def sized(text: str) -> str:
    """Return the quantity that a text such as `10 Gi`, `512MB` or `0,5` was meant as; empty where none is seen."""
    from django_operator.engine.structure import QUANTITY  # noqa: PLC0415 - it imports this module for its messages

    close = "".join(text.split()).replace(",", ".")
    if close != text and QUANTITY.fullmatch(close):
        return close
    found = _SIZE.fullmatch(close)
    return f"{found[1]}{'K' if found[2] in 'kK' else found[2].upper()}i" if found else ""


def field(name: str, node: Node) -> str:
    """Return what to write for a field that an object has not: one inside a field of it, or one spelt nearly so."""
    inner = [(each, node.field(each)) for each in node.names]
    found = [f"{each}.{name}" for each, child in inner if child and child.type == "object" and name in child.names]
    return f"did you mean {', '.join(found)}?" if 0 < len(found) <= _CLOSEST else near(name, node.names)


_TAB = "YAML indents with spaces, not with tabs"
_COLUMN = "is it indented as far as its neighbours? Fields of one map start in the same column"
_MALFORMED = (
    (
        "mapping values are not allowed",
        'is the line too far in, or a colon missing above it? A text with ": " in it stands in quotes',
    ),
    ("could not find expected ':'", "is there a colon missing here, or in the line above?"),
    ("unexpected end of stream", "is there a quote, [ or { that is never closed?"),
    ("block sequence entries", "a list starts on the line below its field, and a blank follows each -"),
    ("expected key", _COLUMN),
    ("'-' indicator", "is it indented as far as its neighbours? It stands among the items of a list"),
    ("block end", _COLUMN),
    ("block mapping", _COLUMN),
    ("',' or", "is there a comma, a quote, ] or } missing?"),
)


def malformed(problem: str, text: str, line: int) -> str:
    """Return a hint for what a YAML reader says of a text; it may have noticed some lines (from 0) too late."""
    lines = text.splitlines()
    here = lines[line].partition(" #")[0] if line < len(lines) else ""
    near_by = lines[max(line - _DISTANCE, 0) : line + 1]
    if any("\t" in each[: len(each) - len(each.lstrip())] for each in near_by):
        return _TAB
    if "any token" in problem or "alphabetic or numeric" in problem:
        found = re.search(r"(?:^|[:\-\[{,]\s)\s*([@%`*&!|>][^\s,\]}]*.*?)\s*[}\]]*\s*$", here)
        return f"a text that starts with {found[1][0]} stands in quotes: {quoted(found[1])}" if found else ""
    return next((hint for part, hint in _MALFORMED if part in problem), "")


_DISTANCE = 30
