"""/healthz, /readyz and /metrics. Knows nothing of what makes an operator ready."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

from aiohttp import web

from django_operator.operator.metrics import CONTENT_TYPE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from django_operator.operator.metrics import Metrics

_STOP = 1.0
"""Seconds for requests under way when the server stops."""


@contextlib.asynccontextmanager
async def serving(port: int, checks: Callable[[], Mapping[str, str]], metrics: Metrics) -> AsyncIterator[int]:
    """Serve on all addresses and give the port, which is another one for port 0.

    `checks`: the names of what an operator must have to be ready, with what is missing of it, empty for nothing.
    OSError where the port is taken.
    """

    async def healthz(_request: web.Request) -> web.Response:
        return web.Response(text="ok\n")  # it answers, so its loop turns

    async def readyz(_request: web.Request) -> web.Response:
        found = checks()
        text = "".join(f"[{'-' if missing else '+'}] {name}: {missing or 'ok'}\n" for name, missing in found.items())
        return web.Response(text=text, status=503 if any(found.values()) else 200)

    async def prometheus(_request: web.Request) -> web.Response:
        return web.Response(body=metrics.text(), headers={"Content-Type": CONTENT_TYPE})

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", prometheus)])
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=_STOP)
    await runner.setup()
    try:
        listener = _listener(port)
        await web.SockSite(runner, listener).start()
        yield int(listener.getsockname()[1])
    finally:
        await runner.cleanup()


def _listener(port: int) -> socket.socket:
    """Return one socket for IPv4 and IPv6: kubelets ask by the pod's first address, of whatever family."""
    if socket.has_dualstack_ipv6():
        return socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True)
    return socket.create_server(("", port))
