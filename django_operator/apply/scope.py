"""What one pass works with: the resource as it is now, and the tools to read and write. Does nothing by itself."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from django_operator.apply.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable

    from django_operator.apply.bind import Bound
    from django_operator.apply.client import Client
    from django_operator.apply.compose import Composer
    from django_operator.apply.executor import Executor, Look
    from django_operator.apply.report import Reporter
    from django_operator.apply.sources import Sources
    from django_operator.apply.store import SiteKey, Store
    from django_operator.apply.telemetry import Telemetry
    from django_operator.engine.paths import Body

AT_ONCE = 4
"""Requests of one pass at a time; other resources have passes of their own."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Scope:
    """One pass over one resource. `body` is the resource as it was when the pass began."""

    client: Client
    store: Store
    telemetry: Telemetry
    executor: Executor
    sources: Sources
    composer: Composer
    reporter: Reporter
    key: SiteKey
    body: Body
    prunes: bool = True
    """Whether what is part of the stack no longer is removed."""

    @property
    def uid(self) -> str:
        """Return the resource's UID."""
        return str(self.body["metadata"]["uid"])

    async def look(self, bounds: Iterable[Bound]) -> list[Look]:
        """Look at objects, some at a time; the answers are in their order."""
        return await gather(self.executor.look(each) for each in bounds)


async def gather(calls: Iterable[Awaitable[T]]) -> list[T]:
    """Await calls, AT_ONCE at a time, and return their results in order; the first error once all have ended."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(call: Awaitable[T]) -> T:
        async with gate:
            return await call

    results: list[T] = []
    for found in await asyncio.gather(*(one(each) for each in calls), return_exceptions=True):
        if isinstance(found, BaseException):
            raise found
        results.append(found)
    return results


async def create_if_absent(client: Client, body: Body, manager: str) -> Body | None:
    """Make an object; None where one of that name is there, which stays as it is."""
    try:
        return await client.create(body, manager=manager)
    except ApiError as error:
        if error.reason == "AlreadyExists":
            return None
        raise
