"""The status of a resource, written by a field manager of its own when it changed, and events about the change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.apply.status import AHEAD, status
from django_operator.apply.store import SiteKey
from django_operator.engine.paths import put
from django_operator.stack.spec import API_VERSION, KIND

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_operator.apply.client import Client
    from django_operator.apply.events import Recorder
    from django_operator.apply.progress import Progress
    from django_operator.apply.store import Store
    from django_operator.engine.paths import Body

MANAGER = "django-operator-status"
_WARNINGS = frozenset({("Ready", "False"), ("Contended", "True")})
_TOLD = ("Ready", "Paused", "Contended")
"""Conditions whose change of reason is an event."""


class Reporter:
    """Tells the cluster how a resource is doing."""

    def __init__(self, client: Client, store: Store, recorder: Recorder, now: Callable[[], str]) -> None:
        """Take who writes, who remembers the answer, who says events, and the time as RFC 3339."""
        self._client, self._store, self._recorder, self.now = client, store, recorder, now

    async def report(self, seen: Body, found: Progress) -> None:
        """Write the status unless it says so already, and an event for each condition that has a new reason.

        `seen` is the resource as the pass knows it. What was found is true of that generation: one that came meanwhile
        would be called ready before anybody has looked at it.
        """
        meta = seen["metadata"]
        key = SiteKey(meta["namespace"], meta["name"])
        newest = self._store.sites.get(key)
        if newest is None or newest["metadata"]["uid"] != meta["uid"]:
            return
        body = put(newest, ("metadata", "generation"), meta.get("generation", 0))
        old: Body = body.get("status") or {}
        new = status(found, body, self.now())
        if _seen(new) == _seen(old):
            return
        named = {"name": key.name, "namespace": key.namespace, "uid": meta["uid"]}
        applied = {"apiVersion": API_VERSION, "kind": KIND, "metadata": named, "status": new}
        answer = await self._client.apply(applied, manager=MANAGER, subresource="status")
        self._store.put_site(answer.body)
        before = {each["type"]: each for each in old.get("conditions") or ()}
        for each in new["conditions"]:
            last = before.get(each["type"]) or {}
            told = each["type"] in _TOLD or each["reason"] == AHEAD
            # That a new resource is worked on goes without saying.
            told = told and (bool(last) or each["status"] != "Unknown")
            if told and (each["status"], each["reason"]) != (last.get("status"), last.get("reason")):
                warning = each["reason"] == AHEAD or (each["type"], each["status"]) in _WARNINGS
                await self._recorder.say(body, each["reason"], each["message"], warning=warning)

    async def event(self, key: SiteKey, reason: str, note: str, *, warning: bool = False) -> None:
        """Say something of a resource."""
        body = self._store.sites.get(key)
        if body is not None:
            await self._recorder.say(body, reason, note, warning=warning)


def _seen(status: Body) -> Body:
    """Return what of a status people look at: that a change of somebody else's was found right is not worth a write."""
    entries = [{**each, "verified": ""} for each in status.get("inventory") or ()]
    return {**status, "inventory": entries}
