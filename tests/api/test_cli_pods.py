"""`manage` and `logs` against a real API server, and a node that has logs: what is run, told, printed and removed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.cluster.statuses import Failure
from tests.cluster.workloads import Workloads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.api.commandline import CommandLine
    from tests.cluster.client import Client, Object
    from tests.cluster.kubelet import Kubelet


@dataclass
class Pods:
    """Pods on the node with logs, in states that a test says."""

    client: Client
    namespace: str
    kubelet: Kubelet

    def of(self, owner: Object, number: int = 0, **state: Any) -> str:
        """Make a pod of a workload, or change its state (arguments of `pod_state`); return its name."""
        made = Workloads(self.client, self.namespace).pod(owner, number, self.kubelet.node, **state)
        return str(made["metadata"]["name"])

    def say(self, pod: str, container: str, *lines: str) -> None:
        """Let a container write lines."""
        self.kubelet.say(self.namespace, pod, container, *lines)

    def end(self, pod: str, container: str) -> None:
        """End the log of a container."""
        self.kubelet.end(self.namespace, pod, container)

    def get(self, kind: str, name: str) -> Object:
        """Return a workload."""
        api_version = "batch/v1" if kind == "Job" else "apps/v1"
        found = self.client.get(self.client.path(api_version, kind, self.namespace, name))
        return {"apiVersion": api_version, "kind": kind, **found}

    def job(self) -> Object:
        """Return the one-off Job as soon as it is there."""
        path, deadline = self.client.path("batch/v1", "Job", self.namespace), time.monotonic() + 30
        while not (found := self.client.items(path, labelSelector="app.kubernetes.io/component=manage")):
            assert time.monotonic() < deadline, "no Job was made"
            time.sleep(0.05)
        return found[0]


@pytest.fixture
def pods(cli: CommandLine, kubelet: Kubelet) -> Iterator[Pods]:
    """A site that serves; its pods are the test's to make."""
    with Workloads(cli.client, cli.namespace):
        release = {"preDeploy": [{"args": ["migrate"]}, {"args": ["check"]}]}
        cli("apply", cli.site(release=release), "--local")
    yield Pods(cli.client, cli.namespace, kubelet)
    # Nobody else ends pods of a node: the namespace could not go.
    for each in cli.client.items(cli.client.path("v1", "Pod", cli.namespace)):
        cli.client.delete(cli.client.path_of(each), gracePeriodSeconds=0)


def meanwhile(work: Callable[[], None]) -> threading.Thread:
    """Do something while a command runs; an error of it is one of the test."""
    errors: list[BaseException] = []

    def caught() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised below
            errors.append(error)

    class Thread(threading.Thread):
        """Raises on join what went wrong."""

        def join(self, timeout: float | None = None) -> None:
            """Wait."""
            super().join(timeout)
            if errors:
                raise errors[0]

    thread = Thread(target=caught)
    thread.start()
    return thread


def test_manage(cli: CommandLine, pods: Pods) -> None:
    """The output as it comes, the command's own exit code, and no Job is left."""
    seen: list[Object] = []

    def work() -> None:
        job = pods.job()
        seen.append(job)
        name = pods.of(job, phase="Running")
        pods.say(name, "django", "shop", "", " [X] 0001_initial")
        pods.of(job, failure=Failure(7))
        pods.end(name, "django")

    thread = meanwhile(work)
    done = cli("manage", "shop", "--", "showmigrations", "--plan", code=7)
    thread.join()
    assert (done.out, done.err) == ("shop\n\n [X] 0001_initial\n", "")
    container = seen[0]["spec"]["template"]["spec"]["containers"][0]
    app = pods.get("Deployment", "shop-app")["spec"]["template"]["spec"]["containers"][0]
    assert container["command"] == ["python", "manage.py", "showmigrations", "--plan"]
    assert [container[key] for key in ("image", "env", "envFrom")] == [app[key] for key in ("image", "env", "envFrom")]
    path = pods.client.path("batch/v1", "Job", pods.namespace, seen[0]["metadata"]["name"])
    pods.client.wait(path, lambda it: it is None)
    service = pods.client.get(cli.path("Service", "shop-app"))
    labels = seen[0]["spec"]["template"]["metadata"]["labels"]
    assert not service["spec"]["selector"].items() <= labels.items()


def test_manage_that_succeeds(cli: CommandLine, pods: Pods) -> None:
    """Exit code 0; --keep leaves the Job."""

    def work() -> None:
        job = pods.job()
        name = pods.of(job, phase="Succeeded")
        pods.say(name, "django", "done")
        pods.end(name, "django")

    thread = meanwhile(work)
    done = cli("manage", "shop", "check", "--keep")
    thread.join()
    assert done.out == "done\n"
    assert "is kept for 10 minutes" in done.err
    assert pods.job()


def test_manage_that_cannot_start(cli: CommandLine, pods: Pods) -> None:
    """What keeps the pod is told at once, and is not waited for for ever."""

    def work() -> None:
        pods.of(pods.job(), waiting="ImagePullBackOff")

    thread = meanwhile(work)
    done = cli("manage", "shop", "--timeout", "3s", "--", "migrate", code=3)
    thread.join()
    assert "waiting: ImagePullBackOff in container django\n" in done.err
    assert "the command did not start within 3s: ImagePullBackOff in container django\n" in done.err
    gone = cli("manage", "shop", "--timeout", "1s", "--", "migrate", code=3)
    assert "the command did not start within 1s: no pod was made" in gone.err


def test_manage_is_interrupted(cli: CommandLine, pods: Pods) -> None:
    """Ctrl-C ends the Job, and with it its pod."""
    command = [sys.executable, "-m", "django_operator", "manage", "shop", "--", "shell"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ})
    job = pods.job()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "")
    path = pods.client.path("batch/v1", "Job", pods.namespace, job["metadata"]["name"])
    pods.client.wait(path, lambda it: it is None)
    assert cli("manage", "shop", code=2).err.startswith("no management command given\n")
    assert "there is no Django/blog" in cli("manage", "blog", "check", code=1).err


def test_logs(cli: CommandLine, pods: Pods) -> None:
    """Every pod with its name, by part; the last release step by step; what is not there is told."""
    app, worker = pods.get("Deployment", "shop-app"), pods.get("Deployment", "shop-worker-default")
    names = [pods.of(app, 0), pods.of(app, 1), pods.of(worker)]
    for name in names:
        pods.say(name, "django", "first", "last \x1b[31mred")
    release = next(
        each
        for each in pods.client.items(pods.client.path("batch/v1", "Job", pods.namespace))
        if "release" in each["metadata"]["name"]
    )
    step = pods.of(release, 1, phase="Succeeded")
    pods.say(step, "migrate", "Applying 0001... OK")
    pods.say(step, "django", "no issues")
    lines = cli("logs", "shop").out.splitlines()
    assert sorted(lines) == sorted(f"[{name}] {line}" for name in names for line in ("first", "last \x1b[31mred"))
    assert cli("logs", "shop", "worker", "--tail", "1", "--no-prefix").out == "last \x1b[31mred\n"
    assert cli("logs", "shop", "worker-default", "--tail", "1").out == f"[{names[2]}] last \x1b[31mred\n"
    assert cli("logs", "shop", "release").out == f"[{step}/migrate] Applying 0001... OK\n[{step}/django] no issues\n"
    assert "has no pods of beet\n  hint: " in cli("logs", "shop", "beet", code=1).err
    assert "no container was restarted" in cli("logs", "shop", "app", "--previous", code=1).err
    assert "there is no Django/blog" in cli("logs", "blog", code=1).err
    assert cli("logs", "shop", "-f", "--previous", code=2).err.startswith("what has ended cannot be followed")


def test_nobody_reads_the_logs(cli: CommandLine, pods: Pods) -> None:
    """A reader that has gone ends them, as it does any program."""
    name = pods.of(pods.get("Deployment", "shop-app"))
    pods.say(name, "django", "one")
    command = [sys.executable, "-m", "django_operator", "logs", "shop", "app", "-f"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ})
    assert process.stdout
    assert process.stderr
    assert process.stdout.readline() == f"[{name}] one\n"
    process.stdout.close()
    pods.say(name, "django", *["more"] * 2)
    assert process.wait(timeout=30) == 141
    assert process.stderr.read() == ""
    process.stderr.close()
    assert cli.namespace


def test_logs_are_followed(cli: CommandLine, pods: Pods) -> None:
    """Lines as they come, those of pods that come later too, until Ctrl-C."""
    worker = pods.get("Deployment", "shop-worker-default")
    first = pods.of(worker, 0)
    pods.say(first, "django", "one")
    command = [sys.executable, "-m", "django_operator", "logs", "shop", "worker", "-f"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ})
    assert process.stdout
    assert process.stdout.readline() == f"[{first}] one\n"
    pods.say(first, "django", "two")
    assert process.stdout.readline() == f"[{first}] two\n"
    second = pods.of(worker, 1)
    pods.say(second, "django", "three")
    assert process.stdout.readline() == f"[{second}] three\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "")
    assert cli.namespace
