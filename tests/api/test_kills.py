"""The operator killed at every single write, and requests that fail at random: it always comes to the same end.

A kill is what `kill -9` leaves: the request has reached the server or has not, no other is sent, all memory is gone.
`SOAK=1` kills before and after each write, and lets requests fail for many more seeds.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from django_operator.apply import retry
from tests.api.site import SMALL, Stack, stable
from tests.cluster.faults import Call, Chaos, Cut, Fault, Hang, Refuse

if TYPE_CHECKING:
    from tests.cluster.access import Cluster
    from tests.cluster.client import Object
    from tests.cluster.proxy import Proxy

SOAK = "SOAK" in os.environ
FIRST: Object = {
    **SMALL,
    "redis": {"managed": {}},
    "hosts": ["blog.example.com"],
    "cronJobs": {"tidy": {"schedule": "@daily", "args": ["clearsessions"]}},
    "release": {"preDeploy": [{"args": ["migrate"]}], "init": [{"args": ["seed"]}], "postDeploy": [{"args": ["warm"]}]},
}
"""Data with a password, a release, web, what follows, and a part that the second version has no more."""
SECOND: Object = {**{name: value for name, value in FIRST.items() if name != "cronJobs"}, "image": "example.com/blog:2"}


PARTS = 4
"""Tests that the writes are dealt to."""


class Kill:
    """Hooks that end the process at its n-th write, before the server gets it or after it has acted."""

    def __init__(self, proxy: Proxy, stack: Stack) -> None:
        self._proxy, self._stack = proxy, stack
        self.writes = 0
        self.number: int | None = None
        self.after = False
        self.over = False
        proxy.before, proxy.after = self._before, self._after

    def at(self, number: int, *, after: bool) -> None:
        """Kill at the n-th write from now on."""
        self.writes, self.number, self.after, self.over = 0, number, after, False

    def never(self) -> None:
        """Count only."""
        self.writes, self.number, self.over = 0, None, False

    def _before(self, call: Call) -> Fault | None:
        if self.over:
            return Hang()
        self.writes += call.is_write
        return self._end() if call.is_write and self.writes == self.number and not self.after else None

    def _after(self, call: Call) -> Fault | None:
        if self.over:
            return Hang()
        return self._end() if call.is_write and self.writes == self.number and self.after else None

    def _end(self) -> Fault:
        self.over, self.number = True, None
        self._stack.kill()
        return Hang()


def outcome(stack: Stack) -> dict[str, Any]:
    """Return what a run has come to, but for what differs from run to run."""
    found = stable(stack.objects(), stack.name)
    status = stack.resource()["status"]
    found["status"] = [status["version"], status["stage"], [each["reason"] for each in status["conditions"]]]
    found["history"] = [(each["revision"], each["version"], each["outcome"]) for each in status["history"]]
    inventory = [f"{each['kind']}/{each['name'].removeprefix(stack.name)}" for each in status["inventory"]]
    found["inventory"] = sorted(name for name in inventory if "ControllerRevision" not in name)
    return found


@pytest.fixture(scope="module")
def wanted(cluster: Cluster) -> dict[str, Any]:
    """The outcome of a life without faults."""
    with Stack(cluster, cluster.namespace(), "x00") as stack:
        for spec in (FIRST, SECOND):
            stack.apply(spec)
            stack.converge()
        return outcome(stack)


def started(proxy: Proxy, name: str) -> list[str]:
    """Return the Jobs of a resource that the server has made, by the answers that the proxy has seen."""
    made = [
        call.path.rpartition("/")[2]
        for call in proxy.calls
        if call.code == 201 and call.is_write and "/jobs/" in call.path
    ]
    return [job for job in made if job.startswith(f"{name}-")]


def live_through(stack: Stack, proxy: Proxy, spec: Object, *, kill: Kill | None = None, retries: bool = False) -> bool:
    """Converge to a spec, after a restart where the process was killed; tell whether it was.

    Raises AssertionError where a generated value has changed or a Job was made twice.
    """
    before = {each["metadata"]["name"]: each["data"] for each in stack.items("Secret")}
    stack.apply(spec)
    killed = False
    while not stack.survives(retries=retries):
        assert kill is not None
        killed = True
        stack.restart()
        kill.never()
    after = {each["metadata"]["name"]: each["data"] for each in stack.items("Secret")}
    assert {name: after[name] for name in before} == before
    jobs = started(proxy, stack.name)
    assert len(jobs) == len({*jobs})
    return killed


@pytest.mark.parametrize(
    ("first", "after"),
    # before a write is after the one before it, as far as the server goes: the long run does both all the same
    [(first, after) for after in ((True, False) if SOAK else (True,)) for first in range(1, 1 + PARTS)],
)
def test_killed_at_every_write(  # noqa: PLR0913 - fixtures and parameters
    cluster: Cluster, namespace: str, proxy: Proxy, wanted: dict[str, Any], first: int, *, after: bool
) -> None:
    """Of a first install and of an update; part of the writes each, until there is none of that number."""
    number, killed = first, True
    while killed:
        with Stack(cluster, namespace, f"x{number:02}", url=proxy.url) as stack:
            kill = Kill(proxy, stack)
            killed = False
            for spec in (FIRST, SECOND):
                kill.at(number, after=after)
                killed |= live_through(stack, proxy, spec, kill=kill)
                kill.never()
            assert outcome(stack) == wanted
            assert len(started(proxy, stack.name)) == 4
        number += PARTS
    assert number > 20


FAULTS: dict[Fault, float] = {
    Cut(): 0.04,
    Refuse(409): 0.03,
    Refuse(422): 0.02,
    Refuse(429, retry_after=0): 0.03,
    Refuse(500): 0.03,
    Refuse(503): 0.03,
}
LATE: dict[Fault, float] = {Cut(): 0.04, Refuse(500): 0.02, Refuse(504): 0.02}
"""After the server has acted."""


@pytest.mark.parametrize("seed", range(100 if SOAK else 2))
def test_faults_at_random(  # noqa: PLR0913, PLR0917 - fixtures and a parameter
    cluster: Cluster,
    namespace: str,
    proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
    wanted: dict[str, Any],
    seed: int,
) -> None:
    """A quarter of all requests fails, before or after the server has acted, and the process is killed now and then."""
    monkeypatch.setattr(retry, "_FIRST", 0.002)
    early, late = Chaos(seed, FAULTS), Chaos(seed + 1_000, LATE)
    with Stack(cluster, namespace, f"x{seed:02}1", url=proxy.url) as stack:
        for spec in (FIRST, SECOND):
            proxy.before, proxy.after = early, late
            live_through(stack, proxy, spec, retries=True)
            stack.restart()
            live_through(stack, proxy, spec, retries=True)
        proxy.before = proxy.after = lambda _: None
        live_through(stack, proxy, SECOND)
        assert outcome(stack) == wanted
        assert len(started(proxy, stack.name)) == 4
