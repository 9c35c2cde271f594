"""Informers where a server refuses: what they say of themselves. All else is in tests/api/test_informer.py."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from django_operator.apply.informer import Informer
from django_operator.apply.objects import Key
from django_operator.apply.store import Store
from tests.apply.fake import body, connected, cut, serve, status, stream
from tests.apply.stacks import plain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aiohttp import web

    from django_operator.apply.client import Client
    from tests.apply.fake import Reply

ONE = {"metadata": {"resourceVersion": "5"}, "items": [{"metadata": {"name": "a", "uid": "1", "managedFields": [{}]}}]}
EMPTY = {"metadata": {"resourceVersion": "6"}, "items": []}


@contextlib.asynccontextmanager
async def informing(client: Client, told: list[str]) -> AsyncIterator[Informer]:
    """Run an informer that notes the names it tells of."""

    def tell(sign: str, body: dict[str, Any]) -> None:
        assert "managedFields" not in body["metadata"]
        told.append(sign + body["metadata"]["name"])

    informer = Informer(client, "v1", "Secret", "shop", lambda each: tell("+", each), lambda each: tell("-", each))
    task = asyncio.create_task(informer.run())
    try:
        yield informer
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until_failed(informer: Informer) -> None:
    """Wait until something went wrong."""
    async with asyncio.timeout(10):
        while not informer.failure:  # noqa: ASYNC110 - a plain attribute
            await asyncio.sleep(0)


async def forever(request: web.BaseRequest) -> Reply:
    """Answer a watch on which nothing happens."""
    return await stream(b"", then="stall")(request)


@pytest.mark.parametrize("code", [403, 500])
def test_a_list_that_is_refused(tmp_path: Path, code: int) -> None:
    """It is not as if there were no objects: nothing counts as told until a list is through."""

    async def scene() -> None:
        told: list[str] = []
        refuse = status(code, "Refused", "not now")
        answers = [refuse] * (4 if code == 500 else 1)
        async with (
            serve(*answers, body(ONE), forever) as fake,
            connected(fake, tmp_path) as client,
            informing(client, told) as informer,
        ):
            await until_failed(informer)
            assert informer.failure == "not now"
            assert not informer.synced.is_set()
            assert not informer.absent
            informer.nudge()
            await asyncio.wait_for(informer.synced.wait(), 10)
            assert (told, informer.failure) == (["+a"], "")

    asyncio.run(scene())


def test_a_watch_that_breaks_off(tmp_path: Path) -> None:
    """The next one goes on where it was, without a list."""
    event = b'{"type":"ADDED","object":{"metadata":{"name":"b","uid":"2","resourceVersion":"9"}}}\n'

    async def scene() -> None:
        told: list[str] = []
        async with (
            serve(body(ONE), stream(event, then="cut"), forever) as fake,
            connected(fake, tmp_path) as client,
            informing(client, told) as informer,
        ):
            await until_failed(informer)
            informer.nudge()
            async with asyncio.timeout(10):
                while len(fake.seen) < 3:  # noqa: ASYNC110 - until the server has it
                    await asyncio.sleep(0)
            assert told == ["+a", "+b"]
            assert [each.query.get("resourceVersion") for each in fake.seen] == [None, "5", "9"]

    asyncio.run(scene())


def test_a_watch_that_is_refused(tmp_path: Path) -> None:
    """A version too old, in the answer or in an event: a list comes first then, and tells of what is gone."""
    expired = b'{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}\n'

    async def scene() -> None:
        for refuse in (status(410, "Expired"), stream(expired)):
            told: list[str] = []
            async with (
                serve(body(ONE), refuse, body(EMPTY), cut) as fake,
                connected(fake, tmp_path) as client,
                informing(client, told),
            ):
                async with asyncio.timeout(10):
                    while "-a" not in told:  # noqa: ASYNC110 - a plain list
                        await asyncio.sleep(0)
                assert told == ["+a", "-a"]
                assert "resourceVersion" not in fake.seen[2].query

    asyncio.run(scene())


def test_a_list_tells_of_what_no_watch_has(tmp_path: Path) -> None:
    """An object of our own making, deleted in the gap that a list ends: it is known to the store, and no longer."""

    async def scene() -> None:
        store, key = Store(), Key("apps", "Deployment", "web", "shop-app")
        made = plain("Deployment", "shop-app")
        made["metadata"] |= {"uid": "ghost", "resourceVersion": "5"}

        async def gap(request: web.BaseRequest) -> Reply:
            store.put_child(made)
            return await status(410, "Expired")(request)

        empty = {"metadata": {"resourceVersion": "6"}, "items": []}
        async with serve(body(empty), gap, body(empty), forever) as fake, connected(fake, tmp_path) as client:
            informer = Informer(
                client, "apps/v1", "Deployment", "web", store.put_child,
                lambda each: store.drop_child(key, each["metadata"]["uid"]),
                on_listed=lambda here, version: store.only("apps", "Deployment", "web", here, version),
            )  # fmt: skip
            task = asyncio.create_task(informer.run())
            async with asyncio.timeout(10):
                while len(fake.seen) < 4:  # noqa: ASYNC110 - until the second watch
                    await asyncio.sleep(0)
            task.cancel()
            assert store.live(key) is None

    asyncio.run(scene())
