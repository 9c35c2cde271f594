"""The built-in overlays and the patches: each does what its header says, with all bases and with the fewest."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.shipped import (
    FOLDERS,
    NON_ROOT,
    RESTRICTED,
    ROOT,
    STAGES,
    VERSIONS,
    Object,
    Stack,
    build,
    check_valid,
    containers,
    faults,
    pods,
    site,
)

if TYPE_CHECKING:
    from pathlib import Path

OVERLAYS = tuple(sorted(path.name for path in (ROOT / "overlays").iterdir()))
PATCHES = tuple(sorted(path.name for path in (ROOT / "patches").iterdir()))


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """Build all bases together, without an overlay."""
    folders = tuple(folder for folder in FOLDERS if folder != "cloudnativepg")
    return build(site(tmp_path_factory.mktemp("everything"), folders))


@pytest.fixture(scope="module", params=OVERLAYS)
def overlaid(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Stack]:
    """Build all bases together with one overlay."""
    folders = tuple(folder for folder in FOLDERS if folder != "postgres")
    components = [f"../overlays/{request.param}"]
    return request.param, build(site(tmp_path_factory.mktemp("overlaid"), folders, components=components))


def test_an_overlay_keeps_objects_valid(overlaid: tuple[str, Stack]) -> None:
    """What an overlay makes of all bases is valid on both ends, labelled, and no less restricted."""
    _, stack = overlaid
    for item in stack.values():
        for version in VERSIONS:
            check_valid(item, version)
        assert item["metadata"]["labels"]["django-operator.io/stage"] in STAGES
    for where, template in pods(stack):
        assert faults(template["spec"], RESTRICTED) == [], where


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_needs_no_optional_object(overlay: str, tmp_path: Path) -> None:
    """The smallest stack takes every overlay."""
    assert build(site(tmp_path, ("common", "app"), components=[f"../overlays/{overlay}"]))


def test_overlays_add_up(tmp_path: Path) -> None:
    """All overlays at once still build (argocd last, since it marks what the others bring)."""
    names = [f"../overlays/{name}" for name in (*(name for name in OVERLAYS if name != "argocd"), "argocd")]
    stack = build(site(tmp_path, tuple(folder for folder in FOLDERS if folder != "postgres"), components=names))
    waves = {item["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"] for item in stack.values()}
    assert waves == {"-3", "-2", "-1", "0", "1", "2", "3"}


def test_what_an_overlay_does(overlaid: tuple[str, Stack]) -> None:
    """One look at each overlay's effect."""
    name, stack = overlaid
    app = stack["Deployment", "shop-app"]["spec"]
    worker = stack["Deployment", "shop-worker-slow"]["spec"]
    match name:
        case "development":
            assert stack["ConfigMap", "shop-django"]["data"]["DEBUG"] == "1"
            assert stack["ConfigMap", "shop-django"]["data"]["PYTHONUNBUFFERED"] == "1"
            container = app["template"]["spec"]["containers"][0]
            assert "lifecycle" not in container
            assert container["livenessProbe"]["failureThreshold"] == 10_000
        case "high-availability":
            spread = worker["template"]["spec"]["topologySpreadConstraints"]
            assert [entry["topologyKey"].rsplit("/")[-1] for entry in spread] == ["hostname", "zone"]
            assert all(e["labelSelector"]["matchLabels"]["app.kubernetes.io/instance"] == "shop" for e in spread)
            assert (app["replicas"], worker["replicas"]) == (2, 2)
            assert stack["HorizontalPodAutoscaler", "shop-app"]["spec"]["minReplicas"] == 2
            assert stack["ScaledObject", "shop-worker-slow"]["spec"]["minReplicaCount"] == 2
            assert stack["Cluster", "shop-postgres"]["spec"]["instances"] == 3
        case "restricted":
            for where, template in pods(stack):
                assert faults(template["spec"], RESTRICTED | NON_ROOT) == [], where
                assert all(c["securityContext"]["readOnlyRootFilesystem"] for c in containers(template["spec"])), where
        case "network-policy":
            policies = [item["spec"] for (kind, _), item in stack.items() if kind == "NetworkPolicy"]
            assert all(p["podSelector"]["matchLabels"]["app.kubernetes.io/instance"] == "shop" for p in policies)
            deny = stack["NetworkPolicy", "shop-default-deny"]["spec"]
            assert (deny["policyTypes"], deny.keys()) == (["Ingress", "Egress"], {"podSelector", "policyTypes"})
        case "monitoring":
            selector = stack["ServiceMonitor", "shop-app"]["spec"]["selector"]["matchLabels"]
            assert selector["app.kubernetes.io/instance"] == "shop"
            (group,) = stack["PrometheusRule", "shop-app"]["spec"]["groups"]
            assert group["name"] == "web-shop"
            assert "$(" not in json.dumps(group)
            assert all('namespace="web"' in rule["expr"] and "shop-" in rule["expr"] for rule in group["rules"])
        case "argocd":
            annotations = stack["PersistentVolumeClaim", "shop-media"]["metadata"]["annotations"]
            assert annotations["argocd.argoproj.io/sync-options"] == "Prune=false,Delete=false"
            waves = [
                int(stack[key]["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"])
                for key in [("StatefulSet", "shop-redis"), ("Job", "shop-release"), ("Deployment", "shop-app")]
            ]
            assert waves == sorted(set(waves))
            hooks = {
                (kind, name): item["metadata"]["annotations"]
                for (kind, name), item in stack.items()
                if "argocd.argoproj.io/hook" in item["metadata"]["annotations"]
            }
            assert hooks.keys() == {("Job", "shop-release"), ("Job", "shop-post")}
            for made in hooks.values():
                assert made["argocd.argoproj.io/hook"] == "Sync"
                assert made["argocd.argoproj.io/hook-delete-policy"] == "BeforeHookCreation"
                assert made["argocd.argoproj.io/sync-wave"] in ("-1", "3")
        case _:
            pytest.fail(f"no case for the overlay {name}")


TARGETS: dict[str, Object | None] = {
    "autoscaled.yaml": {"kind": "Deployment", "name": "app"},
    "maintenance.yaml": {"kind": "Deployment", "labelSelector": "app.kubernetes.io/component in (app, worker)"},
    "steps.yaml": {"kind": "Job", "labelSelector": "app.kubernetes.io/component in (release, post)"},
    "blue-green.yaml": None,
    "redis-retained.yaml": None,
    "database-deleted.yaml": None,
    "own-serviceaccount.yaml": None,
}
"""With what target each patch is used; None: it names its object itself."""


@pytest.fixture(scope="module", params=PATCHES)
def patched(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Stack]:
    """Build all bases with one patch."""
    root = tmp_path_factory.mktemp("patched")
    (root / "stack").mkdir()
    shutil.copy(ROOT / "patches" / request.param, root / "stack" / request.param)
    target = TARGETS[request.param]
    entry = {"path": request.param} | ({"target": target} if target else {})
    folders = tuple(folder for folder in FOLDERS if folder != "cloudnativepg")
    return request.param, build(site(root, folders, patches=[entry]))


def test_every_patch_says_its_switch() -> None:
    """The header of a patch names the field that switches it on and what it is used with."""
    assert TARGETS.keys() == set(PATCHES)
    for name in PATCHES:
        text = (ROOT / "patches" / name).read_text()
        assert text.startswith("# Switch: "), name
        assert "\n# Target: " in text, name


def test_what_a_patch_does(patched: tuple[str, Stack], everything: Stack) -> None:
    """One look at each patch's effect; what it makes is valid."""
    name, stack = patched
    for item in stack.values():
        check_valid(item, VERSIONS[0])
    changed = {key for key in everything if stack.get(key) != everything[key]}
    match name:
        case "autoscaled.yaml":
            assert changed == {("Deployment", "shop-app")}
            assert "replicas" not in stack["Deployment", "shop-app"]["spec"]
        case "maintenance.yaml":
            assert changed == {("Deployment", "shop-app"), ("Deployment", "shop-worker-slow")}
            assert all(stack[key]["spec"]["strategy"] == {"type": "Recreate"} for key in changed)
        case "blue-green.yaml":
            assert changed == {("Service", "shop-app")}
            assert stack["Service", "shop-app"]["metadata"]["labels"]["django-operator.io/stage"] == "switch"
        case "redis-retained.yaml" | "database-deleted.yaml":
            component, policy = ("redis", "Retain") if name == "redis-retained.yaml" else ("postgres", "Delete")
            assert changed == {("StatefulSet", f"shop-{component}")}
            spec = stack["StatefulSet", f"shop-{component}"]["spec"]
            assert spec["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": policy, "whenScaled": "Retain"}
        case "steps.yaml":
            assert changed == {("Job", "shop-release"), ("Job", "shop-post")}
            for key in changed:
                pod = stack[key]["spec"]["template"]["spec"]
                (name,) = (each["configMap"]["name"] for each in pod["volumes"] if "configMap" in each)
                assert name == stack["ConfigMap", "shop-steps"]["metadata"]["name"]
        case "own-serviceaccount.yaml":
            assert ("ServiceAccount", "shop-django") not in stack
        case _:
            pytest.fail(f"no case for the patch {name}")
