"""The bases: plain files that build by themselves, are valid on old and new Kubernetes, and run as restricted.

Built by an outside kustomize. Overlays and patches: test_overlays.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from django_operator.engine import yamlio
from tests.shipped import (
    FOLDERS,
    NON_ROOT,
    RESTRICTED,
    ROOT,
    STAGES,
    VERSIONS,
    Stack,
    base,
    build,
    check_valid,
    containers,
    faults,
    pod_of,
    pods,
    site,
)

if TYPE_CHECKING:
    from pathlib import Path

COMPONENTS = ("app", "worker", "beat", "redis", "postgres", "release", "post", "cron", "media", "common")


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """Build all bases together, without an overlay."""
    folders = tuple(folder for folder in FOLDERS if folder != "cloudnativepg")
    return build(site(tmp_path_factory.mktemp("everything"), folders))


def yaml_files() -> list[Path]:
    """Return every shipped YAML file."""
    return sorted(path for part in ("bases", "overlays", "patches") for path in (ROOT / part).rglob("*.yaml"))


@pytest.mark.parametrize("path", yaml_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_one_object(path: Path) -> None:
    """One document a file, an object with a kind; a base's file is named after its kind."""
    text = path.read_text()
    (document,) = yamlio.parse(text, path.name)
    value = document.value
    assert isinstance(value, dict)
    if path.stem in {"namereference", "configuration"}:
        return
    assert {"apiVersion", "kind"} <= value.keys()
    if path.stem != "kustomization":
        metadata = value["metadata"]
        assert isinstance(metadata, dict)
        assert metadata["name"]
        if path.is_relative_to(ROOT / "bases"):
            assert path.stem == str(value["kind"]).lower()
    assert max(map(len, text.splitlines())) <= 200


def test_the_folders_are_those_agreed() -> None:
    """The bases on disk are the table above, no more and no less."""
    assert {path.name for path in (ROOT / "bases").iterdir()} == FOLDERS.keys()


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_base_builds_by_itself(folder: str) -> None:
    """Each folder is a kustomization of its own, and holds the objects whose names overlays rely on."""
    assert base(folder).keys() == FOLDERS[folder]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("folder", FOLDERS)
def test_a_base_is_valid(folder: str, version: str) -> None:
    """Known to the oldest and the newest Kubernetes supported, no unknown field."""
    for item in base(folder).values():
        check_valid(item, version)


@pytest.mark.parametrize("folder", FOLDERS)
def test_labels(folder: str) -> None:
    """Identity and stage stand on the object; pods are selected by component alone (the rest is stamped later)."""
    for item in base(folder).values():
        labels = item["metadata"]["labels"]
        assert labels["app.kubernetes.io/name"] == "django"
        assert labels["app.kubernetes.io/managed-by"] == "django-operator"
        assert labels["app.kubernetes.io/component"] in COMPONENTS
        assert labels["django-operator.io/stage"] in STAGES
        assert len(labels) == 4
        component = {"app.kubernetes.io/component": labels["app.kubernetes.io/component"]}
        if template := pod_of(item):
            assert template["metadata"]["labels"] == component | {"app.kubernetes.io/name": "django"}
        match item["kind"]:
            case "Deployment" | "StatefulSet" | "PodDisruptionBudget":
                assert item["spec"]["selector"] == {"matchLabels": component}
            case "Service":
                assert item["spec"]["selector"] == component
            case _:
                assert "selector" not in item.get("spec", {})


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_pod_is_restricted(folder: str) -> None:
    """All of the Pod Security standard "restricted" but runAsNonRoot, which ordinary images can't."""
    for where, template in pods(base(folder)):
        assert faults(template["spec"], RESTRICTED) == [], where


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_pod_has_what_every_pod_has(folder: str) -> None:
    """No token, no Service variables, a grace period, requests, logs of a crash, explicit protocols."""
    for where, template in pods(base(folder)):
        pod = template["spec"]
        assert pod["automountServiceAccountToken"] is False, where
        assert pod["enableServiceLinks"] is False, where
        assert pod["terminationGracePeriodSeconds"] >= 30, where
        for container in containers(pod):
            assert container["resources"]["requests"].keys() == {"cpu", "memory"}, where
            assert container["terminationMessagePolicy"] == "FallbackToLogsOnError", where
            assert all(port["protocol"] == "TCP" and port["name"] for port in container.get("ports", [])), where


@pytest.mark.parametrize("folder", ["app", "worker", "beat", "release", "post", "cron"])
def test_the_user_s_container(folder: str) -> None:
    """It is called `django` and leaves env, command and args to the spec; /tmp can be written."""
    ((_, template),) = pods(base(folder))
    pod = template["spec"]
    (container,) = pod["containers"]
    assert (container["name"], container["image"]) == ("django", "django")
    assert not {"env", "command", "args"} & container.keys()
    assert pod["serviceAccountName"] == "django"
    assert pod["volumes"] == [{"name": "tmp", "emptyDir": {}}]
    assert container["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}]  # noqa: S108


@pytest.mark.parametrize("folder", ["redis", "postgres"])
def test_a_data_pod_is_fully_restricted(folder: str) -> None:
    """Our own images are known: not root, a read-only root, the password first in env and never in the open."""
    ((_, template),) = pods(base(folder))
    pod = template["spec"]
    (container,) = pod["containers"]
    assert container["name"] == folder
    assert faults(pod, NON_ROOT) == []
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["env"][0]["valueFrom"] == {"secretKeyRef": {"name": folder, "key": "password"}}


@pytest.mark.parametrize("folder", ["beat", "redis", "postgres"])
def test_a_statefulset_never_waits_for_a_broken_pod(folder: str) -> None:
    """Parallel from the first day: the field can't be changed later (kubernetes#67250)."""
    (spec,) = (item["spec"] for item in base(folder).values() if item["kind"] == "StatefulSet")
    assert (spec["replicas"], spec["podManagementPolicy"], spec["serviceName"]) == (1, "Parallel", folder)


def test_no_gap_in_service() -> None:
    """Rolling updates never go below the wanted count, and a pod stops serving before it stops."""
    for folder, name in (("app", "app"), ("worker", "worker")):
        strategy = base(folder)["Deployment", name]["spec"]["strategy"]
        assert strategy == {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"}}
    pod = base("app")["Deployment", "app"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    gunicorn = 30
    assert container["lifecycle"]["preStop"]["sleep"]["seconds"] + gunicorn < pod["terminationGracePeriodSeconds"]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["httpHeaders"] == [{"name": "X-Forwarded-Proto", "value": "https"}]


def test_a_release_runs_once() -> None:
    """Not tried again, never two at a time, and its logs stay."""
    spec = base("release")["Job", "release"]["spec"]
    assert (spec["backoffLimit"], spec["podReplacementPolicy"]) == (0, "Failed")
    assert spec["template"]["spec"]["restartPolicy"] == "Never"
    assert "ttlSecondsAfterFinished" not in spec


def test_references_follow_the_names(everything: Stack) -> None:
    """Every name that one object says of another is one that exists, custom resources included."""
    names = {(kind, item["metadata"]["name"]) for (kind, _), item in everything.items()}
    said = set()
    for _, template in pods(everything):
        pod = template["spec"]
        if account := pod.get("serviceAccountName"):
            said.add(("ServiceAccount", account))
        said |= {("ConfigMap", s["configMapRef"]["name"]) for c in pod["containers"] for s in c.get("envFrom", [])}
    for (kind, _), item in everything.items():
        match kind:
            case "HorizontalPodAutoscaler" | "ScaledObject":
                said.add((item["spec"]["scaleTargetRef"]["kind"], item["spec"]["scaleTargetRef"]["name"]))
            case "HTTPRoute":
                said |= {("Service", ref["name"]) for rule in item["spec"]["rules"] for ref in rule["backendRefs"]}
            case "Ingress":
                paths = [path for rule in item["spec"]["rules"] for path in rule["http"]["paths"]]
                said |= {("Service", path["backend"]["service"]["name"]) for path in paths}
            case _:
                pass
    assert said <= names
    assert len(said) == 5, "account, ConfigMap, Deployments app and worker, Service app"
    assert ("Deployment", "shop-worker-slow") in said


def test_selectors_carry_the_instance(everything: Stack) -> None:
    """Two sites in a namespace never select each other's pods."""
    for (kind, name), item in everything.items():
        if kind in {"Deployment", "StatefulSet", "PodDisruptionBudget", "Service"}:
            selector = item["spec"]["selector"]
            labels = selector if kind == "Service" else selector["matchLabels"]
            assert labels["app.kubernetes.io/instance"] == "shop", (kind, name)
