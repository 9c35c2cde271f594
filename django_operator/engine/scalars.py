"""What YAML text without quotes stands for, by YAML 1.2's core schema. Knows nothing of documents and places."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_operator.engine.paths import Json

MAX_DIGITS = 40
"""Far beyond 64 bits; Python itself refuses 4,300 with an error of its own."""

_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_RADIX = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS: dict[str, Json] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMERIC = frozenset("+-.0123456789")


def plain(text: str) -> Json:
    """Return the null, boolean or number that a plain scalar is, else its text.

    Raises ValueError for numbers that JSON does not have.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC:
        return text
    if _INT.fullmatch(text) or _RADIX.fullmatch(text):
        if len(text) > MAX_DIGITS:
            raise ValueError(f"number of more than {MAX_DIGITS} digits")
        return int(text, 0 if "o" in text or "x" in text else 10)
    if _FLOAT.fullmatch(text):
        value = float(text)
        if math.isinf(value):
            raise ValueError(f"{text} is too large a number")
        return value
    if text.lower().lstrip("+-") in (".inf", ".nan"):
        raise ValueError(f"{text} is no JSON number")
    return text
