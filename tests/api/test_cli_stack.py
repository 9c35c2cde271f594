"""`status`, `delete`, `rollback` and `check` against a real API server."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from django_operator.stack.install import manifests
from tests.api.commandline import CommandLine, resource
from tests.cluster.workloads import HOLD

if TYPE_CHECKING:
    import pytest

    from tests.cluster.access import Cluster
    from tests.cluster.client import Object
    from tests.cluster.workloads import Workloads


def test_status(cli: CommandLine, workloads: Workloads) -> None:
    """A tree of all there is; a table for several; everything as JSON; near misses by name."""
    assert workloads.namespace
    assert "there is no Django resource in " in cli("status", code=1).err
    cli("apply", cli.site(), "--local")
    tree = cli("status").out
    lines = tree.splitlines()
    assert lines[1:] == cli("status", "shop").out.splitlines()[1:]  # the first has the age
    assert lines[0].split()[:6] == ["Django/shop", "in", cli.namespace, "Ready", "version", "1"]
    assert next(line.split()[1:] for line in lines if line.startswith("├─ ")) == ["app", "1/1"]
    deployment = next(line for line in lines if "Deployment/shop-app " in line)
    assert deployment.split()[1:] == ["├─", "Deployment/shop-app", "ready"]
    assert "revision 1" in lines[-1]
    assert "Serving" in lines[-1]
    told = json.loads(cli("status", "-o", "json").out)
    assert (told["name"], told["ready"], told["components"]["app"]) == ("shop", True, "1/1")
    cli("apply", cli.site("blog"), "--no-wait")
    rows = [line.split() for line in cli("status").out.splitlines()]
    assert [row[1:3] for row in rows] == [["NAME", "READY"], ["blog", "Unknown"], ["shop", "True"]]
    assert [cli.namespace, "shop"] in [line.split()[:2] for line in cli("status", "-A").out.splitlines()]
    assert (
        cli("status", "shpo", code=1).err == f"there is no Django/shpo in {cli.namespace}\n  hint: did you mean shop?\n"
    )
    assert cli("status", "shop", "-A", code=2).err.startswith("a name, and all namespaces")


def test_status_of_trouble(cli: CommandLine, workloads: Workloads) -> None:
    """The pod that does not start, and why, below the workload it is of."""
    workloads.let("Deployment/shop-app", HOLD)
    cli("apply", cli.site(), "--local", "--timeout", "5s", code=3)
    body = cli.client.get(cli.path("Deployment", "shop-app", "apps/v1"))
    pod = workloads.pod({**body, "apiVersion": "apps/v1", "kind": "Deployment"}, waiting="ImagePullBackOff")
    name = pod["metadata"]["name"]
    lines = cli("status", "shop").out.splitlines()
    assert "stage serve" in lines[0]
    at = next(number for number, line in enumerate(lines) if "Deployment/shop-app " in line)
    assert "waiting" in lines[at]
    assert lines[at + 1].split()[2:] == [
        "└─", f"Pod/{name}", "not", "ready", "ImagePullBackOff", "in", "container", "django",
    ]  # fmt: skip


def test_delete(cli: CommandLine, workloads: Workloads) -> None:
    """What goes and what stays is told before; then it is so, and what stays is taken up again."""
    assert workloads.namespace
    file = cli.site()
    cli("apply", file, "--local")
    told = cli("delete", "shop", "--dry-run")
    rows = [tuple(line.split()) for line in told.out.splitlines()[1:]]
    assert ("goes", "Deployment/shop-app") in rows
    kept = ["ConfigMap/shop-release", "Secret/shop-django", "Secret/shop-postgres"]
    assert [name for what, name in rows if what == "stays"] == kept
    assert f"kubectl -n {cli.namespace} delete " in told.err
    assert cli.django()
    secret = cli.client.get(cli.path("Secret", "shop-postgres"))
    done = cli("delete", "shop", "--wait", "--timeout", "60s")
    assert done.out.splitlines()[-1].startswith("all of it is gone (")
    assert cli.django() is None
    assert cli.client.find(cli.path("Deployment", "shop-app", "apps/v1")) is None
    assert cli("delete", "shop", code=1).err.startswith(f"there is no Django/shop in {cli.namespace}\n")
    assert cli("delete", "-f", file, "--ignore-not-found").out == ""
    cli("apply", file, "--local")
    assert cli.client.get(cli.path("Secret", "shop-postgres"))["data"] == secret["data"]


def test_rollback(cli: CommandLine, workloads: Workloads) -> None:
    """Image and version of what served before; the warning about migrations; nothing else is touched."""
    assert workloads.namespace
    assert "no revision is kept yet" in (cli("apply", cli.site(), "--no-wait"), cli("rollback", "shop", code=1))[1].err
    cli("apply", cli.site(), "--local")
    cli("apply", cli.site(image="example.com/shop:2", app={"replicas": 2}), "--local")
    history = [line.split() for line in cli("rollback", "shop", "--history").out.splitlines()]
    assert [row[:3] for row in history[1:]] == [["2", "Serving", "2"], ["1", "Replaced", "1"]]
    assert history[1][-3:] == ["asked", "for", "now"]
    cli("rollback", "shop", "--dry-run")
    assert cli.django()["spec"]["image"] == "example.com/shop:2"
    done = cli("rollback", "shop")
    assert done.out == "Django/shop goes back to revision 1: example.com/shop:1, version 1\n"
    assert "migrations are not reversed" in done.err
    assert cli.django()["spec"]["image"] == "example.com/shop:1"
    assert cli.django()["spec"]["app"] == {"replicas": 2}
    assert "revision 1 has the image and the version" in cli("rollback", "shop", "--to", "1", code=1).err
    cli("apply", cli.site(image="example.com/shop:1", app={"replicas": 2}), "--local", "--force-conflicts")
    assert cli("rollback", "shop", "--to", "2").out.startswith("Django/shop goes back to revision 2")


def findings(text: str) -> dict[str, str]:
    """Return states by what was looked for; hints aside."""
    return {what: state for state, what in re.findall(r"^(\w+) +(.*?)(?:  .*)?$", text, re.MULTILINE)}


def test_check(cli: CommandLine) -> None:
    """What a resource needs and the cluster lacks, each with a hint; when it is there it is ok."""
    file = cli.site(
        env=[{"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "mail", "key": "url"}}}],
        app={"autoscaling": {"minReplicas": 1, "maxReplicas": 2}},
        ingress={"className": f"class-{cli.namespace}"},
    )
    found = findings(cli("check", file, code=1).out)
    assert found["Kubernetes"] == "ok"
    assert found["CustomResourceDefinition djangos.django-operator.io"] == "ok"
    assert found[f"Namespace {cli.namespace}"] == "ok"
    assert found["operator"] == "missing"
    assert found[f"your rights in {cli.namespace}"] == "ok"
    assert found["Django/shop: metrics API"] == "missing"
    assert found["Django/shop: default StorageClass"] == "missing"
    assert found[f"Django/shop: IngressClass class-{cli.namespace}"] == "missing"
    assert found["Django/shop: Secret mail"] == "missing"
    assert "--from-literal=url=..." in cli("check", file, code=1).out
    ingress: Object = {"metadata": {"name": f"class-{cli.namespace}"}, "spec": {"controller": "a/b"}}
    cli.client.apply({"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", **ingress})
    meta = {"name": "mail", "namespace": cli.namespace}
    cli.client.apply({"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": {"other": "x"}})
    out = cli("check", file, code=1).out
    assert findings(out)[f"Django/shop: IngressClass class-{cli.namespace}"] == "ok"
    assert "has no url; read by" in out
    cli.client.apply({"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": {"url": "x"}})
    cli("apply", file, "--no-wait")
    assert findings(cli("check", "shop", code=1).out)["Django/shop: Secret mail"] == "ok"
    cli.client.delete(f"/apis/networking.k8s.io/v1/ingressclasses/class-{cli.namespace}")


def test_check_of_rights(cli: CommandLine, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator's by its Role, once it is installed; the caller's own; what may not be asked is unknown."""
    what = f"the operator's rights in {cli.namespace}"
    rows = cli("check", code=1).out
    assert findings(rows)[what] == "missing"
    for body in manifests("x", namespace=cli.namespace, namespaced=True):
        if body["kind"] in {"ServiceAccount", "Role", "RoleBinding"}:
            cli.client.apply(body)
    assert findings(cli("check", "-n", cli.namespace, code=1).out)[what] == "missing"  # it looks for the usual one
    meta = {"name": "django-operator", "namespace": cli.namespace}
    now = "2999-01-01T00:00:00.000000Z"
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": meta}
    cli.client.apply({**lease, "spec": {"holderIdentity": "pod-1", "renewTime": now}})
    found = findings(cli("check").out)
    assert (found["operator"], found[what]) == ("ok", "ok")
    token = cluster.service_account(cli.namespace, "nobody")
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig(token, namespace=cli.namespace)))
    done = cli("check", code=1)
    found = findings(done.out)
    assert (found[f"your rights in {cli.namespace}"], found["operator"], found[what]) == (
        "missing",
        "unknown",
        "unknown",
    )
    assert "not allowed: get djangos, patch djangos, create djangos, patch configmaps" in done.out


def test_check_of_kinds(cli: CommandLine) -> None:
    """Kinds that come with other projects."""
    spec: Object = {"endpoints": [], "selector": {}}
    monitor = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": {"name": "a"},
        "spec": spec,
    }
    absent = {"apiVersion": "example.com/v1", "kind": "Absent", "metadata": {"name": "a"}, "spec": {}}
    body = resource(overlays=[{"resources": [monitor, absent]}], overlayServiceAccountName="anybody")
    found = findings(cli("check", cli.file("site.yaml", body), code=1).out)
    assert found["Django/shop: kind ServiceMonitor (monitoring.coreos.com/v1)"] == "ok"
    assert found["Django/shop: kind Absent (example.com/v1)"] == "missing"
