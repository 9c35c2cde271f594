"""Leader election over a Lease (coordination.k8s.io/v1), by client-go's rules: one of several operators works.

https://github.com/kubernetes/client-go/blob/master/tools/leaderelection/leaderelection.go. No clock is compared with
another machine's: a Lease of somebody else is judged by how long its record did not change before our eyes.
Knows nothing of what is led.
"""

from __future__ import annotations

import asyncio
import logging
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from django_operator.apply.errors import ApiError
from django_operator.operator.clock import seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_operator.engine.paths import Body

API_VERSION = "coordination.k8s.io/v1"
_JITTER = 1.2
"""client-go's JitterFactor: candidates don't ask in step."""

log = logging.getLogger(__name__)


class Api(Protocol):
    """What of `apply.client.Client` an election needs."""

    async def get(self, api_version: str, kind: str, namespace: str, name: str, /) -> Body | None:
        """Return an object, or None."""

    async def create(self, body: Body, /) -> Body:
        """Create an object."""

    async def raw(self, method: str, path: str, /, *, body: Body) -> Any:
        """Send any request."""


@dataclass(frozen=True, slots=True)
class Timing:
    """In seconds: how long others leave a Lease alone, when its holder gives up, how often it is renewed or read."""

    duration: float = 15.0
    renew_deadline: float = 10.0
    retry_period: float = 2.0

    def __post_init__(self) -> None:
        """ValueError where the parts don't fit, as client-go has it."""
        if not (self.duration > self.renew_deadline > _JITTER * self.retry_period > 0):
            raise ValueError(f"a Lease needs duration > renew deadline > {_JITTER} x retry period > 0, not {self}")


class Lost(Exception):  # noqa: N818 - it says what happened
    """The Lease could not be renewed in time, or somebody else holds it: stop at once."""


class Lease:
    """One candidate's side of an election. `acquire`, then `hold` until it raises, then perhaps `release`."""

    def __init__(  # noqa: PLR0913 - the last four are for tests and metrics
        self,
        api: Api,
        namespace: str,
        name: str,
        identity: str,
        timing: Timing | None = None,
        *,
        clock: Callable[[], float] = seconds,
        chance: Callable[[], float] = random.random,
        told: Callable[[bool], None] = lambda _held: None,
    ) -> None:
        """Take which Lease, and who we are; `told` learns of the Lease being taken and lost."""
        self._api = api
        self._namespace, self._name, self._identity = namespace, name, identity
        self._timing = timing or Timing()
        self._clock = clock
        self._chance = chance
        self._told = told
        self._body: Body | None = None
        """The Lease as last seen."""
        self._seen = 0.0
        """When its record last changed before our eyes."""
        self._valid_until = float("-inf")
        """Up to when we may act; counted from the moment before the last good renewal was sent."""

    def held(self) -> bool:
        """Tell whether we may act now. Asked before each write."""
        return self._clock() < self._valid_until

    @property
    def holder(self) -> str:
        """Whoever holds it, as last seen; empty for nobody."""
        return str(self._spec.get("holderIdentity") or "")

    async def acquire(self) -> None:
        """Return once we hold the Lease."""
        log.info("waiting for the Lease %s/%s as %s", self._namespace, self._name, self._identity)
        told = ""
        while not await self._attempt(self._timing.renew_deadline / 2):
            if self.holder != told and self.holder:
                log.info("the Lease is held by %s", self.holder)
                told = self.holder
            await asyncio.sleep(self._timing.retry_period * (1 + (_JITTER - 1) * self._chance()))
        log.info("the Lease is ours")
        self._told(True)

    async def hold(self) -> None:
        """Renew for ever. Raises Lost as soon as we may act no longer."""
        try:
            while True:
                await asyncio.sleep(self._timing.retry_period)
                await self._renew()
        finally:
            self._told(False)

    async def release(self) -> None:
        """Give the Lease up, so that another one need not wait: after the last write. Failing to do so is no error."""
        held, self._valid_until = self.held(), float("-inf")
        if not held or self._body is None or self.holder != self._identity:
            return
        # One second: client-go writes that too, as the field may not be zero.
        spec = {
            **self._spec,
            "holderIdentity": "",
            "leaseDurationSeconds": 1,
            "renewTime": _now(),
            "acquireTime": _now(),
        }
        try:
            async with asyncio.timeout(self._timing.renew_deadline / 2):
                await self._put({**self._body, "spec": spec})
        except (ApiError, TimeoutError) as error:
            log.warning("the Lease could not be released, it will run out: %s", _said(error))
        else:
            log.info("the Lease is released")

    async def _renew(self) -> None:
        while (left := self._valid_until - self._clock()) > 0:
            if await self._attempt(min(left, self._timing.renew_deadline / 2)):
                return
            if self._body is not None and self.holder != self._identity:
                self._valid_until = float("-inf")
                raise Lost(f"it is held by {self.holder or 'nobody'}")
            await asyncio.sleep(min(max(0.0, self._valid_until - self._clock()), self._timing.retry_period))
        raise Lost(f"it was not renewed for {self._timing.renew_deadline:g} s")

    async def _attempt(self, patience: float) -> bool:
        """Try once to take or renew the Lease within `patience` seconds."""
        try:
            async with asyncio.timeout(patience):
                return await self._try()
        except TimeoutError:
            log.warning("the Lease: no answer within %.1f s", patience)
        except ApiError as error:
            level = logging.INFO if error.conflict else logging.WARNING  # a conflict: another candidate was faster
            log.log(level, "the Lease could not be written: %s", _said(error))
        return False

    async def _try(self) -> bool:
        start = self._clock()
        if self._body is not None and self.held() and self.holder == self._identity:
            # Without looking first: who holds it need not, the resourceVersion guards the write.
            try:
                return self._won(await self._put({**self._body, "spec": self._next()}), start)
            except ApiError as error:
                log.info("the Lease is looked at, as renewing failed: %s", _said(error))
        body = await self._api.get(API_VERSION, "Lease", self._namespace, self._name)
        if body is None:
            self._body = None
            meta = {"name": self._name, "namespace": self._namespace}
            fresh = {"apiVersion": API_VERSION, "kind": "Lease", "metadata": meta, "spec": self._next()}
            return self._won(await self._api.create(fresh), start)
        if self._body is None or body.get("spec") != self._body.get("spec"):
            self._seen = self._clock()
        self._body = body
        if self.holder not in {"", self._identity} and self._clock() < self._seen + self._lasts():
            return False
        return self._won(await self._put({**body, "spec": self._next()}), start)

    def _won(self, body: Body, start: float) -> bool:
        self._body, self._seen = body, self._clock()
        # Counted from before the request: when it reached the server, and others may have seen it, we can't know.
        self._valid_until = start + self._timing.renew_deadline
        return self.held()

    def _next(self) -> Body:
        """Return the record that makes or keeps us the holder."""
        spec, now = self._spec, _now()
        ours = self.holder == self._identity
        return {
            **spec,
            "holderIdentity": self._identity,
            "leaseDurationSeconds": int(self._timing.duration),
            "acquireTime": (spec.get("acquireTime") if ours else None) or now,
            "renewTime": now,
            "leaseTransitions": int(spec.get("leaseTransitions") or 0) + (0 if ours or not spec else 1),
        }

    async def _put(self, body: Body) -> Body:
        path = f"/apis/{API_VERSION}/namespaces/{self._namespace}/leases/{self._name}"
        answer: Body = await self._api.raw("PUT", path, body=body)
        return answer

    @property
    def _spec(self) -> Body:
        return (self._body or {}).get("spec") or {}

    def _lasts(self) -> float:
        """How long the holder asked to be left alone; who says nothing has left."""
        return float(self._spec.get("leaseDurationSeconds") or 0)


def _now() -> str:
    """Return the time for people to read; no decision rests on it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
