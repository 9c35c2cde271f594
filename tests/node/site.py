"""The demo as a site on a cluster: its resource, its pods, its pages. Knows nothing of how the cluster runs."""

from __future__ import annotations

import http.client
import json
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django_operator.engine.yamlio import parse
from tests.shipped import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cluster.client import Client, Object

DEMO = ROOT / "tests" / "node" / "demo"

HOST = "demo.test"

TIMEOUT = 120.0
"""Seconds for a change to be done; a quarter of it is usual."""


@dataclass(frozen=True)
class Answer:
    """What a page answered."""

    status: int
    text: str

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.text)


@dataclass
class Site:
    """A Django resource and what it stands for."""

    client: Client
    namespace: str
    image: str = "demo"
    name: str = "demo"
    body: Object = field(default_factory=dict)

    def create(self, **spec: Any) -> None:
        """Hand the demo's resource to the cluster, with some fields of its spec changed."""
        (document,) = parse((DEMO / "site.yaml").read_text(encoding="utf-8"), "site.yaml")
        body: Object = document.value
        body["metadata"] = {"name": self.name, "namespace": self.namespace}
        body["spec"] |= {"image": self.image, **spec}
        self.body = self.client.apply(body)

    @property
    def path(self) -> str:
        """Of the resource."""
        return self.client.path("django-operator.io/v1alpha1", "Django", self.namespace, self.name)

    def change(self, **spec: Any) -> None:
        """Change its spec by a merge patch."""
        self.client.patch(self.path, {"spec": spec})

    def wait(self, wanted: Callable[[Object], object], seconds: float = TIMEOUT) -> Object:
        """Wait until the resource's status, of its newest generation, is as wanted, and return the resource."""

        def ready(found: Object | None) -> object:
            state = (found or {}).get("status", {})
            generation = state.get("observedGeneration")
            return found and generation == found["metadata"]["generation"] and wanted(state)

        found: Object = self.client.wait(self.path, ready, seconds)
        return found

    def serves(self, version: str, seconds: float = TIMEOUT) -> Object:
        """Wait until it is Ready with a version, every component complete; return its status."""

        def ready(state: Object) -> bool:
            counts = [each.split("/") for each in state.get("components", {}).values()]
            complete = bool(counts) and all(one == other for one, other in counts)
            return condition(state, "Ready")["status"] == "True" and state.get("version") == version and complete

        state: Object = self.wait(ready, seconds)["status"]
        return state

    def ask(self, path: str, method: str = "GET", body: Any = None, timeout: float = 10) -> Answer:
        """Send a request to the Service's address.

        Raises:
            OSError, http.client.HTTPException: no answer.
        """
        service = self.client.get(self.client.path("v1", "Service", self.namespace, f"{self.name}-app"))
        return ask(service["spec"]["clusterIP"], path, method, body, timeout)

    def pods(self, component: str = "") -> list[Object]:
        """Return its pods, those of one component or all."""
        selector = f"app.kubernetes.io/instance={self.name}"
        if component:
            selector += f",app.kubernetes.io/component={component}"
        return self.client.items(self.client.path("v1", "Pod", self.namespace), labelSelector=selector)

    def pod(self, component: str) -> Object:
        """Return the only pod of a component that is not about to go."""
        (found,) = [each for each in self.pods(component) if "deletionTimestamp" not in each["metadata"]]
        return found

    def jobs(self) -> set[str]:
        """Return the ids of the Jobs there are, by name and id: a Job made anew is another."""
        found = self.client.items(self.client.path("batch/v1", "Job", self.namespace))
        return {f"{each['metadata']['name']} {each['metadata']['uid']}" for each in found}


def ask(address: str, path: str, method: str = "GET", body: Any = None, timeout: float = 10) -> Answer:
    """Send a request to an address, on a connection of its own.

    Raises:
        OSError, http.client.HTTPException: no answer.
    """
    connection = http.client.HTTPConnection(address, 80, timeout=timeout)
    try:
        headers = {"Host": HOST, "Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        return Answer(response.status, response.read().decode())
    finally:
        connection.close()


def condition(state: Object, kind: str) -> Object:
    """Return a condition of a status; one that is not there says nothing."""
    found: list[Object] = [each for each in state.get("conditions", ()) if each["type"] == kind]
    return found[0] if found else {"status": "", "reason": "", "message": ""}


def until(true: Callable[[], object], seconds: float, what: str) -> float:
    """Wait until something is true, and return how many seconds it took.

    Raises:
        TimeoutError: it never was.
    """
    start = time.monotonic()
    while not true():
        if time.monotonic() - start > seconds:
            message = f"{what}: not within {seconds} s"
            raise TimeoutError(message)
        time.sleep(0.05)
    return time.monotonic() - start


def tell(text: str) -> None:
    """Print a figure that was measured; pytest's -s or a failure shows it, `make e2e` always does."""
    sys.stderr.write(f"e2e: {text}\n")
