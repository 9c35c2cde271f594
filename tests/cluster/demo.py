"""`make demo`: a site comes up under the operator, is repaired, gets a new version and goes; about a minute, to read.

The control plane is real, and so are its controllers; nodes and pods are made up (kwok). The operator runs as a process
with the rights of its ServiceAccount, as there is no registry that its image could come from.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django_operator.engine.yamlio import parse
from django_operator.stack.install import NAME, NAMESPACE, manifests
from tests.cluster.custom_kinds import CUSTOM_KINDS, definition, install
from tests.cluster.nodes import start_nodes
from tests.cluster.plane import ControlPlane
from tests.cluster.statuses import BESIDE_CONTROLLERS
from tests.cluster.workloads import Workloads

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cluster.client import Client, Object

ROOT = Path(__file__).resolve().parents[2]
SECRETS = ("registry-login", "shop-admin", "shop-mail", "shop-oidc", "shop-payment")
"""What sample.yaml expects to be there."""
PATIENCE = 180.0
BEGAN = time.monotonic()


def say(text: str = "") -> None:
    """Print a line with the seconds since the start."""
    sys.stdout.write(f"{time.monotonic() - BEGAN:6.1f} s  {text}\n" if text else "\n")
    sys.stdout.flush()


def step(title: str) -> None:
    """Print the title of what comes now."""
    sys.stdout.write("\n")
    say(f"== {title}")


def follow(client: Client, path: str, ends: Callable[[Object], bool]) -> None:
    """Print what a resource says of itself each time that it says something else, until it is as wanted."""
    said, deadline = "", time.monotonic() + PATIENCE
    while True:
        body = client.get(path)
        if (text := told(body)) != said:
            say(f"   {text}")
            said = text
        if ends(body):
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"it did not get there in {PATIENCE:g} s: {text}")
        time.sleep(0.1)


def told(body: Object) -> str:
    """Return what a resource says of itself in one line."""
    status = body.get("status") or {}
    ready = ready_of(body)
    # the pools of workers are summed up in one number
    counts = {name: each for name, each in (status.get("components") or {}).items() if not name.startswith("worker-")}
    pods = ", ".join(f"{name} {count}" for name, count in counts.items())
    message = " ".join(str(ready.get("message") or "has been seen by nobody yet").split())
    return f"Ready {ready.get('status', '-'):8}{message[:80]}{f'  [{pods}]' if pods else ''}"


def ready_of(body: Object) -> Object:
    """Return the condition Ready."""
    found = (body.get("status") or {}).get("conditions") or ()
    return next((each for each in found if each["type"] == "Ready"), {})


def serves(version: str) -> Callable[[Object], bool]:
    """Return what tells whether a version serves."""

    def holds(body: Object) -> bool:
        ready = ready_of(body)
        current = ready.get("observedGeneration") == body["metadata"]["generation"]
        return bool(current and ready["status"] == "True" and body["status"].get("version") == version)

    return holds


def sample() -> Any:
    """Return the resource of sample.yaml."""
    (document,) = parse((ROOT / "sample.yaml").read_text(), "sample.yaml")
    return document.value


def play(plane: ControlPlane, client: Client) -> None:
    """Show it all."""
    step("the operator: kubectl apply -f django-operator.yml")
    bodies = [each for each in manifests("none") if each["kind"] != "Deployment"]
    for body in bodies:
        client.apply(body, "kubectl")
    say(f"   {len(bodies)} objects; its Deployment is left out, it runs as a process of this machine")
    config = plane.kubeconfig(plane.service_account(NAMESPACE, NAME), namespace=NAMESPACE)
    log = plane.folder / "operator.log"
    with log.open("w") as file:
        command = [sys.executable, "-m", "django_operator", "run", "--port=0", "--log-format=text"]
        environment = {**os.environ, "KUBECONFIG": str(config)}
        operator = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=file, stderr=file)
    try:
        show(client)
    except BaseException:
        sys.stderr.write(log.read_text())
        raise
    finally:
        operator.terminate()
        operator.wait(30)
    say(f"   the operator has ended with {operator.returncode}")


def show(client: Client) -> None:
    """Apply the sample, break it, update it, delete it."""
    body = sample()
    namespace, name = body["metadata"]["namespace"], body["metadata"]["name"]
    step(f"the site: kubectl apply -f sample.yaml, in the namespace {namespace}")
    client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    for secret in SECRETS:
        meta = {"namespace": namespace, "name": secret}
        values = dict.fromkeys(("key", "password", "url"), "x")
        client.apply({"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": values})
    client.apply(body, "kubectl")
    path = client.path_of(body)
    follow(client, path, serves("1.4.2"))
    made = client.get(path)["status"]["inventory"]
    say(f"   {len(made)} objects of {len({each['kind'] for each in made})} kinds")

    step("somebody edits: kubectl delete deployment shop-worker-mail; kubectl set image deployment/shop-app ...")
    app = client.path("apps/v1", "Deployment", namespace, f"{name}-app")
    mail = client.path("apps/v1", "Deployment", namespace, f"{name}-worker-mail")
    image = client.get(app)["spec"]["template"]["spec"]["containers"][0]
    client.delete(mail)
    wrong = [{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "wrong"}]
    client.patch(app, wrong, "application/json-patch+json", fieldManager="kubectl-set")

    def repaired(_: Object) -> bool:
        now = client.get(app)["spec"]["template"]["spec"]["containers"][0]["image"]
        return bool(now == image["image"] and client.find(mail))

    follow(client, path, repaired)
    say("   both are as rendered again")
    for event in client.items(
        client.path("events.k8s.io/v1", "Event", namespace), fieldSelector="reason=DriftRepaired"
    ):
        say(f"   event: {event['note']}")
    follow(client, path, serves("1.4.2"))

    step("a new version: spec.version 1.5.0")
    client.patch(path, {"spec": {"version": "1.5.0"}}, fieldManager="kubectl")
    follow(client, path, serves("1.5.0"))

    step("the end: kubectl delete django shop")
    client.delete(path)
    kinds = ("Deployment", "StatefulSet")

    def left() -> list[str]:
        found = [each for kind in kinds for each in client.items(client.path("apps/v1", kind, namespace))]
        return [each["metadata"]["name"] for each in found]

    deadline = time.monotonic() + PATIENCE
    while left() and time.monotonic() < deadline:
        time.sleep(0.2)
    kept = [each["metadata"]["name"] for each in client.items(client.path("v1", "PersistentVolumeClaim", namespace))]
    say(
        f"   workloads left: {', '.join(left()) or 'none'}; volumes kept by deletionPolicy: {', '.join(kept) or 'none'}"
    )


def main() -> None:
    """Start a control plane, show everything, leave nothing behind."""
    say("starting a control plane with fake nodes; no container runs")
    with ControlPlane.start() as plane:
        client = plane.client(agent="demo")
        install(client, [definition(*kind) for kind in CUSTOM_KINDS])
        start_nodes(plane, 3)
        with Workloads(plane.client(agent="workloads"), kinds=BESIDE_CONTROLLERS, volumes=True):
            say(f"Kubernetes {plane.version}, 3 nodes")
            play(plane, client)
    say("all is gone")


if __name__ == "__main__":
    main()
