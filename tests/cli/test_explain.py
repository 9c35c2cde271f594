"""Who wrote which field: every leaf of every object has a place, and the place is the right one."""

from __future__ import annotations

from typing import Any

import pytest

from django_operator.engine.build import build_resources
from django_operator.engine.explain import IDENTITY, Item, Recorder, locate
from django_operator.engine.files import MemoryFiles
from django_operator.engine.paths import get
from django_operator.stack.library import library
from django_operator.stack.render import render
from django_operator.stack.site import read
from tests.cases import Case, good

Json = Any


def leaves(value: Json) -> int:
    """Return how many leaves a value has; an empty map or list is one."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return sum(map(leaves, inner)) if inner else 1


@pytest.mark.parametrize("case", good(), ids=lambda case: case.name)
def test_every_leaf(case: Case) -> None:
    """Each leaf of each object of each case is explained once, by a place that was read."""
    recorder = Recorder()
    site = read(case.documents()[0])
    references = {each.value["metadata"]["name"]: each for each in case.documents()[1:]}
    local = [str(case.folder / "overlay")] if (case.folder / "overlay").exists() else []
    for resource in render(site, library(), references=references, local=local, observer=recorder).resources:
        fields = recorder.fields(resource)
        assert len(fields) == leaves(resource.body) == len({each.path for each in fields})
        for each in fields:
            assert get(resource.body, *each.path) == each.value or each.value is None
            assert each.origin.line is not None, each
            assert each.origin.source != IDENTITY.source


BASE = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  template:
    spec:
      containers:
      - name: a
        image: a
      - name: b
        image: b
        args:
        - one
        - two
"""


def explained(kustomization: str, **files: str) -> dict[str, str]:
    """Return the places of the leaves of the one object of a build, by path."""
    recorder = Recorder()
    content = {"kustomization.yaml": f"resources: [base.yaml]\n{kustomization}", "base.yaml": BASE, **files}
    (resource,) = build_resources(MemoryFiles(content), observer=recorder)
    return {
        ".".join(map(str, each.path)).replace(
            "spec.template.spec.containers", "c"
        ): f"{each.origin.source}:{each.origin.line}"
        for each in recorder.fields(resource)
    }


def test_items_that_move() -> None:
    """An item keeps its writer when others go or come before it."""
    found = explained(
        "patches:\n- path: p\n  target: {kind: Deployment}\n",
        p="- {op: remove, path: /spec/template/spec/containers/0}\n",
    )
    assert found["c.0.image"] == "base.yaml:13"
    assert found["c.0.args.1"] == "base.yaml:16"
    text = "- op: add\n  path: /spec/template/spec/containers/0\n  value:\n    name: z\n    image: z\n"
    found = explained("patches:\n- path: p\n  target: {kind: Deployment}\n", p=text)
    assert (found["c.0.image"], found["c.1.image"], found["c.2.args.0"]) == ("p:5", "base.yaml:11", "base.yaml:15")


def test_the_last_change_counts() -> None:
    """Of two patches the later one; one that says what is there already changes nothing."""
    found = explained(
        "patches:\n"
        "- target: {kind: Deployment}\n  patch: |-\n    spec:\n      replicas: 2\n"
        "- target: {kind: Deployment}\n  patch: |-\n    spec:\n      replicas: 3\n"
        "- target: {kind: Deployment}\n  patch: |-\n    spec:\n      replicas: 3\n"
        "nameSuffix: -x\n"
    )
    assert found["spec.replicas"] == "kustomization.yaml:10"
    assert found["metadata.name"] == "kustomization.yaml:15"
    assert found["c.0.name"] == "base.yaml:10"


def test_objects_nobody_watched() -> None:
    """An object changed after the build is compared with what was built; one never seen names its own file."""
    recorder = Recorder()
    (resource,) = build_resources(MemoryFiles({"kustomization.yaml": "resources: [b]\n", "b": BASE}), observer=recorder)
    changed = resource.with_body({**resource.body, "spec": {**resource.body["spec"], "replicas": 9}})
    places = {each.path: str(each.origin) for each in recorder.fields(changed, ("spec",))}
    assert places["spec", "replicas"] == "django-operator"
    assert places["spec", "template", "spec", "containers", 0, "name"].startswith("b:10 ")
    assert str(Recorder().fields(resource, ("kind",))[0].origin) == "b:2 kind"


@pytest.mark.parametrize(
    ("value", "trail", "want"),
    [
        ({"a": {"b": 1}}, ("a", "b"), ("a", "b")),
        ({"a": {"b": 1}}, ("a", "c"), ("a",)),
        ({"l": [{"k": 1, "x": 2}]}, ("l", Item(3, {"k": 1, "x": 5}, ("k",)), "x"), ("l", 0, "x")),
        ({"l": [{"name": "n"}]}, ("l", Item(3, {"name": "n"}, ())), ("l", 0)),
        ({"l": ["a", "b"]}, ("l", Item(0, "b", ())), ("l", 1)),
        ({"l": []}, ("l", Item(0, "b", ())), ("l",)),
        ({"pairs": {"a": "b"}}, ("metadata", "labels", "a"), ("pairs", "a")),
        ({"literals": ["x=1", "a=2"]}, ("data", "a"), ("literals", 1)),
        ({"files": ["conf/a", "b=c"]}, ("data", "a"), ("files", 0)),
        ({"a": "b"}, ("metadata", "annotations", "a"), ("a",)),
        ("prefix-", ("metadata", "name"), ()),
        ([{"op": "add", "path": "/l/-", "value": {"x": 1}}], ("l", Item(4, {}, ()), "x"), (0, "value", "x")),
        ([{"op": "remove", "path": "/a"}, {"op": "add", "path": "/b", "value": 1}], ("b",), (1, "value")),
        ([{"op": "copy", "from": "/b", "path": "/a~1b"}], ("a/b", "c"), (0,)),
        ([{"op": "test", "path": "/z", "value": 1}], ("a",), ()),
    ],
)  # fmt: skip
def test_locate(value: Json, trail: Json, want: Json) -> None:
    """Where a patch, an entry, or an operation speaks of a field."""
    assert locate(value, trail) == want
