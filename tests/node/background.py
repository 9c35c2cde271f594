"""What goes on beside a test while a `with` lasts: threads, and watches in them. Knows nothing of what they do."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.cluster.client import Client, Object

SILENCE = 1.0
"""Seconds without an event after which a watch looks whether it is to end."""


@dataclass(kw_only=True)
class Background:
    """Threads that are told to end, and waited for, at the end of the `with`."""

    _over: threading.Event = field(default_factory=threading.Event)
    _running: list[threading.Thread] = field(default_factory=list)

    def __exit__(self, *_: object) -> None:
        """End; what a thread has begun it finishes."""
        self._over.set()
        for thread in self._running:
            thread.join()

    def _begin(self, loop: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=loop, args=arguments, daemon=True)
        self._running.append(thread)
        thread.start()


def events(client: Client, path: str, version: str, over: threading.Event, **selection: str) -> Iterator[Object]:
    """Yield the events of a watch from a resourceVersion on, until `over` is set."""
    while not over.is_set():
        try:
            for event in client.watch(path, version, seconds=SILENCE, **selection):
                version = event["object"]["metadata"]["resourceVersion"]
                yield event
                if over.is_set():
                    break
        except TimeoutError:
            continue
