"""Whether and when to send a request again. Pure; knows nothing of connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_operator.apply.errors import ApiError

TRIES = 4
"""Requests in all, the first one counted."""
BUDGET = 10.0
"""Seconds after which nothing is sent again; the caller's queue knows better how to wait long."""
_FIRST, _MOST = 0.25, 4.0
_SERVER = frozenset({500, 502, 503, 504})


def pause(error: ApiError, *, attempt: int, spent: float, safe: bool, jitter: float) -> float | None:
    """Return how many seconds to wait before the next attempt; None where there is to be none.

    `attempt` counts from 1, `spent` is seconds since the first one began, `jitter` is in [0, 1). `safe` requests may
    reach the server twice without harm. Others are sent again only where the server cannot have acted on them: it
    turned them away before looking (429), or there was no connection.
    """
    if attempt >= TRIES or not _worth(error, safe=safe):
        return None
    wait = min(_FIRST * 4 ** (attempt - 1), _MOST) * (0.5 + jitter / 2)
    if error.retry_after is not None:
        # Spread over a quarter more, or everybody who was told the same second comes back in it.
        wait = max(error.retry_after * (1 + jitter / 4), wait)
    return wait if spent + wait <= BUDGET else None


def _worth(error: ApiError, *, safe: bool) -> bool:
    if error.code == 429:  # noqa: PLR2004 - HTTP's
        return True
    if error.code == 0:
        return safe or not getattr(error, "sent", True)
    return safe and error.code in _SERVER
