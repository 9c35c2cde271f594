"""What a user gets wrong, and how the site is meanwhile; each is put right by the right value alone.

Images that are not there, a migration that fails, a version that does not start.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.node.load import Load
from tests.node.site import OVERLAYS, condition, patched, serving, tell, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster.client import Client
    from tests.node.elsewhere import Elsewhere
    from tests.node.node import Node
    from tests.node.site import Site

pytestmark = pytest.mark.e2e


NOBODY = "localhost/nobody:v1"
"""An image that is not there."""

RIGHT = {"version": "v1", "redis": {"managed": {"image": None}}, "overlays": [*OVERLAYS]}
"""The fields that tests change, as they were."""


@pytest.fixture(scope="module")
def made(node: Node | Elsewhere, operator: Client, loaded: dict[str, str]) -> Iterator[Site]:
    """The first version, Ready."""
    with serving(node, operator, loaded) as found:
        yield found


@pytest.fixture
def site(made: Site) -> Iterator[Site]:
    """The same for each test, which a test that fails leaves to the next one as it was."""
    yield made
    made.change(**RIGHT)
    made.serves("v1")


def image_of(component: str, image: str) -> dict[str, Any]:
    """Return the fields of a spec that give a component an image of its own."""
    if component == "redis":
        return {"redis": {"managed": {"image": image}}}
    kind = "StatefulSet" if component == "beat" else "Deployment"
    pod = {"spec": {"containers": [{"name": "django", "image": image}]}}
    return {"overlays": [*OVERLAYS, patched(kind, component, {"spec": {"template": pod}})]}


@pytest.mark.parametrize("component", ["app", "beat", "redis"])
def test_an_image_that_is_not_there(site: Site, component: str) -> None:
    """The condition names it, pages are served throughout; the right image brings everything back without a hand."""
    jobs, tasks = site.jobs(), site.queue(0)
    with Load(site.address, threads=1, queues=False) as load:
        site.change(**image_of(component, NOBODY))
        state = site.wait(lambda state: NOBODY in condition(state, "Ready")["message"])["status"]
        assert condition(state, "Available")["status"] == "True"
        assert state["components"][component] == ("1/1" if component == "app" else "0/1")
        start = time.monotonic()
        site.change(**RIGHT)
        site.serves("v1")
        took = time.monotonic() - start
    assert_served(load, "v1")
    assert site.jobs() == jobs
    tasks += site.queue(0)
    until(lambda: site.all_done(*tasks), 60, "the tasks of before and after")
    tell(f"{component} with an image that is not there: Ready {took:.1f} s after it has the right one")


def test_a_version_that_is_not_there(site: Site) -> None:
    """Its release waits for it and says so; the version before serves on, and is back without a trace of the other."""
    jobs, pods = site.jobs(), uids(site)
    with Load(site.address, threads=1, queues=False) as load:
        site.change(version="typo")
        state = site.wait(lambda state: f"{site.image}:typo" in condition(state, "Released")["message"])["status"]
        assert condition(state, "Released")["status"] != "True"
        took = back(site)
    assert_served(load, "v1")
    assert uids(site) == pods
    until(lambda: site.jobs() == jobs, 30, "the end of the Job that waits")
    tell(f"from a version that is not there back to Ready in {took:.1f} s")


def test_a_failing_migration(site: Site) -> None:
    """The version before serves throughout, the condition has the migration and its last words; back: no Job runs."""
    jobs, pods = site.jobs(), uids(site)
    with Load(site.address, threads=1, queues=False) as load:
        site.change(version="v3")
        state = site.wait(lambda state: condition(state, "Released")["reason"] == "ReleaseFailed")["status"]
        for each in (condition(state, "Released"), condition(state, "Ready")):
            assert each["status"] == "False"
            assert "demo.0003_counter_below_zero" in each["message"]
            assert 'constraint "counter_is_below_zero" of relation "demo_counter" is violated' in each["message"]
        assert condition(state, "Available")["status"] == "True"
        assert state["version"] == "v1"
        took = back(site)
    assert_served(load, "v1")
    assert uids(site) == pods
    until(lambda: site.jobs() == jobs, 30, "the failed Job's end")
    tell(f"from a failed migration back to Ready in {took:.1f} s; {load.answers.total()} requests, all served")


def test_a_version_that_does_not_start(site: Site) -> None:
    """The version before serves throughout, the condition has the last words of the one that crashes; back: no Job."""
    with Load(site.address, threads=1, queues=False) as load:
        site.change(version="v5")
        state = site.wait(lambda state: "PAYMENT_KEY is not set" in condition(state, "Ready")["message"])["status"]
        assert condition(state, "Ready")["status"] != "True"
        assert condition(state, "Available")["status"] == "True"
        jobs = site.jobs()
        took = back(site)
    assert_served(load, "v1")
    assert site.jobs() <= jobs
    tell(
        f"from a version that does not start back to Ready in {took:.1f} s; {load.answers.total()} requests, all served"
    )


def back(site: Site) -> float:
    """Give the site the first version, and return how many seconds it takes until all of it is Ready."""
    start = time.monotonic()
    site.change(version="v1")
    site.serves("v1")
    return time.monotonic() - start


def uids(site: Site) -> set[str]:
    """Return the ids of the pods that serve: one made anew has another."""
    return {each["metadata"]["uid"] for part in ("app", "worker", "beat") for each in site.pods(part)}


def assert_served(load: Load, version: str) -> None:
    """Every request was answered, by that version."""
    assert load.failed == []
    assert {found for _, found in load.answers} == {version}
