"""What is ejected is built by an outside kustomize to what `render` gives: every case, and overlays made at random."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_operator.cli import main
from django_operator.engine.errors import RenderError
from django_operator.stack.eject import Ejected, eject
from django_operator.stack.library import library
from django_operator.stack.render import render
from django_operator.stack.site import read
from tests.cases import Case, good
from tests.oracle import krusty, kustomize_build, same_objects
from tests.strategies import django_bodies

if TYPE_CHECKING:
    from pathlib import Path

Json = Any

POD = "spec.template.spec"


def site(*overlays: Json) -> Json:
    """Return a small resource with overlays."""
    return {
        "apiVersion": "django-operator.io/v1alpha1",
        "kind": "Django",
        "metadata": {"name": "shop", "namespace": "web"},
        "spec": {
            "image": "registry.example.com/shop:1.4",
            "project": "shop",
            "hosts": ["shop.example.com"],
            "workers": {"mail": {}, "default": {}},
            "app": {"autoscaling": {"maxReplicas": 4, "cpu": 70}},
            "overlays": list(overlays),
        },
    }


def ejected(body: Json) -> Ejected:
    """Eject a resource, and have kustomize agree."""
    stack = render(read(body), library())
    found = eject(stack.files, stack.objects)
    assert same_objects(stack.objects, krusty().build(found.files)) == []
    return found


def app(**spec: Json) -> Json:
    """Return a strategic patch of the Deployment of the app, which has a target."""
    return {"target": {"kind": "Deployment", "name": "app"}, "patch": {"spec": spec}}


def pod(**spec: Json) -> Json:
    """Return a strategic patch of the app's pod."""
    return app(template={"spec": spec})


def container(**fields: Json) -> Json:
    """Return a strategic patch of the app's container."""
    return pod(containers=[{"name": "django", **fields}])


@pytest.mark.parametrize("case", good(), ids=lambda case: case.name)
def test_case(case: Case) -> None:
    """Every case is ejected to what it renders to."""
    stack = case.render()
    found = eject(stack.files, stack.objects, "A header.")
    assert same_objects(stack.objects, krusty().build(found.files)) == []
    assert found.files["kustomization.yaml"].startswith("# A header.\n")


NATIVE = {
    "a scalar": container(workingDir="/srv"),
    "a new map": pod(nodeSelector={"disk": "ssd"}),
    "a new list": pod(tolerations=[{"key": "spot", "operator": "Exists"}]),
    "an empty map": pod(affinity={}),
    "an annotation": app(template={"metadata": {"annotations": {"a.b/c": "1", "yes": "no"}}}),
    "a null that takes a field away": pod(enableServiceLinks=None),
    "a null for what is not there": pod(hostname=None),
    "a volume, in another order": pod(volumes=[{"name": "scratch", "emptyDir": {}}]),
    "a side-car, in another order": pod(containers=[{"name": "proxy", "image": "envoy:1"}]),
    "a patch with its own name": {
        "patch": {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "app"}, "spec": {"type": "NodePort"}}
    },
    "a deleted object": {
        "target": {"kind": "PodDisruptionBudget", "name": "worker-mail"},
        "patch": {"$patch": "delete"},
    },
    "text": {"target": {"kind": "Deployment"}, "patch": "spec:\n  paused: true  # for now\n"},
    "JSON operations": {
        "target": {"kind": "Deployment", "name": "app"},
        "patch": [
            {"op": "add", "path": "/spec/template/spec/containers/0/env/-", "value": {"name": "X", "value": "1"}}
        ],
    },
    "all pools": {
        "target": {"kind": "Deployment", "labelSelector": "app.kubernetes.io/component=worker"},
        "patch": {"spec": {"replicas": 2}},
        "expects": 2,
    },
    "optional, and not there": {"target": {"kind": "CronJob"}, "patch": {"spec": {"suspend": True}}, "optional": True},
}
"""Patches that stay what they are."""

TRANSLATED = {
    "env is put first": (container(env=[{"name": "X", "value": "1"}]), "puts what a patch speaks of first in env"),
    "ports of two protocols": (
        container(ports=[{"containerPort": 8000, "protocol": "UDP", "name": "quic"}]),
        "does not merge ports by containerPort and protocol",
    ),
    "fields that exclude each other": (
        pod(volumes=[{"name": "tmp", "hostPath": {"path": "/x"}}]),
        "fields that exclude each other stay side by side",
    ),
    "a strategy": (app(strategy={"type": "Recreate"}), "fields that exclude each other stay side by side"),
    "a directive": (pod(securityContext={"$patch": "replace", "runAsUser": 5}), "leaves $patch"),
    "$retainKeys": (app(strategy={"$retainKeys": ["type"], "type": "Recreate"}), "leaves $retainKeys"),
    "a null in what is new": (pod(dnsConfig={"options": None}), "leaves nulls"),
    "an item without its kind's merge": (
        {
            "target": {"kind": "Service", "name": "app"},
            "patch": {"spec": {"ports": [{"port": 81, "protocol": "TCP", "name": "b"}]}},
        },
        "does not merge ports by port and protocol",
    ),
    "a finalizer": (
        {"target": {"kind": "Deployment", "name": "app"}, "patch": {"metadata": {"finalizers": []}}},
        "",
    ),
}
"""Patches that become JSON patches, and why. One that changes nothing goes."""


@pytest.mark.parametrize("patch", NATIVE.values(), ids=NATIVE)
def test_native(patch: Json) -> None:
    """What kustomize does as we do is left alone."""
    assert ejected(site({"patches": [patch]})).notes == ()


@pytest.mark.parametrize(("patch", "why"), TRANSLATED.values(), ids=TRANSLATED)
def test_translated(patch: Json, why: str) -> None:
    """What kustomize does otherwise is written as a JSON patch, and the note and the file say why."""
    found = ejected(site({"patches": [patch]}))
    if why:
        assert why in found.notes[0]
        assert any(why in text for path, text in found.files.items() if path.endswith(".json-patch.yaml"))
    else:
        assert found.notes == ()


def test_order_counts_where_a_later_patch_counts() -> None:
    """A side-car is put first by kustomize: a JSON patch that counts containers would hit another one."""
    sidecar = NATIVE["a side-car, in another order"]
    counting = NATIVE["JSON operations"]
    assert ejected(site({"patches": [counting]}, {"patches": [sidecar]})).notes == ()
    (note,) = ejected(site({"patches": [sidecar]}, {"patches": [counting]})).notes
    assert note.endswith("gives items in another order, and a later step counts them")


def test_annotations_taken_away() -> None:
    """What kustomize wants to remember it keeps in annotations, and the rest with it."""
    target = {"kind": "Deployment", "name": "app"}
    patches = [{"target": target, "patch": {"metadata": {"annotations": each}}} for each in ({"a": "1"}, None)]
    (note,) = ejected(site({"patches": patches})).notes
    assert note.endswith("keeps labels and annotations that a null takes away")


def test_bases_are_copied_as_they_are() -> None:
    """Comments and all; only those that are used."""
    found = ejected(site()).files
    shipped = {path: text for path, text in found.items() if path.startswith(("bases/", "components/"))}
    assert "bases/app/deployment.yaml" in shipped
    assert "bases/cron/cronjob.yaml" not in shipped
    for path, text in shipped.items():
        tree, _, inner = path.partition("/")
        folder = library().bases if tree == "bases" else library().components
        assert folder.read(inner, "", None).decode() == text  # type: ignore[arg-type]


def test_folder(tmp_path: Path) -> None:
    """The kustomize binary reads the folder that is written."""
    (tmp_path / "site.json").write_text(json.dumps(site({"patches": [NATIVE["text"]]})))
    assert main(["eject", str(tmp_path / "site.json"), str(tmp_path / "out")]) == 0
    stack = render(read(site({"patches": [NATIVE["text"]]})), library())
    assert same_objects(stack.objects, kustomize_build(tmp_path / "out")) == []


def _name(each: Json) -> Json:
    return each["name"]


def _ip(each: Json) -> Json:
    return each["ip"]


NAMES = st.sampled_from(["A", "DEBUG", "SECRET_KEY", "REDIS_URL"])
ENV = st.lists(
    st.fixed_dictionaries({"name": NAMES, "value": st.sampled_from(["1", "yes", "$(A)"])}),
    max_size=3,
    unique_by=_name,
)
PORTS = st.lists(
    st.fixed_dictionaries(
        {"containerPort": st.sampled_from([8000, 81]), "protocol": st.sampled_from(["TCP", "UDP"])},
        optional={"hostPort": st.just(1)},
    ),
    max_size=2,
    unique_by=lambda each: (each["containerPort"], each["protocol"]),
)
VOLUMES = st.lists(
    st.sampled_from(
        [
            {"name": "tmp", "emptyDir": {"medium": "Memory"}},
            {"name": "tmp", "$patch": "delete"},
            {"name": "a", "secret": {"secretName": "b"}},
            {"name": "tmp", "hostPath": {"path": "/x"}},
        ]
    ),
    max_size=2,
    unique_by=_name,
)
MOUNTS = st.lists(
    st.sampled_from([{"name": "tmp", "mountPath": "/a", "readOnly": True}, {"name": "tmp", "mountPath": "/b"}]),
    max_size=2,
    unique_by=str,
)
CONTAINERS = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(["django", "proxy"])},
        optional={
            "env": ENV,
            "ports": PORTS,
            "volumeMounts": MOUNTS,
            "image": st.just("x:1"),
            "lifecycle": st.none(),
            "args": st.just(["a"]),
        },
    ),
    max_size=2,
    unique_by=_name,
)
PODS = st.fixed_dictionaries(
    {},
    optional={
        "containers": CONTAINERS,
        "initContainers": CONTAINERS,
        "volumes": VOLUMES,
        "tolerations": st.lists(st.just({"key": "a"}), max_size=1),
        "imagePullSecrets": st.lists(st.sampled_from([{"name": "a"}, {"name": "b"}]), max_size=2, unique_by=str),
        "hostAliases": st.lists(
            st.sampled_from(
                [{"ip": "1.1.1.1", "hostnames": ["a"]}, {"ip": "1.1.1.1", "hostnames": ["b"]}, {"ip": "::1"}]
            ),
            max_size=2,
            unique_by=_ip,
        ),
        "topologySpreadConstraints": st.lists(
            st.sampled_from(
                [
                    {"topologyKey": "a", "whenUnsatisfiable": "DoNotSchedule", "maxSkew": 1},
                    {"topologyKey": "a", "whenUnsatisfiable": "ScheduleAnyway", "maxSkew": 2},
                ]
            ),
            max_size=2,
            unique_by=str,
        ),
        "nodeSelector": st.none() | st.dictionaries(st.sampled_from("ab"), st.sampled_from(["x", None]), max_size=2),
        "securityContext": st.sampled_from(
            [None, {}, {"runAsUser": 5}, {"$patch": "replace", "runAsUser": 5}, {"seccompProfile": None}]
        ),
    },
)
STRATEGIC = st.one_of(
    PODS.map(lambda spec: {"spec": {"template": {"spec": spec}}}),
    st.sampled_from(
        [
            {"spec": {"strategy": {"type": "Recreate"}}},
            {"spec": {"strategy": None}},
            {"metadata": {"annotations": {"a": "1"}}},
            {"metadata": {"annotations": None}},
            {"metadata": {"labels": {"x": "y"}}},
        ]
    ),
)
JSON_PATCHES = st.sampled_from(
    [
        [{"op": "replace", "path": "/spec/template/spec/containers/0/name", "value": "django"}],
        [{"op": "add", "path": "/spec/template/spec/containers/0/env/-", "value": {"name": "Z"}}],
        [{"op": "remove", "path": "/spec/template/spec/containers/0/env/1"}],
        [{"op": "add", "path": "/spec/template/spec/volumes/0", "value": {"name": "v0", "emptyDir": {}}}],
        [{"op": "copy", "from": "/spec/template/spec/containers/0", "path": "/spec/template/spec/containers/1"}],
    ]
)
PATCHES = st.fixed_dictionaries(
    {
        "target": st.sampled_from(
            [{"kind": "Deployment", "name": "app"}, {"kind": "Deployment"}, {"kind": "Deployment", "name": "worker-.*"}]
        ),
        "patch": STRATEGIC | JSON_PATCHES,
    }
)


@given(st.lists(st.lists(PATCHES, min_size=1, max_size=3), min_size=1, max_size=2))
def test_random_patches(overlays: Json) -> None:
    """Whatever patches are laid over the Deployments, in whatever order: kustomize gives the same."""
    body = site(*({"patches": patches} for patches in overlays))
    try:
        render(read(body), library())
    except RenderError:
        return
    ejected(body)


@given(django_bodies())
def test_random_sites(body: Json) -> None:
    """Whatever a valid resource holds: kustomize gives the same."""
    ejected(body)
