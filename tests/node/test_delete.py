"""A site that is deleted: what stays is what the policy keeps, and a new site of its name has the data."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.node.shell import Shell
from tests.node.site import OVERLAYS, patched, serving, tell, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster.client import Client
    from tests.node.elsewhere import Elsewhere
    from tests.node.node import Node
    from tests.node.site import Site

pytestmark = pytest.mark.e2e

KEPT = {
    "persistentvolumeclaim/data-demo-postgres-0",
    "secret/demo-django",
    "secret/demo-postgres",
    "configmap/demo-release",
}
"""By the default of `deletionPolicy`: the database, what opens it, and what it has been through."""

OTHERS = {"configmap/kube-root-ca.crt", "serviceaccount/default"}
"""What every namespace has."""


@pytest.fixture(scope="module")
def site(node: Node | Elsewhere, operator: Client, loaded: dict[str, str]) -> Iterator[Site]:
    """The first version."""
    # a worker whose Redis has gone first waits for it as long as it may: two minutes, by bases/
    quick = patched(
        "Deployment", "worker-default", {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 20}}}}
    )
    with serving(node, operator, loaded, overlays=[*OVERLAYS, quick]) as made:
        yield made


def test_deleted_and_made_again(site: Site, node: Node | Elsewhere) -> None:
    """`kubectl delete django`: nothing but the data is left; the same again: counter, tasks, fixture are as before."""
    shell = Shell.of(node, site)
    site.serves("v1")
    tasks = site.queue(0, 0)
    until(lambda: site.all_done(*tasks), 30, "the tasks")
    before = [site.ask("/state", "POST").json for _ in range(3)][-1]
    kinds = shell("kubectl", "api-resources", "--namespaced", "--verbs=list,create", "--output=name").split()
    every = ",".join(each for each in kinds if not each.startswith("events"))

    def left() -> set[str]:
        return set(shell("kubectl", "get", every, "--output=name").split()) - OTHERS

    assert left() > KEPT
    start = time.monotonic()
    shell("kubectl", "delete", "django", "demo")
    until(lambda: left() <= KEPT, 180, "the site's end")
    tell(f"deleted: nothing but the data is left after {time.monotonic() - start:.1f} s")
    assert left() == KEPT
    # as docs/operator.md says
    named = ("-l", "app.kubernetes.io/instance=demo", "--output=name")
    assert set(shell("kubectl", "get", "pvc,secret,configmap", *named).split()) == KEPT
    start = time.monotonic()
    site.create(overlays=site.body["spec"]["overlays"])
    site.serves("v1", 180)
    tell(f"made again: Ready after {time.monotonic() - start:.1f} s")
    after = site.ask("/state").json
    told = ("count", "greetings", "initialisations")
    assert [after[key] for key in told] == [before[key] for key in told]
    assert site.all_done(*tasks)
