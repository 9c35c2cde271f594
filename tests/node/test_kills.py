"""Processes that are killed, each by SIGKILL and without warning: all of it comes back, and nothing is lost."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.node.ledger import Ledger
from tests.node.load import Load
from tests.node.site import OVERLAYS, serving, tell, until
from tests.node.witness import Witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster.client import Client, Object
    from tests.node.node import Node
    from tests.node.operators import Operators
    from tests.node.site import Site

pytestmark = pytest.mark.e2e

VISIBILITY = 10
"""Seconds after which what a killed worker had is delivered again; every task here is shorter."""

SYNCED = {
    "patches": [
        {
            "target": {"kind": "StatefulSet", "name": "redis"},
            "patch": [
                {"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "--appendfsync"},
                {"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "always"},
            ],
        }
    ]
}
"""A task is on the disk before it counts as accepted."""


@pytest.fixture(scope="module")
def site(own: Node, operator: Client, loaded: dict[str, str]) -> Iterator[Site]:
    """A site that promises to lose nothing, Ready; each test leaves it so."""
    env = [{"name": "VISIBILITY_TIMEOUT", "value": str(VISIBILITY)}]
    with serving(own, operator, loaded, env=env, overlays=[*OVERLAYS, SYNCED]) as made:
        yield made


@pytest.mark.parametrize("component", ["app", "worker", "beat", "redis", "postgres"])
def test_killed(own: Node, site: Site, component: str) -> None:
    """Its container starts anew, every row is there, and every accepted task is done: those that ran, those behind."""
    running = site.queue(4, 4)
    until(lambda: len([each for each in site.tasks(*running) if each["begun"]]) == 2, 60, "the tasks' begin")
    # Both slots of the worker are taken, so it fetches none of these in the moment of the kill: a message that was
    # given out by BRPOP but is not yet noted as unacknowledged would be lost, by Celery.
    # https://github.com/celery/celery/issues/7950
    waiting = site.queue(0, 0, 0, 0)
    with Ledger(site) as ledger, Witness(site, "beat") as witness:
        until(lambda: ledger.acknowledged, 30, "a row")
        start = kill(own, site, component)
        site.serves("v1")
        took = time.monotonic() - start
    until(lambda: site.all_done(*running, *waiting), 120, "the accepted tasks")
    done = time.monotonic() - start
    assert ledger.balanced(), ledger
    assert witness.overlaps() == []
    again = [each["begun"] for each in site.tasks(*running)]
    if component == "worker":
        assert min(again) > 1, "the tasks were not delivered again"
    tell(f"{component} killed: Ready after {took:.1f} s, all tasks done after {done:.1f} s, running ones begun {again}")
    tell(f"{component} killed: none of {ledger.acknowledged} rows is lost; {ledger.unclear} requests failed")


def test_the_operators_killed(own_operators: Operators, site: Site) -> None:
    """The site does not notice; what is then deleted comes back as soon as one of them is at work again."""
    ingress = site.client.path("networking.k8s.io/v1", "Ingress", site.namespace, "demo-app")
    with Load(site.address, threads=1) as load:
        until(lambda: load.tasks, 30, "a task")
        start = time.monotonic()
        own_operators.kill()
        site.client.delete(ingress)
        repaired = until(lambda: site.client.find(ingress), 90, "the Ingress that was deleted")
        until(own_operators.ready, 90, "the operators")
        took = time.monotonic() - start
        site.serves("v1")
    assert load.failed == []
    until(lambda: site.all_done(*load.tasks), 60, "the accepted tasks")
    tell(f"both operators killed: at work after {repaired:.1f} s, all Ready after {took:.1f} s; no request failed")


def kill(own: Node, site: Site, component: str) -> float:
    """Kill a component's container, and wait until its pod is ready with another one; return when that was done."""
    (pod,) = [each for each in site.pods(component) if "deletionTimestamp" not in each["metadata"]]
    (container,) = pod["status"]["containerStatuses"]
    start = time.monotonic()
    own.kill(container["containerID"])

    def again(body: Object | None) -> bool:
        statuses = (body or {}).get("status", {}).get("containerStatuses", [])
        return [(each["restartCount"], each["ready"]) for each in statuses] == [(container["restartCount"] + 1, True)]

    site.client.wait(site.client.path_of(pod), again, 120)
    return start
