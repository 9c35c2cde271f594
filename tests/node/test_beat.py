"""Exactly one beat: while a version changes, its pod is deleted, the operator is killed."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from tests.node.site import serving, tell, until
from tests.node.witness import Witness

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from tests.cluster.client import Client, Object
    from tests.node.elsewhere import Elsewhere
    from tests.node.node import Node
    from tests.node.operators import Operators
    from tests.node.site import Site

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def site(node: Node | Elsewhere, operator: Client, loaded: dict[str, str]) -> Iterator[Site]:
    """A site with a beat that has ticked."""
    with serving(node, operator, loaded) as made:
        until(lambda: ticks(made), 60, "a tick")
        yield made


def test_a_new_version(site: Site) -> None:
    """The new beat begins when the old one has ended."""
    before, after = beat(site), other(site)
    with Witness(site, "beat") as witness:
        site.change(version=after)
        site.serves(after)
        successor(site, before)
    alone(site, witness, f"beat: to {after}")


def test_a_deleted_pod(site: Site) -> None:
    """`kubectl delete pod` stops beat as anybody would: what comes after it waits for its end."""
    before = beat(site)
    with Witness(site, "beat") as witness:
        (pod,) = site.pods("beat")
        site.client.delete(site.client.path_of(pod))
        successor(site, before)
        site.serves(site.version)
    alone(site, witness, "beat: its pod deleted")


@pytest.mark.parametrize("moment", ["stops", "starts"])
def test_the_operator_killed(own_operators: Operators, site: Site, moment: str) -> None:
    """Both operators are killed while the old beat stops, or while the new one starts: still never two."""
    before, after = beat(site), other(site)
    (old,) = site.pods("beat")

    def reached(found: Object | None) -> bool:
        if found is None:
            return False
        is_new = found["metadata"]["uid"] != old["metadata"]["uid"]
        return is_new or (moment == "stops" and "deletionTimestamp" in found["metadata"])

    with Witness(site, "beat") as witness:
        site.change(version=after)
        site.client.wait(site.client.path_of(old), reached, 120)
        own_operators.kill()
        site.serves(after)
        successor(site, before)
    alone(site, witness, f"beat: both operators killed while it {moment}")


def other(site: Site) -> str:
    """Return the version that the site does not have."""
    return "v1" if site.version == "v2" else "v2"


def ticks(site: Site) -> list[Any]:
    """Return what beats have sent, in this order; times as such."""
    found = site.ask("/ticks.json").json["ticks"]
    for each in found:
        each["sent"] = datetime.fromisoformat(each["sent"])
    return sorted(found, key=lambda each: each["sent"])


def beat(site: Site) -> str:
    """Return the process that ticked last."""
    found: str = ticks(site)[-1]["beat"]
    return found


def successor(site: Site, before: str) -> None:
    """Wait for two ticks of another process."""
    until(lambda: before not in {each["beat"] for each in ticks(site)[-2:]}, 120, "ticks of a new beat")


def alone(site: Site, witness: Witness, what: str) -> None:
    """No two beats ran at the same time, and no tick is there twice; tell the gap between them."""
    spans = witness.spans
    assert len(spans) > 1, "nobody has followed"
    assert witness.overlaps() == []
    found = ticks(site)
    for key in ("due", "task"):
        assert len({each[key] for each in found}) == len(found), f"doubled {key}"
    by_process = [list(group) for _, group in itertools.groupby(found, key=lambda each: each["beat"])]
    # one whose ticks are between those of another would come up twice
    assert len(by_process) == len({each["beat"] for each in found})
    gap = max(
        (after[0]["sent"] - before[-1]["sent"]).total_seconds() for before, after in itertools.pairwise(by_process)
    )
    tell(f"{what}: {len(spans)} containers one after the other, no tick twice, longest gap so far {gap:.1f} s")
