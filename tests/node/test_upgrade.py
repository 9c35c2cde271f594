"""A new version under a constant stream of requests and tasks: nobody notices."""

from __future__ import annotations

import http.client
import re
import time
from typing import TYPE_CHECKING

import pytest

from tests.node.load import Load
from tests.node.proxy import Proxy, certificate
from tests.node.site import HOST, serving, tell, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cluster.client import Client
    from tests.node.elsewhere import Elsewhere
    from tests.node.node import Node
    from tests.node.site import Site

pytestmark = pytest.mark.e2e

SLOW = 15.0
"""Seconds of a task that is amidst its work when its worker is told to stop; shorter than the visibility timeout."""


@pytest.fixture(scope="module")
def site(
    node: Node | Elsewhere, operator: Client, loaded: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The first version, with an Ingress for HTTPS."""
    with serving(node, operator, loaded, ingress={"tls": {"secretName": "demo-tls"}}) as made:
        operator.create(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "demo-tls", "namespace": made.namespace},
                "type": "kubernetes.io/tls",
                "data": certificate(tmp_path_factory.mktemp("tls"), HOST),
            }
        )
        yield made


@pytest.fixture
def proxy(site: Site, tmp_path: Path) -> Iterator[Proxy]:
    """What stands before the site's Ingress."""
    with Proxy(site.client, site.namespace, "demo-app", tmp_path) as made:
        yield made


def test_the_ingress_serves_by_https(site: Site, proxy: Proxy) -> None:
    """A browser's way through the form: certificate, host, cookie and origin are as Django wants them."""
    assert proxy.ask("/state").json["version"] == site.version
    page = proxy.ask("/")
    (token,) = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    origin = {"Cookie": cookie, "Origin": f"https://{HOST}", "Content-Type": "application/x-www-form-urlencoded"}
    before = site.ask("/state").json["count"]
    pressed = proxy.send("/", "POST", f"csrfmiddlewaretoken={token}", origin)
    assert (pressed.status, pressed.headers["Location"]) == (http.HTTPStatus.FOUND, "/")
    assert site.ask("/state").json["count"] == before + 1


def test_a_new_version_under_load(site: Site, proxy: Proxy) -> None:
    """No request fails, through the Service or the Ingress; no task is lost or doubled; no tick is; one Job runs."""
    site.serves("v1")
    jobs = site.jobs()
    with Load(site.address) as inside, Load(proxy, threads=2) as outside:
        until(lambda: inside.tasks and outside.tasks, 30, "the first tasks")
        (slow,) = site.queue(SLOW)
        until(lambda: [each["begun"] for each in site.tasks(slow)] == [1], 30, "the slow task's begin")
        start = time.monotonic()
        site.change(version="v2")
        site.serves("v2", 240)
        took = time.monotonic() - start
        # what is still sent to pods that are going
        until(lambda: len(site.pods("app")) == len(site.pods("worker")) == 1, 90, "the old pods' end")
    for load in (inside, outside):
        assert load.failed == []
        assert {version for _, version in load.answers} == {"v1", "v2"}
    tasks = [slow, *inside.tasks, *outside.tasks]
    until(lambda: site.all_done(*tasks), 90, "the accepted tasks")
    assert [each for each in site.tasks(*tasks) if (each["begun"], each["done"]) != (1, 1)] == []
    ticks = [each["due"] for each in site.ask("/ticks.json").json["ticks"]]
    assert len(set(ticks)) == len(ticks)
    assert len(site.jobs() - jobs) == 1
    found = site.ask("/state").json
    assert (found["greetings"], len(found["initialisations"])) == (2, 1)
    by = (
        f"{inside.answers.total()} requests through the Service, {outside.answers.total()} by HTTPS through the Ingress"
    )
    tell(f"v1 -> v2 in {took:.1f} s: {by}, {len(tasks)} tasks, one of {SLOW:.0f} s: none failed, lost or doubled")
