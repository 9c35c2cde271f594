"""Looks now and then, by metadata alone, whether what is known of the resources is what is there.

kopf never tells of deletions that happened between two of its watches, when the second one began with a new list
(kopf/_core/reactor/queueing.py: nothing compares the list with what was known). Knows nothing of what a resource is.
"""

from __future__ import annotations

import asyncio
import logging
import random
from typing import TYPE_CHECKING

from django_operator.apply.errors import ApiError
from django_operator.apply.store import SiteKey
from django_operator.stack.spec import API_VERSION, KIND

if TYPE_CHECKING:
    from django_operator.engine.paths import Body
    from django_operator.operator.feed import Feed
    from django_operator.operator.ports import Lists

log = logging.getLogger(__name__)

PATIENCE = 30.0
"""Seconds that a watch may be behind a list."""
_AGAIN = 5.0
"""Seconds between lists while the first events are awaited."""
_STEP = 0.1


class Resync:
    """Compares the cluster's resources with the store's."""

    def __init__(self, client: Lists, feed: Feed, *, namespaces: tuple[str, ...], selector: str) -> None:
        """Take what to list, and where to tell of what was missed."""
        self._client = client
        self._feed = feed
        self._scopes: tuple[str | None, ...] = namespaces or (None,)
        self._selector = selector

    async def installed(self) -> None:
        """Return once the CRD is there and may be read; says in the log what it waits for."""
        said = ""
        while True:
            try:
                await self._listed()
            except ApiError as error:
                if str(error) != said:
                    said = str(error)
                    log.warning("Django resources cannot be listed yet, is the CRD installed? %s", said)
                await asyncio.sleep(_AGAIN)
            else:
                return

    async def caught_up(self) -> None:
        """Return once the store has every resource that the cluster has."""
        while True:
            deadline = asyncio.get_running_loop().time() + _AGAIN
            try:
                listed = await self._listed()
            except ApiError as error:
                log.warning("Django resources cannot be listed: %s", error)
                await asyncio.sleep(_AGAIN)
                continue
            while any(key not in self._feed.store.sites for key in listed):
                if asyncio.get_running_loop().time() > deadline:
                    break  # some may have gone before the watch began
                await asyncio.sleep(_STEP)
            else:
                return

    async def run(self, every: float) -> None:
        """Compare for ever, each so many seconds, give or take a tenth."""
        while True:
            await asyncio.sleep(every * random.uniform(0.9, 1.1))  # noqa: S311 - so that operators don't list in step
            try:
                await self.compare()
            except ApiError as error:
                log.warning("Django resources cannot be compared with the cluster's: %s", error)

    async def compare(self) -> None:
        """Compare once, and tell of what was missed."""
        before = dict(self._feed.store.sites)
        listed = await self._listed()
        for key, body in before.items():
            if key not in listed and self._feed.store.sites.get(key) is body:
                log.warning("the deletion of %s/%s was missed", *key)
                self._feed.site(body, deleted=True)
        if behind := [key for key, body in listed.items() if self._behind(key, body)]:
            await asyncio.sleep(PATIENCE)
            for key in behind:
                if self._behind(key, listed[key]):
                    await self._fetch(key)

    async def _fetch(self, key: SiteKey) -> None:
        body = await self._client.get(API_VERSION, KIND, *key)
        if body is not None:
            log.warning("a change of %s/%s was missed", *key)
            self._feed.site(body)

    async def _listed(self) -> dict[SiteKey, Body]:
        found = {}
        for namespace in self._scopes:
            listed = await self._client.list(API_VERSION, KIND, namespace, labels=self._selector, metadata_only=True)
            found.update(
                {SiteKey(each["metadata"]["namespace"], each["metadata"]["name"]): each for each in listed.items}
            )
        return found

    def _behind(self, key: SiteKey, there: Body) -> bool:
        """Tell whether the store has an older state than the list had. resourceVersions of one kind are comparable."""
        known = self._feed.store.sites.get(key)
        if known is None:
            return True
        ours, theirs = (each["metadata"].get("resourceVersion", "") for each in (known, there))
        if not (ours.isdecimal() and theirs.isdecimal()):
            return bool(ours != theirs)
        return int(ours) < int(theirs)
