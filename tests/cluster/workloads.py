"""Controllers and kubelets in one, without nodes: what is deployed gets ready, fails or is held, as a test says.

For API servers without workload controllers, which would write the same status. No container runs. Everything happens
in a thread of its own, in the order of the server's events. Knows nothing of Django.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import fnmatch
import functools
import http.client
import json
import threading
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

import aiohttp

from tests.cluster.client import ApiError
from tests.cluster.nodes import volume
from tests.cluster.statuses import STATUSES, Failure, pod, pod_state
from tests.cluster.streams import session

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Self

    from tests.cluster.client import Client, Object

MANAGER = "workloads"
ENDED = {"Complete", "Failed"}
SUCCESS_CRITERIA = 31
"""Minor version from which a Job gets SuccessCriteriaMet before it is Complete; earlier servers refuse it."""


class Outcome(Enum):
    """What becomes of an object besides a Failure."""

    DONE = "done"
    HOLD = "hold"


DONE, HOLD = Outcome.DONE, Outcome.HOLD


@dataclass
class Workloads:
    """A context manager: inside of it, everything in a namespace (or everywhere) comes to its outcome at once.

    `let("Job/shop-release-*", HOLD)` keeps matching objects as they are, `let("Deployment/*", Failure(...))` lets them
    fail, `let(..., DONE)` lets go; what was said last holds, for what is there and for what comes. A held Job has a
    running pod. Each method for one object works without the `with` block, too.

    An error of the server other than being away is raised at the end of the block.
    """

    client: Client
    namespace: str | None = None
    kinds: Collection[tuple[str, str]] = tuple(STATUSES)
    """What it looks after: apiVersion and kind of each."""
    volumes: bool = False
    """Whether a claim gets a volume, for a controller manager to bind, instead of the status of a bound one."""
    _rules: list[tuple[str, Outcome | Failure]] = field(default_factory=list)
    _seen: dict[tuple[str, str, str], Object] = field(default_factory=dict)
    _failures: list[Exception] = field(default_factory=list)
    _loop: asyncio.AbstractEventLoop | None = None

    def let(self, pattern: str, outcome: Outcome | Failure) -> None:
        """Say what becomes of objects: `Kind/name` with the wildcards of a shell."""
        self._rules.append((pattern, outcome))
        if self._loop:
            # a pass over what is there, done when this returns
            asyncio.run_coroutine_threadsafe(self._again(), self._loop).result(30)

    def outcome(self, body: Object) -> Outcome | Failure:
        """Return what becomes of an object."""
        text = f"{body['kind']}/{body['metadata']['name']}"
        return next((what for pattern, what in reversed(self._rules) if fnmatch.fnmatchcase(text, pattern)), DONE)

    def settle(self, body: Object, outcome: Outcome | Failure | None = None) -> Object:
        """Bring one object to an outcome, its rule's by default, and return it. A Job that has ended stays as it is."""
        outcome = outcome or self.outcome(body)
        kind, status = body["kind"], body.get("status", {})
        if kind == "Job":
            if ENDED & {each["type"] for each in status.get("conditions") or ()}:
                return body
            self._job_pod(body, outcome)
        if kind == "PersistentVolumeClaim" and self.volumes:
            if outcome is DONE and not body["spec"].get("volumeName"):
                self.client.apply(volume(body), MANAGER)
            return body
        if outcome is HOLD and kind == "Job":
            wanted: Object = {"startTime": status.get("startTime") or _now(), "active": 1, "ready": 1}
        elif outcome is HOLD:
            return body
        else:
            failure = outcome if isinstance(outcome, Failure) else None
            wanted = STATUSES[body["apiVersion"], kind](body, _now(), failure)
        if kind == "Job" and self._minor < SUCCESS_CRITERIA:
            conditions = wanted.get("conditions", ())
            wanted["conditions"] = [each for each in conditions if each["type"] != "SuccessCriteriaMet"]
        if _holds(wanted, status):
            return body
        path = f"{self.client.path_of(body)}/status"
        patched: Object = self.client.patch(path, {"status": wanted}, fieldManager=MANAGER)
        return patched

    @functools.cached_property
    def _minor(self) -> int:
        return int(self.client.get("/version")["gitVersion"].split(".")[1])

    def pod(self, owner: Object, number: int = 0, node: str = "", **state: Any) -> Object:
        """Make a pod of a workload and give it a status (arguments of `statuses.pod_state`); returns it."""
        wanted = pod(owner, number, node)
        path = self.client.path_of(wanted)
        live = self.client.find(path) or self.client.create(wanted, fieldManager=MANAGER)
        patched: Object = self.client.patch(
            f"{path}/status", {"status": pod_state(live, _now(), **state)}, fieldManager=MANAGER
        )
        return patched

    def __enter__(self) -> Self:
        """Begin; what is there already has come to its outcome when this returns."""
        started = threading.Event()
        self._loop = loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=lambda: loop.run_until_complete(self._run(started)))
        self._thread.start()
        started.wait()
        return self

    def __exit__(self, *_: object) -> None:
        """End, and raise what the server has refused."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()
        self._loop.close()
        self._loop = None
        if self._failures:
            raise self._failures[0]

    async def _run(self, started: threading.Event) -> None:
        self._end = asyncio.Event()
        headers = {"User-Agent": self.client.agent}
        if self.client.token:
            headers["Authorization"] = f"Bearer {self.client.token}"
        async with session(self.client.url, self.client.ca, self.client.certificate, **headers) as opened:
            served = []
            for kind in self.kinds:
                # a CRD that is not installed has no objects
                with contextlib.suppress(ApiError):
                    served.append((kind, self.client.path(*kind, self.namespace)))
            listed = [asyncio.Event() for _ in served]
            follow = [self._follow(opened, *each, event) for each, event in zip(served, listed, strict=True)]
            tasks = [asyncio.create_task(each) for each in follow]
            for event in listed:
                await event.wait()
            started.set()
            await self._end.wait()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _again(self) -> None:
        for body in [*self._seen.values()]:
            self._try(body)

    async def _follow(
        self, opened: aiohttp.ClientSession, kind: tuple[str, str], path: str, listed: asyncio.Event
    ) -> None:
        """List and watch a kind for ever; from the start again whenever the stream ends."""
        try:
            while True:
                with contextlib.suppress(aiohttp.ClientError, OSError, http.client.HTTPException, _AgainError):
                    version = await self._list(opened, kind, path)
                    listed.set()
                    await self._watch(opened, kind, path, version)
                await asyncio.sleep(0.1)
        except ApiError as error:
            self._failures.append(error)
            listed.set()

    async def _list(self, opened: aiohttp.ClientSession, kind: tuple[str, str], path: str) -> str:
        async with opened.get(path) as answer:
            found = await answer.json()
        # 429: "storage is (re)initializing", from a server that has just started
        if answer.status == http.HTTPStatus.TOO_MANY_REQUESTS or answer.status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _AgainError
        if not answer.ok:
            raise ApiError(answer.status, found)
        for item in found["items"]:
            self._take(kind, item)
        version: str = found["metadata"]["resourceVersion"]
        return version

    async def _watch(self, opened: aiohttp.ClientSession, kind: tuple[str, str], path: str, version: str) -> None:
        since = {"watch": "true", "resourceVersion": version}
        async with opened.get(path, params=since) as answer:
            async for line in answer.content:
                event = json.loads(line)
                if event["type"] == "ERROR":
                    raise _AgainError
                self._take(kind, event["object"], gone=event["type"] == "DELETED")

    def _take(self, kind: tuple[str, str], item: Object, *, gone: bool = False) -> None:
        body = {"apiVersion": kind[0], "kind": kind[1], **item}
        if gone:
            self._seen.pop(_key(body), None)
        elif _version(body) >= _version(self._seen.get(_key(body), body)):
            self._try(body)

    def _try(self, body: Object) -> None:
        """Settle an object. What our own patch has given is the newest there is: its event is still to come."""
        self._seen[_key(body)] = body
        if body["metadata"].get("deletionTimestamp"):
            return
        try:
            self._seen[_key(body)] = self.settle(body)
        except ApiError as error:
            # 404: deleted meanwhile. Others: a server that starts or stops; the stream ends, too
            away = {http.HTTPStatus.NOT_FOUND, http.HTTPStatus.TOO_MANY_REQUESTS}
            if error.code not in away and error.code < http.HTTPStatus.INTERNAL_SERVER_ERROR:
                self._failures.append(error)

    def _job_pod(self, body: Object, outcome: Outcome | Failure) -> None:
        if isinstance(outcome, Failure):
            self.pod(body, failure=outcome)
        else:
            self.pod(body, phase="Running" if outcome is HOLD else "Succeeded")


def _now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _key(body: Object) -> tuple[str, str, str]:
    return body["kind"], body["metadata"].get("namespace", ""), body["metadata"]["name"]


def _version(body: Object) -> int:
    """Return the resourceVersion: of one kind, the greater one is newer (KEP-5504)."""
    return int(body["metadata"]["resourceVersion"])


class _AgainError(Exception):
    """The list is to be read again."""


def _holds(wanted: Any, live: Any) -> bool:
    """Whether everything wanted is there; times do not count, and zero is nothing: the server leaves it out."""
    if isinstance(wanted, dict):
        times = ("lastTransitionTime", "startTime", "completionTime")
        return all(_holds(value, (live or {}).get(key)) for key, value in wanted.items() if key not in times)
    if isinstance(wanted, list):
        return len(wanted) == len(live or ()) and all(map(_holds, wanted, live or ()))
    return bool((wanted or None) == (live or None))
