"""A constant stream of requests and tasks at a site, and what became of each. Knows nothing of the cluster."""

from __future__ import annotations

import collections
import http.client
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.node.background import Background
from tests.node.site import ask

if TYPE_CHECKING:
    from typing import Self

    from tests.node.proxy import Proxy
    from tests.node.site import Answer


@dataclass
class Load(Background):
    """Threads that ask and queue while the `with` lasts."""

    address: str | Proxy
    """Where: a Service's, or what stands before it."""
    threads: int = 4
    queues: bool = True
    """Whether tasks are queued, too."""
    answers: collections.Counter[tuple[int, str]] = field(default_factory=collections.Counter)
    """How many requests had which status from which version."""
    failed: list[str] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    """Ids of tasks that were accepted."""

    def __enter__(self) -> Self:
        """Begin."""
        for loop in [self._ask] * self.threads + [self._queue] * self.queues:
            self._begin(loop)
        return self

    def _send(self, path: str, method: str = "GET", body: Any = None) -> Answer:
        if isinstance(self.address, str):
            return ask(self.address, path, method, body)
        return self.address.ask(path, method, body)

    def _ask(self) -> None:
        while not self._over.wait(0.01):
            try:
                answer = self._send("/state")
            except (OSError, http.client.HTTPException) as error:
                self.failed.append(f"{time.strftime('%X')} {error!r}")
                continue
            if answer.status == http.HTTPStatus.OK:
                self.answers[answer.status, answer.json["version"]] += 1
            else:
                self.failed.append(f"{time.strftime('%X')} {answer.status} {answer.text[:200]}")

    def _queue(self) -> None:
        while not self._over.wait(0.1):
            ident = str(uuid.uuid4())
            try:
                answer = self._send("/tasks.json", "POST", {"id": ident, "text": ident, "seconds": 0})
            except (OSError, http.client.HTTPException) as error:
                self.failed.append(f"{time.strftime('%X')} task {error!r}")
                continue
            if answer.status == http.HTTPStatus.ACCEPTED:
                self.tasks.append(ident)
            else:
                self.failed.append(f"{time.strftime('%X')} task {answer.status} {answer.text[:200]}")
