"""The probes and /metrics, over a real socket."""

from __future__ import annotations

import asyncio

import aiohttp

from django_operator.operator.http import serving
from django_operator.operator.metrics import Metrics


def test_served() -> None:
    """/healthz while it answers; /readyz says what is missing; /metrics in Prometheus' type; nothing else."""
    missing = {"lease": "", "watches": "Deployment"}

    async def scene() -> None:
        async with serving(0, lambda: missing, Metrics("1")) as port, aiohttp.ClientSession() as session:

            async def get(path: str) -> tuple[int, str, str]:
                async with session.get(f"http://localhost:{port}{path}") as answer:
                    return answer.status, answer.headers["Content-Type"], await answer.text()

            assert await get("/healthz") == (200, "text/plain; charset=utf-8", "ok\n")
            assert (await get("/readyz"))[::2] == (503, "[+] lease: ok\n[-] watches: Deployment\n")
            missing["watches"] = ""
            assert (await get("/readyz"))[::2] == (200, "[+] lease: ok\n[+] watches: ok\n")
            status, kind, text = await get("/metrics")
            assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
            assert "django_operator_leader 0.0" in text
            assert (await get("/"))[0] == 404

    asyncio.run(scene())
