"""The clock that deadlines go by."""

from __future__ import annotations

import time

# CLOCK_MONOTONIC stands still while a machine is suspended (clock_gettime(2)), and a leader that wakes up would take
# itself for one still. CLOCK_BOOTTIME goes on; only Linux has it.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def seconds() -> float:
    """Return seconds since the machine started; no change of its date touches them."""
    return time.clock_gettime(_CLOCK)
