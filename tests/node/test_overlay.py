"""Overlays of a user, in the resource: what they add runs on the node, and goes again when they do."""

from __future__ import annotations

import http.client
import time
from typing import TYPE_CHECKING

import pytest

from tests.node.site import OVERLAYS, condition, serving, tell, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster.client import Client, Object
    from tests.node.elsewhere import Elsewhere
    from tests.node.node import Node
    from tests.node.site import Site

pytestmark = pytest.mark.e2e

ECHO = """\
import http.server, signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
http.server.HTTPServer(("", 8080), http.server.SimpleHTTPRequestHandler).serve_forever()
"""

LABELS = {"app.kubernetes.io/component": "echo"}


def sidecar(image: str) -> Object:
    """Return a container of its own."""
    return {
        "name": "echo",
        "image": image,
        "command": ["python", "-c", ECHO],
        "ports": [{"name": "echo", "containerPort": 8080, "protocol": "TCP"}],
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }


def overlay(image: str) -> Object:
    """Return a user's layer: a strategic patch, a JSON patch, and objects of their own."""
    return {
        "patches": [
            {
                "patch": {
                    "apiVersion": "apps/v1",
                    "kind": "Deployment",
                    "metadata": {"name": "app"},
                    "spec": {"template": {"spec": {"containers": [sidecar(image)]}}},
                }
            },
            {
                "target": {"kind": "Deployment", "name": "worker-default"},
                "patch": [
                    {"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "--without-mingle"}
                ],
            },
        ],
        "resources": [
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": "echo"},
                "spec": {
                    "selector": {"matchLabels": LABELS},
                    "template": {"metadata": {"labels": LABELS}, "spec": {"containers": [sidecar(image)]}},
                },
            },
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": "echo"},
                "spec": {"selector": LABELS, "ports": [{"name": "http", "port": 80, "targetPort": "echo"}]},
            },
        ],
    }


@pytest.fixture(scope="module")
def site(node: Node | Elsewhere, operator: Client, loaded: dict[str, str]) -> Iterator[Site]:
    """The first version."""
    with serving(node, operator, loaded) as made:
        yield made


def test_an_overlay_comes_and_goes(site: Site) -> None:
    """A sidecar, a JSON patch, a Deployment with its Service: they run, and no release does; then all is as it was."""
    client = site.client
    site.serves("v1")
    jobs, before = site.jobs(), _shape(site)
    site.change(overlays=[*OVERLAYS, overlay(f"{site.image}:v1")])
    start = time.monotonic()
    state = site.serves("v1")
    assert condition(state, "OverlaysApplied")["status"] == "True"
    until(lambda: len(site.pods("app")) == len(site.pods("worker")) == 1, 90, "the old pods' end")
    pod = site.pod("app")
    assert {each["name"]: each["ready"] for each in pod["status"]["containerStatuses"]} == {
        "django": True,
        "echo": True,
    }
    assert _answers(pod["status"]["podIP"], 8080)
    assert site.ask("/state").json["version"] == "v1"
    assert site.pod("worker")["spec"]["containers"][0]["args"][-1] == "--without-mingle"
    deployment = client.path("apps/v1", "Deployment", site.namespace, "demo-echo")
    service = client.path("v1", "Service", site.namespace, "demo-echo")
    assert client.get(deployment)["status"]["readyReplicas"] == 1
    until(lambda: _answers(client.get(service)["spec"]["clusterIP"], 80), 10, "the Service of the overlay")
    tell(f"overlay: from the change to Ready in {time.monotonic() - start:.1f} s")
    site.change(overlays=[*OVERLAYS])
    start = time.monotonic()
    site.serves("v1")
    client.wait(deployment, lambda found: found is None, 30)
    client.wait(service, lambda found: found is None, 30)
    until(lambda: _shape(site) == before, 90, "the pods of before")
    tell(f"overlay: gone without a trace in {time.monotonic() - start:.1f} s")
    assert site.jobs() == jobs


def test_an_overlay_that_fits_nothing(site: Site) -> None:
    """It is told where and why, with the near miss; no pod is touched, and a right one helps by itself."""
    site.serves("v1")
    pods = {each["metadata"]["uid"] for each in site.pods()}
    patch = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "ap"}, "spec": {"minReadySeconds": 1}}
    site.change(overlays=[*OVERLAYS, {"patches": [{"patch": patch}]}])
    state = site.wait(lambda state: condition(state, "OverlaysApplied")["status"] == "False")["status"]
    message = condition(state, "Stalled")["message"]
    tell(f"an overlay that fits nothing: {message}")
    assert "spec.overlays[1].patches[0]" in message
    assert "did you mean Deployment/app" in message
    assert condition(state, "Available")["status"] == "True"
    site.change(overlays=[*OVERLAYS])
    site.serves("v1")
    assert {each["metadata"]["uid"] for each in site.pods()} == pods


def _shape(site: Site) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """Return the containers and their arguments of each pod of the site, by the pod's name without its random end."""
    return {
        each["metadata"].get("generateName", each["metadata"]["name"]): [
            (one["name"], tuple(one.get("args", ()))) for one in each["spec"]["containers"]
        ]
        for each in site.client.items(site.client.path("v1", "Pod", site.namespace))
    }


def _answers(address: str, port: int) -> bool:
    connection = http.client.HTTPConnection(address, port, timeout=5)
    try:
        connection.request("HEAD", "/")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
