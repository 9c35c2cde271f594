"""The API server's audit log: every request that it got, in the order of its answers. Knows no operator."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})

POLICY: dict[str, Any] = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "None", "users": ["system:apiserver"]}, {"level": "Metadata"}],
}
"""Who asked for what, without bodies; the server's requests to itself are left out."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request: `verb` as in RBAC; `user` acts as `impersonated` where that is not empty; `code` is the answer's.

    A watch stands here from its beginning on. `dry_run` and `force` are those of the query.
    """

    time: str
    verb: str
    uri: str
    group: str
    resource: str
    subresource: str
    namespace: str
    name: str
    user: str
    impersonated: str
    agent: str
    code: int
    dry_run: bool
    manager: str

    @property
    def is_write(self) -> bool:
        """Whether it may have changed something."""
        return self.verb in WRITES and not self.dry_run

    def __str__(self) -> str:
        """For messages of tests: what, where, how it ended, who."""
        what = "/".join(part for part in (self.resource, self.subresource) if part) or self.uri
        where = "/".join(part for part in (self.namespace, self.name) if part)
        dry = " (dry run)" if self.dry_run else ""
        return f"{self.verb} {what} {where} {self.code}{dry} by {self.user}"


def parse(line: bytes) -> Request | None:
    """Return the request of a line; None for the end of a watch, whose beginning has a line, too."""
    event: dict[str, Any] = json.loads(line)
    if event["verb"] == "watch" and event["stage"] == "ResponseComplete" and event["responseStatus"]["code"] < 400:
        return None
    ref = event.get("objectRef", {})
    query = parse_qs(urlsplit(event["requestURI"]).query)
    return Request(
        time=event["requestReceivedTimestamp"],
        verb=event["verb"],
        uri=event["requestURI"],
        group=ref.get("apiGroup", ""),
        resource=ref.get("resource", ""),
        subresource=ref.get("subresource", ""),
        namespace=ref.get("namespace", ""),
        name=ref.get("name", ""),
        user=event["user"].get("username", ""),
        impersonated=event.get("impersonatedUser", {}).get("username", ""),
        agent=event.get("userAgent", ""),
        code=event.get("responseStatus", {}).get("code", 0),
        dry_run="dryRun" in query,
        manager=query.get("fieldManager", [""])[0],
    )


@dataclass(frozen=True, slots=True)
class AuditLog:
    """A log that the server appends to; `ask` sends it a request with a path of the caller's choice."""

    path: Path
    ask: Callable[[str], object]

    def mark(self) -> int:
        """Return the place in the log after every request that has been answered."""
        _, end = self._until_now(self.path.stat().st_size if self.path.exists() else 0)
        return end

    def since(self, mark: int, **fields: object) -> Iterator[Request]:
        """Yield the requests answered since a mark, those whose fields are as given: `user="...", verb="patch"`."""
        lines, _ = self._until_now(mark)
        for request in map(parse, lines):
            if request and all(getattr(request, name) == value for name, value in fields.items()):
                yield request

    def _until_now(self, start: int) -> tuple[list[bytes], int]:
        """Return the lines from a place up to now, and where they end: at a request of our own, sent for that."""
        sign = f"/version?mark={uuid.uuid4().hex}"
        self.ask(sign)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with self.path.open("rb") as file:
                file.seek(start)
                text = file.read()
            before, found, after = text.partition(sign.encode())
            if found and b"\n" in after:
                whole = before[: before.rfind(b"\n") + 1]
                end = start + len(before) + len(sign) + after.index(b"\n") + 1
                return [line for line in whole.splitlines() if b"/version?mark=" not in line], end
            time.sleep(0.01)
        message = f"the API server does not write to {self.path}"
        raise RuntimeError(message)
