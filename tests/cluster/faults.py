"""What can go wrong between a client and its API server, as values, and a seeded choice of it. Knows no network."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    410: "Expired",
    422: "Invalid",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer with a Status instead; `retry_after` in seconds goes into the header of that name."""

    code: int
    retry_after: int | None = None
    message: str = "injected by a test"

    def status(self) -> dict[str, Any]:
        """Return the Status object."""
        details = {} if self.retry_after is None else {"details": {"retryAfterSeconds": self.retry_after}}
        meta = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": self.code}
        return {**meta, "reason": REASONS.get(self.code, "Unknown"), "message": self.message, **details}


@dataclass(frozen=True, slots=True)
class Cut:
    """Reset the connection."""


@dataclass(frozen=True, slots=True)
class Hang:
    """Keep the connection and say nothing, until the client leaves or the proxy ends."""


@dataclass(frozen=True, slots=True)
class Delay:
    """Go on after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Stall:
    """Let so many events of a watch through, then no byte more, and keep the connection."""

    events: int = 0


@dataclass(frozen=True, slots=True)
class End:
    """Let so many events of a watch through, then end it cleanly, as the server does after its timeout."""

    events: int = 0


@dataclass(frozen=True, slots=True)
class Gone:
    """Let so many events of a watch through, then an ERROR event (410: the version is too old), and end it."""

    events: int = 0
    code: int = 410


Fault = Refuse | Cut | Hang | Delay | Stall | End | Gone
WatchFault = Stall | End | Gone


@dataclass(frozen=True, slots=True)
class Call:
    """A request as the proxy sees it; `code` is None until the server has answered; `fault` is what was done."""

    number: int
    method: str
    path: str
    query: Mapping[str, str]
    body: bytes
    agent: str
    code: int | None = None
    fault: Fault | None = None

    @property
    def is_watch(self) -> bool:
        """Whether it is a stream of events."""
        return self.query.get("watch") in {"1", "true"}

    @property
    def is_write(self) -> bool:
        """Whether it may change something."""
        return self.method not in {"GET", "HEAD", "OPTIONS"} and "dryRun" not in self.query

    @property
    def json(self) -> Any:
        """The body as a value."""
        return json.loads(self.body)

    @property
    def place(self) -> str:
        """Method and path without the namespace's name, which differs from run to run."""
        return f"{self.method} {re.sub(r'/namespaces/[^/]+/', '/namespaces/*/', self.path)}"


def nothing(_: Call) -> None:
    """Let a call pass."""


@dataclass
class Chaos:
    """A hook that does harm at random: `rates` gives the share of calls that meet with each fault.

    The same seed harms the n-th call of a method and path in the same way, whatever else happens and in which order.
    Calls that `spares` is true of pass.
    """

    seed: int
    rates: Mapping[Fault, float]
    spares: Callable[[Call], bool] = lambda call: call.is_watch
    counts: Counter[str] = field(default_factory=Counter)

    def __call__(self, call: Call) -> Fault | None:
        """Choose."""
        if self.spares(call):
            return None
        self.counts[call.place] += 1
        key = f"{self.seed} {call.place} {self.counts[call.place]}"
        draw = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) / 2**64
        for fault, rate in self.rates.items():
            draw -= rate
            if draw < 0:
                return fault
        return None
