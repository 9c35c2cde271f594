"""What is shipped installs on the oldest and the newest Kubernetes, by plain kubectl; so does all that is rendered."""

from __future__ import annotations

import concurrent.futures
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from django_operator.cli import main
from django_operator.stack.crd import crd
from django_operator.stack.install import manifests
from tests.cases import Case, good, rendered
from tests.cluster.binaries import NEWEST, OLDEST
from tests.cluster.client import ApiError
from tests.cluster.custom_kinds import CUSTOM_KINDS, definition, install, wait_served
from tests.cluster.plane import ControlPlane

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster.client import Object

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module", params=[OLDEST, NEWEST])
def server(request: pytest.FixtureRequest) -> Iterator[ControlPlane]:
    """A bare API server of a version, with the kinds of other operators."""
    with ControlPlane.start(request.param) as plane:
        install(plane.client(), [definition(*kind) for kind in CUSTOM_KINDS])
        yield plane


def test_versions(server: ControlPlane) -> None:
    """They are those that the documentation promises."""
    assert server.version.startswith(("v1.30.", "v1.36."))


def kubectl(server: ControlPlane, *arguments: str) -> list[str]:
    """Run kubectl as the administrator and return the lines it prints; a warning is a failure."""
    command = ["kubectl", "--kubeconfig", str(server.kubeconfig()), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def installed(server: ControlPlane) -> list[str]:
    """What kubectl has said of the manifests."""
    said = kubectl(server, "apply", "-f", "django-operator.yml")
    wait_served(server.client(), crd())
    return said


def test_installs_by_plain_kubectl(server: ControlPlane, installed: list[str]) -> None:
    """`kubectl apply` of the manifests and of the sample: created, no warning, unchanged the second time."""
    assert len(installed) > 5
    assert [line for line in installed if not line.endswith(" created")] == []
    again = kubectl(server, "apply", "-f", "django-operator.yml")
    assert [line for line in again if not line.endswith(" unchanged")] == []
    kubectl(server, "create", "namespace", "web")
    assert kubectl(server, "apply", "-f", "sample.yaml") == ["django.django-operator.io/shop created"]
    assert kubectl(server, "apply", "-f", "sample.yaml") == ["django.django-operator.io/shop unchanged"]
    assert kubectl(server, "get", "dj", "-n", "web")[0].split()[:2] == ["NAME", "READY"]


@pytest.mark.usefixtures("installed")
def test_pods_are_admitted(server: ControlPlane) -> None:
    """Where Pod Security "restricted" is enforced, as in the shipped namespace: by dry run, and without a warning."""
    client = server.client()
    (deployment,) = [body for body in manifests("django-operator:1") if body["kind"] == "Deployment"]
    template = deployment["spec"]["template"]
    meta = {**template["metadata"], "namespace": "django-operator", "name": "operator"}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": template["spec"]}
    answer = client.send("POST", "/api/v1/namespaces/django-operator/pods", pod, dryRun="All", fieldValidation="Strict")
    assert (answer.code, answer.warnings) == (201, ())
    assert answer.body["spec"]["serviceAccountName"] == "django-operator"

    # what the pod says is needed, and so is what its container says
    (container,) = ({**each, "securityContext": {}} for each in template["spec"]["containers"])
    lax: tuple[Object, ...] = ({"securityContext": {}}, {"containers": [container]})
    for change in lax:
        body = {**pod, "spec": {**template["spec"], **change}}
        with pytest.raises(ApiError, match="violates PodSecurity") as refused:
            client.send("POST", "/api/v1/namespaces/django-operator/pods", body, dryRun="All")
        assert refused.value.code == 403


@pytest.mark.usefixtures("installed")
def test_installs_for_one_namespace(server: ControlPlane, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`install --namespaced`: created, unchanged the second time, restricted, and its rights end with the namespace."""
    labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
    namespace, other = server.namespace(**labels), server.namespace()
    assert main(["install", "--namespaced", "--namespace", namespace]) == 0
    file = tmp_path / "operator.yml"
    file.write_text(capsys.readouterr().out)
    assert "deployment.apps/django-operator created" in kubectl(server, "apply", "-f", str(file))
    again = kubectl(server, "apply", "-f", str(file))
    assert [line for line in again if not line.endswith(" unchanged")] == []

    def may(verb: str, resource: str, where: str) -> bool:
        group, _, name = resource.rpartition("/")
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {
                "user": f"system:serviceaccount:{namespace}:django-operator",
                "resourceAttributes": {"namespace": where, "verb": verb, "group": group, "resource": name},
            },
        }
        path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
        return bool(server.client().send("POST", path, review).body["status"]["allowed"])

    for verb, resource in (
        ("list", "django-operator.io/djangos"),
        ("delete", "/services"),
        ("create", "apps/deployments"),
        ("list", "/secrets"),
        ("update", "coordination.k8s.io/leases"),
    ):
        assert may(verb, resource, namespace), (verb, resource)
        assert not may(verb, resource, other), (verb, resource)
    assert not may("create", "rbac.authorization.k8s.io/roles", namespace)
    assert not may("create", "/pods", namespace)


def test_everything_rendered_is_accepted(server: ControlPlane) -> None:
    """A strict dry run of each object of every case: no unknown field, no refusal, no warning."""
    client, namespace = server.client(), server.namespace()
    bodies: dict[str, Object] = {}
    for case in good():
        for body in rendered(case).objects:
            meta = {**body["metadata"], "namespace": namespace}
            bodies[f"{case.name}: {body['kind']}/{meta['name']}"] = {**body, "metadata": meta}

    def faults(body: Object) -> tuple[str, ...]:
        params = {"fieldManager": "tests", "force": True, "fieldValidation": "Strict", "dryRun": "All"}
        try:
            answer = client.send("PATCH", client.path_of(body), body, media="application/apply-patch+yaml", **params)
        except ApiError as error:
            return (str(error),)
        return answer.warnings

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        found = dict(zip(bodies, pool.map(faults, bodies.values()), strict=True))
    assert len(bodies) > 500
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.usefixtures("installed")
def test_the_sample_is_what_the_crd_takes(server: ControlPlane) -> None:
    """Nothing of the sample is pruned: what the server keeps is what was written."""
    client, namespace = server.client(), server.namespace()
    written = Case("sample").documents()[0].value
    kept = client.apply({**written, "metadata": {"namespace": namespace, "name": "shop"}})
    assert kept["spec"] == written["spec"]
