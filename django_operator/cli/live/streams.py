"""The logs of many containers as one: which of them, in what order, each line with where it comes from."""

from __future__ import annotations

import asyncio
import sys
import zlib
from contextlib import aclosing
from typing import TYPE_CHECKING, NamedTuple

from django_operator.apply.errors import ApiError
from django_operator.cli import console
from django_operator.cli.live import pods
from django_operator.engine.errors import near
from django_operator.stack.names import COMPONENT, CRON, POOL

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from django_operator.apply.client import Client
    from django_operator.engine.paths import Body

PACE = 2.0
"""Seconds between two looks for new pods."""
_COLOURS = ("cyan", "green", "yellow", "magenta", "blue")
_RUNS = frozenset({"release", "post"})
"""Parts that run and end, whose init containers are steps."""


class Source(NamedTuple):
    """One container; `is_alone` where its pod has no other."""

    namespace: str
    pod: str
    container: str
    is_alone: bool = False
    starts: int = 0
    """How many times it was restarted: a container that starts anew is another source."""

    @property
    def prefix(self) -> str:
        """Return what stands before its lines."""
        return self.pod if self.is_alone else f"{self.pod}/{self.container}"


def part_of(pod: Body) -> str:
    """Return the part of the stack that a pod is of, with the pool of a worker and the name of a cron job."""
    part = pods.labelled(pod, COMPONENT)
    more = pods.labelled(pod, {"worker": POOL, "cron": CRON}.get(part, COMPONENT))
    return f"{part}-{more}" if more and more != part else part


def parts(found: Iterable[Body]) -> list[str]:
    """Return the parts that have pods."""
    return sorted({each for pod in found for each in (part_of(pod), pods.labelled(pod, COMPONENT)) if each})


def sources(found: Iterable[Body], part: str, *, previous: bool = False) -> list[Source]:
    """Return the containers of a part, in order: all parts but releases where none is named, of those the last one.

    With `previous` only those that were restarted.
    """
    return [each for pod in chosen(found, part) for each in _of(pod, steps=part in _RUNS, previous=previous)]


def chosen(found: Iterable[Body], part: str) -> list[Body]:
    """Return the pods of a part."""
    if not part:
        return [pod for pod in found if part_of(pod) not in _RUNS]
    of = [pod for pod in found if part in (part_of(pod), pods.labelled(pod, COMPONENT))]
    if part in _RUNS and of:
        last = pods.labelled(of[-1], pods.JOB)
        return [pod for pod in of if pods.labelled(pod, pods.JOB) == last]
    return of


def nothing(name: str, found: list[Body], part: str, *, previous: bool) -> tuple[str, str]:
    """Return why there is nothing to print, and a hint."""
    if of := chosen(found, part):
        told = "; ".join(f"{pod['metadata']['name']}: {pods.summary(pod)}" for pod in of[:5])
        return f"{name}: no container {'was restarted' if previous else 'has started yet'}", told
    known = parts(found)
    return f"{name} has no pods{f' of {part}' if part else ''}", near(part, known) if part and known else ""


def _of(pod: Body, *, steps: bool, previous: bool) -> list[Source]:
    meta, found = pod["metadata"], pods.containers(pod)
    wanted = [
        each
        for each in found
        # An init container that has failed, or still runs, is why there is nothing else to read.
        if (not each.is_init or steps or each.state not in ("done", "waiting")) and (each.restarts or not previous)
    ]
    started = [each for each in wanted if each.state != "waiting" or each.restarts]
    return [Source(meta["namespace"], meta["name"], each.name, len(found) == 1, each.restarts) for each in started]


class Printer:
    """Prints the lines of sources to stdout."""

    def __init__(self, client: Client, *, tail: int | None, previous: bool, plain: bool) -> None:
        """Take how much of each is wanted, and whether its name is left out."""
        self._client, self._tail, self._previous, self._plain = client, tail, previous, plain

    async def once(self, found: Iterable[Source]) -> int:
        """Print what is there, one after the other. Return 1 where one could not be read."""
        return max([await self._print(each, follow=False) for each in found], default=0)

    async def follow(self, look: Callable[[], Awaitable[list[Source]]]) -> int:
        """Print what is there and what comes, also of containers that start later, until interrupted."""
        running: dict[Source, asyncio.Task[int]] = {}
        while True:
            for each in await look():
                if each not in running:
                    running[each] = asyncio.create_task(self._print(each, follow=True))
            for task in running.values():
                if task.done():
                    task.result()  # raises what ended it: nobody reads our output any more, say
            await asyncio.sleep(PACE)

    async def _print(self, each: Source, *, follow: bool) -> int:
        head = "" if self._plain else console.paint(f"[{each.prefix}] ", colour(each.pod), sys.stdout)
        lines = self._client.log(
            each.namespace, each.pod, each.container, tail=self._tail, previous=self._previous, follow=follow
        )
        try:
            async with aclosing(lines):
                async for line in lines:
                    sys.stdout.write(f"{head}{line}\n")
                    sys.stdout.flush()
        except ApiError as error:
            console.note(f"{each.prefix}: {error.message}", "yellow")
            return 1
        return 0


def colour(name: str) -> str:
    """Return the colour of a pod, the same in every run."""
    return _COLOURS[zlib.crc32(name.encode()) % len(_COLOURS)]
