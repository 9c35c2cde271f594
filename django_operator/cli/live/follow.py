"""Following resources until they serve, have failed, or time is up. Knows nothing of who does the work."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from django_operator.apply.errors import ApiError
from django_operator.cli import console
from django_operator.cli.live import operators, pods, progress
from django_operator.cli.live.screen import Screen
from django_operator.cli.live.session import FAILED, TIMED_OUT, say
from django_operator.engine.paths import get
from django_operator.stack.spec import API_VERSION, KIND

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from django_operator.apply.client import Client
    from django_operator.apply.store import SiteKey
    from django_operator.cli.live.progress import Line
    from django_operator.engine.paths import Body

PACE = 1.0
"""Seconds between two looks."""
PATIENCE = 10.0
"""Seconds within which an operator that works has seen a change."""
SETTLE = 3.0
"""Seconds for which a resource must stay ready where only a ConfigMap was changed: its generation does not tell."""
TAIL = 15
"""Last lines of a failed command that are shown."""


class Wish(NamedTuple):
    """A resource to be followed; `settles` where what was changed is not the resource itself."""

    key: SiteKey
    settles: bool = False


def from_cluster(client: Client) -> Callable[[SiteKey], Awaitable[Body | None]]:
    """Return a look that asks for the resource, for `follow`."""

    async def look(key: SiteKey) -> Body | None:
        return await client.get(API_VERSION, KIND, key.namespace, key.name)

    return look


async def follow(
    client: Client,
    wishes: Iterable[Wish],
    timeout: float,  # noqa: ASYNC109 - it ends with an answer, not with an error
    look: Callable[[SiteKey], Awaitable[Body | None]],
    *,
    local: bool = False,
) -> int:
    """Show resources, one after the other, until each serves; return 0, FAILED or TIMED_OUT.

    `look` returns a resource as it is now, None where it is gone; `local` tells that it does the operator's work.
    """
    began = time.monotonic()
    codes = [await _Follower(client, each, look, began, timeout, local).end() for each in wishes]
    return FAILED if FAILED in codes else max(codes, default=0)


@dataclass(slots=True)
class _Follower:
    """Follows one resource. `asked` once it was asked whether anybody works on it."""

    client: Client
    wish: Wish
    look: Callable[[SiteKey], Awaitable[Body | None]]
    began: float
    timeout: float
    asked: bool
    screen: Screen = field(default_factory=Screen)

    async def end(self) -> int:
        """Return how it ends."""
        key = self.wish.key
        while True:
            code = await self._step()
            spent = time.monotonic() - self.began
            if code is not None:
                return code
            if spent >= self.timeout:
                hint = f"it goes on in the cluster: django-operator status {key.name} -n {key.namespace}"
                say(f"Django/{key.name} does not serve after {progress.clock(self.timeout)}", hint)
                return TIMED_OUT
            await asyncio.sleep(min(PACE, max(self.timeout - spent, 0.01)))

    async def _step(self) -> int | None:
        """Look once; return the exit code where it is over."""
        try:
            body = await self.look(self.wish.key)
        except ApiError as error:
            if not error.transient:
                raise
            self.screen.keep()
            console.note(f"the cluster does not answer at the moment: {error.message}", "yellow")
            return None
        if body is None:
            say(f"Django/{self.wish.key.name} is not in {self.wish.key.namespace} any more")
            return FAILED
        spent = time.monotonic() - self.began
        self.screen.draw(_shown(body, self.screen, spent))
        verdict = progress.judge(body)
        if verdict.outcome == "unseen" and spent >= PATIENCE and not self.asked:
            self.asked = True
            self.screen.keep()
            await _say_nobody(self.client, self.wish.key)
        if verdict.outcome in ("unseen", "waiting") or (self.wish.settles and spent < SETTLE):
            return None
        if verdict.outcome == "failed":
            await _explain(self.client, body, verdict.message)
            return FAILED
        return 0


def _shown(body: Body, screen: Screen, spent: float) -> list[Line]:
    return list(progress.block(body, spent)) if screen.live else [progress.line(body)]


async def _explain(client: Client, body: Body, message: str) -> None:
    """Say the rest of what is wrong: the last lines of the command that failed."""
    rest = message.strip().partition("\n")[2]
    job = get(body, "status", "release", "key")
    if not rest and job and job in message:
        rest = await pods.last_words(client, body["metadata"]["namespace"], job, TAIL)
    for each in rest.splitlines():
        console.note(f"  | {each}", "dim")
    say(f"Django/{body['metadata']['name']} has failed", _later_of(body))


async def _say_nobody(client: Client, key: SiteKey) -> None:
    found = await operators.find(client, key.namespace)
    if found.state == "running":
        hint = f"does it serve {key.namespace}? kubectl -n {found.where} logs deployment/django-operator"
        say(f"an operator runs ({found.why}) and has not looked at Django/{key.name} yet", hint)
        return
    hint = "install one: django-operator install | kubectl apply --server-side -f -; or work without: apply --local"
    say(f"no operator seems to run: {found.why}", hint)


def _later_of(body: Body) -> str:
    meta = body["metadata"]
    where = f"{meta['name']} -n {meta['namespace']}"
    return f"django-operator status {where}; django-operator logs {where} release"
