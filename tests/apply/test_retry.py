"""Which requests are sent again, and when."""

from __future__ import annotations

import pytest

from django_operator.apply.errors import ApiError, Unreachable
from django_operator.apply.retry import BUDGET, TRIES, pause

BUSY = ApiError(429, "TooManyRequests")
UNSENT, LOST = Unreachable("refused", sent=False), Unreachable("cut", sent=True)


@pytest.mark.parametrize(
    ("error", "when_safe", "else_"),
    [
        (BUSY, True, True),
        (ApiError(500), True, False),
        (ApiError(502), True, False),
        (ApiError(503), True, False),
        (ApiError(504), True, False),
        (UNSENT, True, True),
        (LOST, True, False),
        (ApiError(501), False, False),
        (ApiError(400), False, False),
        (ApiError(401), False, False),
        (ApiError(403), False, False),
        (ApiError(404), False, False),
        (ApiError(409, "Conflict"), False, False),
        (ApiError(410), False, False),
        (ApiError(422, "Invalid"), False, False),
    ],
)
def test_what_is_sent_again(error: ApiError, *, when_safe: bool, else_: bool) -> None:
    """Only what the server can't have acted on, unless twice is as good as once."""
    assert (pause(error, attempt=1, spent=0, safe=True, jitter=0) is not None) == when_safe
    assert (pause(error, attempt=1, spent=0, safe=False, jitter=0) is not None) == else_


@pytest.mark.parametrize(
    ("attempt", "least", "most"), [(1, 0.125, 0.25), (2, 0.5, 1.0), (3, 2.0, 4.0), (TRIES, None, None)]
)
def test_pauses_grow_and_end(attempt: int, least: float | None, most: float | None) -> None:
    """Four times as long each time, half of it at random; then the caller decides."""
    assert pause(ApiError(503), attempt=attempt, spent=0, safe=True, jitter=0.0) == least
    assert pause(ApiError(503), attempt=attempt, spent=0, safe=True, jitter=1.0) == most


@pytest.mark.parametrize(
    ("asked", "spent", "wait"), [(2.0, 0, 2.0), (0.0, 0, 0.125), (9.0, 0, 9.0), (9.0, 2, None), (60.0, 0, None)]
)
def test_retry_after_is_kept_to(asked: float, spent: float, wait: float | None) -> None:
    """Where it is longer than the budget, the error is told instead, with what was asked."""
    error = ApiError(429, retry_after=asked)
    assert pause(error, attempt=1, spent=spent, safe=True, jitter=0) == wait


def test_the_budget_ends_it() -> None:
    """However many tries are left."""
    assert pause(ApiError(503), attempt=1, spent=BUDGET, safe=True, jitter=0) is None
