"""The operator is killed at its writes, time and again, and comes to the same end: nothing twice, nothing lost.

In one run several processes are killed, each after so many writes of its own. `make soak` takes every single write.
What passes do, without processes, is in test_kills.py.
"""

from __future__ import annotations

import itertools
import signal
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.api.process import LEASE, SOAK, installed, is_ready, until, user_of
from tests.api.site import WHOLE, Stack, stable
from tests.cluster.faults import Call, Cut, Fault
from tests.cluster.workloads import Workloads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.api.process import Process
    from tests.cluster.client import Client, Object
    from tests.cluster.plane import ControlPlane
    from tests.cluster.proxy import Proxy

SPREAD = [(2, 5, 11, 17), (3, 7, 13)]
"""Of each process in turn: at which of its writes it is killed. The next one is left alone."""


@dataclass
class Killer:
    """Hooks of a proxy: kills the process that writes for the n-th time, before or after the server does it."""

    process: Process | None = None
    left: int = 0
    late: bool = False
    written: list[str] = field(default_factory=list)

    def before(self, call: Call) -> Fault | None:
        """Count a write."""
        if not call.is_write or "/leases" in call.path:
            return None
        self.written.append(call.place)
        self.left -= 1
        return None if self.left or self.late else self._kill()

    def after(self, call: Call) -> Fault | None:
        """Kill when the server has done it."""
        counted = call.is_write and "/leases" not in call.path
        return self._kill() if counted and self.late and self.left == 0 else None

    def _kill(self) -> Fault:
        assert self.process is not None
        self.process.process.send_signal(signal.SIGKILL)
        return Cut()


@dataclass
class Scene:
    """A site, an operator that gets to the server by a killer's proxy, and what plays the workloads."""

    admin: Client
    site: Stack
    killer: Killer
    kubeconfig: Path
    start: Callable[..., Process]
    names: Iterator[int] = field(default_factory=itertools.count)

    def run(self, kills: tuple[int, ...], *, late: bool) -> None:
        """Let processes be killed at these writes of theirs, and the last one bring the site to its end."""
        for number in (*kills, 0):
            # as if its time were over: waiting for that is what test_leaders.py does
            if self.admin.find(LEASE.format(self.site.namespace)):
                self.admin.delete(LEASE.format(self.site.namespace))
            self.killer.left, self.killer.late = number, late
            # it must not write before it is known
            started = self.start(self.kubeconfig, f"op-{next(self.names)}", f"--namespace={self.site.namespace}")
            self.killer.process = started
            until(lambda started=started: started.process.poll() is not None or self.ends(started), 120)  # type: ignore[misc]
            if started.process.poll() is None:
                assert started.end() == 0
                return  # there was nothing left to write for one that is to be killed
            assert started.process.returncode == -signal.SIGKILL

    def ends(self, operator: Process) -> bool:
        """Tell whether the site is as its resource says, and nothing is left to do."""
        return is_ready(self.site.resource()) and not operator.metric("django_operator_reconciles_active")

    def secrets(self) -> dict[str, Object]:
        """Return the values of the generated Secrets."""
        return {each["metadata"]["name"]: each["data"] for each in self.site.items("Secret")}


def scene(plane: ControlPlane, start: Callable[..., Process], proxy: Proxy) -> Scene:
    """Return a namespace with a whole site to install."""
    admin, place = plane.client(), plane.namespace()
    site = Stack(plane, place)
    killer = Killer()
    proxy.before, proxy.after = killer.before, killer.after
    site.apply(WHOLE)
    return Scene(admin, site, killer, installed(plane, admin, place, url=proxy.url), start)


UPDATE = "registry.example.com/blog:2"


def play(made: Scene, plane: ControlPlane, install: tuple[int, ...], update: tuple[int, ...], *, late: bool) -> Object:
    """Install and update a site while processes are killed; return how it ends. Asserts that nothing is made twice."""
    with Workloads(plane.client(agent="workloads"), made.site.namespace):
        made.run(install, late=late)
        values = made.secrets()
        assert values
        made.site.change(image=UPDATE)
        made.run(update, late=late)
    assert made.secrets() == values
    requests = list(plane.audit.since(0, user=user_of(made.site.namespace)))
    jobs = Counter(each.name for each in requests if each.resource == "jobs" and each.code == 201 and not each.dry_run)
    assert set(jobs.values()) == {1}
    assert len(jobs) == 4, "a release and what follows it, of two versions"
    end = stable(made.site.objects(), made.site.name)
    made.admin.delete(f"/api/v1/namespaces/{made.site.namespace}")
    return end


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_killed_at_writes(plane: ControlPlane, proxy: Proxy, start: Callable[..., Process], *, late: bool) -> None:
    """Of an install and of an update with a release; before a write reaches the server, or after it was done."""
    undisturbed = scene(plane, start, proxy)
    want = play(undisturbed, plane, (), (), late=False)
    count = len(undisturbed.killer.written)
    assert count > 40
    for install, update in runs(count):
        assert play(scene(plane, start, proxy), plane, install, update, late=late) == want, (install, update)


def runs(count: int) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Yield the kills of each run: of the install, and of the update."""
    if not SOAK:
        yield SPREAD[0], SPREAD[1]
        return
    for number in range(1, count):
        yield (number,), (number,)
