"""The workers: when a resource is looked at again, and what is told of failures."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import pytest

from django_operator.apply.errors import ApiError, NotLeader, Unreachable
from django_operator.apply.store import SiteKey
from django_operator.operator.metrics import Metrics
from django_operator.operator.queue import Backoff, Queue
from django_operator.operator.workers import Workers
from tests import virtual
from tests.operator.fakes import Done, Reconciler
from tests.operator.test_metrics import samples

if TYPE_CHECKING:
    from collections.abc import Callable

A, B = SiteKey("ns", "a"), SiteKey("ns", "b")


def worked(reconciler: Reconciler, seconds: float, *keys: SiteKey, number: int = 2) -> Metrics:
    """Let workers work on keys for some time."""
    metrics = Metrics("1")

    async def scene() -> None:
        queue: Queue[SiteKey] = Queue(Backoff(), chance=lambda: 0.5)
        workers = Workers(queue, reconciler, metrics, limit=300)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(number):
                tasks.create_task(workers.run())
            for key in keys:
                queue.add(key)
            await asyncio.sleep(seconds)
            queue.close()

    virtual.run(scene())
    return metrics


def failing(*errors: BaseException | Done) -> Callable[[str], Any]:
    """Return an act that raises or returns these, one after the other, then succeeds."""
    left = list(errors)

    def act(_name: str) -> Any:
        if not left:
            return None
        if isinstance(left[0], BaseException):
            raise left.pop(0)  # type: ignore[misc] # looked at just now
        return left.pop(0)

    return act


def test_success_is_not_looked_at_again() -> None:
    """Until something happens."""
    reconciler = Reconciler()
    found = samples(worked(reconciler, 10_000, A, B))
    assert reconciler.began == [(0, "a"), (0, "b")]
    assert found["django_operator_reconcile_total", ("success",)] == 2
    assert found["django_operator_reconcile_duration_seconds_count", ()] == 2


def test_returns_when_asked() -> None:
    """`requeue_after` is kept to."""
    reconciler = Reconciler(failing(Done(60), Done(5)))
    found = samples(worked(reconciler, 10_000, A))
    assert reconciler.began == [(0, "a"), (60, "a"), (65, "a")]
    assert found["django_operator_reconcile_total", ("requeue",)] == 2


def test_failures_back_off_and_are_forgotten() -> None:
    """0.5 s, 1 s, 2 s; after a success, 0.5 s again."""
    error = Unreachable("no route")
    reconciler = Reconciler(failing(error, error, error, Done(100), error))
    found = samples(worked(reconciler, 1000, A))
    assert [when for when, _ in reconciler.began] == [0, 0.5, 1.5, 3.5, 103.5, 104]
    assert found["django_operator_reconcile_errors_total", ("Unreachable",)] == 4
    assert found["django_operator_reconcile_total", ("error",)] == 4


def test_retry_after_is_kept_to() -> None:
    """What the server asked for, where it is longer than the backoff."""
    reconciler = Reconciler(failing(ApiError(429, "TooManyRequests", "slow down", retry_after=30)))
    worked(reconciler, 1000, A)
    assert [when for when, _ in reconciler.began] == [0, 30]


def test_a_reconcile_has_a_time_limit() -> None:
    """300 s, then another try; the worker is free for others."""
    reconciler = Reconciler(takes=301)
    found = samples(worked(reconciler, 310, A, number=1))
    assert [when for when, _ in reconciler.began] == [0, 300.5]
    assert reconciler.ended == []
    assert found["django_operator_reconcile_errors_total", ("Timeout",)] == 2


@pytest.mark.parametrize(
    ("error", "level", "said"),
    [
        (ApiError(409, "Conflict", "changed"), "WARNING", "the API server: changed; again in 0.5 s"),
        (ApiError(422, "Invalid", "bad"), "ERROR", "the API server: bad; again in 0.5 s"),
        (TimeoutError("own"), "ERROR", "this is a fault of django-operator: TimeoutError: own; again in 0.5 s"),
    ],
)
def test_told(caplog: pytest.LogCaptureFixture, error: Exception, level: str, said: str) -> None:
    """One line each, by how bad it is."""
    worked(Reconciler(failing(error)), 10, A)
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [(level, said)]


def test_a_traceback_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """The same fault again is one line; another one, or one after a success, comes with its traceback."""
    one, two = ZeroDivisionError("one"), KeyError("two")
    worked(Reconciler(failing(one, one, one, two, Done(1), two)), 1000, A)
    records = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.exc_info is not None for record in records] == [True, False, False, True, True]


def test_the_lease_is_lost_meanwhile() -> None:
    """No retry: the process is about to end."""
    reconciler = Reconciler(failing(NotLeader("held back")))
    worked(reconciler, 1000, A)
    assert len(reconciler.began) == 1


def test_a_cancelled_worker_ends() -> None:
    """Cancelling is no failure of a reconcile, and frees the key."""

    async def scene() -> None:
        queue: Queue[SiteKey] = Queue()
        worker = asyncio.create_task(Workers(queue, Reconciler(takes=100), Metrics("1"), limit=300).run())
        queue.add(A)
        await asyncio.sleep(1)
        worker.cancel()
        with pytest.raises(asyncio.CancelledError):
            await worker
        assert (queue.at_work, queue.failures(A)) == (0, 0)

    virtual.run(scene())
