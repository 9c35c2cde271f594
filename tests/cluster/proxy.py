"""A proxy before the API server that fails as told: every fault a client can meet, when and where a test wants it.

HTTP/1.1 with TLS by the server's own certificate, so a kubeconfig differs in its port only. Streams watches. Upgrades
(exec, port-forward) are not passed on. Runs in a thread of its own.
"""

from __future__ import annotations

import asyncio
import dataclasses
import http
import io
import json
import ssl
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web
from yarl import URL

from tests.cluster.faults import Call, Cut, Delay, End, Fault, Gone, Hang, Refuse, Stall, nothing
from tests.cluster.streams import session

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from tests.cluster.access import Cluster

HOP = {"connection", "keep-alive", "host", "content-length", "transfer-encoding", "upgrade", "proxy-connection", "te"}
"""Headers of one hop (RFC 9110, 7.6.1)."""

LARGEST = 3 * 2**20
"""Bytes of a body that the API server takes."""


@dataclass
class Proxy:
    """A context manager: `with Proxy(cluster) as proxy: cluster.kubeconfig(url=proxy.url)`.

    Hooks may be set at any time; they run in the proxy's thread, in turn.
    `before` sees each request: what it returns happens instead of, or before, asking the server.
    `after` sees each answer's code (of a watch: when it begins): the server has done it, the client does not know yet.
    An exception of a hook is raised at the end of the `with` block.
    """

    cluster: Cluster
    before: Callable[[Call], Fault | None] = nothing
    after: Callable[[Call], Fault | None] = nothing
    url: str = ""
    calls: list[Call] = field(default_factory=list)
    """Every request whose fate is known, in the order in which that was."""
    _failures: list[Exception] = field(default_factory=list)
    _count: int = 0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _flowing: asyncio.Event = field(default_factory=asyncio.Event)
    _open: set[asyncio.Transport] = field(default_factory=set)

    def __enter__(self) -> Self:
        """Start to listen on a free port."""
        listening = threading.Event()

        def serve() -> None:
            try:
                self._loop.run_until_complete(self._serve(listening))
            except Exception as error:  # noqa: BLE001 - raised again in the test's thread
                self._failures.append(error)
            finally:
                listening.set()

        self._thread = threading.Thread(target=serve)
        self._thread.start()
        listening.wait()
        if not self.url:
            self.__exit__()
        return self

    def __exit__(self, *_: object) -> None:
        """End, and raise what went wrong in a hook."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()
        self._loop.close()
        if self._failures:
            raise self._failures[0]

    def stall(self) -> None:
        """Stop every watch silently: connections stay, no byte comes through, until `resume`."""
        self._loop.call_soon_threadsafe(self._flowing.clear)

    def resume(self) -> None:
        """Let watches flow again; what they missed comes now."""
        self._loop.call_soon_threadsafe(self._flowing.set)

    def cut(self) -> None:
        """Reset every open connection."""
        self._loop.call_soon_threadsafe(self._abort)

    def _abort(self) -> None:
        for transport in [*self._open]:
            transport.abort()

    async def _serve(self, listening: threading.Event) -> None:
        self._end = asyncio.Event()
        self._flowing.set()
        certificate = self.cluster.server_certificate
        served = None
        if certificate:
            served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            served.load_cert_chain(*certificate)
        async with session(self.cluster.url, self.cluster.ca, self.cluster.certificate) as self._session:
            server = web.Server(self._handle, request_factory=_request, handler_cancellation=True, access_log=None)
            runner = web.ServerRunner(server, shutdown_timeout=0.0)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=served)
            await site.start()
            port = runner.addresses[0][1]
            self.url = f"{'https' if served else 'http'}://127.0.0.1:{port}"
            listening.set()
            await self._end.wait()
            self._abort()
            await runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self._count += 1
        agent = request.headers.get("User-Agent", "")
        body = await request.read()
        call = Call(self._count, request.method, request.path, dict(request.query), body, agent)
        assert request.transport is not None
        self._open.add(request.transport)
        try:
            return await self._pass(request, call)
        finally:
            self._open.discard(request.transport)

    async def _pass(self, request: web.BaseRequest, call: Call) -> web.StreamResponse:
        fault = self._ask(self.before, call)
        refusal = await self._harm(request, call, fault)
        if refusal is not None:
            return refusal
        # encoded: the server gets the very bytes that the client sent
        url = URL(request.raw_path, encoded=True)
        headers = {key: value for key, value in request.headers.items() if key.lower() not in HOP}
        skip = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
        try:
            async with self._session.request(
                call.method,
                url,
                data=io.BytesIO(call.body) if call.body else None,
                headers=headers,
                skip_auto_headers=skip,
                allow_redirects=False,
            ) as answer:
                call = dataclasses.replace(call, code=answer.status)
                late = self._ask(self.after, call)
                refusal = await self._harm(request, call, late)
                if refusal is not None:
                    return refusal
                self.calls.append(dataclasses.replace(call, fault=late or fault))
                back = [(key, value) for key, value in answer.headers.items() if key.lower() not in HOP]
                if call.is_watch or call.query.get("follow") in {"1", "true"}:
                    return await self._stream(request, answer, back, late or fault)
                response = web.Response(status=answer.status, body=await answer.read())
                response.headers.extend(back)
                return response
        except aiohttp.ClientError:
            # the server is down or went away: the client sees what it would see without the proxy
            return await self._lose(request)

    def _ask(self, hook: Callable[[Call], Fault | None], call: Call) -> Fault | None:
        try:
            return hook(call)
        except Exception as error:  # noqa: BLE001 - raised again in the test's thread
            self._failures.append(error)
            return Refuse(http.HTTPStatus.INTERNAL_SERVER_ERROR, message=f"the test's hook failed: {error!r}")

    async def _harm(self, request: web.BaseRequest, call: Call, fault: Fault | None) -> web.StreamResponse | None:
        """Do what a fault says; None to go on."""
        if fault is None or isinstance(fault, Stall | End | Gone):
            return None
        if isinstance(fault, Delay):
            await asyncio.sleep(fault.seconds)
            return None
        self.calls.append(dataclasses.replace(call, fault=fault))
        if isinstance(fault, Cut):
            return await self._lose(request)
        if isinstance(fault, Hang):
            return await asyncio.Future()
        after = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        text = json.dumps(fault.status())
        return web.Response(status=fault.code, text=text, content_type="application/json", headers=after)

    async def _lose(self, request: web.BaseRequest) -> web.StreamResponse:
        """Reset the connection, and wait to be cancelled for it."""
        if request.transport is not None:
            request.transport.abort()
        return await asyncio.Future()

    async def _stream(
        self,
        request: web.BaseRequest,
        answer: aiohttp.ClientResponse,
        headers: list[tuple[str, str]],
        fault: Fault | None,
    ) -> web.StreamResponse:
        """Pass on lines as they come, so many as a fault lets through."""
        response = web.StreamResponse(status=answer.status)
        response.headers.extend(headers)
        await response.prepare(request)
        left = fault.events if isinstance(fault, Stall | End | Gone) else None
        rest = b""
        while True:
            *lines, rest = rest.split(b"\n")
            for line in lines if left is None else lines[:left]:
                await self._flowing.wait()
                await response.write(line + b"\n")
            if left is not None:
                left -= len(lines)
                if left <= 0:
                    break
            piece = await answer.content.readany()
            if not piece:
                break
            rest += piece
        if isinstance(fault, Stall) and left is not None and left <= 0:
            return await asyncio.Future()
        if isinstance(fault, Gone):
            status = Refuse(fault.code, message="too old resource version").status()
            await response.write(json.dumps({"type": "ERROR", "object": status}).encode() + b"\n")
        await response.write_eof()
        return response


def _request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
    """Make a request whose body may be as large as the API server takes, instead of 1 MiB."""
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=LARGEST)
