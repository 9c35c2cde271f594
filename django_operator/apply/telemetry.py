"""What is counted of our doings. Knows nothing of how it is shown."""

from __future__ import annotations

from typing import Protocol


class Telemetry(Protocol):
    """Told of each request and of each object that was looked at."""

    def request(self, verb: str, code: int, seconds: float) -> None:
        """Note an answer of the API server; code 0 is none at all."""

    def applied(self, kind: str, outcome: str) -> None:
        """Note what became of an object: created, changed, repaired, unchanged, recreated, pruned, refused."""


class Silent:
    """Counts nothing."""

    def request(self, verb: str, code: int, seconds: float) -> None:
        """Pass."""

    def applied(self, kind: str, outcome: str) -> None:
        """Pass."""
