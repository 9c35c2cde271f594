"""kopf: one handler, which hands each event of a Django resource to the feed. No state, no finalizer, no write.

kopf's own machinery (handlers of changes, timers, daemons, indices) keeps state in annotations and finalizers, and
loses updates; see ARCHITECTURE.md. Knows nothing of what an event means.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from typing import TYPE_CHECKING, Any

import aiohttp
import kopf

from django_operator.stack.spec import GROUP, VERSION

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from django_operator.apply.credentials import Credentials
    from django_operator.engine.paths import Body
    from django_operator.operator.feed import Feed
    from django_operator.operator.settings import Settings

PLURAL = "djangos"
_PAGE = 500
_STOP = 3.0
"""Seconds for kopf to end its tasks; it writes nothing that could be lost."""


def registry(feed: Feed, credentials: Callable[[], Credentials], user_agent: str) -> kopf.OperatorRegistry:
    """Return kopf's handlers. `credentials` gives what the client logs in with at that time."""
    handlers = kopf.OperatorRegistry()

    @kopf.on.login(registry=handlers)
    async def login(**_: Any) -> kopf.AiohttpSession:
        return session(credentials, user_agent)

    @kopf.on.event(GROUP, VERSION, PLURAL, registry=handlers)
    async def event(event: Mapping[str, Any], **_: Any) -> None:
        body: Body = event["object"]
        body["metadata"].pop("managedFields", None)  # half of an object's size, and nobody reads it here
        feed.site(body, deleted=event["type"] == "DELETED")

    return handlers


def session(credentials: Callable[[], Credentials], user_agent: str) -> kopf.AiohttpSession:
    """Return a session for kopf that proves itself as the client does; tokens are asked for anew for each request."""
    now = credentials()

    async def authorize(
        request: aiohttp.ClientRequest, handler: Callable[[aiohttp.ClientRequest], Awaitable[aiohttp.ClientResponse]]
    ) -> aiohttp.ClientResponse:
        token = credentials().token
        if token:
            request.headers["Authorization"] = f"Bearer {token}"
        request.server_hostname = now.tls_server_name or request.server_hostname
        return await handler(request)

    made = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=now.verify),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers=[("User-Agent", user_agent), *now.impersonate],
        middlewares=(authorize,),
        proxy=now.proxy or None,
    )
    return kopf.AiohttpSession(server=now.server, aiohttp_session=made, default_namespace=None)


def configured(settings: Settings) -> kopf.OperatorSettings:
    """Return kopf's settings: everything off that writes or that looks at more than the resources."""
    made = kopf.OperatorSettings()
    made.scanning.disabled = True  # else all CRDs and namespaces are watched
    made.posting.enabled = False
    made.peering.standalone = True
    made.persistence.finalizer = f"{GROUP}/none"
    made.persistence.progress_storage = _NoProgress()
    made.persistence.diffbase_storage = _NoDiffBase()
    made.process.ultimate_exiting_timeout = None  # it kills with SIGKILL; who stops us has a deadline of its own
    made.queueing.idle_timeout = 1.0
    made.watching.chunk_size = _PAGE
    made.watching.inactivity_timeout = settings.stall
    made.watching.connect_timeout = made.networking.connect_timeout = 5.0
    made.networking.request_timeout = 60.0
    made.networking.error_backoffs = Forever()
    if settings.selector:
        made.watching.label_selectors[GROUP, VERSION, PLURAL] = settings.selector
    return made


async def watch(registry: kopf.OperatorRegistry, settings: Settings, spawned: Callable[[], None]) -> None:
    """Run kopf for ever; raises what ends it. `spawned` is called when kopf has taken the process' signals for itself.

    Not `kopf.operator`: at its end that cancels all tasks of the loop that are younger than itself, ours included.
    """
    tasks = await kopf.spawn_tasks(
        registry=registry,
        settings=configured(settings),
        clusterwide=not settings.namespaces,
        namespaces=settings.namespaces,
        standalone=True,
    )
    spawned()
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        raise RuntimeError("kopf ended, nobody asked for it")
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=_STOP)


class Forever:
    """Waits between tries, in seconds, without end: kopf would end the process after a minute without a server."""

    def __iter__(self) -> Iterator[float]:
        """Yield 0.5, 1, 2, 4 ... 30, each with a fifth of chance."""
        for power in itertools.count():
            yield min(30.0, 2.0 ** min(power - 1, 10)) * random.uniform(0.8, 1.2)  # noqa: S311 - jitter


class _NoProgress(kopf.ProgressStorage):
    """There is no handler whose progress could be stored."""

    def fetch(self, **_: Any) -> None:
        """Nothing is stored."""

    def store(self, **_: Any) -> None:
        """Store nothing."""

    def purge(self, **_: Any) -> None:
        """Remove nothing."""

    def touch(self, **_: Any) -> None:
        """Write nothing."""

    def clear(self, *, essence: Any) -> Any:
        """Return what was given."""
        return essence


class _NoDiffBase(kopf.DiffBaseStorage):
    """No handler asks for differences: kopf works them out for each event anyway, which costs half of its time."""

    def build(self, **_: Any) -> Any:
        """Return nothing, without copying the object."""
        return {}

    def fetch(self, **_: Any) -> None:
        """Nothing is stored."""

    def store(self, **_: Any) -> None:
        """Store nothing."""
