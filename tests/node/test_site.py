"""From nothing to a site that serves: what came up, how it reads, and that it is what `render` gives."""

from __future__ import annotations

import http.client
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from django_operator.engine.yamlio import parse
from tests.node.shell import Shell
from tests.node.site import Site, condition, tell, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster.client import Client, Object
    from tests.node.elsewhere import Elsewhere
    from tests.node.node import Node

pytestmark = pytest.mark.e2e

COMPONENTS = ("postgres", "redis", "app", "worker-default", "beat")


@pytest.fixture(scope="module")
def site(node: Node | Elsewhere, operator: Client, loaded: dict[str, str]) -> Iterator[Site]:
    """The demo's first version, made from nothing and Ready; tests leave it so."""
    made = Site(operator, node.plane.namespace("web"), loaded["demo:v1"].rpartition(":")[0])
    start = time.monotonic()
    made.create()

    def answers() -> bool:
        try:
            return made.ask("/state", timeout=2).status == http.HTTPStatus.OK
        except Exception:  # noqa: BLE001 - no Service yet, no pod behind it yet
            return False

    until(answers, 180, "the first HTTP 200")
    tell(f"from nothing to the first HTTP 200 in {time.monotonic() - start:.1f} s")
    made.serves("v1", 180)
    tell(f"from nothing to Ready in {time.monotonic() - start:.1f} s; {_times(made)}")
    yield made
    operator.delete(operator.path("v1", "Namespace", name=made.namespace))


@pytest.fixture
def shell(node: Node | Elsewhere, site: Site) -> Shell:
    """Commands in the site's namespace."""
    return Shell.of(node, site)


def test_every_component_is_ready(site: Site) -> None:
    """Each has its pods, none of which was restarted; every condition is as it is at rest."""
    state = site.serves("v1")
    assert state["components"] == {**dict.fromkeys(COMPONENTS, "1/1"), "workers": "1/1"}
    assert {each["type"]: each["status"] for each in state["conditions"]} == {
        "Ready": "True",
        "Released": "True",
        "Available": "True",
        "OverlaysApplied": "True",
    }
    restarts = {
        each["metadata"]["name"]: status["restartCount"]
        for each in site.pods()
        for status in each["status"]["containerStatuses"]
    }
    assert set(restarts.values()) == {0}, restarts


def test_it_reads_well(site: Site, shell: Shell) -> None:
    """`kubectl get dj` tells it in a line, `django-operator status` in a tree."""
    site.serves("v1")
    head, line = shell("kubectl", "get", "dj").splitlines()
    tell(f"kubectl get dj\n{head}\n{line}")
    assert head.split() == ["NAME", "READY", "STATUS", "VERSION", "APP", "WORKERS", "AGE"]
    assert line.split()[:-1] == ["demo", "True", "Ready", "v1", "1/1", "1/1"]
    picture = shell("django-operator", "status", "demo")
    tell(f"django-operator status demo\n{picture}")
    first, *rest = picture.splitlines()
    assert first.startswith("Django/demo ")
    assert "Ready" in first
    assert "version v1 serves" in first
    for branch in ("app", "workers", "beat", "redis", "postgres"):
        assert any(each.split() == ["├─", branch, "1/1"] for each in rest), branch
    assert [each for each in rest if "Job/demo-release-" in each and each.endswith(" done")]
    assert [each for each in rest if each.split()[1::2] == ["revision", "Serving", "demo"]]


def test_what_is_live_is_what_render_gives(site: Site, shell: Shell) -> None:
    """Every field of every object that is rendered offline, the release's Job included, is live with that value.

    And nothing else belongs to the site, but what is made once and never rendered: Secrets, the release's record.
    """
    site.serves("v1")
    resource = shell("kubectl", "get", "dj", "demo", "-o", "yaml")
    rendered = [each.value for each in parse(shell("django-operator", "render", "-q", "-f", "-", stdin=resource), "")]
    kinds = [each["kind"] for each in rendered]
    assert {"Deployment", "StatefulSet", "Service", "Ingress", "Job", "ConfigMap", "ServiceAccount"} <= set(kinds)
    fields = 0
    for each in rendered:
        live = site.client.get(site.client.path_of(each))
        different = list(_different(each, live, f"{each['kind']}/{each['metadata']['name']}"))
        assert different == []
        fields += _leaves(each)
    inventory = site.client.get(site.path)["status"]["inventory"]
    belonging = {f"{each['kind']}/{each['name']}" for each in inventory}
    printed = {f"{each['kind']}/{each['metadata']['name']}" for each in rendered}
    (revision,) = (each["name"] for each in inventory if each["kind"] == "ControllerRevision")
    secrets = {f"Secret/demo-{name}" for name in ("django", "redis", "postgres")}
    assert belonging == printed | secrets | {"ConfigMap/demo-release", f"ControllerRevision/{revision}"}
    tell(f"render = live: {fields} fields of {len(rendered)} objects")
    done = shell.run("django-operator", "diff", "-f", "-", stdin=json.dumps(_plain(site)))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "no differences\n")


def test_the_release_ran_once(site: Site, shell: Shell) -> None:
    """Migrations, fixture and init command: their rows are there once, and one Job has run."""
    found = site.ask("/state").json
    assert found["greetings"] == 2
    assert len(found["initialisations"]) == 1
    assert len([each for each in site.jobs() if each.startswith("demo-release-")]) == 1
    assert found["initialisations"][0].startswith("demo-release-")
    migrations = shell("django-operator", "manage", "demo", "--", "showmigrations", "--plan")
    assert "[X]  demo.0001_initial" in migrations
    assert "[ ]" not in migrations


def test_the_stack_works(site: Site, shell: Shell) -> None:
    """The page counts, the worker works, beat ticks, and `logs` has them all."""
    before = site.ask("/state").json["count"]
    assert site.ask("/state", "POST").json["count"] == before + 1
    tasks = site.queue(0, 0.1)
    until(lambda: site.all_done(*tasks), 30, "the tasks")
    until(lambda: site.ask("/ticks.json").json["ticks"], 30, "a tick of beat")
    logs = shell("django-operator", "logs", "demo")
    for part in ("app", "worker-default", "beat", "redis", "postgres"):
        assert any(f"demo-{part}" in each.split(" ")[0] or part in each.split(" ")[0] for each in logs.splitlines())


def test_what_is_no_release_runs_no_job(site: Site) -> None:
    """More replicas, and another environment of the workers: no Job, and no other component's pods are replaced."""
    site.serves("v1")
    jobs, rows = site.jobs(), _rows(site)
    kept = {each["metadata"]["uid"] for part in ("app", "beat", "redis", "postgres") for each in site.pods(part)}
    colour = {"name": "COLOUR", "value": "green"}
    site.change(app={"replicas": 2}, workers={"default": {"env": [colour]}})
    state = site.serves("v1")
    assert state["components"]["app"] == "2/2"
    assert condition(state, "Released")["reason"] == "Completed"
    assert site.jobs() == jobs
    assert kept <= {each["metadata"]["uid"] for each in site.pods()}
    assert colour in site.pod("worker")["spec"]["containers"][0]["env"]
    site.change(app={"replicas": None}, workers={"default": {"env": None}})
    site.serves("v1")
    assert (site.jobs(), _rows(site)) == (jobs, rows)


def _rows(site: Site) -> tuple[Any, ...]:
    """Return what releases have left in the database."""
    found = site.ask("/state").json
    return found["greetings"], tuple(found["initialisations"])


def _times(site: Site) -> str:
    """Tell how long after its resource each component had a pod that was ready."""
    made = _seconds(site.client.get(site.path)["metadata"]["creationTimestamp"])
    return ", ".join(
        f"{component} {_seconds(condition(site.pod(name)['status'], 'Ready')['lastTransitionTime']) - made:.0f}"
        for component in COMPONENTS
        for name in [component.partition("-")[0]]
    )


def _seconds(text: str) -> float:
    return time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def _plain(site: Site) -> Object:
    """Return the resource as a person has it in a file."""
    live = site.client.get(site.path)
    return {
        "apiVersion": live["apiVersion"],
        "kind": live["kind"],
        "metadata": {key: live["metadata"][key] for key in ("name", "namespace")},
        "spec": live["spec"],
    }


def _different(wanted: Any, live: Any, place: str) -> Iterator[str]:
    """Yield each field that is not live as wanted; fields that are only live are no difference, items of lists are."""
    if isinstance(wanted, dict) and isinstance(live, dict):
        for key, value in wanted.items():
            yield from _different(value, live.get(key), f"{place}.{key}")
    elif isinstance(wanted, list) and isinstance(live, list) and len(wanted) == len(live):
        for number, (one, other) in enumerate(zip(wanted, live, strict=True)):
            yield from _different(one, other, f"{place}[{number}]")
    elif wanted != live:
        yield f"{place}: {wanted!r}, live {live!r}"


def _leaves(value: Any) -> int:
    if isinstance(value, dict):
        return sum(map(_leaves, value.values()))
    return sum(map(_leaves, value)) if isinstance(value, list) else 1
