"""`diff` against a real API server: nothing after an apply, each change in its place, nothing ever written."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from tests.api.commandline import CommandLine, resource

if TYPE_CHECKING:
    from tests.cluster.workloads import Workloads


def headers(text: str) -> list[tuple[str, str]]:
    """Return (before, after) of each object of a diff, namespaces left out."""
    found = re.findall(r"^--- (\S+)\n\+\+\+ (\S+)$", text, re.MULTILINE)
    return [(_name(old), _name(new)) for old, new in found]


def _name(path: str) -> str:
    return path if path == "/dev/null" else path.split("/", 2)[2]


def test_a_new_site(cli: CommandLine) -> None:
    """Everything would be made, Secrets without values; nothing is."""
    done = cli("diff", cli.site(release={"preDeploy": [{"args": ["migrate"]}]}), code=1)
    made = headers(done.out)
    assert {old for old, _ in made} == {"/dev/null"}
    assert ("/dev/null", "Django/shop") in made
    assert ("/dev/null", "Deployment/shop-app") in made
    assert ("/dev/null", "Secret/shop-django") in made
    assert '+  secret-key: "*** (' in done.out
    assert "is to run: migrate\n" in done.err
    assert done.err.endswith(f"{len(made)} created\n")
    assert cli.django() is None
    assert cli.client.items(cli.client.path("apps/v1", "Deployment", cli.namespace)) == []


def test_after_an_apply(cli: CommandLine, workloads: Workloads) -> None:
    """No differences, exit code 0; then what others change, what the file changes, and what would be pruned."""
    assert workloads.namespace
    file = cli.site(workers={"a": {}, "b": {}})
    cli("apply", file, "--local")
    done = cli("diff", file)
    assert (done.out, done.err) == ("", "no differences\n")
    deployment = cli.path("Deployment", "shop-app", "apps/v1")
    cli.client.patch(deployment, {"spec": {"revisionHistoryLimit": 9}})
    done = cli("diff", file, code=1)
    assert headers(done.out) == [("Deployment/shop-app", "Deployment/shop-app")]
    assert "-  revisionHistoryLimit: 9\n" in done.out
    before = cli.client.get(deployment)
    done = cli("diff", cli.site(workers={"a": {"concurrency": 3}}), code=1)
    assert set(headers(done.out)) == {
        ("Django/shop", "Django/shop"),
        ("Deployment/shop-app", "Deployment/shop-app"),
        ("Deployment/shop-worker-a", "Deployment/shop-worker-a"),
        ("Deployment/shop-worker-b", "/dev/null"),
        ("PodDisruptionBudget/shop-worker-b", "/dev/null"),
    }
    assert done.err.endswith("3 changed, 2 removed\n")
    assert cli.client.get(deployment) == before


def test_config_maps_of_the_file(cli: CommandLine) -> None:
    """Overlays come from the file, not from the cluster, where they may be older or absent."""
    body = resource(overlays=[{"configMapRef": {"name": "tuning"}}])
    data = {"kustomization.yaml": "replicas:\n- name: app\n  count: 5\n"}
    tuning = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "tuning"}, "data": data}
    done = cli("diff", cli.file("both.yaml", body, tuning), code=1)
    assert ("/dev/null", "ConfigMap/tuning") in headers(done.out)
    assert "+  replicas: 5\n" in done.out


def test_secrets_of_overlays(cli: CommandLine, workloads: Workloads) -> None:
    """A changed value is a changed mark."""
    assert workloads.namespace

    def secret(value: str) -> str:
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "token"}, "stringData": {"token": value}}
        return cli.site(overlays=[{"resources": [body]}])

    cli("apply", secret("first-value"), "--local")
    done = cli("diff", secret("second-value"), code=1)
    assert "Secret/shop-token" in done.out
    text = done.out.partition("Secret/shop-token")[2]
    for value in ("first-value", "second-value"):
        assert base64.b64encode(value.encode()).decode() not in text
    assert text.count('token: "*** (') == 2


def test_what_would_be_refused(cli: CommandLine) -> None:
    """An object that belongs to somebody else: exit code 2, and which."""
    meta = {"name": "shop-app", "namespace": cli.namespace}
    spec = {"ports": [{"port": 80}], "selector": {"a": "b"}}
    cli.client.apply({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec})
    done = cli("diff", cli.site(), code=2)
    assert "Service/shop-app: " in done.err
    assert cli("diff", cli.site(imag="x"), code=2).err.startswith(f"{cli.folder}/shop.yaml")
