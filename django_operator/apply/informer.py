"""One kind, listed and watched for ever: each state that an object ends in is told, and each deletion, seen or not.

Knows nothing of who listens, and keeps no object: only the UID and the name of each.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django_operator.apply.errors import ApiError
from django_operator.apply.reader import STALL, Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django_operator.engine.paths import Body

log = logging.getLogger(__name__)

LOOK_AGAIN = 300.0
"""Seconds after which a kind that was not there is looked for again; `nudge` does it at once."""
_FIRST, _MOST = 0.5, 60.0
"""Seconds before the first and before any later attempt, while the server does not answer as it should."""
_SHORT = 1.0
"""A watch that ends before so many seconds, time and again, is a failure too, though the server says nothing of one."""
_STEADY = 30.0
"""What failed after so many seconds had gone well before: longer than the client tries to open a watch."""


@dataclass(slots=True)
class Informer:
    """Watches a kind in one namespace, or in all (None). `run` does it.

    `on_upsert` is called with each object as it is now, without managedFields; with all after a gap. `on_delete` is
    called with the last state known of what is gone: after a gap apiVersion, kind, and of the metadata namespace,
    name and UID; it comes before anything that took the name since. `on_listed` is called after each whole list with
    the UIDs in it and its resourceVersion: what else is known of from elsewhere is gone; `on_synced` then, too.
    They must be quick and raise nothing. With `metadata_only` objects have nothing but metadata.
    """

    client: Reader
    api_version: str
    kind: str
    namespace: str | None
    on_upsert: Callable[[Body], object]
    on_delete: Callable[[Body], object]
    on_synced: Callable[[], object] = lambda: None
    on_listed: Callable[[frozenset[str], str], object] = lambda _, __: None
    labels: str = ""
    fields: str = ""
    metadata_only: bool = False
    as_user: str = ""
    stall: float = STALL
    look_again: float = LOOK_AGAIN
    synced: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    """Set once all objects are told of; there are none of a kind that is absent."""
    absent: bool = field(init=False, default=False)
    """Whether the server has no such kind: its CRD is missing."""
    failure: str = field(init=False, default="")
    """Why objects are not heard of just now; empty while they are."""
    _known: dict[str, tuple[str, str]] = field(init=False, default_factory=dict)
    """(namespace, name) by UID."""
    _since: str = field(init=False, default="")
    """The resourceVersion up to which all is told; empty where a list must come first."""
    _nudged: asyncio.Event = field(init=False, default_factory=asyncio.Event)

    async def run(self) -> None:
        """List and watch until cancelled."""
        clock, failures = asyncio.get_running_loop().time, 0
        while True:
            began, wait = clock(), 0.0
            try:
                if not self._since:
                    await self._list()
                await self._watch()
                failures = 0 if clock() - began >= _SHORT else failures + 1
            except ApiError as error:
                steady = clock() - began >= _STEADY
                wait = self._after(error, steady=steady)
                failures = 1 if steady else failures + 1
            if wait or failures > 1:
                await self._pause(max(wait, _backoff(failures)))

    def nudge(self) -> None:
        """Try at once what is waited for: a kind that was absent, or a server that failed."""
        self._nudged.set()

    async def _list(self) -> None:
        listed = await self.client.list(self.api_version, self.kind, self.namespace, **self._selection())
        here = frozenset(body["metadata"]["uid"] for body in listed.items)
        self._forget(uid for uid in tuple(self._known) if uid not in here)
        for body in listed.items:
            self._upsert(body)
        self.on_listed(here, listed.resource_version)
        self._since = listed.resource_version
        self.absent, self.failure = False, ""
        self._told()

    async def _watch(self) -> None:
        """Follow until the server ends it."""
        events = self.client.watch(
            self.api_version, self.kind, self.namespace, since=self._since, stall=self.stall, **self._selection()
        )
        async with aclosing(events) as found:
            async for event in found:
                if event.type == "DELETED":
                    self._known.pop(event.body["metadata"]["uid"], None)
                    self.on_delete(_slim(event.body))
                elif event.type != "BOOKMARK":
                    self._upsert(event.body)
                self._since = event.body["metadata"]["resourceVersion"]
                self.failure = ""

    def _after(self, error: ApiError, *, steady: bool) -> float:
        """Note a failure and return how many seconds to wait at least, 0 to go on at once.

        `steady`: it went well for long. Then there is no more to it than a new watch: the server sends no bookmark at
        all for a kind of which nothing has happened since it started (cacher.go, lastProcessedResourceVersion).
        """
        if error.no_such_kind:
            if not self.absent:
                log.info("%s of %s is not there; waiting for its CRD", self.kind, self.api_version)
            self.absent, self.failure, self._since = True, "", ""
            self._forget(tuple(self._known))
            self._told()
            return self.look_again * random.uniform(0.9, 1.1)  # noqa: S311 - no secret
        again, self.failure = self.failure == error.message, error.message
        if error.gone:
            self._since = ""
            return 0.0
        # Once, not with each attempt: there is a watch for each of two dozen kinds.
        log.log(logging.DEBUG if steady or again else logging.WARNING, "watching %s: %s", self.kind, error.message)
        if not error.transient:
            self._since = ""  # whatever was refused, a watch from here may be it
        return error.retry_after or _FIRST / 2

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._nudged.wait(), seconds)
        self._nudged.clear()

    def _told(self) -> None:
        self.synced.set()
        self.on_synced()

    def _upsert(self, body: Body) -> None:
        metadata = body["metadata"]
        self._known[metadata["uid"]] = (metadata.get("namespace", ""), metadata["name"])
        self.on_upsert(_slim(body))

    def _forget(self, uids: Iterable[str]) -> None:
        for uid in uids:
            namespace, name = self._known.pop(uid)
            metadata = {"name": name, "uid": uid} | ({"namespace": namespace} if namespace else {})
            self.on_delete({"apiVersion": self.api_version, "kind": self.kind, "metadata": metadata})

    def _selection(self) -> dict[str, Any]:
        return {
            "labels": self.labels,
            "fields": self.fields,
            "metadata_only": self.metadata_only,
            "as_user": self.as_user,
        }


def _slim(body: Body) -> Body:
    """Return an object without what takes a fourth of its room and which nobody here reads."""
    body["metadata"].pop("managedFields", None)
    return body


def _backoff(failures: int) -> float:
    return float(min(_FIRST * 2 ** max(failures - 1, 0), _MOST)) * random.uniform(0.5, 1)  # noqa: S311 - no secret
