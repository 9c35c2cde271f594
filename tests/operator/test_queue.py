"""The work queue keeps client-go's rules, in virtual time."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_operator.operator.queue import Backoff, Bucket, Queue
from tests import virtual


def queue(**options: float) -> Queue[str]:
    """Return a queue without jitter."""
    return Queue(Backoff(**options), chance=lambda: 0.5)


def test_once_in_line() -> None:
    """A key that is in line is not put there again; order is kept."""

    async def scene() -> None:
        keys = queue()
        for key in "abab":
            keys.add(key)
        assert len(keys) == 2
        assert [await keys.get(), await keys.get()] == ["a", "b"]
        assert len(keys) == 0

    virtual.run(scene())


def test_never_twice_at_work() -> None:
    """A key asked for while at work gets one run more, once it is done."""

    async def scene() -> None:
        keys = queue()
        keys.add("a")
        assert await keys.get() == "a"
        keys.add("a")
        keys.add("a")
        assert (len(keys), keys.at_work) == (0, 1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(keys.get(), 10)
        keys.done("a")
        assert await keys.get() == "a"
        keys.done("a")
        assert (len(keys), keys.at_work) == (0, 0)

    virtual.run(scene())


def test_waiting_getters_are_served_in_order() -> None:
    """Each key wakes one getter."""

    async def scene() -> None:
        keys, got = queue(), []

        async def worker(name: str) -> None:
            got.append((name, await keys.get()))

        async with asyncio.TaskGroup() as tasks:
            for name in ("first", "second"):
                tasks.create_task(worker(name))
            await asyncio.sleep(1)
            keys.add("a")
            await asyncio.sleep(1)
            assert got == [("first", "a")]
            keys.add("b")
        assert got == [("first", "a"), ("second", "b")]

    virtual.run(scene())


def test_a_getter_that_is_cancelled_loses_no_key() -> None:
    """A key that was announced to a getter which is being cancelled goes to the next."""

    async def scene() -> None:
        keys = queue()
        one, two = asyncio.create_task(keys.get()), asyncio.create_task(keys.get())
        await asyncio.sleep(1)
        keys.add("a")
        one.cancel()
        assert await asyncio.wait_for(two, 1) == "a"
        with pytest.raises(asyncio.CancelledError):
            await one

    virtual.run(scene())


def test_later() -> None:
    """The earliest time asked for counts; zero is now."""

    async def scene() -> None:
        keys = queue()
        keys.add_after("a", 10)
        keys.add_after("a", 5)
        keys.add_after("a", 20)
        assert (len(keys), keys.delayed) == (0, 1)
        assert await keys.get() == "a"
        assert virtual.now() == 5
        keys.done("a")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(keys.get(), 100)
        keys.add_after("b", 0)
        assert len(keys) == 1

    virtual.run(scene())


def test_now_does_not_cancel_later() -> None:
    """A key that runs now still runs at the time that was asked for, as in client-go."""

    async def scene() -> None:
        keys = queue()
        keys.add_after("a", 10)
        keys.add("a")
        assert (await keys.get(), virtual.now()) == ("a", 0)
        keys.done("a")
        assert (await keys.get(), virtual.now()) == ("a", 10)

    virtual.run(scene())


def test_backoff_doubles_up_to_its_limit_and_is_forgotten() -> None:
    """0.5 s, doubled up to five minutes."""

    async def scene() -> None:
        keys = queue()
        assert [keys.retry("a") for _ in range(12)] == [0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
        assert keys.failures("a") == 12
        assert keys.retry("b") == 0.5
        keys.forget("a")
        assert keys.retry("a") == 0.5
        assert keys.retry("c", at_least=42) == 42

    virtual.run(scene())


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_backoff_keeps_its_bounds(failures: int, chance: float) -> None:
    """Never less than 0.4 s, never more than six minutes."""
    assert 0.4 <= Backoff().delay(failures, chance) <= 360


def test_bucket() -> None:
    """A burst at once, then one each tenth of a second; time refills it, up to the burst."""
    bucket = Bucket(rate=10, burst=3)
    assert [round(bucket.reserve(0), 6) for _ in range(5)] == [0, 0, 0, 0.1, 0.2]
    assert [round(bucket.reserve(100), 6) for _ in range(4)] == [0, 0, 0, 0.1]


def test_many_failures_share_one_bucket() -> None:
    """A thousand keys that fail at once come back at ten a second, after the burst."""

    async def scene() -> None:
        keys = queue()
        delays = [keys.retry(str(number)) for number in range(1000)]
        assert max(delays[:100]) == 0.5
        assert delays[-1] == pytest.approx(90)

    virtual.run(scene())


def test_close() -> None:
    """Whoever waits is told; no key comes out any more, those that are late included."""

    async def scene() -> None:
        keys = queue()
        keys.add_after("late", 5)
        getters = [asyncio.create_task(keys.get()) for _ in range(3)]
        await asyncio.sleep(1)
        keys.close()
        assert await asyncio.gather(*getters) == [None] * 3
        keys.add("a")
        keys.add_after("a", 1)
        await asyncio.sleep(10)
        assert (len(keys), keys.delayed, await keys.get()) == (0, 0, None)

    virtual.run(scene())


def test_waiting_times() -> None:
    """How long a key stood in line is told; the time at work counts, the time before its hour does not."""

    async def scene() -> None:
        waits: list[float] = []
        keys: Queue[str] = Queue(waited=waits.append)
        keys.add("a")
        await asyncio.sleep(3)
        await keys.get()
        await asyncio.sleep(1)
        keys.add("a")
        await asyncio.sleep(2)
        keys.done("a")
        await keys.get()
        keys.done("a")
        keys.add_after("a", 50)
        await keys.get()
        assert waits == [3, 2, 0]

    virtual.run(scene())


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([0.0, 0.5, 1.0, 2.5])), max_size=40))
def test_no_change_is_missed(script: list[tuple[str, float]]) -> None:
    """After the last change of a key there is always a run that began later, and no key runs twice at once."""

    async def scene() -> None:
        keys = queue()
        changed: dict[str, float] = {}
        began: dict[str, float] = {}
        running: Counter[str] = Counter()

        async def worker() -> None:
            while (key := await keys.get()) is not None:
                running[key] += 1
                assert running[key] == 1
                began[key] = virtual.now()
                await asyncio.sleep(0.7)
                running[key] -= 1
                keys.done(key)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(2):
                tasks.create_task(worker())
            for key, pause in script:
                changed[key] = virtual.now()
                keys.add(key)
                await asyncio.sleep(pause)
            await asyncio.sleep(100)
            keys.close()
        assert all(began[key] >= when for key, when in changed.items())

    virtual.run(scene())
