"""The operator's process while its API server fails it: it lives, asks for no more than it may, and gets there."""

from __future__ import annotations

import signal
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.api.process import SOAK, installed, is_ready, until, user_of
from tests.api.site import WHOLE, Stack
from tests.cluster.faults import Call, Chaos, Cut, Delay, Fault, Hang, Refuse
from tests.cluster.workloads import Workloads

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.process import Process
    from tests.cluster.client import Client
    from tests.cluster.plane import ControlPlane
    from tests.cluster.proxy import Proxy

STORM = 120 if SOAK else 60
"""Seconds."""
RATES: dict[Fault, float] = {
    Refuse(409): 0.05,
    Refuse(422): 0.02,
    Refuse(429, retry_after=1): 0.05,
    Refuse(500): 0.05,
    Refuse(503): 0.03,
    Cut(): 0.05,
    Hang(): 0.005,
    Delay(0.5): 0.05,
}
COMPONENT = "app.kubernetes.io/component"
WRONG = {"spec": {"selector": {COMPONENT: "wrong"}}}
IMAGE = "registry.example.com/blog:{}"


def is_lease(call: Call) -> bool:
    """Tell whether a request is of the Lease: without renewals for ten seconds the process ends, and rightly so."""
    return "/leases" in call.path


def is_right(site: Stack) -> bool:
    """Tell whether what was set wrong is right again."""
    return bool(site.get("Service", "app")["spec"]["selector"][COMPONENT] == "app")


def once(plane: ControlPlane, namespace: str) -> None:
    """Assert that no Job was made twice."""
    found = plane.audit.since(0, user=user_of(namespace), resource="jobs", code=201, dry_run=False)
    assert set(Counter(each.name for each in found).values()) == {1}


@pytest.mark.parametrize("seed", range(5 if SOAK else 1))
@pytest.mark.usefixtures("workloads")
def test_random_faults(  # noqa: PLR0913, PLR0917 - fixtures
    plane: ControlPlane,
    client: Client,
    namespace: str,
    proxy: Proxy,
    start: Callable[..., Process],
    seed: int,
) -> None:
    """A third of all requests fail in one way or another, through an install and updates."""
    chaos = Chaos(seed, RATES, spares=is_lease)
    operator = start(installed(plane, client, namespace, url=proxy.url), "one", f"--namespace={namespace}")
    until(operator.leads)
    proxy.before = chaos
    site = Stack(plane, namespace)
    site.apply(WHOLE)
    ends, version = time.monotonic() + STORM, 1
    while time.monotonic() < ends:
        version += 1
        time.sleep(STORM / 4)  # for the storm to do its worst; nothing is waited for
        site.change(image=IMAGE.format(version))
    proxy.before = after_the_storm
    until(lambda: is_ready(site.resource()), 120, lambda: str(site.conditions()))
    assert operator.process.poll() is None
    assert site.get("Deployment", "app")["spec"]["template"]["spec"]["containers"][0]["image"] == IMAGE.format(version)
    once(plane, namespace)
    assert [line for line in operator.lines() if "fault of django-operator" in line["message"]] == []
    assert len(operator.lines()) < 20 * STORM
    assert operator.end() == 0


def after_the_storm(_: Call) -> Fault | None:
    """Let everything pass."""
    return None


@pytest.mark.usefixtures("workloads")
def test_throttled(
    plane: ControlPlane,
    client: Client,
    namespace: str,
    proxy: Proxy,
    start: Callable[..., Process],
) -> None:
    """While everything is answered by 429, what is sent keeps to Retry-After, and what is told keeps to news."""
    operator = start(installed(plane, client, namespace, url=proxy.url), "one", f"--namespace={namespace}")
    until(operator.leads)
    site = Stack(plane, namespace)
    site.apply(WHOLE)
    until(lambda: is_ready(site.resource()))
    proxy.before = lambda call: None if is_lease(call) else Refuse(429, retry_after=2)
    proxy.cut()
    for version in (2, 3):
        site.change(image=IMAGE.format(version))
    before, lines, began = len(proxy.calls), len(operator.lines()), time.monotonic()
    time.sleep(10)  # what is not sent cannot be waited for
    seconds = time.monotonic() - began
    sent = Counter(call.path for call in proxy.calls[before:] if not is_lease(call))
    assert sent
    # a watch and a list of each kind, and whoever reconciles
    assert max(sent.values()) <= 4 * seconds / 2, sent.most_common(3)
    assert len(operator.lines()) - lines < 60, operator.lines()[lines:]
    proxy.before = after_the_storm
    until(lambda: is_ready(site.resource()), 120, lambda: str(site.conditions()))
    once(plane, namespace)
    assert operator.end() == 0


@pytest.mark.usefixtures("workloads")
def test_stalled_watches(
    plane: ControlPlane,
    client: Client,
    namespace: str,
    proxy: Proxy,
    start: Callable[..., Process],
) -> None:
    """Connections stay and no byte comes: what happened meanwhile is seen soon after a silence that is too long."""
    options = [f"--namespace={namespace}", "--stall=5"]
    operator = start(installed(plane, client, namespace, url=proxy.url), "one", *options)
    until(operator.leads)
    site = Stack(plane, namespace)
    site.apply(WHOLE)
    until(lambda: is_ready(site.resource()))
    proxy.freeze()
    began = time.monotonic()
    site.patch("Service", "app", WRONG)
    site.delete("Deployment", "worker-default")
    site.change(image=IMAGE.format(2))
    until(lambda: is_ready(site.resource()) and site.find("Deployment", "worker-default"))
    until(lambda: is_right(site))
    assert time.monotonic() - began < 30
    assert operator.end() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_server_restarts(own_plane: ControlPlane, start: Callable[..., Process], number: signal.Signals) -> None:
    """In the middle of an install; then at rest, its history compacted, with things deleted and changed in the gap."""
    admin, place = own_plane.client(), own_plane.namespace()
    site, config = Stack(own_plane, place), installed(own_plane, admin, place)
    running = [start(config, "one", f"--namespace={place}")]
    until(running[0].leads)

    def lives() -> None:
        """Start it anew where it took the server longer than a Lease lasts: a kubelet would."""
        if running[-1].process.poll() is not None:
            assert "the Lease was lost: it was not renewed for 10 s" in running[-1].lines()[-1]["message"]
            running.append(start(config, f"again-{len(running)}", f"--namespace={place}"))

    def ready() -> bool:
        lives()
        return is_ready(site.resource())

    def repaired() -> bool:
        lives()
        return site.find("Deployment", "app") is not None and is_right(site)

    with Workloads(own_plane.client(agent="workloads"), place):
        site.apply(WHOLE)
        until(lambda: site.find("StatefulSet", "redis"))
        own_plane.restart(number)
        until(ready, 120, lambda: str(site.conditions()))
        own_plane.stop_api(number)
        own_plane.compact()
        own_plane.start_api()
        site.delete("Deployment", "app")
        site.patch("Service", "app", WRONG)
        until(repaired, 90)
        until(ready, 120)
    once(own_plane, place)
    assert running[-1].end() == 0
