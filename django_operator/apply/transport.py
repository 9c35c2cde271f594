"""Connections to an API server by way of httpx-aiohttp, and what their failures mean.

httpx' own transport takes five times the CPU. Knows nothing of retries, nor of what is sent.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from django_operator.apply import errors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from django_operator.apply.credentials import Credentials
    from django_operator.apply.errors import ApiError
    from django_operator.apply.wire import Call

KEEP = 60.0
"""Seconds for which an idle connection is kept; the server keeps it for 90 and more."""


@dataclass(slots=True)
class Pool:
    """Connections made with one state of the credentials. Requests under way keep it open after it is replaced."""

    transport: AiohttpTransport
    users: int = 0
    retired: bool = False

    async def release(self) -> None:
        """End one use."""
        self.users -= 1
        await self.close_if_idle()

    async def close_if_idle(self) -> None:
        """Close what nobody uses any more."""
        if self.retired and self.users == 0:
            await self.transport.aclose()
            # asyncio takes a step more to end a connection; a loop that ends before would leave it open.
            # https://docs.aiohttp.org/en/stable/client_advanced.html#graceful-shutdown
            for _ in range(3):
                await asyncio.sleep(0)


def transport(found: Credentials) -> AiohttpTransport:
    """Return what sends requests with credentials."""
    context = found.verify if isinstance(found.verify, ssl.SSLContext) else ssl.create_default_context()
    # No limit of connections: each watch holds one, and requests must not wait for watches to end.
    return AiohttpTransport(
        verify=context,
        proxy=httpx.Proxy(found.proxy) if found.proxy else None,
        client=lambda: aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP, ssl=context),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=found.impersonate,  # here, as httpx would send several groups as one
        ),
    )


async def chunks(response: httpx.Response) -> AsyncIterator[bytes]:
    """Yield an answer as it comes. Raises Unreachable where it breaks off."""
    try:
        async for chunk in response.aiter_bytes():
            yield chunk
    except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:
        raise errors.Unreachable(f"the answer broke off: {_reason(error)}") from error


def unreachable(error: Exception, server: str, call: Call) -> errors.Unreachable:
    """Return what became of a request.

    httpx-aiohttp takes a connection that the server closed for one that was never made, so the cause is asked.
    """
    cause = error.__cause__ or error
    unsent = isinstance(
        cause, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, httpx.UnsupportedProtocol)
    )
    return errors.Unreachable(f"{call.method} {server}{call.path}: {_reason(error)}", sent=not unsent)


def _reason(error: Exception) -> str:
    return str(error) or type(error.__cause__ or error).__name__


def is_of_certificate(error: ApiError) -> bool:
    """Tell whether the server's certificate was not accepted: the cluster's authority may have been replaced."""
    cause = error.__cause__.__cause__ if error.__cause__ else None
    return isinstance(cause, (aiohttp.ClientConnectorCertificateError, ssl.SSLCertVerificationError))
