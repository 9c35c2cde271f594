"""The work queue: keys to look at, each at most once in line and never twice at work. client-go's, for one event loop.

https://github.com/kubernetes/client-go/blob/master/util/workqueue/queue.go. Knows nothing of what a key stands for.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

K = TypeVar("K", bound="Hashable")

_JITTER = 0.2
_MAX_DOUBLINGS = 60
"""Beyond it a power of two is only a large number."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long a key waits that failed, in seconds: doubled with each failure, with a fifth of chance either way."""

    first: float = 0.5
    most: float = 300.0

    def delay(self, failures: int, chance: float) -> float:
        """Return the wait after so many failures in a row (0: the first one); `chance` from 0 to 1 is the jitter."""
        return min(self.most, self.first * 2.0 ** min(failures, _MAX_DOUBLINGS)) * (1 + _JITTER * (2 * chance - 1))


class Bucket:
    """A token bucket over all keys: a burst, then so many a second. Whoever asks is told how long to wait."""

    def __init__(self, rate: float = 10.0, burst: int = 100) -> None:
        """Start full."""
        self._rate = rate
        self._burst = burst
        self._next = float("-inf")
        """When the bucket, had it no bottom, would be full again."""

    def reserve(self, now: float) -> float:
        """Take a token and return the seconds until it is there."""
        self._next = max(self._next, now) + 1 / self._rate
        return max(0.0, self._next - now - self._burst / self._rate)


class Queue(Generic[K]):
    """Keys in line, at work and waiting for their time."""

    def __init__(
        self,
        backoff: Backoff | None = None,
        bucket: Bucket | None = None,
        *,
        chance: Callable[[], float] = random.random,
        waited: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        """Take how failures are spaced; `waited` is told how long each key stood in line, in seconds."""
        self._backoff = backoff or Backoff()
        self._bucket = bucket or Bucket()
        self._chance = chance
        self._waited = waited
        self._line: deque[K] = deque()
        self._since: dict[K, float] = {}
        """All keys that want a run, with the time since when: in line, or at work and asked for once more."""
        self._at_work: set[K] = set()
        self._timers: dict[K, asyncio.TimerHandle] = {}
        self._failures: dict[K, int] = {}
        self._getters: deque[asyncio.Future[None]] = deque()
        self._closed = False

    def __len__(self) -> int:
        """Return how many keys are in line; not those at work, nor those whose time has not come."""
        return len(self._line)

    @property
    def at_work(self) -> int:
        """How many keys are being worked on."""
        return len(self._at_work)

    @property
    def delayed(self) -> int:
        """How many keys wait for their time."""
        return len(self._timers)

    def add(self, key: K) -> None:
        """Put a key in line, unless it is there. One at work gets one run more, however often that is asked."""
        if self._closed or key in self._since:
            return
        self._since[key] = asyncio.get_running_loop().time()
        if key not in self._at_work:
            self._line.append(key)
            self._wake()

    def add_after(self, key: K, seconds: float) -> None:
        """Add a key later. Of several times asked for the earliest counts: whoever looks then asks anew."""
        if self._closed:
            return
        if seconds <= 0:
            self.add(key)
            return
        loop = asyncio.get_running_loop()
        timer = self._timers.get(key)
        if timer is not None:
            if timer.when() <= loop.time() + seconds:
                return
            timer.cancel()
        self._timers[key] = loop.call_later(seconds, self._due, key)

    async def get(self) -> K | None:
        """Return the next key once there is one; None when the queue was closed. `done` must follow."""
        while not self._closed:
            if self._line:
                key = self._line.popleft()
                self._at_work.add(key)
                self._waited(asyncio.get_running_loop().time() - self._since.pop(key))
                return key
            getter = asyncio.get_running_loop().create_future()
            self._getters.append(getter)
            try:
                await getter
            except asyncio.CancelledError:
                if getter.done() and not getter.cancelled():
                    self._wake()  # it was told of a key that another one should take now
                raise
        return None

    def done(self, key: K) -> None:
        """Say that the work on a key has ended, however it did."""
        self._at_work.discard(key)
        if key in self._since and not self._closed:
            self._line.append(key)
            self._wake()

    def retry(self, key: K, at_least: float = 0.0) -> float:
        """Add a key that failed, after its backoff, and return the seconds until then.

        `at_least`: what a server asked for by Retry-After.
        """
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        now = asyncio.get_running_loop().time()
        delay = max(self._backoff.delay(failures, self._chance()), self._bucket.reserve(now), at_least)
        self.add_after(key, delay)
        return delay

    def forget(self, key: K) -> None:
        """Forget the failures of a key: it succeeded, or is gone."""
        self._failures.pop(key, None)

    def failures(self, key: K) -> int:
        """Return how often in a row a key has failed."""
        return self._failures.get(key, 0)

    def close(self) -> None:
        """Take no more keys and give none out; whoever waits is told."""
        self._closed = True
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        while self._getters:
            self._wake()

    def _due(self, key: K) -> None:
        self._timers.pop(key, None)
        self.add(key)

    def _wake(self) -> None:
        while self._getters:
            getter = self._getters.popleft()
            if not getter.done():
                getter.set_result(None)
                return
