"""What watches did not tell of is found, in virtual time."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from django_operator.apply.errors import ApiError
from django_operator.apply.store import SiteKey
from django_operator.operator.resync import PATIENCE, Resync
from tests import virtual
from tests.operator.fakes import Cluster, site
from tests.operator.test_feed import Scene

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import pytest


class Play(Scene):
    """A feed that is compared with a cluster."""

    def __init__(self, *namespaces: str) -> None:
        """Start with a and b, known and there."""
        super().__init__()
        self.cluster = Cluster(site("a"), site("b"))
        self.resync = Resync(self.cluster, self.feed, namespaces=namespaces, selector="team=x")
        for name in "ab":
            self.feed.site(site(name))


def play(act: Callable[[Play], Awaitable[None]], *namespaces: str) -> None:
    """Play a scene."""

    async def scene() -> None:
        stage = Play(*namespaces)
        assert await stage.woken() == ["a", "b"]
        await act(stage)

    virtual.run(scene())


def test_nothing_missed(caplog: pytest.LogCaptureFixture) -> None:
    """One list by metadata, nobody is woken, nothing is said."""

    async def act(stage: Play) -> None:
        await stage.resync.compare()
        assert stage.cluster.asked == [(None, "team=x")]
        assert await stage.woken() == []

    play(act)
    assert not caplog.records


def test_a_missed_deletion() -> None:
    """Is told of as if the watch had seen it."""

    async def act(stage: Play) -> None:
        del stage.cluster.bodies[SiteKey("ns", "a")]
        await stage.resync.compare()
        assert await stage.woken() == ["a"]
        assert set(stage.store.sites) == {("ns", "b")}

    play(act)


def test_made_while_the_list_was_under_way() -> None:
    """What came after the list began is not taken for gone."""

    async def act(stage: Play) -> None:
        comparing = asyncio.create_task(stage.resync.compare())
        await asyncio.sleep(0)
        stage.feed.site(site("c"))
        await comparing
        assert SiteKey("ns", "c") in stage.store.sites

    play(act)


def test_changed_while_the_list_was_under_way() -> None:
    """A state that came meanwhile says that it lives, whatever the list says."""

    async def act(stage: Play) -> None:
        del stage.cluster.bodies[SiteKey("ns", "a")]
        comparing = asyncio.create_task(stage.resync.compare())
        await asyncio.sleep(0)
        stage.feed.site(site("a", 9, "again"))
        await comparing
        assert SiteKey("ns", "a") in stage.store.sites

    play(act)


def test_a_watch_that_is_late_is_waited_for() -> None:
    """Half a minute; it wakes nobody twice."""

    async def act(stage: Play) -> None:
        stage.cluster.put(site("a", 2))
        comparing = asyncio.create_task(stage.resync.compare())
        await asyncio.sleep(PATIENCE - 1)
        stage.feed.site(site("a", 2))
        assert await stage.woken() == ["a"]
        await comparing
        assert await stage.woken() == []

    play(act)


def test_a_watch_that_is_dead(caplog: pytest.LogCaptureFixture) -> None:
    """What it does not tell of is fetched."""

    async def act(stage: Play) -> None:
        stage.cluster.put(site("a", 2))
        stage.cluster.put(site("c"))
        await stage.resync.compare()
        assert sorted(await stage.woken()) == ["a", "c"]
        assert virtual.now() >= PATIENCE

    play(act)
    assert sorted(record.getMessage() for record in caplog.records) == [
        "a change of ns/a was missed",
        "a change of ns/c was missed",
    ]


def test_namespaces() -> None:
    """Only those that are served are listed."""

    async def act(stage: Play) -> None:
        stage.cluster.put(site("z", namespace="other"))
        await stage.resync.compare()
        assert stage.cluster.asked == [("ns", "team=x"), ("more", "team=x")]
        assert await stage.woken() == []

    play(act, "ns", "more")


def test_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    """Each ten minutes or so; a list that fails is told of, and the next one is made."""

    async def act(stage: Play) -> None:
        stage.cluster.errors = [ApiError(503, "ServiceUnavailable", "away")]
        running = asyncio.create_task(stage.resync.run(600))
        await asyncio.sleep(6700)
        running.cancel()
        assert 10 <= len(stage.cluster.asked) <= 12

    play(act)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_installed(caplog: pytest.LogCaptureFixture) -> None:
    """A CRD that is not there is waited for; that is said once."""

    async def act(stage: Play) -> None:
        error = ApiError(404, "NoSuchKind", "the server has no kind Django")
        stage.cluster.errors = [*[error] * 5, ApiError(403, "Forbidden", "no rights")]
        await stage.resync.installed()
        assert len(stage.cluster.asked) == 7

    play(act)
    assert [record.getMessage().split("? ")[1] for record in caplog.records] == [
        "the server has no kind Django",
        "no rights",
    ]


def test_caught_up() -> None:
    """When the watch has told of all that there is; what went before the watch began is not waited for."""

    async def act(stage: Play) -> None:
        stage.cluster.put(site("c"))
        stage.cluster.put(site("gone"))
        stage.cluster.errors = [ApiError(500, "InternalError", "oops")]
        waiting = asyncio.create_task(stage.resync.caught_up())
        await asyncio.sleep(8)
        assert not waiting.done()
        stage.feed.site(site("c"))
        await asyncio.sleep(1)
        assert not waiting.done()
        del stage.cluster.bodies[SiteKey("ns", "gone")]
        await asyncio.wait_for(waiting, 6)

    play(act)
