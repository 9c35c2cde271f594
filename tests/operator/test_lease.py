"""Leader election: client-go's rules, in virtual time."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_operator.apply.errors import ApiError, Unreachable
from django_operator.operator.clock import seconds
from django_operator.operator.lease import Lease, Lost, Timing
from tests import virtual

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_operator.engine.paths import Body

AGES_AGO = "1970-01-01T00:00:00.000000Z"
FAR_OFF = "2999-01-01T00:00:00.000000Z"


class Server:
    """One Lease with optimistic locking."""

    def __init__(self) -> None:
        """Start without it."""
        self.lease: Body | None = None
        self.version = 0

    def put(self, body: Body) -> Body:
        """Replace it if its resourceVersion is the stored one's."""
        if self.lease is None:
            raise ApiError(404, "NotFound", "no such Lease")
        if body["metadata"].get("resourceVersion") != self.lease["metadata"]["resourceVersion"]:
            raise ApiError(409, "Conflict", "the object has been modified")
        return self.store(body)

    def store(self, body: Body) -> Body:
        """Store it, whatever is there."""
        self.version += 1
        self.lease = {**body, "metadata": {**body["metadata"], "resourceVersion": str(self.version)}}
        return self.lease

    def held_by(self, holder: str, **spec: Any) -> None:
        """Be taken by somebody."""
        meta = {"name": "op", "namespace": "ns"}
        self.store({"metadata": meta, "spec": {"holderIdentity": holder, "leaseDurationSeconds": 15, **spec}})

    @property
    def spec(self) -> Body:
        """The record."""
        assert self.lease
        spec: Body = self.lease["spec"]
        return spec


class Line:
    """One candidate's way to the server, which may be slow, cut or swallow the answers."""

    def __init__(self, server: Server) -> None:
        """Take the server."""
        self.server = server
        self.there = self.back = 0.01
        self.cut = False
        self.requests: list[str] = []

    async def get(self, _api_version: str, _kind: str, _namespace: str, _name: str) -> Body | None:
        """Read it."""
        found: Body | None = await self._send("GET", lambda: self.server.lease)
        return found

    async def create(self, body: Body) -> Body:
        """Create it."""

        def make() -> Body:
            if self.server.lease is not None:
                raise ApiError(409, "AlreadyExists", "it exists")
            return self.server.store(body)

        made: Body = await self._send("POST", make)
        return made

    async def raw(self, method: str, path: str, *, body: Body) -> Any:
        """Replace it."""
        assert path == "/apis/coordination.k8s.io/v1/namespaces/ns/leases/op"
        return await self._send(method, lambda: self.server.put(body))

    async def _send(self, method: str, act: Callable[[], Any]) -> Any:
        self.requests.append(method)
        if self.cut:
            raise Unreachable("connection refused")
        await asyncio.sleep(self.there)
        result = act()
        await asyncio.sleep(self.back)
        return result


def candidate(server: Server, identity: str, chance: float = 0.0) -> tuple[Lease, Line]:
    """Return a candidate on the virtual clock, and its line."""
    line = Line(server)
    return Lease(line, "ns", "op", identity, clock=virtual.now, chance=lambda: chance), line


def test_first_come() -> None:
    """The Lease is made, then renewed every two seconds by one request each."""

    async def scene() -> None:
        server = Server()
        lease, line = candidate(server, "a")
        assert not lease.held()
        await lease.acquire()
        assert lease.held()
        assert (server.spec["holderIdentity"], server.spec["leaseDurationSeconds"]) == ("a", 15)
        assert server.spec["leaseTransitions"] == 0
        taken = server.spec["acquireTime"]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(lease.hold(), 60)
        assert line.requests == ["GET", "POST", *["PUT"] * 29]
        assert server.spec["acquireTime"] == taken
        assert lease.held()

    virtual.run(scene())


@pytest.mark.parametrize("renewed", [AGES_AGO, FAR_OFF])
def test_one_that_died_is_waited_for(renewed: str) -> None:
    """15 s without a change before our eyes; what the holder's clock said does not matter."""

    async def scene() -> None:
        server = Server()
        server.held_by("dead", renewTime=renewed, leaseTransitions=6)
        lease, _ = candidate(server, "b")
        await lease.acquire()
        assert 15 <= virtual.now() < 18
        assert (server.spec["holderIdentity"], server.spec["leaseTransitions"]) == ("b", 7)

    virtual.run(scene())


def test_one_that_lives_is_left_alone() -> None:
    """As long as the record changes, whatever it says."""

    async def scene() -> None:
        server = Server()
        server.held_by("alive", renewTime=AGES_AGO)
        lease, _ = candidate(server, "b")

        async def renew() -> None:
            for count in range(100):
                await asyncio.sleep(9)
                server.held_by("alive", renewTime=f"{AGES_AGO}{count}")

        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(lease.acquire())
            await renew()
            assert not lease.held()
            await waiting
        assert 915 <= virtual.now() < 918

    virtual.run(scene())


def test_a_duration_is_the_holders_own() -> None:
    """How long a record counts, the record says."""

    async def scene() -> None:
        server = Server()
        server.held_by("slow", leaseDurationSeconds=120)
        lease, _ = candidate(server, "b")
        await lease.acquire()
        assert 120 <= virtual.now() < 123

    virtual.run(scene())


def test_release() -> None:
    """A Lease that was given up is taken by the next one that looks; nothing is held any more at once."""

    async def scene() -> None:
        server = Server()
        (one, _), (two, _) = candidate(server, "a"), candidate(server, "b", 1.0)
        await one.acquire()
        waiting = asyncio.create_task(two.acquire())
        await asyncio.sleep(5)
        assert not two.held()
        task = asyncio.create_task(one.release())
        await asyncio.sleep(0)
        assert not one.held()
        await task
        assert (server.spec["holderIdentity"], server.spec["leaseDurationSeconds"]) == ("", 1)
        before = virtual.now()
        await waiting
        assert virtual.now() - before < 2.5
        assert server.spec["leaseTransitions"] == 1
        await one.release()
        assert server.spec["holderIdentity"] == "b"

    virtual.run(scene())


def test_release_that_fails() -> None:
    """Is told in the log, and no more."""

    async def scene() -> None:
        lease, line = candidate(Server(), "a")
        await lease.acquire()
        line.cut = True
        await lease.release()
        assert not lease.held()

    virtual.run(scene())


@pytest.mark.parametrize(("there", "back"), [(1000.0, 0.01), (0.01, 1000.0)], ids=["requests", "answers"])
def test_lost_when_nothing_comes_back(there: float, back: float) -> None:
    """Ten seconds after the last good renewal was sent, whether requests get lost or answers."""

    async def scene() -> None:
        lease, line = candidate(Server(), "a")
        told: list[bool] = []
        lease._told = told.append
        await lease.acquire()
        start = virtual.now() - 0.02
        line.there, line.back = there, back
        with pytest.raises(Lost, match="not renewed for 10 s"):
            await lease.hold()
        assert virtual.now() == pytest.approx(start + 10, abs=0.05)
        assert not lease.held()
        assert told == [True, False]

    virtual.run(scene())


def test_lost_when_refused() -> None:
    """Errors are tried again until the deadline, and no longer."""

    async def scene() -> None:
        lease, line = candidate(Server(), "a")
        await lease.acquire()
        line.cut = True
        with pytest.raises(Lost):
            await lease.hold()
        assert virtual.now() <= 10.05
        assert 4 <= len(line.requests) - 2 <= 10

    virtual.run(scene())


def test_a_short_outage_is_survived() -> None:
    """Seven seconds without a server."""

    async def scene() -> None:
        lease, line = candidate(Server(), "a")
        await lease.acquire()
        holding = asyncio.create_task(lease.hold())
        line.cut = True
        await asyncio.sleep(7)
        line.cut = False
        await asyncio.sleep(60)
        assert lease.held()
        holding.cancel()

    virtual.run(scene())


def test_an_answer_that_was_lost_is_not_a_lost_lease() -> None:
    """A renewal that reached the server though we never heard: the conflict it causes is looked into."""

    async def scene() -> None:
        lease, line = candidate(Server(), "a")
        await lease.acquire()
        holding = asyncio.create_task(lease.hold())
        line.back = 1000
        await asyncio.sleep(6)
        line.back = 0.01
        await asyncio.sleep(30)
        assert lease.held()
        assert "GET" in line.requests[2:]
        holding.cancel()

    virtual.run(scene())


def test_taken_away() -> None:
    """Somebody wrote another holder: we stop as soon as we see it."""

    async def scene() -> None:
        server = Server()
        lease, _ = candidate(server, "a")
        await lease.acquire()
        server.held_by("thief")
        with pytest.raises(Lost, match="held by thief"):
            await lease.hold()
        assert virtual.now() < 3
        assert not lease.held()
        await lease.release()
        assert server.spec["holderIdentity"] == "thief"

    virtual.run(scene())


def test_deleted_is_made_anew() -> None:
    """A Lease that was deleted comes back, and is kept."""

    async def scene() -> None:
        server = Server()
        lease, _ = candidate(server, "a")
        await lease.acquire()
        server.lease = None
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(lease.hold(), 30)
        assert lease.held()
        assert server.spec["holderIdentity"] == "a"

    virtual.run(scene())


def test_a_process_that_stood_still() -> None:
    """Whoever was frozen for longer than the deadline holds nothing the moment it runs again, and does not renew."""

    async def scene() -> None:
        time = 0.0
        line = Line(Server())
        lease = Lease(line, "ns", "op", "a", clock=lambda: time)
        await lease.acquire()
        time = 9.9
        assert lease.held()
        time = 10.1
        assert not lease.held()
        with pytest.raises(Lost):
            await lease.hold()
        assert line.requests == ["GET", "POST"]

    virtual.run(scene())


def test_timing_must_fit() -> None:
    """Client-go's own conditions."""
    with pytest.raises(ValueError, match="duration > renew deadline"):
        Timing(duration=10, renew_deadline=10)
    with pytest.raises(ValueError, match="retry period"):
        Timing(renew_deadline=2.4)


def test_the_clock_goes_forward() -> None:
    """The real clock is monotonic."""
    assert seconds() <= seconds()


TROUBLE = st.tuples(
    st.sampled_from(["cut", "there", "back", "crash", "none"]),
    st.integers(0, 2),
    st.floats(0.0, 30.0),
)


class Crowd:
    """Three candidates that begin anew whenever they lose."""

    def __init__(self, chances: tuple[float, ...]) -> None:
        """Let them begin."""
        self.server = Server()
        self.chances = chances
        self.pairs = [candidate(self.server, f"c{number}", chance) for number, chance in enumerate(chances)]
        self.most = 0
        """How many held it at once, at the worst time: whenever one has just taken it, and each half second."""
        for lease, _ in self.pairs:
            lease._told = self._count
        self.tasks = [asyncio.create_task(self._live(number)) for number in range(len(chances))]
        self.tasks.append(asyncio.create_task(self._watch()))

    def holders(self) -> int:
        """Count who thinks to hold the Lease."""
        return sum(lease.held() for lease, _ in self.pairs)

    def suffer(self, what: str, number: int, value: float) -> None:
        """Let something happen to one of them."""
        line = self.pairs[number][1]
        if what == "crash":
            # A process that is gone holds nothing; what counts is that others wait for its record to run out.
            self.tasks[number].cancel()
            self._anew(number)
            self.tasks[number] = asyncio.create_task(self._live(number))
        elif what == "cut":
            line.cut = not line.cut
        elif what in {"there", "back"}:
            setattr(line, what, value)

    def heal(self) -> None:
        """Mend all lines."""
        for _, line in self.pairs:
            line.cut, line.there, line.back = False, 0.01, 0.01

    async def leave(self) -> None:
        """Stop them all."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def _anew(self, number: int) -> None:
        self.pairs[number] = candidate(self.server, f"{self.pairs[number][0]._identity}'", self.chances[number])
        self.pairs[number][0]._told = self._count

    def _count(self, _held: object = None) -> None:
        self.most = max(self.most, self.holders())

    async def _live(self, number: int) -> None:
        while True:
            with contextlib.suppress(Lost):
                await self.pairs[number][0].acquire()
                await self.pairs[number][0].hold()
            self._anew(number)

    async def _watch(self) -> None:
        while True:
            self._count()
            await asyncio.sleep(0.5)


@given(st.lists(TROUBLE, max_size=30), st.tuples(*[st.floats(0, 1)] * 3))
def test_never_two(trouble: list[tuple[str, int, float]], chances: tuple[float, float, float]) -> None:
    """Whatever happens to lines and processes: at no time do two hold the Lease, and in the end one does."""

    async def scene() -> None:
        crowd = Crowd(chances)
        for what, number, value in trouble:
            crowd.suffer(what, number, value)
            await asyncio.sleep(value)
        crowd.heal()
        await asyncio.sleep(60)
        assert crowd.holders() == 1
        assert crowd.most == 1
        await crowd.leave()

    virtual.run(scene())
