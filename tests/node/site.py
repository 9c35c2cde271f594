"""The demo as a site on a cluster: its resource, its pods, its pages. Knows nothing of how the cluster runs."""

from __future__ import annotations

import contextlib
import http.client
import json
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django_operator.engine.yamlio import parse
from tests.shipped import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from email.message import Message

    from tests.cluster.client import Client, Object
    from tests.node.elsewhere import Elsewhere
    from tests.node.node import Node

DEMO = ROOT / "tests" / "node" / "demo"

HOST = "demo.test"

OVERLAYS = ({"builtin": "restricted"},)
"""Those of the demo's resource."""

FIGURE = "e2e: "
"""Stands before a line that is told."""

TIMEOUT = 120.0
"""Seconds for a change to be done; a quarter of it is usual."""


@dataclass(frozen=True)
class Answer:
    """What a page answered."""

    status: int
    text: str
    headers: Message

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
    def version(self) -> str:
        """Of its spec, the one that is wanted."""
        found: str = self.client.get(self.path)["spec"]["version"]
        return found

    @property
    def path(self) -> str:
        """Of the resource."""
        return self.client.path("django-operator.io/v1alpha1", "Django", self.namespace, self.name)

    def change(self, **spec: Any) -> None:
        """Change its spec by a merge patch."""
        self.client.patch(self.path, {"spec": spec})

    def wait(self, wanted: Callable[[Object], object], seconds: float = TIMEOUT) -> Object:
        """Wait until the resource's status, of its newest generation, is as wanted, and return the resource.

        Raises:
            TimeoutError: it never was; the message has its conditions.
        """

        def ready(found: Object | None) -> object:
            state = (found or {}).get("status", {})
            generation = state.get("observedGeneration")
            return found and generation == found["metadata"]["generation"] and wanted(state)

        try:
            found: Object = self.client.wait(self.path, ready, seconds)
        except TimeoutError:
            state = (self.client.find(self.path) or {}).get("status", {})
            told = [f"{each['type']} {each['status']} {each['message'][:500]}" for each in state.get("conditions", ())]
            message = "\n".join((f"{self.name} is not as wanted after {seconds} s: {state.get('components')}", *told))
            raise TimeoutError(message) from None
        return found

    def serves(self, version: str, seconds: float = TIMEOUT) -> Object:
        """Wait until it is Ready with a version, every component complete; return its status."""

        def ready(state: Object) -> bool:
            counts = [each.split("/") for each in state.get("components", {}).values()]
            complete = bool(counts) and all(one == other for one, other in counts)
            return condition(state, "Ready")["status"] == "True" and state.get("version") == version and complete

        state: Object = self.wait(ready, seconds)["status"]
        return state

    @property
    def address(self) -> str:
        """Of its Service."""
        service = self.client.get(self.client.path("v1", "Service", self.namespace, f"{self.name}-app"))
        found: str = service["spec"]["clusterIP"]
        return found

    def ask(self, path: str, method: str = "GET", body: Any = None, timeout: float = 10) -> Answer:
        """Send a request to the Service's address.

        Raises:
            OSError, http.client.HTTPException: no answer.
        """
        return ask(self.address, path, method, body, timeout)

    def queue(self, *seconds: float) -> list[str]:
        """Queue tasks that take so long, which must be accepted, and return their ids."""
        found = []
        for each in seconds:
            answer = self.ask("/tasks.json", "POST", {"text": "e2e", "seconds": each})
            assert answer.status == http.HTTPStatus.ACCEPTED, answer
            found.append(answer.json["id"])
        return found

    def tasks(self, *idents: str) -> list[Any]:
        """Return tasks with how often each was begun and done; none while the site does not answer."""
        try:
            answer = self.ask("/tasks.json")
        except (OSError, http.client.HTTPException):
            return []
        if answer.status != http.HTTPStatus.OK:
            return []
        return [each for each in answer.json["tasks"] if each["id"] in idents]

    def all_done(self, *idents: str) -> bool:
        """Tell whether each of these tasks was done, once or more."""
        return len([each for each in self.tasks(*idents) if each["done"]]) == len(idents)

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


def patched(kind: str, name: str, body: Object) -> Object:
    """Return an overlay that lays a body over an object of the bases."""
    patch = {"kind": kind, "metadata": {"name": name}, **body}
    return {"patches": [{"target": {"kind": kind, "name": name}, "patch": patch}]}


@contextlib.contextmanager
def serving(cluster: Node | Elsewhere, client: Client, images: Mapping[str, str], **spec: Any) -> Iterator[Site]:
    """Give a site of the first version in a namespace of its own, Ready; afterwards it goes, and nobody waits for it.

    `images` are the loaded ones; `spec` are fields that are other than the demo's.
    """
    site = Site(client, cluster.plane.namespace("site"), images["demo:v1"].rpartition(":")[0])
    try:
        site.create(**spec)
        site.serves("v1", 180)
        yield site
    finally:
        client.delete(client.path("v1", "Namespace", name=site.namespace))


def ask(address: str, path: str, method: str = "GET", body: Any = None, timeout: float = 10) -> Answer:
    """Send a request to an address, on a connection of its own.

    Raises:
        OSError, http.client.HTTPException: no answer.
    """
    connection = http.client.HTTPConnection(address, 80, timeout=timeout)
    try:
        text = None if body is None else json.dumps(body)
        return exchange(connection, path, method, text, {"Content-Type": "application/json"})
    finally:
        connection.close()


def exchange(
    connection: http.client.HTTPConnection, path: str, method: str, text: str | None, headers: Mapping[str, str]
) -> Answer:
    """Send a request to the site on a connection, and return the answer."""
    connection.request(method, path, text, {"Host": HOST, **headers})
    response = connection.getresponse()
    return Answer(response.status, response.read().decode(), response.headers)


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
    """Tell a figure that was measured, or what a person sees: pytest shows all of them in the end (conftest.py)."""
    sys.stderr.write("".join(f"{FIGURE}{line}\n" for line in text.splitlines()))
