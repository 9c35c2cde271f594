"""Requests to an API server: kr8s' Api with a pool that lasts, time limits, retries, and credentials that renew.

What kr8s has by itself is in the way of an operator: it logs in again on 403 and closes everybody's connections, has no
time limit and no retry. Knows nothing of Kubernetes' objects.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

import httpx
import msgspec
from kr8s.asyncio import Api

from django_operator.apply import errors, retry
from django_operator.apply.credentials import SERVICE_ACCOUNT, Credentials, NoCredentials, Token, load
from django_operator.apply.transport import (
    FAILURES,
    Pool,
    Request,
    chunks,
    drop,
    is_of_certificate,
    received,
    unreachable,
)
from django_operator.apply.wire import TOTAL, Answer, Call

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from aiohttp import ClientResponse


_SUCCESS = 300
"""Codes below are an answer; an API server redirects nobody."""
_DECODED = frozenset({"content-encoding", "content-length", "transfer-encoding"})
"""Headers that are no longer true of an answer that was read."""


class Requests(Protocol):
    """Who counts requests."""

    def request(self, verb: str, code: int, seconds: float) -> None:
        """Note one request; code 0 where no answer came."""


class Connection(Api):
    """An API server, reached for the life of the process. Made by `connect`."""

    credentials: Credentials

    def __init__(  # noqa: PLR0913 - each has a default
        self,
        *,
        kubeconfig: str | None = None,
        context: str | None = None,
        namespace: str | None = None,
        serviceaccount: str = SERVICE_ACCOUNT,
        user_agent: str,
        requests: Requests | None = None,
        limit: float | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """Take where credentials are; None stands for what kubectl would take, then the pod's ServiceAccount.

        `limit` is the most seconds that one attempt of a request may take, streams aside.
        """
        super().__init__(
            bypass_factory=True,
            kubeconfig=kubeconfig,
            context=context,
            namespace=namespace,
            serviceaccount=serviceaccount,
        )
        self._user_agent = user_agent
        self._requests = requests
        self._limit = limit
        self._sleep = sleep
        self._pool: Pool | None = None
        self._token = Token("", None)
        self._renewing = asyncio.Lock()
        self._renewals = 0

    async def connect(self) -> None:
        """Read the credentials; no request is sent. Raises NoCredentials."""
        await self._load()

    async def _load(self) -> None:
        found = await load(self.auth, str(self._serviceaccount))
        same = self._pool is not None and found == self.credentials
        self.credentials = found
        self._token = Token(found.token_file, found.token)
        if not same:
            await self._create_session()

    async def _create_session(self) -> None:
        """Open a pool; the one before is closed when its last request is over."""
        old, self._pool = self._pool, Pool.of(self.credentials)
        if old is not None:
            old.retired = True
            await old.close_if_idle()

    def current(self) -> Credentials:
        """Return the credentials with the token that the next request would have."""
        return replace(self.credentials, token=self._token.current())

    async def request(self, call: Call) -> Answer:
        """Return a whole answer. Raises ApiError for one of 400 or above, Unreachable where there is none."""
        pool, response = await self._open(call, stream=False)
        await pool.release()
        return Answer(response.status, received(response), await response.read())

    @contextlib.asynccontextmanager
    async def stream(self, call: Call) -> AsyncIterator[AsyncIterator[bytes]]:
        """Give an answer as it comes. Raises as `request` does, also while it is read: where it was cut or stalled."""
        pool, response = await self._open(call, stream=True)
        try:
            yield chunks(response)
        finally:
            drop(response)
            await pool.release()

    async def _open(self, call: Call, *, stream: bool) -> tuple[Pool, ClientResponse]:
        """Return the answer to the first attempt that succeeds, and the pool to release after use."""
        began, attempt, renewed = time.monotonic(), 0, False
        while True:
            attempt += 1
            if call.guard is not None:
                call.guard()
            renewals = self._renewals
            try:
                return await self._attempt(call, stream=stream)
            except errors.ApiError as error:
                if not renewed and (error.code == 401 or is_of_certificate(error)):  # noqa: PLR2004 - HTTP's
                    renewed = True
                    try:
                        await self._renew(renewals)
                    except NoCredentials as failed:
                        raise error from failed
                    continue
                wait = retry.pause(
                    error,
                    attempt=attempt,
                    spent=time.monotonic() - began,
                    safe=call.safe,
                    jitter=random.random(),  # noqa: S311 - no secret
                )
                if wait is None or not call.retries:
                    raise
            await self._sleep(wait)

    async def _attempt(self, call: Call, *, stream: bool, check: bool = True) -> tuple[Pool, ClientResponse]:
        """Send once. Raises Unreachable, and with `check` ApiError."""
        pool, began, code = self._pool, time.monotonic(), 0
        if pool is None:
            raise RuntimeError("the connection is closed, or was never made")
        request = self._build(call)
        async with contextlib.AsyncExitStack() as undo:
            pool.users += 1
            undo.push_async_callback(pool.release)
            try:
                async with asyncio.timeout(self._total(call)):
                    response = await pool.send(call, request)
                    undo.callback(drop, response)
                    if not stream or response.status >= _SUCCESS:
                        await response.read()
                code = response.status
            except FAILURES as error:
                raise unreachable(error, self.credentials.server, call) from error
            finally:
                if self._requests is not None:
                    self._requests.request(call.verb, code, time.monotonic() - began)
            if check and response.status >= _SUCCESS:
                raise errors.of_response(code, received(response), await response.read())
            undo.pop_all()
            return pool, response

    def _total(self, call: Call) -> float | None:
        if call.total is None or self._limit is None:
            return call.total
        return min(call.total, self._limit)

    def _build(self, call: Call) -> Request:
        found = self.credentials
        headers = {"User-Agent": self._user_agent, "Accept": "application/json", "Accept-Encoding": "gzip"}
        headers |= call.headers
        if found.impersonate and "Impersonate-User" in headers:
            raise ValueError("who acts as another user already, by the kubeconfig, cannot act as a third one")
        if token := self._token.current():
            headers["Authorization"] = f"Bearer {token}"
        query = f"?{urlencode(call.params)}" if call.params else ""
        url = f"{found.server}{call.path}{query}"
        return Request(url, headers, found.tls_server_name or None, found.proxy or None)

    async def _renew(self, renewals: int) -> None:
        """Log in again, once for all requests that were refused with the same credentials."""
        async with self._renewing:
            if renewals == self._renewals:
                await self._load()
                self._renewals += 1

    @contextlib.asynccontextmanager
    async def call_api(  # noqa: PLR0913, PLR0917 - kr8s' own signature
        self,
        method: str = "GET",
        version: str = "v1",
        base: str = "",
        namespace: str | None = None,
        url: str = "",
        raise_for_status: bool = True,
        stream: bool = False,
        **kwargs: Any,
    ) -> AsyncIterator[httpx.Response]:
        """Send a request as kr8s' own methods do, by the rules of this class; errors are ApiError."""
        body = kwargs.get("json")
        call = Call(
            verb=method.lower(),
            method=method,
            path=self._construct_url(version, base, namespace, url),
            params=kwargs.get("params") or {},
            headers=kwargs.get("headers") or {},
            content=msgspec.json.encode(body) if body is not None else kwargs.get("content", kwargs.get("data")),
            safe=method in ("GET", "HEAD"),
            total=None if stream else TOTAL,
        )
        if raise_for_status:
            pool, response = await self._open(call, stream=stream)
        else:
            pool, response = await self._attempt(call, stream=stream, check=False)
        headers = {name: value for name, value in received(response).items() if name not in _DECODED}
        try:
            if stream:
                yield httpx.Response(response.status, headers=headers, content=chunks(response))
            else:
                yield httpx.Response(response.status, headers=headers, content=await response.read())
        finally:
            drop(response)
            await pool.release()

    async def close(self) -> None:
        """Close all connections that are not in use; those that are, when their request is over."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.retired = True
            await pool.close_if_idle()
