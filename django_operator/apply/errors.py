"""What the API server answers when it refuses. Knows nothing of requests."""

from __future__ import annotations

from typing import NamedTuple


class Cause(NamedTuple):
    """A field that the server complains of."""

    field: str
    message: str


class ApiError(Exception):
    """An answer that is no success: HTTP `code`, `reason` and `message` of its Status; `retry_after` in seconds."""

    def __init__(
        self,
        code: int,
        reason: str = "",
        message: str = "",
        causes: tuple[Cause, ...] = (),
        retry_after: float | None = None,
    ) -> None:
        """Take the parts of a Status."""
        super().__init__(message or reason or str(code))
        self.code = code
        self.reason = reason
        self.message = message
        self.causes = causes
        self.retry_after = retry_after

    @property
    def not_found(self) -> bool:
        """There is no such object."""
        return self.code == 404

    @property
    def conflict(self) -> bool:
        """Somebody else was faster, or it is there already."""
        return self.code == 409

    @property
    def gone(self) -> bool:
        """The resourceVersion is too old."""
        return self.code == 410

    @property
    def transient(self) -> bool:
        """The same request may succeed later."""
        return self.code in {0, 409, 429, 500, 502, 503, 504}


class Unreachable(ApiError):
    """No answer at all."""

    def __init__(self, message: str) -> None:
        """Take what happened."""
        super().__init__(0, "Unreachable", message)


class NotLeader(Exception):  # noqa: N818 - it says what is the case
    """A write was refused: the Lease is not held."""
