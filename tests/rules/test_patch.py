"""Entries of `patches` and its older kin: the table `built/patch.yaml`."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from django_operator.engine.build import build_resources
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
