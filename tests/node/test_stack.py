"""The demo on a real node, installed as a user would: what comes up, what is replaced, what breaks and comes back."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.node import images
from tests.node.elsewhere import Elsewhere
from tests.node.load import Load
from tests.node.site import DEMO, Site, condition, tell, until
from tests.shipped import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster.client import Client, Object
    from tests.node.node import Node

pytestmark = pytest.mark.e2e

OPERATOR = "django-operator:0.1.0"
"""As in django-operator.yml."""

VERSIONS = ("v1", "v2", "v3", "v5")

DATA = ("postgres:17-bookworm", "valkey/valkey:8.1-alpine")
"""As in bases/."""


@pytest.fixture(scope="session")
def loaded(node: Node | Elsewhere) -> dict[str, str]:
    """The images that the tests need, by their short names, each under the name that the cluster knows it by."""
    names = [images.build(ROOT, OPERATOR, f"VERSION={OPERATOR.rpartition(':')[2]}")]
    names += [images.build(DEMO, f"demo:{version}", f"VERSION={version}") for version in VERSIONS]
    if not isinstance(node, Elsewhere):
        # another cluster pulls the real ones
        names += [images.base(name) for name in DATA]
    return dict(zip(names, node.load(*names), strict=True))


@pytest.fixture(scope="session")
def operator(node: Node | Elsewhere, client: Client, loaded: dict[str, str]) -> Client:
    """The administrator's client of the cluster, where the operator is installed by its manifests."""
    kubectl = ["kubectl", f"--kubeconfig={node.plane.kubeconfig()}"]
    text = (ROOT / "django-operator.yml").read_text(encoding="utf-8")
    text = text.replace(f"image: {OPERATOR}", f"image: {loaded[OPERATOR]}")
    there = client.find("/apis/apps/v1/namespaces/django-operator/deployments/django-operator")
    start = time.monotonic()
    subprocess.run([*kubectl, "apply", "-f", "-"], input=text, text=True, check=True, capture_output=True)
    if there:
        # of an earlier run: its pods have the image of then, under the same name
        subprocess.run([*kubectl, "-n", "django-operator", "rollout", "restart", "deployment"], check=True)
    wait = ["-n", "django-operator", "rollout", "status", "deployment/django-operator", "--timeout=120s"]
    subprocess.run([*kubectl, *wait], check=True)
    tell(f"operator: from `kubectl apply` to ready in {time.monotonic() - start:.1f} s")
    return client


@pytest.fixture(scope="module")
def site(node: Node | Elsewhere, operator: Client, loaded: dict[str, str]) -> Iterator[Site]:
    """The demo's first version, Ready; each test leaves it Ready, with whatever version."""
    client = operator
    made = Site(client, node.plane.namespace("web"), loaded["demo:v1"].rpartition(":")[0])
    start = time.monotonic()
    made.create()

    def first_page() -> bool:
        try:
            return made.ask("/state", timeout=2).status == 200
        except Exception:  # noqa: BLE001 - no Service yet, no pod behind it yet
            return False

    until(first_page, 180, "the first HTTP 200")
    tell(f"site: from nothing to the first HTTP 200 in {time.monotonic() - start:.1f} s")
    made.serves("v1")
    tell(f"site: from nothing to Ready in {time.monotonic() - start:.1f} s")
    yield made
    client.delete(client.path("v1", "Namespace", name=made.namespace))


def test_what_came_up(site: Site, node: Node | Elsewhere) -> None:
    """Fixture and init command ran once; the worker works, beat ticks; what is live is what `render` gives."""
    state = site.serves("v1")
    assert set(state["components"]) == {"app", "workers", "worker-default", "beat", "redis", "postgres"}
    found = site.ask("/state").json
    assert found["version"] == "v1"
    assert found["greetings"] == 2
    assert len(found["initialisations"]) == 1
    until(lambda: site.ask("/ticks.json").json["ticks"], 30, "a tick of beat")
    diff = [sys.executable, "-m", "django_operator", "diff", str(DEMO / "site.yaml"), f"--namespace={site.namespace}"]
    kubeconfig = node.plane.kubeconfig(namespace=site.namespace)
    done = subprocess.run(
        diff, capture_output=True, text=True, check=False, cwd=ROOT, env={"KUBECONFIG": str(kubeconfig), "PATH": "/bin"}
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "no differences\n")


def test_what_is_no_release_runs_no_job(site: Site) -> None:
    """More replicas, and another environment of the workers: no Job, and no other component's pods are replaced."""
    version = site.wait(lambda state: state)["status"]["version"]
    jobs = site.jobs()
    kept = {each["metadata"]["uid"] for part in ("app", "beat", "redis", "postgres") for each in site.pods(part)}
    site.change(app={"replicas": 2}, workers={"default": {"env": [{"name": "COLOUR", "value": "green"}]}})
    state = site.serves(version)
    assert state["components"]["app"] == "2/2"
    assert site.jobs() == jobs
    assert kept <= {each["metadata"]["uid"] for each in site.pods()}
    assert {"name": "COLOUR", "value": "green"} in site.pod("worker")["spec"]["containers"][0]["env"]
    site.change(app={"replicas": 1})
    site.serves(version)


def test_a_new_version_under_load(site: Site) -> None:
    """No request fails, no task is lost or doubled, no two beats; one Job runs."""
    jobs = site.jobs()
    until(lambda: site.ask("/state").status == 200, 10, "the site")
    service = site.client.get(site.client.path("v1", "Service", site.namespace, "demo-app"))
    start = time.monotonic()
    with Load(service["spec"]["clusterIP"]) as load:
        until(lambda: load.tasks, 10, "a task")
        site.change(version="v2")
        site.serves("v2")
        took = time.monotonic() - start
        # what is still sent to pods that are going
        until(lambda: len(site.pods("app")) == 1, 60, "the old pods' end")
    assert load.failed == []
    assert {version for _, version in load.answers} == {"v1", "v2"}
    assert len(site.jobs() - jobs) == 1
    until(lambda: _undone(site, load.tasks) == set(), 60, "the accepted tasks")
    assert [each for each in _rows(site) if each["id"] in load.tasks and (each["begun"], each["done"]) != (1, 1)] == []
    _no_two_beats(site)
    tell(f"v1 -> v2 in {took:.1f} s: {load.answers.total()} requests, {len(load.tasks)} tasks; none failed or doubled")


def test_a_failing_migration(site: Site) -> None:
    """The version before serves on, the condition names the migration; back to it: clean at once, and no Job."""
    version = site.serves(site.ask("/state").json["version"])["version"]
    jobs, pods = site.jobs(), {each["metadata"]["uid"] for each in site.pods("app")}
    site.change(version="v3")
    state = site.wait(lambda state: condition(state, "Released")["reason"] == "ReleaseFailed")["status"]
    message = condition(state, "Released")["message"]
    assert "demo.0003_counter_below_zero" in message
    assert "is violated by some row" in message
    assert condition(state, "Available")["status"] == "True"
    assert site.ask("/state").json["version"] == version
    site.change(version=version)
    start = time.monotonic()
    site.serves(version)
    tell(f"from a failed migration back to Ready in {time.monotonic() - start:.1f} s")
    assert {each["metadata"]["uid"] for each in site.pods("app")} == pods
    until(lambda: site.jobs() == jobs, 30, "the failed Job's end")


def test_a_version_that_does_not_start(site: Site) -> None:
    """The version before serves on, the condition says why."""
    version = site.ask("/state").json["version"]
    site.change(version="v5")
    why = "PAYMENT_KEY is not set"
    state = site.wait(lambda state: why in condition(state, "Ready")["message"])["status"]
    assert condition(state, "Available")["status"] == "True"
    assert site.ask("/state").json["version"] == version
    site.change(version=version)
    site.serves(version)


@pytest.mark.parametrize("component", ["app", "worker", "redis", "postgres"])
def test_killed(own: Node, site: Site, component: str) -> None:
    """Its container is killed: it is back, every row is there, and every accepted task was done."""
    version = site.ask("/state").json["version"]
    tasks = []
    for number in range(5):
        answer = site.ask("/tasks.json", "POST", {"text": str(number), "seconds": 1})
        assert answer.status == 202, answer
        tasks.append(answer.json["id"])
    pod = site.pod(component)
    (container,) = pod["status"]["containerStatuses"]
    own.kill(container["containerID"])
    start = time.monotonic()

    def again(body: Object | None) -> bool:
        statuses = (body or {}).get("status", {}).get("containerStatuses", [])
        return [(each["restartCount"], each["ready"]) for each in statuses] == [(container["restartCount"] + 1, True)]

    site.client.wait(site.client.path_of(pod), again, 90)
    site.serves(version)
    tell(f"{component} killed: Ready after {time.monotonic() - start:.1f} s")
    until(lambda: _undone(site, tasks) == set(), 90, "the accepted tasks")
    tell(f"{component} killed: every accepted task done after {time.monotonic() - start:.1f} s")


def test_the_operator_killed(own: Node, site: Site, client: Client) -> None:
    """While a version rolls out: it is back, or the other one takes over; the roll-out ends as if nothing had been."""
    before = site.ask("/state").json["version"]
    after = "v1" if before == "v2" else "v2"
    site.change(version=after)
    until(lambda: len(site.pods("app")) > 1, 60, "a roll-out")
    start = time.monotonic()
    for pod in client.items(client.path("v1", "Pod", "django-operator")):
        for container in pod["status"]["containerStatuses"]:
            own.kill(container["containerID"])
    site.serves(after)
    tell(f"both operators killed in a roll-out: Ready after {time.monotonic() - start:.1f} s")
    _no_two_beats(site)


def test_repaired(site: Site) -> None:
    """A child that was deleted or edited by hand is back in less than two seconds, also while Redis is down."""
    client = site.client
    redis = client.path("v1", "Pod", site.namespace, "demo-redis-0")
    client.delete(redis, gracePeriodSeconds=0)
    service = client.path("v1", "Service", site.namespace, "demo-app")
    client.delete(service)
    took = until(lambda: client.find(service), 10, "the Service that was deleted")
    deployment = client.path("apps/v1", "Deployment", site.namespace, "demo-worker-default")
    client.patch(deployment, {"spec": {"replicas": 3}})
    edited = until(lambda: client.get(deployment)["spec"]["replicas"] == 1, 10, "the Deployment that was edited")
    tell(f"repaired in {took:.2f} s (deleted) and {edited:.2f} s (edited)")
    assert max(took, edited) < 2
    site.serves(site.wait(lambda state: state)["status"]["version"])


def test_deleted_and_made_again(site: Site) -> None:
    """All is gone but the data; the site made again has it."""
    client = site.client
    before = site.ask("/state", "POST").json
    client.delete(site.path)
    client.wait(site.path, lambda found: found is None, 60)

    def left() -> list[str]:
        kinds = (("apps/v1", "Deployment"), ("apps/v1", "StatefulSet"), ("batch/v1", "Job"), ("v1", "Service"))
        found = [each for kind in kinds for each in client.items(client.path(*kind, site.namespace))]
        return [each["metadata"]["name"] for each in (*found, *site.pods())]

    until(lambda: not left(), 120, "the site's end")
    claims = [
        each["metadata"]["name"] for each in client.items(client.path("v1", "PersistentVolumeClaim", site.namespace))
    ]
    assert claims == ["data-demo-postgres-0"]
    site.create(version=before["version"])
    site.serves(before["version"])
    after = site.ask("/state").json
    assert (after["count"], after["initialisations"]) == (before["count"], before["initialisations"])


def _rows(site: Site) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.ask("/tasks.json").json["tasks"]
    return found


def _undone(site: Site, tasks: list[str]) -> set[str]:
    """Return the tasks that no run has ended of; all of them while the site does not answer."""
    try:
        return set(tasks) - {each["id"] for each in _rows(site) if each["done"]}
    except (OSError, ValueError, KeyError):
        return set(tasks)


def _no_two_beats(site: Site) -> None:
    """No tick is there twice, and no process of beat sent one after its successor had begun."""
    ticks = site.ask("/ticks.json").json["ticks"]
    assert len({each["due"] for each in ticks}) == len(ticks)
    beats = list(dict.fromkeys(each["beat"] for each in sorted(ticks, key=lambda each: each["sent"])))
    spans = [[each["sent"] for each in ticks if each["beat"] == beat] for beat in beats]
    for one, other in itertools.pairwise(spans):
        assert max(one) < min(other)
