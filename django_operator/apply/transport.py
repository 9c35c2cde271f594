"""Connections to an API server by aiohttp, and what their failures mean. Knows nothing of retries, nor of what is sent.

Not by httpx, which is what kr8s brings: it takes two to five times the CPU of a request.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import aiohttp
from yarl import URL

from django_operator.apply import errors
from django_operator.apply.wire import CONNECT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from django_operator.apply.credentials import Credentials
    from django_operator.apply.errors import ApiError
    from django_operator.apply.wire import Call

KEEP = 60.0
"""Seconds for which an idle connection is kept; the server keeps it for 90 and more."""
FAILURES = (aiohttp.ClientError, OSError)
"""What a request may raise where no answer comes; TimeoutError is an OSError."""


class Request(NamedTuple):
    """What is sent, with all that it takes: path, parameters and server in one URL, and the token."""

    url: str
    headers: Mapping[str, str]
    server_hostname: str | None
    proxy: str | None


@dataclass(slots=True)
class Pool:
    """Connections made with one state of the credentials. Requests under way keep it open after it is replaced."""

    session: aiohttp.ClientSession
    users: int = 0
    retired: bool = False

    @classmethod
    def of(cls, found: Credentials) -> Pool:
        """Open a pool; no connection is made yet."""
        context = found.verify if isinstance(found.verify, ssl.SSLContext) else ssl.create_default_context()
        return cls(
            aiohttp.ClientSession(
                # No limit of connections: each watch holds one, and requests must not wait for watches to end.
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP, ssl=context),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=found.impersonate,
            )
        )

    async def send(self, call: Call, request: Request) -> aiohttp.ClientResponse:
        """Send a request, and return the beginning of its answer. Raises one of FAILURES."""
        return await self.session.request(
            call.method,
            URL(request.url, encoded=True),
            headers=request.headers,
            data=call.content,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(connect=CONNECT * 2, sock_connect=CONNECT, sock_read=call.read),
            server_hostname=request.server_hostname,
            proxy=request.proxy,
        )

    async def release(self) -> None:
        """End one use."""
        self.users -= 1
        await self.close_if_idle()

    async def close_if_idle(self) -> None:
        """Close what nobody uses any more."""
        if self.retired and self.users == 0:
            await self.session.close()
            # asyncio takes a step more to end a connection; a loop that ends before would leave it open.
            # https://docs.aiohttp.org/en/stable/client_advanced.html#graceful-shutdown
            for _ in range(3):
                await asyncio.sleep(0)


def received(response: aiohttp.ClientResponse) -> dict[str, str]:
    """Return an answer's headers by lower-case name; those that are there several times are joined (RFC 9110 5.3)."""
    found: dict[str, str] = {}
    for name, value in response.headers.items():
        known = found.get(name.lower())
        found[name.lower()] = value if known is None else f"{known}, {value}"
    return found


def drop(response: aiohttp.ClientResponse) -> None:
    """End the use of an answer. One that was not read to its end takes its connection with it, at once.

    aiohttp would end TLS politely, which waits for the server: longer than a loop may live that is about to end.
    """
    if response.connection is not None and response.connection.transport is not None:
        response.connection.transport.abort()
    response.close()


async def chunks(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """Yield an answer as it comes. Raises Unreachable where it breaks off."""
    try:
        async for chunk in response.content.iter_any():
            yield chunk
    except FAILURES as error:
        raise errors.Unreachable(f"the answer broke off: {_reason(error)}") from error


def unreachable(error: Exception, server: str, call: Call) -> errors.Unreachable:
    """Return what became of a request that no answer came to."""
    unsent = isinstance(error, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL))
    return errors.Unreachable(f"{call.method} {server}{call.path}: {_reason(error)}", sent=not unsent)


def is_of_certificate(error: ApiError) -> bool:
    """Tell whether the server's certificate was not accepted: the cluster's authority may have been replaced."""
    return isinstance(error.__cause__, (aiohttp.ClientConnectorCertificateError, ssl.SSLCertVerificationError))


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
