"""What an API server answers when it does not do what it was asked for. Knows nothing of connections or of retrying."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

NO_SUCH_KIND = "NoSuchKind"
"""Our reason for a 404 that speaks of the kind, not of one object: its CRD is missing, or the version is not served."""

_TYPED_PATCH = "failed to create typed patch object"
"""Server-side apply tells of unknown fields, wrong types and duplicate keys with code 500 and no reason, as the error
is none of apimachinery's (managedfields/internal/structuredmerge.go; measured on 1.30 and 1.36)."""
_TYPED_CAUSE = re.compile(r'((?:\.[^.\[:\s]+|\[(?:"(?:[^"\\]|\\.)*"|[^"\]])*\])+): (.+)')

_TRANSIENT = frozenset({0, 408, 409, 429})


class Cause(NamedTuple):
    """One field at fault; `field` is the server's way to write a path, empty where it names none."""

    field: str
    message: str
    reason: str = ""

    def __str__(self) -> str:
        """Return `field: message`."""
        return f"{self.field}: {self.message}" if self.field else self.message


class ApiError(Exception):
    """A request that failed. `code` is HTTP's, 0 where no answer came; `reason` is Kubernetes' (`NotFound`, `Invalid`).

    `retry_after` is what the server asked to wait, in seconds. A fault of the object that the server passes off as its
    own (see above) has code 422 and reason `Invalid`.
    """

    def __init__(
        self,
        code: int,
        reason: str = "",
        message: str = "",
        causes: Iterable[Cause] = (),
        retry_after: float | None = None,
    ) -> None:
        """Take what a `Status` of the API says."""
        super().__init__(message or reason or f"HTTP {code}")
        self.code = code
        self.reason = reason
        self.message = message or reason or f"HTTP {code}"
        self.causes = tuple(causes)
        self.retry_after = retry_after

    def __repr__(self) -> str:
        """Return what a log needs."""
        return f"{type(self).__name__}({self.code}, {self.reason!r}, {self.message!r})"

    @property
    def not_found(self) -> bool:
        """Whether the object, its namespace or its kind is not there."""
        return self.code == 404  # noqa: PLR2004 - HTTP's

    @property
    def no_such_kind(self) -> bool:
        """Whether the server knows nothing of the kind."""
        return self.reason == NO_SUCH_KIND

    @property
    def conflict(self) -> bool:
        """Whether somebody else was faster, or owns a field."""
        return self.code == 409  # noqa: PLR2004 - HTTP's

    @property
    def fields_owned(self) -> bool:
        """Whether fields are refused because other managers own them; only an apply without force gets this."""
        return self.conflict and any(cause.reason == "FieldManagerConflict" for cause in self.causes)

    @property
    def gone(self) -> bool:
        """Whether the resourceVersion or continue token is too old."""
        return self.code == 410  # noqa: PLR2004 - HTTP's

    @property
    def forbidden(self) -> bool:
        """Whether rights are missing, a quota is used up, or the namespace is being deleted."""
        return self.code == 403  # noqa: PLR2004 - HTTP's

    @property
    def invalid(self) -> bool:
        """Whether the object itself is at fault: nothing but an edit of it helps."""
        return self.code in (400, 413, 415, 422)

    @property
    def immutable(self) -> bool:
        """Whether a field was to be changed that cannot."""
        return (self.code == 422 and "immutable" in self.message) or self._forbids_updates()  # noqa: PLR2004 - HTTP's

    @property
    def transient(self) -> bool:
        """Whether the same request can succeed later, with nobody doing anything."""
        return (self.code in _TRANSIENT or self.code >= 500) and not self.fields_owned  # noqa: PLR2004 - HTTP's

    def _forbids_updates(self) -> bool:
        """Tell whether this is how StatefulSets say it: "updates to statefulset spec for fields other than ..."."""
        return self.code == 422 and "Forbidden: updates to" in self.message  # noqa: PLR2004 - HTTP's


class Unreachable(ApiError):  # noqa: N818 - a state, as in Kubernetes' reasons
    """No answer came: no connection, a connection cut, or a time limit passed.

    `sent` tells whether the request may have reached the server.
    """

    def __init__(self, message: str, *, sent: bool = True) -> None:
        """Take what went wrong."""
        super().__init__(0, "Unreachable", message)
        self.sent = sent


class NotLeader(Exception):  # noqa: N818 - a state, not an error
    """A write was due after the Lease was lost; it was not sent."""


def of_response(code: int, headers: Mapping[str, str], content: bytes) -> ApiError:
    """Return the error that an answer of 400 or above stands for; it need not be JSON, a proxy may have written it."""
    try:
        status = msgspec.json.decode(content)
    except msgspec.DecodeError:
        status = None
    if not isinstance(status, dict) or status.get("kind") != "Status":
        status = {"message": _text(content) or f"HTTP {code}", "reason": ""}
    return of_status({**status, "code": code}, _seconds(headers.get("retry-after")))


def of_status(status: Mapping[str, Any], retry_after: float | None = None) -> ApiError:
    """Return the error of a `Status` object."""
    code, reason = int(status.get("code") or 500), str(status.get("reason") or "")
    message = str(status.get("message") or "")
    details = status.get("details") or {}
    if retry_after is None and details.get("retryAfterSeconds"):
        retry_after = float(details["retryAfterSeconds"])
    causes: Iterable[Cause] = (
        Cause(str(each.get("field") or ""), str(each.get("message") or ""), str(each.get("reason") or ""))
        for each in details.get("causes") or ()
    )
    if code == 404 and not details.get("kind"):  # noqa: PLR2004 - HTTP's
        reason = NO_SUCH_KIND
    elif code == 500 and message.startswith(_TYPED_PATCH):  # noqa: PLR2004 - HTTP's
        code, reason, causes = 422, "Invalid", _typed_causes(message)
    return ApiError(code, reason, message, causes, retry_after)


def _typed_causes(message: str) -> Iterator[Cause]:
    """Yield the faults in a message of structured-merge-diff, a line each where there are several."""
    _, _, rest = message.partition("): ")
    for line in rest.splitlines():
        found = _TYPED_CAUSE.fullmatch(line.strip())
        if found:
            yield Cause(found[1].removeprefix("."), found[2], "FieldValueInvalid")


def _seconds(retry_after: str | None) -> float | None:
    """Return a Retry-After in seconds; the API server writes no dates."""
    try:
        return max(float(retry_after), 0.0) if retry_after else None
    except ValueError:
        return None


def _text(content: bytes) -> str:
    return " ".join(content[:500].decode(errors="replace").split())
