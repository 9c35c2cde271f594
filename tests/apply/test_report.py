"""Telling of a pass: of the generation that it knew, and of no other resource."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from django_operator.apply.client import Applied, Client
from django_operator.apply.events import Recorder
from django_operator.apply.progress import Progress
from django_operator.apply.report import Reporter
from django_operator.apply.store import Store
from tests.apply.stacks import resource


class Server:
    """Takes what is written."""

    def __init__(self) -> None:
        self.written: list[Any] = []

    async def apply(self, body: Any, **_: Any) -> Applied:
        """Note an applied status."""
        self.written.append(body["status"])
        return Applied({**resource(), **body}, created=False)

    async def create(self, body: Any, **_: Any) -> Any:
        """Take an event."""
        return body


def reported(seen: Any, newest: Any) -> list[Any]:
    """Return what is written of a pass over a resource that is another one by now."""
    server, store = Server(), Store()
    store.put_site(newest)
    client = cast("Client", server)
    reporter = Reporter(client, store, Recorder(client, lambda: NOW, ""), lambda: NOW)
    asyncio.run(reporter.report(seen, Progress(version="1", available=True)))
    return server.written


NOW = "2026-01-01T00:00:00Z"


def made(**meta: Any) -> Any:
    """Return a resource with other metadata."""
    body = resource()
    return {**body, "metadata": {**body["metadata"], **meta}}


def test_a_change_during_the_pass_is_not_called_ready() -> None:
    """`kubectl wait` looks at observedGeneration: version 1 serves, and nobody has looked at version 2."""
    (written,) = reported(made(generation=1), made(generation=2))
    assert written["observedGeneration"] == 1
    assert {each["observedGeneration"] for each in written["conditions"]} == {1}


def test_nothing_is_told_of_a_new_resource_of_the_name() -> None:
    """It has a pass of its own to come."""
    assert reported(made(uid="old"), made(uid="new")) == []
