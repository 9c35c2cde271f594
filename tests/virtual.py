"""An event loop whose time is virtual: it jumps to the next timer whenever nothing else can run.

Tests of minutes take milliseconds, and the same ones each time. For code that waits for timers only, not for sockets.
"""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")

_LONG = 1e6
"""Virtual seconds after which a test that waits for nothing has failed."""


class Selector(selectors.DefaultSelector):
    """Where a loop waits: here it never does, but moves the clock."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready now; if nothing is, jump."""
        ready = super().select(0)
        if ready:
            return ready
        if timeout is None:
            raise AssertionError("nothing will ever happen: no timer and no task that can run")
        self.now += timeout
        if self.now > _LONG:
            raise AssertionError(f"{self.now} virtual seconds have gone by")
        return []


class Loop(asyncio.SelectorEventLoop):
    """A loop with a virtual clock."""

    def __init__(self) -> None:
        """Start at 0 s."""
        self.clock = Selector()
        super().__init__(self.clock)

    def time(self) -> float:
        """Return the virtual seconds since the start."""
        return self.clock.now


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in virtual time."""
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(coroutine)


def now() -> float:
    """Return the time of the running loop in seconds."""
    return asyncio.get_running_loop().time()
