"""A session of aiohttp with a cluster, that leaves nothing open behind. aiohttp comes with kopf."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from typing import TYPE_CHECKING

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohappyeyeballs import AddrInfoType

FAREWELL = 5.0
"""Seconds for the peers to answer that a connection ends."""


@contextlib.asynccontextmanager
async def session(
    url: str, ca: str | None, certificate: str | None, **headers: str
) -> AsyncIterator[aiohttp.ClientSession]:
    """Give a session without limits or timeouts, which passes bodies on as they come.

    At its end every socket is closed. aiohttp itself does not wait for those of streams that were given up:
    https://docs.aiohttp.org/en/stable/client_advanced.html#graceful-shutdown
    """
    trusted: ssl.SSLContext | bool = False
    if url.startswith("https:"):
        trusted = ssl.create_default_context(cafile=ca)
        if certificate:
            trusted.load_cert_chain(certificate)
    sockets: list[socket.socket] = []

    def open_socket(address: AddrInfoType) -> socket.socket:
        sockets[:] = [each for each in sockets if each.fileno() != -1]
        sockets.append(socket.socket(*address[:3]))
        return sockets[-1]

    async with aiohttp.ClientSession(
        url,
        connector=aiohttp.TCPConnector(limit=0, ssl=trusted, socket_factory=open_socket),
        timeout=aiohttp.ClientTimeout(total=None),
        headers=headers,
        auto_decompress=False,
        read_bufsize=2**22,
    ) as opened:
        yield opened
    deadline = time.monotonic() + FAREWELL
    while any(each.fileno() != -1 for each in sockets) and time.monotonic() < deadline:  # noqa: ASYNC110 - no event
        await asyncio.sleep(0.001)
