"""The demo project as containers of this machine, each as its pod would be: `make e2e` runs it on a node.

What a test leaves is added to what is there, and versions only go forward in the database: the order does not matter.
"""

from __future__ import annotations

import json
import re
import subprocess
import uuid
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode

import pytest

from django_operator.engine.yamlio import parse
from django_operator.stack.library import library
from django_operator.stack.render import Rendered, render_document
from tests.node.local import TOOLS, Container, Machine, engine, eventually
from tests.shipped import ROOT, containers, pod_of

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.e2e

DEMO = ROOT / "tests/node/demo"
VERSIONS = ("v1", "v2", "v3", "v5")
FILES = sorted(path for path in DEMO.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
IMAGE = f"demo-{zlib.crc32(b''.join(path.read_bytes() for path in FILES)):08x}"
"""By its content: another tree on this machine may have another demo."""
AGAIN = 6
"""Seconds after which a killed worker's task is delivered again; the longest task here is shorter."""
CLIENT = """
import http.client, json, sys
method, path, body, headers = json.loads(sys.argv[1])
client = http.client.HTTPConnection("127.0.0.1", 8000, timeout=30)
client.request(method, path, body, {"Host": "demo.test", **headers})
answer = client.getresponse()
print(json.dumps([answer.status, dict(answer.getheaders()), answer.read().decode()]))
"""


def site(version: str, *, initialized: bool = False) -> Rendered:
    """Return the demo's objects at a version."""
    (document,) = parse((DEMO / "site.yaml").read_text(), "site.yaml")
    assert isinstance(document.value, dict)
    body: Any = document.value
    spec = {**body["spec"], "image": IMAGE, "version": version}
    return render_document({**body, "spec": spec}, library(), namespace="demo", initialized=initialized)


@pytest.fixture(scope="module")
def images() -> None:
    """Every image that the objects name, at each version."""
    bases = {c["image"] for body in site("v1").objects if (pod := pod_of(body)) for c in containers(pod["spec"])}
    for name in sorted(bases - {f"{IMAGE}:v1"}):
        subprocess.run([str(TOOLS / "base"), name], check=True)
        # docker pulls when it runs; podman has it now
        assert "docker" in engine("name").stdout or engine("image", "inspect", name).returncode == 0
    for version in VERSIONS:
        subprocess.run([str(TOOLS / "build"), str(DEMO), f"{IMAGE}:{version}", f"VERSION={version}"], check=True)


@dataclass(frozen=True)
class Demo:
    """A stack at work: a client of its web server, and its containers."""

    machine: Machine
    rendered: Rendered
    postgres: Container
    redis: Container
    release: Container
    app: Container
    worker: Container
    beat: Container

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, dict[str, str], str]:
        """Send a request to the web server, and return status, headers and text."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        status, found, text = self.machine.python(CLIENT, [method, path, body, given])
        return status, found, text

    def json(self, path: str, body: object = None) -> Any:
        """Return the JSON of a page; with a body, it is a POST."""
        status, _, text = self.ask("GET" if body is None else "POST", path, None if body is None else json.dumps(body))
        assert status < 300, text
        return json.loads(text)

    def queue(self, **given: object) -> str:
        """Queue a task."""
        ident: str = self.json("/tasks.json", given)["id"]
        return ident

    def task(self, ident: str) -> Any:
        """Return how a task does."""
        (found,) = [each for each in self.json("/tasks.json")["tasks"] if each["id"] == ident]
        return found

    def ticks(self, process: str = "") -> list[Any]:
        """Return the ticks, all or those of one beat."""
        return [each for each in self.json("/ticks.json")["ticks"] if process in each["beat"]]

    def kept(self) -> Self:
        """Start anew what has ended by itself, as a kubelet does, and return itself."""
        for each in (self.app, self.worker, self.beat):
            if not each.state()["Running"]:
                restart(each)
        return self

    def start(self, workload: str, **environment: str) -> Container:
        """Start one more container of the first version."""
        return self.machine.start(self.rendered, workload, **environment)


@pytest.fixture(scope="module")
def demo(images: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:  # noqa: ARG001 - they are there
    """The first version: data, release, then what serves, as the operator has it."""
    rendered = site("v1")
    with Machine(tmp_path_factory.mktemp("demo"), f"{IMAGE}:v1") as machine:
        machine.learn(rendered)
        postgres, redis = (machine.start(rendered, f"StatefulSet/demo-{each}") for each in ("postgres", "redis"))
        postgres.ready()
        redis.ready()
        release = machine.start(rendered, "Job/demo-release")
        assert release.wait() == 0, release.log()
        app = machine.start(rendered, "Deployment/demo-app")
        app.ready()
        worker = machine.start(rendered, "Deployment/demo-worker-default", VISIBILITY_TIMEOUT=str(AGAIN))
        beat = machine.start(rendered, "StatefulSet/demo-beat")
        yield Demo(machine, rendered, postgres, redis, release, app, worker, beat)
        for container in (app, worker, beat):
            assert container.state()["Running"], container.log()


def test_release(demo: Demo) -> None:
    """Migrations, fixture and init command ran once, and the release tells the newest migrations."""
    state = demo.json("/state")
    (pod,) = state["initialisations"]
    assert pod.startswith("demo-release-")
    assert state["greetings"] == 2
    heads = json.loads(demo.release.message())["migrationHeads"]
    assert heads["demo"] == "0001_initial"
    assert {"demo", "django_celery_beat"} <= heads.keys()


def test_page(demo: Demo) -> None:
    """The page shows version, pod and counter; its form counts, its style sheet is there, another Host is refused."""
    before = demo.json("/state")
    assert (before["version"], before["pod"]) == ("v1", "demo-app-0")
    status, headers, text = demo.ask("GET", "/")
    assert status == 200
    assert f'<p class="number">{before["count"]}</p>' in text
    assert "Version v1, pod demo-app-0" in text

    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', text)
    assert token is not None
    form = urlencode({"csrfmiddlewaretoken": token[1]})
    cookie = headers["Set-Cookie"].partition(";")[0]
    sent = {"Content_Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    assert demo.ask("POST", "/", form, Origin="http://demo.test", **sent)[0] == 302
    assert demo.ask("POST", "/", form, Origin="http://elsewhere.test", **sent)[0] == 403
    assert demo.json("/state")["count"] == before["count"] + 1
    assert demo.json("/state", {})["count"] == before["count"] + 2

    style = re.search(r'href="(/static/demo\.\w+\.css)"', text)
    assert style is not None
    assert demo.ask("GET", style[1])[0] == 200
    assert demo.ask("GET", "/", Host="elsewhere.test")[0] == 400


def test_task(demo: Demo) -> None:
    """A task is accepted, run once, and its result is on the page; what cannot be accepted leaves nothing behind."""
    ident = demo.queue(text="demo", id=str(uuid.uuid4()))
    eventually(lambda: demo.task(ident)["done"] == 1, demo.worker.log)
    assert demo.task(ident)["begun"] == 1
    page = demo.ask("GET", "/tasks/")[2]
    assert "demo-worker-default-0: 2a97516c354b68848cdbd8f54a226a0a55b21ed138e207ad6c5cbb9c00aa5aea" in page

    number = len(demo.json("/tasks.json")["tasks"])
    for given, status in (({"id": ident}, 409), ({"seconds": -1}, 400), ({"id": "x"}, 400), ([], 400)):
        assert demo.ask("POST", "/tasks.json", json.dumps(given))[0] == status
    assert len(demo.json("/tasks.json")["tasks"]) == number


def test_beat(demo: Demo) -> None:
    """Beat ticks, each instant once, from the first one on; a second beat at the same time would be seen."""
    eventually(lambda: len(demo.ticks()) > 2, demo.beat.log)
    (process,) = {each["beat"] for each in demo.ticks()}
    own = demo.ticks(process)
    assert {each["beat_pod"] for each in own} == {"demo-beat-0"}
    assert len({each["due"] for each in own}) == len({each["task"] for each in own}) == len(own)
    assert all(each["due"] <= each["sent"] <= each["written"] for each in own)
    first = re.findall(r"Task demo\.tick\[([-0-9a-f]+)\] received", demo.worker.log())[0]
    assert first in {each["task"] for each in demo.ticks()}

    second = demo.start("StatefulSet/demo-beat")
    others = eventually(lambda: [each for each in demo.ticks() if each["beat"] != process][2:], second.log)
    second.signal("TERM")
    assert second.wait() == 0
    known = len(demo.ticks(process))
    eventually(lambda: len(demo.ticks(process)) > known, demo.beat.log)
    sent = [each["sent"] for each in demo.ticks(process)]
    assert min(sent) < others[0]["sent"] < max(sent), "both have sent in the same time"


def test_warm_shutdown(demo: Demo) -> None:
    """A worker that is told to stop finishes what it runs: begun once, done once."""
    ident = demo.queue(seconds=3)
    eventually(lambda: demo.task(ident)["begun"], demo.worker.log)
    assert not demo.task(ident)["done"]
    demo.worker.signal("TERM")
    assert demo.worker.wait() == 0
    assert (demo.task(ident)["begun"], demo.task(ident)["done"]) == (1, 1)
    restart(demo.worker)


def test_killed_worker(demo: Demo) -> None:
    """A task whose worker is killed is run again: begun twice, done at least once."""
    ident = demo.queue(seconds=3)
    eventually(lambda: demo.task(ident)["begun"], demo.worker.log)
    demo.worker.signal("KILL")
    demo.worker.wait()
    assert not demo.task(ident)["done"]
    restart(demo.worker)
    eventually(lambda: demo.task(ident)["done"], demo.worker.log)
    assert demo.task(ident)["begun"] == 2


def restart(container: Container) -> None:
    """Start a container that has ended anew."""
    done = engine("start", container.name)
    assert done.returncode == 0, done.stderr


def test_killed_data(demo: Demo) -> None:
    """PostgreSQL and Redis killed: nothing that was accepted is lost.

    A worker may end by it and be started anew: kombu 5.7 cannot close a connection that it has lost amidst a task.
    """
    count = demo.json("/state", {})["count"]
    ident = demo.queue(seconds=1)
    for each in (demo.redis, demo.postgres):
        each.signal("KILL")
        each.wait()
        restart(each)
        each.ready()
    demo.app.ready()
    assert demo.json("/state")["count"] == count
    eventually(lambda: demo.kept().task(ident)["done"], demo.worker.log)
    known = len(demo.ticks())
    eventually(lambda: len(demo.kept().ticks()) > known, demo.beat.log)


def released(demo: Demo, version: str) -> Container:
    """Run the release of a version on the data that is there, and return its last container, which has ended."""
    job = demo.machine.start(site(version, initialized=True), "Job/demo-release")
    job.wait()
    return job


def test_second_version(demo: Demo) -> None:
    """One migration more; the first version goes on with it, and the second one says something else."""
    job = released(demo, "v2")
    assert job.state()["ExitCode"] == 0, job.log()
    assert json.loads(job.message())["migrationHeads"]["demo"] == "0002_counter_pressed_at"
    before = demo.json("/state", {})
    assert before["version"] == "v1"

    demo.app.signal("TERM")
    assert demo.app.wait() == 0
    app = demo.machine.start(site("v2", initialized=True), "Deployment/demo-app")
    app.ready()
    after = demo.json("/state")
    assert (after["version"], after["count"], after["greetings"]) == ("v2", before["count"], 2)
    assert (after["initialisations"], after["pressed_at"]) == (before["initialisations"], None)
    assert after["text"] != before["text"]
    assert demo.json("/state", {})["pressed_at"]
    app.signal("TERM")
    assert app.wait() == 0
    restart(demo.app)
    demo.app.ready()


def test_failing_migration(demo: Demo) -> None:
    """The third version's migration fails in its last line readably, leaves nothing, and the first one serves on."""
    job = released(demo, "v3")
    assert job.state()["ExitCode"] == 1
    last = job.message().strip().splitlines()[-1]
    assert last == (
        'django.db.utils.IntegrityError: check constraint "counter_is_below_zero" of relation "demo_counter"'
        " is violated by some row"
    )
    assert "Applying demo.0003_counter_below_zero..." in job.log()
    assert demo.json("/state", {})["version"] == "v1"


def test_crash_at_start(demo: Demo) -> None:
    """The fifth version has no migration that fails; its web server ends with the reason in its last words."""
    job = released(demo, "v5")
    assert job.state()["ExitCode"] == 0, job.log()
    # The port is taken by the first version, which plays no part: gunicorn binds it before it loads the application.
    demo.app.signal("TERM")
    demo.app.wait()
    app = demo.machine.start(site("v5", initialized=True), "Deployment/demo-app")
    assert app.wait() != 0
    assert "PAYMENT_KEY is not set" in app.message()
    restart(demo.app)
    demo.app.ready()


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_migrations_are_complete(demo: Demo, version: str) -> None:
    """Each version's models are what its migrations make."""
    check = ["python", "manage.py", "makemigrations", "--check", "--dry-run"]
    job = next(each for each in site(version).objects if each["kind"] == "Job")
    pod = pod_of(job)
    assert pod is not None
    spec = {**pod["spec"]["containers"][0], "command": check, "args": []}
    done = demo.machine.run(site(version), job, pod["spec"], spec)
    assert done.wait() == 0, done.log()
