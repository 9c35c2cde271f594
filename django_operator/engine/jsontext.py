"""JSON text exactly as Go's encoder writes it, for hashes and for values that must equal kustomize's byte by byte.

And values as messages show them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_operator.engine.paths import Json

_ESCAPES = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"})


def dump_json(value: Json, *, pretty: bool = False) -> str:
    """Return a value as JSON: keys sorted, `<`, `>` and `&` escaped; `pretty` puts each on a line of its own."""
    separators = (",", ": ") if pretty else (",", ":")
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=separators, indent=2 if pretty else None)
    return text.translate(_ESCAPES)


def quoted(value: Json) -> str:
    """Return a value as JSON for a message: letters of any script as they are."""
    return json.dumps(value, ensure_ascii=False)
