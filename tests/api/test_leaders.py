"""Several operators at once: one writes, and when it is gone, another; each serves only what it is told to."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tests.api.process import ENOUGH, installed, is_ready, spec_of, until, user_of
from tests.api.site import SMALL, Stack
from tests.cluster.workloads import Workloads

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.process import Process
    from tests.cluster.client import Client
    from tests.cluster.plane import ControlPlane

ONE, TWO = "django-operator", "django-operator-two"
LEASE = 15.0
"""Seconds for which a Lease is left alone whose holder says nothing."""
IMAGE = "registry.example.com/blog:{}"


@dataclass
class Pair:
    """Two operators of one namespace, whom the audit log tells apart by their ServiceAccounts, and a site."""

    plane: ControlPlane
    admin: Client
    namespace: str
    site: Stack
    one: Process
    two: Process

    @classmethod
    def started(cls, plane: ControlPlane, admin: Client, start: Callable[..., Process]) -> Pair:
        """Start the first one, and as soon as it leads the second."""
        place = plane.namespace()
        options = f"--namespace={place}"
        configs = [installed(plane, admin, place, account=account) for account in (ONE, TWO)]
        one = start(configs[0], f"one-{place}", options)
        until(one.leads)
        two = start(configs[1], f"two-{place}", options)
        until(lambda: two.said("the Lease is held by one-"))
        site = Stack(plane, place)
        site.apply(SMALL)
        return cls(plane, admin, place, site, one, two)

    def leads(self, name: str) -> bool:
        """Tell whether the Lease is held by the one or the two."""
        return str(spec_of(self.admin, self.namespace).get("holderIdentity", "")).startswith(f"{name}-")

    def writes(self, account: str) -> list[tuple[datetime, str]]:
        """Return what one of them has written with success, Leases aside, with the time."""
        found = self.plane.audit.since(0, user=user_of(self.namespace, account), namespace=self.namespace)
        return [
            (datetime.fromisoformat(each.time), str(each))
            for each in found
            if each.is_write and each.resource != "leases" and each.code < 400
        ]

    def hands_over(self) -> None:
        """Assert that the second one brings the site on, and that nothing of the first one's comes after that."""
        self.site.change(image=IMAGE.format(9))
        until(lambda: is_ready(self.site.resource()))
        ones, twos = self.writes(ONE), self.writes(TWO)
        assert ones
        assert twos
        assert max(ones) < min(twos)


def test_a_leader_that_is_gone(plane: ControlPlane, client: Client, start: Callable[..., Process]) -> None:
    """Killed or stopped, the other one leads within 20 seconds; one that wakes up again writes nothing, and ends."""
    killed, paused, ended = (Pair.started(plane, client, start) for _ in range(3))
    with (
        Workloads(plane.client(agent="workloads"), killed.namespace),
        Workloads(plane.client(agent="workloads"), paused.namespace),
        Workloads(plane.client(agent="workloads"), ended.namespace),
    ):
        for each in (killed, paused, ended):
            until(lambda each=each: is_ready(each.site.resource()))  # type: ignore[misc] # bound at once
        began = time.monotonic()
        ended.one.process.send_signal(signal.SIGTERM)
        until(lambda: ended.leads("two"))
        assert time.monotonic() - began < 3
        assert ended.one.process.wait(ENOUGH) == 0
        ended.hands_over()

        began = time.monotonic()
        killed.one.end(signal.SIGKILL)
        paused.one.process.send_signal(signal.SIGSTOP)
        # what it would do, once awake
        paused.site.change(image=IMAGE.format(2))
        until(lambda: killed.leads("two") and paused.leads("two"))
        assert LEASE - 3 < time.monotonic() - began < 20
        killed.hands_over()
        until(lambda: is_ready(paused.site.resource()))
        paused.one.process.send_signal(signal.SIGCONT)
        assert paused.one.process.wait(ENOUGH) == 1
        paused.hands_over()
        assert paused.one.lines()[-1]["message"].startswith("the Lease was lost: ")


def test_side_by_side(own_plane: ControlPlane, start: Callable[..., Process]) -> None:
    """Of operators by selector and by namespace each has its own Lease, and touches only what is its own."""
    admin = own_plane.client()
    here, there = own_plane.namespace(), own_plane.namespace()
    accounts = {"red": (here, "-red"), "blue": (here, "-blue"), "there": (there, "")}
    options = {
        "red": [f"--namespace={here}", "--selector=team=red", "--lease-name=red"],
        "blue": [f"--namespace={here}", "--selector=team=blue", "--lease-name=blue"],
        "there": [f"--namespace={there}"],
    }
    sites = {
        "red": Stack(own_plane, here, "red"),
        "blue": Stack(own_plane, here, "blue"),
        "there": Stack(own_plane, there, "red"),
    }
    running = {}
    for name, (place, suffix) in accounts.items():
        # rights on both namespaces: it is not for want of them that it leaves the others alone
        config = installed(own_plane, admin, place, account=f"{ONE}{suffix}", namespaced=False)
        running[name] = start(config, name, *options[name])
    with (
        Workloads(own_plane.client(agent="workloads"), here),
        Workloads(own_plane.client(agent="workloads"), there),
    ):
        for name, site in sites.items():
            site.apply(SMALL, labels={"team": name})
        for site in sites.values():
            until(lambda site=site: is_ready(site.resource()))  # type: ignore[misc] # bound at once
        for name, (place, suffix) in accounts.items():
            user = user_of(place, f"{ONE}{suffix}")
            written = [each for each in own_plane.audit.since(0, user=user) if each.is_write]
            names = {each.name.split(".")[0].split("-")[0] for each in written if each.resource != "leases"}
            assert names == {sites[name].name}
            assert {each.namespace for each in written} == {place}
    for each in running.values():
        assert each.end() == 0
