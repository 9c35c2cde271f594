"""Events of a resource: said when something changed, not while it stays so. Failing to say something fails nothing."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING

from django_operator.apply.errors import ApiError
from django_operator.stack.spec import API_VERSION, KIND

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_operator.apply.client import Client
    from django_operator.engine.paths import Body

log = logging.getLogger(__name__)

MAX_NOTE = 1_000
"""Bytes of an event's note: the server refuses more than 1,024."""
CONTROLLER = "django-operator.io/operator"


class Recorder:
    """Writes events (events.k8s.io/v1)."""

    def __init__(self, client: Client, now: Callable[[], str], instance: str) -> None:
        """Take who writes, the time as RFC 3339, and which process of ours it is."""
        self._client, self._now, self._instance = client, now, instance or "django-operator"

    async def say(self, site: Body, reason: str, note: str, *, warning: bool = False) -> None:
        """Say something of a resource."""
        meta = site["metadata"]
        now = self._now()
        name = f"{meta['name']}.{secrets.token_hex(6)}"
        body = {
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": meta["namespace"]},
            "eventTime": now.replace("Z", ".000000Z"),
            "regarding": {
                "apiVersion": API_VERSION,
                "kind": KIND,
                "name": meta["name"],
                "namespace": meta["namespace"],
                "uid": meta["uid"],
            },
            "reason": reason,
            "action": "Reconcile",
            "note": _cut(note),
            "type": "Warning" if warning else "Normal",
            "reportingController": CONTROLLER,
            "reportingInstance": self._instance[:128],
        }
        try:
            await self._client.create(body, manager="django-operator")
        except ApiError as error:
            # A courtesy: a full quota or a missing right must not keep a site from being repaired.
            log.warning("an event could not be written (%s): %s", error, note)


def _cut(note: str) -> str:
    raw = note.encode()
    return note if len(raw) <= MAX_NOTE else raw[: MAX_NOTE - 3].decode(errors="ignore") + "…"
