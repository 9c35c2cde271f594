"""The operator's manifests: as checked in, valid, restricted, and with the rights it needs and no others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from django_operator.cli import main
from django_operator.engine.yamlio import parse
from django_operator.stack.confine import ALLOWED
from django_operator.stack.install import manifests, plural, rules
from tests.cases import faults, good, rendered
from tests.shipped import RESTRICTED, ROOT, pod_of
from tests.shipped import faults as pod_faults

Json = Any

CLUSTER = manifests("django-operator:1")
NAMESPACED = manifests("django-operator:1", namespace="web", namespaced=True)


def test_checked_in(capsys: pytest.CaptureFixture[str]) -> None:
    """django-operator.yml is what `django-operator install` prints: `django-operator install > django-operator.yml`."""
    assert main(["install"]) == 0
    assert capsys.readouterr().out == (ROOT / "django-operator.yml").read_text()


@pytest.mark.parametrize("bodies", [CLUSTER, NAMESPACED], ids=["cluster", "namespaced"])
def test_valid(bodies: Json) -> None:
    """Each object is valid on the oldest and the newest Kubernetes."""
    assert [found for body in bodies for found in faults(body)] == []


def test_restricted() -> None:
    """The operator's pod keeps to Pod Security "restricted", runAsNonRoot and a read-only root included."""
    (deployment,) = [each for each in CLUSTER if each["kind"] == "Deployment"]
    pod = pod_of(deployment)
    assert pod is not None
    assert pod_faults(pod["spec"], RESTRICTED) == []
    assert pod["spec"]["securityContext"]["runAsNonRoot"]
    assert all(each["securityContext"]["readOnlyRootFilesystem"] for each in pod["spec"]["containers"])


def test_rights_cover_what_is_made() -> None:
    """Every kind of every case can be made, patched and, but for data, deleted; every kind that overlays may add, too.

    tests/api/test_rights.py shows that nothing is missing, and that nothing is given that is not used.
    """
    # A resource that names a ServiceAccount has it apply the kinds beyond these rights.
    own = [case for case in good() if "overlayServiceAccountName" not in case.documents()[0].value["spec"]]
    made = {(body["apiVersion"], body["kind"]) for case in own for body in rendered(case).objects}
    kinds = {(version.rpartition("/")[0], kind) for version, kind in made} | set(ALLOWED)
    given = {
        (group, name): set(rule["verbs"])
        for rule in rules()
        for group in rule["apiGroups"]
        for name in rule["resources"]
    }
    for group, kind in kinds:
        data = kind in ("Cluster", "PersistentVolumeClaim", "Secret")
        assert given[group, plural(group, kind)] == {"create", "get", "list", "patch", "watch"} | (
            set() if data else {"delete"}
        ), kind


def test_least_rights() -> None:
    """No wildcard, nothing that lends rights, nothing of nodes or namespaces, no collections deleted."""
    for rule in [rule for body in CLUSTER for rule in body.get("rules", ())]:
        assert "*" not in json.dumps(rule)
    for rule in rules():
        assert not {"rbac.authorization.k8s.io", "apiextensions.k8s.io", "admissionregistration.k8s.io"} & set(
            rule["apiGroups"]
        )
        assert not {"nodes", "namespaces", "serviceaccounts/token", "pods/exec"} & set(rule["resources"])
        assert not {"deletecollection", "impersonate", "escalate", "bind"} & set(rule["verbs"])


def test_namespaced() -> None:
    """One namespace: no ClusterRole, no Namespace, all objects in it, and the operator told so."""
    kinds = {each["kind"] for each in NAMESPACED}
    assert kinds == {"CustomResourceDefinition", "ServiceAccount", "Role", "RoleBinding", "Deployment"}
    assert {each["metadata"].get("namespace") for each in NAMESPACED if each["kind"] != "CustomResourceDefinition"} == {
        "web"
    }
    (deployment,) = [each for each in NAMESPACED if each["kind"] == "Deployment"]
    assert deployment["spec"]["template"]["spec"]["containers"][0]["args"] == ["run", "--namespace=web"]


def test_options(capsys: pytest.CaptureFixture[str]) -> None:
    """Image and namespace are the user's to choose."""
    assert main(["install", "--image", "reg/x:1", "-n", "ops"]) == 0
    bodies = [each.value for each in parse(capsys.readouterr().out, "")]
    assert bodies[0]["metadata"]["name"] == "ops"
    assert bodies[-1]["spec"]["template"]["spec"]["containers"][0]["image"] == "reg/x:1"
