"""A server that answers as a test says, and a client of it whose pauses are noted and not waited for."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from django_operator.apply.client import Client
from django_operator.apply.connection import Connection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from multidict import CIMultiDictProxy

Reply = web.StreamResponse


@dataclass(frozen=True)
class Seen:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: CIMultiDictProxy[str]
    body: bytes


@dataclass
class Fake:
    """Answers in the order given, the last answer for ever after."""

    answers: list[Callable[[web.BaseRequest], Awaitable[Reply]]]
    seen: list[Seen] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    url: str = ""

    async def handle(self, request: web.BaseRequest) -> Reply:
        """Note a request and answer it."""
        body = await request.read()
        self.seen.append(Seen(request.method, request.path, dict(request.query), request.headers, body))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return await answer(request)

    async def pause(self, seconds: float) -> None:
        """Note a pause."""
        self.pauses.append(seconds)
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def serve(*answers: Callable[[web.BaseRequest], Awaitable[Reply]]) -> AsyncIterator[Fake]:
    """Serve answers on a free port."""
    fake = Fake(list(answers))
    runner = web.ServerRunner(web.Server(fake.handle), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield fake
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def connected(
    fake: Fake, folder: Path, *, user: dict[str, Any] | None = None, may_write: Callable[[], bool] = lambda: True
) -> AsyncIterator[Client]:
    """Connect to a fake server by a kubeconfig."""
    connection = Connection(
        kubeconfig=str(kubeconfig(folder, fake.url, user or {"token": "secret"})),
        user_agent="django-operator/test",
        sleep=fake.pause,
    )
    await connection.connect()
    async with Client(connection, may_write) as client:
        yield client


def kubeconfig(folder: Path, server: str, user: dict[str, Any], **cluster: Any) -> Path:
    """Write a kubeconfig of one context."""
    path = folder / "kubeconfig"
    path.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "c",
                "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u", "namespace": "shop"}}],
                "clusters": [{"name": "c", "cluster": {"server": server, **cluster}}],
                "users": [{"name": "u", "user": user}],
            }
        )
    )
    return path


def status(
    code: int, reason: str = "", message: str = "", **headers: str
) -> Callable[[web.BaseRequest], Awaitable[Reply]]:
    """Answer with a Status."""

    async def answer(_: web.BaseRequest) -> Reply:
        body = {"kind": "Status", "apiVersion": "v1", "code": code, "reason": reason, "message": message or reason}
        return web.json_response(body, status=code, headers=headers)

    return answer


def body(value: Any = None, code: int = 200, **headers: str) -> Callable[[web.BaseRequest], Awaitable[Reply]]:
    """Answer with an object."""

    async def answer(_: web.BaseRequest) -> Reply:
        return web.json_response({"kind": "Thing"} if value is None else value, status=code, headers=headers)

    return answer


async def cut(request: web.BaseRequest) -> Reply:
    """Close the connection without an answer, after the request was read."""
    assert request.transport is not None
    request.transport.abort()
    raise ConnectionResetError


async def hang(_: web.BaseRequest) -> Reply:
    """Never answer."""
    await asyncio.Event().wait()
    raise AssertionError


def stream(*parts: bytes, then: str = "end") -> Callable[[web.BaseRequest], Awaitable[Reply]]:
    """Answer in chunks, then end, cut the connection, or say nothing more (`stall`)."""

    async def answer(request: web.BaseRequest) -> Reply:
        reply = web.StreamResponse()
        await reply.prepare(request)
        for part in parts:
            await reply.write(part)
        if then == "stall":
            await asyncio.Event().wait()
        if then == "cut":
            assert request.transport is not None
            request.transport.abort()
            raise ConnectionResetError
        await reply.write_eof()
        return reply

    return answer
