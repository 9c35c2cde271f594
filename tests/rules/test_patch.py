"""Entries of `patches` and its older kin: the table `built/patch.yaml`."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from django_operator.engine.build import attempt, build_resources
from django_operator.engine.doubt import ANYTHING, CHANGE, Gap
from django_operator.engine.files import MemoryFiles
from django_operator.engine.paths import same
from django_operator.engine.yamlio import parse
from tests.built import check, rows


@pytest.mark.parametrize("row", rows("patch"))
def test_table(row: dict[str, Any]) -> None:
    """Each row builds as it says."""
    check(row)


def test_patches_are_left_as_they_are() -> None:
    """A patch laid over many objects gives each its own values, and stays what it was."""
    objects = "\n---\n".join(
        f"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: c{number}}}}}" for number in range(3)
    )
    text = """
    resources: [r.yaml]
    patches:
    - target: {kind: ConfigMap}
      patch: {data: {x: a}, list: [{k: v}]}
    - target: {kind: ConfigMap, name: c1}
      patch: [{op: add, path: /list/0/k, value: w}, {op: add, path: /data/y, value: b}]
    """
    documents = parse(text, "k")
    before = copy.deepcopy(documents[0].value)
    files = MemoryFiles({"kustomization.yaml": documents, "r.yaml": parse(objects, "r")})
    for _ in range(2):
        found = [each.body for each in build_resources(files)]
        assert [body["list"][0]["k"] for body in found] == ["v", "w", "v"]
        assert same(documents[0].value, before)


def test_observer_sees_each_change_once() -> None:
    """What is not changed is not reported; each change comes with the document that caused it."""
    seen: list[tuple[str, str, str]] = []
    files = MemoryFiles(
        {
            "kustomization.yaml": "resources: [r.yaml]\npatches:\n- path: p.yaml\n- path: p.yaml\n"
            "- {patch: {$patch: delete}, target: {name: b}}\nnamespace: ns\n",
            "r.yaml": "{apiVersion: v1, kind: Pod, metadata: {name: a}}\n---\n"
            "{apiVersion: v1, kind: Pod, metadata: {name: b}}",
            "p.yaml": "\n{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {x: 1}}",
        }
    )
    build_resources(
        files,
        observer=lambda before, after, cause: seen.append(
            (str(before and before.id), str(after and after.id), str(cause.origin()))
        ),
    )
    assert seen == [
        ("None", "Pod/a", "r.yaml:1"),
        ("None", "Pod/b", "r.yaml:3"),
        ("Pod/a", "Pod/a", "p.yaml:2"),
        ("Pod/b", "None", "kustomization.yaml:5 patches[2].patch"),
        ("Pod/a", "Pod/ns/a", "kustomization.yaml:6 namespace"),
    ]


POD = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c}]}}\n"
AFTER_A_GAP = {
    "an object": "patches: [{patch: {apiVersion: v1, kind: Pod, metadata: {name: b}}}]",
    "a target": "patches: [{target: {kind: Pod, name: b}, patch: {spec: {x: 1}}}]",
    "a pattern": "patches: [{target: {kind: Pod, name: 'b.*'}, patch: {spec: {x: 1}}}]",
    "a number": "patches: [{target: {kind: Pod}, expects: 2, patch: {spec: {x: 1}}}]",
    "a number by name": "patches: [{patch: {apiVersion: v1, kind: Pod, metadata: {name: a}}, expects: 2}]",
    "a count": "replicas: [{name: b, count: 1}]",
    "a merge": "configMapGenerator: [{name: b, behavior: merge, literals: [a=b]}]",
}


@pytest.mark.parametrize("what", AFTER_A_GAP)
def test_what_a_gap_may_bring(what: str) -> None:
    """Objects that are missing are no fault where they may have been left out, and are one elsewhere."""
    files = MemoryFiles({"kustomization.yaml": f"resources: [r.yaml]\n{AFTER_A_GAP[what]}", "r.yaml": POD})
    assert attempt(files, gaps={"": ANYTHING}).faults == ()
    assert len(attempt(files, gaps={"": CHANGE}).faults) == 1
    other = Gap(lambda kind, _: kind == "Namespace")
    assert len(attempt(files, gaps={"": other}).faults) == 1


VALUES = {
    "a strategic patch": "patches: [{target: {kind: Pod}, patch: {spec: {containers: [{image: x}]}}}]",
    "a JSON patch": "patches: [{target: {kind: Pod}, patch: [{op: remove, path: /spec/x}]}]",
    "a replacement": "replacements: [{source: {kind: Pod, fieldPath: spec.x}, "
    "targets: [{select: {kind: Pod}, fieldPaths: [spec.y]}]}]",
}  # fmt: skip


@pytest.mark.parametrize("what", VALUES)
def test_what_a_gap_may_change(what: str) -> None:
    """What an object does not hold is no fault where something that may change it was left out."""
    files = MemoryFiles({"kustomization.yaml": f"resources: [r.yaml]\n{VALUES[what]}", "r.yaml": POD})
    assert attempt(files, gaps={"": CHANGE}).faults == ()
    assert len(attempt(files).faults) == 1


def test_patches_after_one_that_failed() -> None:
    """Of patches of one place that fail, the first is told: the next may rest on it. Those of others are told, too."""
    text = """
    resources: [r.yaml]
    patches:
    - {target: {kind: Pod, name: aa}, patch: {spec: {x: {y: z}}}}
    - {target: {kind: Pod, name: a}, patch: [{op: add, path: /spec/x/z, value: 1}]}
    - {target: {kind: ConfigMap, name: other}, patch: [{op: add, path: /data/x/z, value: 1}]}
    - {target: {kind: ConfigMap, name: other}, patch: [{op: add, path: /data/x/z/y, value: 1}]}
    - {target: {kind: ConfigMap, name: other}, patch: [{op: add, path: /data/y/z, value: 1}]}
    """
    other = "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: other}}\n"
    found = attempt(MemoryFiles({"kustomization.yaml": text, "r.yaml": POD + other})).faults
    assert [str(fault.at).partition(" ")[2] for fault in found] == [
        "patches[0].target",
        "patches[2].patch[0]",
        "patches[4].patch[0]",
    ]
