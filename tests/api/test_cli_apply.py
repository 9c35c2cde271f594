"""`apply` against a real API server: all or nothing, conflicts, progress to the end, and the work done locally."""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from django_operator.cli.live import follow
from tests.api.commandline import CommandLine, resource
from tests.cluster.client import ApiError
from tests.cluster.faults import Call, Fault, Hang
from tests.cluster.statuses import Failure
from tests.cluster.workloads import HOLD

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cluster.access import Cluster
    from tests.cluster.proxy import Proxy
    from tests.cluster.workloads import Workloads

RELEASE = {"preDeploy": [{"args": ["migrate"]}, {"args": ["check"]}]}
MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "tuning"}}


def test_without_an_operator(cli: CommandLine, workloads: Workloads) -> None:
    """`--local` brings the whole stack up, a line a stage, and ends when it serves; once more changes nothing."""
    assert workloads.namespace == cli.namespace
    file = cli.site(release=RELEASE)
    done = cli("apply", file, "--local")
    lines = done.out.splitlines()
    assert lines[0].split() == ["Django/shop", cli.namespace, "created"]
    assert lines[-1] == "shop: Ready: version 1 serves"
    stages = list(dict.fromkeys(line.split(":")[1].removeprefix(" stage ") for line in lines[1:-1]))
    assert [each for each in stages if each in ("data", "release", "serve", "beat")] == [
        "data",
        "release",
        "serve",
        "beat",
    ]
    version = cli.django()["metadata"]["resourceVersion"]
    assert cli("apply", file, "--local").out.splitlines() == [
        f"Django/shop  {cli.namespace}  unchanged",
        "shop: Ready: version 1 serves",
    ]
    assert cli.django()["metadata"]["resourceVersion"] == version


def test_failed_release(cli: CommandLine, workloads: Workloads) -> None:
    """Exit code 1, the step, and the last lines of its log."""
    workloads.let("Job/shop-release-*", Failure(3, "Traceback:\nno such table: auth_user", "migrate"))
    done = cli("apply", cli.site(release=RELEASE), "--local", code=1)
    assert "shop: ReleaseFailed: Job/shop-release-" in done.out
    assert "step migrate (manage.py migrate) ended with exit code 3" in done.out
    assert "  | no such table: auth_user\n" in done.err
    assert f"django-operator logs shop -n {cli.namespace} release" in done.err


def test_time_is_up(cli: CommandLine, workloads: Workloads) -> None:
    """Exit code 3, and what was waited for."""
    workloads.let("Deployment/*", HOLD)
    done = cli("apply", cli.site(), "--local", "--timeout", "4s", code=3)
    assert "shop: stage serve: Deployment/shop-app: its controller has not seen it yet" in done.out
    assert done.err.startswith("Django/shop does not serve after 4s\n")


def test_prune_is_asked_for(cli: CommandLine, workloads: Workloads) -> None:
    """Without --prune nothing is removed; with it what is part of the stack no longer is."""
    assert workloads.namespace
    pools: dict[str, object] = {"a": {}, "b": {}}
    cli("apply", cli.site(workers=pools), "--local")
    file = cli.site(workers={"a": {}})
    gone = cli.path("Deployment", "shop-worker-b", "apps/v1")
    cli("apply", file, "--local")
    assert cli.client.find(gone)
    cli("apply", file, "--local", "--prune")
    assert cli.client.find(gone) is None
    assert cli.client.find(cli.path("Deployment", "shop-worker-a", "apps/v1"))


def test_two_operators_do_not_meet(cli: CommandLine) -> None:
    """Where one holds the Lease, the work is not done here as well; nothing is written."""
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    meta = {"name": "django-operator", "namespace": cli.namespace}
    spec = {"holderIdentity": "pod-1", "renewTime": now, "leaseDurationSeconds": 15}
    cli.client.apply({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": meta, "spec": spec})
    done = cli("apply", cli.site(), "--local", code=1)
    assert done.err.startswith(f"an operator is at work: pod-1 holds the Lease {cli.namespace}/django-operator\n")
    assert cli.django() is None


def test_what_the_operator_says(cli: CommandLine) -> None:
    """Without --local the status is followed: Ready ends with 0, Stalled with 1 and the whole message."""
    file = cli.site()
    assert cli("apply", file).out.split()[-1] == "created"
    cli.report(("Ready", "True", "Ready", "version 1 serves"))
    assert cli("apply", file, "--wait").out.splitlines()[-1] == "shop: Ready: version 1 serves"
    stalled = ("False", "Rejected", "Deployment/shop-app: no\nService/shop-app: neither")
    cli.report(("Ready", *stalled), ("Stalled", "True", *stalled[1:]))
    done = cli("apply", file, "--wait", code=1)
    assert done.out.splitlines()[-1] == "shop: Rejected: Deployment/shop-app: no"
    assert "  | Service/shop-app: neither\n" in done.err


def test_nobody_works(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while it is told that no operator runs, and how to get one; an old status does not count as an answer."""
    monkeypatch.setattr(follow, "PATIENCE", 0.2)
    cli("apply", cli.site())
    cli.report(("Ready", "True", "Ready", "version 1 serves"))
    done = cli("apply", cli.site(image="example.com/shop:2"), "--wait", "--timeout", "1s", code=3)
    assert "no operator seems to run: " in done.err
    assert "django-operator install | kubectl apply" in done.err
    assert "apply --local" in done.err


def test_conflict(cli: CommandLine) -> None:
    """Fields of others are refused by name, and taken over when that is asked for."""
    file = cli.site()
    cli("apply", file)
    taken = resource(image="example.com/shop:9")
    taken["metadata"]["namespace"] = cli.namespace
    del taken["spec"]["project"]
    cli.client.apply(taken, "somebody")
    done = cli("apply", file, code=1)
    assert done.err.splitlines()[0].startswith(f'Django/shop in {cli.namespace}: .spec.image: conflict with "somebody"')
    assert "--force-conflicts" in done.err
    assert cli.django()["spec"]["image"] == "example.com/shop:9"
    cli("apply", file, "--force-conflicts")
    assert cli.django()["spec"]["image"] == "example.com/shop:1"


def test_emptied(cli: CommandLine) -> None:
    """A map that had keys and is `{}` now, which the server does not take by server-side apply: what helps is said."""
    cli("apply", cli.site(workers={"mail": {"replicas": 2}}))
    file = cli.site(workers={})
    done = cli("apply", file, code=1)
    assert "spec.workers in body must be of type object" in done.err
    assert cli.django()["spec"]["workers"] == {"mail": {"replicas": 2}}
    command = re.search(r"kubectl patch django NAME --type=json -p '(.*)'", done.err)
    assert command is not None
    path = cli.client.path_of(cli.django())
    cli.client.patch(path, json.loads(command[1]), "application/json-patch+json", fieldManager="kubectl-patch")
    generation = cli.django()["metadata"]["generation"]
    cli("apply", file)
    assert cli.django()["spec"]["workers"] == {}
    assert cli.django()["metadata"]["generation"] == generation


def test_all_or_nothing(cli: CommandLine) -> None:
    """What the server refuses of one file keeps all of them from being written; every fault is told."""
    elsewhere = resource("blog")
    elsewhere["metadata"]["namespace"] = "not-there"
    third = resource("third")
    third["metadata"]["namespace"] = "not-there-either"
    done = cli("apply", cli.site(), cli.file("more.yaml", elsewhere, third), code=1)
    assert done.out == ""
    assert 'Django/blog in not-there: namespaces "not-there" not found' in done.err
    assert 'Django/third in not-there-either: namespaces "not-there-either" not found' in done.err
    assert "kubectl create namespace" in done.err
    assert cli.django() is None


def test_faults_are_those_of_validate(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found before the cluster is asked at all."""
    monkeypatch.setenv("KUBECONFIG", "/nowhere")
    file = cli.site(imag="x")
    done = cli("apply", file, code=1)
    assert done.err == cli("validate", file, code=1).err.replace("1 fault\n", "")


def test_dry_run(cli: CommandLine) -> None:
    """Nothing is written, and what would be is told."""
    body = resource(overlays=[{"configMapRef": {"name": "tuning"}}])
    tuning = {**MAP, "data": {"kustomization.yaml": "replicas:\n- name: app\n  count: 5\n"}}
    file = cli.file("both.yaml", body, tuning)
    done = cli("apply", file, "--dry-run=server")
    assert [line.split()[0::2] for line in done.out.splitlines()] == [
        ["ConfigMap/tuning", "created", "run)"],
        ["Django/shop", "created", "run)"],
    ]
    assert cli.django() is None
    cli("apply", file)
    assert cli.client.get(cli.path("ConfigMap", "tuning"))["data"].keys() == {"kustomization.yaml"}


def test_what_kubectl_has_printed_can_be_applied(cli: CommandLine) -> None:
    """The server's own fields are left out: uid, resourceVersion, managedFields, status."""
    cli("apply", cli.site())
    cli.report(("Ready", "True", "Ready", "version 1 serves"))
    assert cli("apply", cli.file("dumped.yaml", cli.django())).out.split()[-1] == "unchanged"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--prune"], "--prune needs --local\n"),
        (["--local", "--no-wait"], "--local needs to wait\n"),
    ],
)
def test_wrong_command_lines(cli: CommandLine, argv: list[str], message: str) -> None:
    """Exit code 2."""
    assert cli("apply", "x.yaml", *argv, code=2).err.startswith(message)


def test_no_cluster(cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is not there is told of at once, and so is a kubeconfig that is none."""
    file, config = cli.site(), tmp_path / "config"
    config.write_text(
        '{"clusters": [{"name": "a", "cluster": {"server": "http://127.0.0.1:9"}}],'
        '"users": [{"name": "a", "user": {}}],'
        '"contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}], "current-context": "a"}'
    )
    done = cli("apply", file, "--kubeconfig", str(config), code=1)
    assert done.err.startswith("the cluster at http://127.0.0.1:9 does not answer: ")
    assert done.err.count("\n") == 2
    assert cli("diff", file, "--kubeconfig", str(config), code=2).out == ""
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "absent"))
    done = cli("status", code=1)
    assert done.err.startswith("no way to log in to a cluster: ")
    assert "--kubeconfig FILE" in done.err


def test_a_server_that_hangs(cli: CommandLine, cluster: Cluster, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """--request-timeout ends the wait, in the first request or in any."""
    config = str(cluster.kubeconfig(url=proxy.url, namespace=cli.namespace))
    monkeypatch.setenv("KUBECONFIG", config)
    for harmed in ("/version", "djangos"):

        def hang(call: Call, part: str = harmed) -> Fault | None:
            return Hang() if part in call.path else None

        proxy.before = hang
        began = time.monotonic()
        # in a process of its own: what hangs is not closed politely when a loop ends, the process' end closes it
        command = [sys.executable, "-m", "django_operator", "status", "--request-timeout", "0.5s"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert time.monotonic() - began < 15
        assert (done.returncode, done.stdout) == (1, "")
        assert proxy.url in done.stderr


def test_rights(cli: CommandLine, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may not is told so, in a line, with what to do."""
    token = cluster.service_account(cli.namespace, "nobody")
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig(token, namespace=cli.namespace)))
    done = cli("apply", cli.site(), code=1)
    assert "cannot get resource" in done.err
    assert "django-operator check tells which rights are missing" in done.err
    with pytest.raises(ApiError):
        cluster.client(token).get(cli.path("Django", "shop", "django-operator.io/v1alpha1"))
