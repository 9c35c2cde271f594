"""Durations as people write them. Knows nothing of the fields that hold them."""

from __future__ import annotations

import math
import re

_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|h|m|s)")


def seconds(duration: str) -> int:
    """Return a Go duration such as `1h30m` in whole seconds, rounded up.

    The spelling was checked when the resource was read; what is no duration counts nothing.
    """
    return math.ceil(sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(duration)))
