"""All faults at once: each of those that are there, whatever others there are, and none that they alone make."""

# ruff: noqa: E501 - a row for each fault

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from django_operator.engine.errors import RenderError
from django_operator.engine.paths import get, put, remove
from django_operator.engine.yamlio import Document, parse
from django_operator.stack.check import check
from django_operator.stack.library import library
from django_operator.stack.parse import faults_of
from django_operator.stack.render import render_document
from django_operator.stack.salvage import salvage
from tests.cases import good
from tests.test_render_properties import JUNK

if TYPE_CHECKING:
    from django_operator.engine.paths import Body, Path

BODY: Body = {
    "apiVersion": "django-operator.io/v1alpha1",
    "kind": "Django",
    "metadata": {"name": "shop", "namespace": "web"},
    "spec": {
        "image": "registry.example.com/shop:1",
        "project": "shop",
        "hosts": ["shop.example.com"],
        "app": {"autoscaling": {"minReplicas": 2, "maxReplicas": 5}},
        "workers": {"default": {}, "mail": {"queues": ["mail"]}},
        "release": {"preDeploy": [{"args": ["migrate"]}, {"args": ["collectstatic"]}]},
        "env": [{"name": "A", "value": "1"}],
        "volumes": [{"name": "shared", "emptyDir": {}}],
        "volumeMounts": [{"name": "shared", "mountPath": "/shared"}],
    },
}


def patched(kind: str, name: str, more: Body) -> Body:
    """Return an overlay with one patch."""
    return {
        "patches": [
            {"target": {"kind": kind, "name": name}, "patch": {"kind": kind, "metadata": {"name": "x"}, **more}}
        ]
    }


def added(api: str, kind: str, meta: Body, **more: Any) -> Body:
    """Return an overlay with one object."""
    return {"resources": [{"apiVersion": api, "kind": kind, "metadata": meta, **more}]}


SPEC: dict[str, tuple[Path, Any, str]] = {
    "a type": (("spec", "workers", "mail", "concurrency"), "3", '"3" is not an integer'),
    "a type outside of pods": (("spec", "paused"), "no", '"no" is not true or false'),
    "an unknown field": (("spec", "vesion"), "1", "there is no such field"),
    "an unknown field of Kubernetes": (("spec", "app", "env"), [{"name": "A", "valu": "1"}], "there is no such field"),
    "a rule": (("spec", "app", "replicas"), 3, "replicas and autoscaling are both set"),
    "a format": (("spec", "release", "timeout"), "90", '"90" is not a duration'),
}
"""Faults of the spec: where, what, and the words that tell."""
OVERLAYS: dict[str, tuple[Body, str]] = {
    "no built-in overlay": ({"builtin": "high-avialability"}, "no built-in overlay high-avialability"),
    "no YAML": ({"patches": [{"patch": "{a: b"}]}, "not YAML"),
    "fits nothing": (patched("Deployment", "nobody-knows", {"metadata": {"labels": {"a": "b"}}}), "no Deployment/nobody-knows to patch"),
    "fits nothing by name": (
        {"patches": [{"patch": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "unheard-of"}}}]},
        "no ConfigMap/unheard-of to patch",
    ),
    "a selector": (patched("Deployment", "app", {"spec": {"selector": {"matchLabels": {"a": "b"}}}}), "may not change the selector of Deployment/app"),
    "a label": (patched("Service", "app", {"metadata": {"labels": {"app.kubernetes.io/component": "x"}}}), "may not change the label app.kubernetes.io/component"),
    "a kind": (added("v1", "Pod", {"name": "shell"}, spec={"containers": 5}), "an overlay may not add a Pod (v1)"),
    "a namespace": (added("v1", "ConfigMap", {"name": "mine", "namespace": "other"}), "namespace other is not the resource's own (web)"),
    "a field": (patched("Deployment", "app", {"spec": {"minReadySecond": 5}}), "Deployment/app: there is no such field"),
    "a value": (patched("StatefulSet", "redis", {"spec": {"minReadySeconds": "5"}}), 'StatefulSet/redis: "5" is not an integer'),
    "a second beat": ({"replicas": [{"name": "beat", "count": 2}]}, "there is one beat, and never 2"),
    "a name": (added("v1", "Service", {"name": "my.own"}), '"shop-my.own" cannot be a host name'),
    "a release twice": (patched("Job", "release-.*", {"spec": {"parallelism": 2}}), "a release runs once, not 2 times"),
    "a duplicate": (added("v1", "Service", {"name": "app"}), "duplicate object Service/app"),
}  # fmt: skip
"""Overlays with one fault each."""


def faults(document: Document) -> list[str]:
    """Return the problems that rendering tells of."""
    try:
        render_document(document, library())
    except RenderError as error:
        return [fault.problem for fault in error.faults]
    return []


def made(spec: list[str], overlays: list[str], *, config_map: bool = False) -> Document:
    """Return the resource with some faults, each in a part of its own."""
    body = copy.deepcopy(BODY)
    for name in spec:
        body = put(body, SPEC[name][0], SPEC[name][1])
    layers = [OVERLAYS[name][0] for name in overlays] + ([{"configMapRef": {"name": "lost"}}] if config_map else [])
    return Document(put(body, ("spec", "overlays"), layers) if layers else body, "cr.yaml")


@pytest.mark.parametrize("name", [*SPEC, *OVERLAYS])
def test_one(name: str) -> None:
    """Each fault by itself is one fault."""
    (problem,) = faults(made([name] if name in SPEC else [], [name] if name in OVERLAYS else []))
    assert (SPEC[name][2] if name in SPEC else OVERLAYS[name][1]) in problem


@settings(max_examples=60)
@given(
    spec=st.lists(st.sampled_from(list(SPEC)), unique=True),
    overlays=st.lists(st.sampled_from(list(OVERLAYS)), unique=True),
    config_map=st.booleans(),
)
def test_all_at_once(spec: list[str], overlays: list[str], config_map: bool) -> None:
    """Any of them together, of all phases and in any order: each is told, and nothing else."""
    wanted = [SPEC[name][2] for name in spec] + [OVERLAYS[name][1] for name in overlays]
    wanted += ["no ConfigMap lost"] if config_map else []
    found = faults(made(spec, overlays, config_map=config_map))
    for each in wanted:
        assert any(each in problem for problem in found), f"{each} is not told: {found}"
    assert len(found) == len(wanted), found


WELL = good({"builtin-all"})
"""Resources without a fault, many of them with overlays."""


@settings(max_examples=120)
@given(case=st.sampled_from(WELL), data=st.data())
def test_no_cascades_of_the_spec(case: Any, data: st.DataObject) -> None:
    """What is broken in the spec alone makes no fault of overlays that are well."""
    resource, *others = case.documents()
    paths = [path for path in _paths(resource.value["spec"], ("spec",)) if path[1:2] != ("overlays",)]
    broken = resource.value
    for _ in range(data.draw(st.integers(1, 3))):
        path, junk, gone = data.draw(st.sampled_from(paths)), data.draw(JUNK), data.draw(st.booleans())
        # A fault by itself, and not something else that is asked for and well.
        assume(faults_of(remove(resource.value, path) if gone else put(resource.value, path, junk)))
        broken = remove(broken, path) if gone else put(broken, path, junk)
    document = Document(broken, "cr.yaml")
    own = faults_of(document)
    assume(own)
    with pytest.raises(RenderError) as caught:
        case.render((document, *others))
    assert caught.value.faults == RenderError(*dict.fromkeys(own)).faults


@settings(max_examples=100)
@given(case=st.sampled_from([each for each in WELL if b"overlays:" in each.source.read_bytes()]), data=st.data())
def test_no_cascades_of_overlays(case: Any, data: st.DataObject) -> None:
    """A built-in overlay or ConfigMap that is not there, or a layer that cannot be read, is one fault."""
    resource, *others = case.documents()
    index = data.draw(st.sampled_from(range(len(resource.value["spec"]["overlays"]))))
    whole: Path = ("spec", "overlays", index)
    overlay = get(resource.value, *whole)
    if "builtin" in overlay:
        changed = {**overlay, "builtin": re.sub("(.)$", r"\1\1", overlay["builtin"])}
    elif "configMapRef" in overlay:
        changed = {"configMapRef": {"name": "lost"}}
    else:
        patches = overlay.get("patches")
        changed = (
            {**overlay, "patches": [{"patch": "{a: b"}, *patches[1:]]}
            if patches
            else {"configMapRef": {"name": "lost"}}
        )
    with pytest.raises(RenderError) as caught:
        case.render((Document(put(resource.value, whole, changed), "cr.yaml"), *others))
    assert len(caught.value.faults) == 1, str(caught.value)


def _paths(value: Any, path: Path) -> list[Path]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    here = [path] if len(path) > 1 else []
    return here + [each for key, item in inner for each in _paths(item, (*path, key))]


SALVAGED = """\
apiVersion: django-operator.io/v1alpha1
kind: Django
metadata: {name: shop}
spec:
  image: shop
  app: {replicas: "3", port: 8080}
  release: {preDeploy: [{name: one}]}
  overlays:
  - patches:
    - {target: {kind: Job}, patch: {kind: Job}, expect: 1}
    - {target: {kind: Job}, patch: {kind: Job}}
  - labels: [{pair: {}}]
    replicas: [{name: app, count: 1}]
  - bultin: restricted
"""


def test_salvage() -> None:
    """What is faulty is taken out, what is required put in, and all else stays where it is."""
    left = salvage(parse(SALVAGED, "cr.yaml")[0], library())
    assert left is not None
    assert check(left.document.value) == []
    spec = left.document.value["spec"]
    assert (spec["app"], spec["version"], spec["project"], spec["release"]) == ({"port": 8080}, "0", "project", {})
    first, second, third = spec["overlays"]
    assert first["patches"][0]["optional"]
    assert first["patches"][1] == {"target": {"kind": "Job"}, "patch": {"kind": "Job"}}
    assert second == {"replicas": [{"name": "app", "count": 1}]}
    assert third == {"patches": []}
    assert left.document.origin(("spec", "overlays", 0, "patches", 1)).line == 11
    assert left.gap is not None
    assert left.gap.brings("Deployment", "worker-mail")
    assert not left.gap.brings("Deployment", "nobody")


@pytest.mark.parametrize(
    "body",
    [None, {}, {"spec": []}, {**BODY, "metadata": {"name": "Shop"}}, {**BODY, "metadata": {"name": "a", "namespace": "A"}}],
)  # fmt: skip
def test_nothing_left(body: Any) -> None:
    """Without a name, or any spec, there is nothing to go on with."""
    assert salvage(Document(body, "cr.yaml"), library()) is None
