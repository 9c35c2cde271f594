"""What kustomizations say about other kinds, and the built-in plugins; tables: `built/`."""

from __future__ import annotations

from typing import Any

import pytest

from django_operator.engine import field_tables, schema
from django_operator.engine.accumulator import Accumulator
from django_operator.engine.build import build
from django_operator.engine.configurations import with_configuration, with_crd
from django_operator.engine.fieldspecs import FieldSpec, Gvk
from django_operator.engine.files import MemoryFiles
from django_operator.engine.plugin_kinds import GENERATORS, TRANSFORMERS
from django_operator.engine.resources import ResourceSet
from django_operator.engine.yamlio import parse
from tests.built import check, rows


@pytest.mark.parametrize("row", [*rows("configurations"), *rows("plugins")])
def test_table(row: dict[str, Any]) -> None:
    """Each row builds as it says."""
    check(row)


def test_rows_that_are_there_are_not_added() -> None:
    """A row that another of the same path covers changes nothing; the built-in tables stay as they are."""
    before = field_tables.builtin()
    text = 'images:\n- {path: "spec/containers[]/image", create: true}\n- {path: spec/image, kind: Foo}\n'
    after = with_configuration(before, parse(text, "c.yaml")[0])
    assert after.images == (*before.images, FieldSpec(("spec", "image"), Gvk(kind="Foo")))
    assert field_tables.builtin() is before


def test_types_that_contain_themselves() -> None:
    """Definitions that refer to each other in a circle are followed once."""
    text = """
    x.Node: {Schema: {properties: {apiVersion: {}, kind: {}, metadata: {}, spec: {$ref: x.Spec}}}}
    x.Spec: {Schema: {properties: {next: {$ref: x.Spec}, id: {type: string, x-kubernetes-identity: ""},
      all: {type: array, items: {$ref: x.Spec}}}}}
    """
    acc = Accumulator(MemoryFiles({}), ResourceSet(), field_tables.builtin(), schema.builtin())
    with_crd(acc, parse(text, "crd.yaml")[0])
    assert acc.specs.name_prefix[1:] == (FieldSpec(("spec", "id"), Gvk(kind="Node")),)


def test_openapi_adds_merge_keys() -> None:
    """A document of `openapi.path` is laid over the schema of this build, and of no other."""
    files = {
        "kustomization.yaml": "resources: [r.yaml]\nopenapi: {path: o.json}\npatches: [{path: p.yaml}]\n",
        "r.yaml": "{apiVersion: e.io/v1, kind: Foo, metadata: {name: x}, spec: {items: [{n: a, v: 1}, {n: b, v: 2}]}}",
        "p.yaml": "{apiVersion: e.io/v1, kind: Foo, metadata: {name: x}, spec: {items: [{n: b, v: 3}]}}",
        "o.json": """{"definitions": {"io.e.v1.Foo": {
            "x-kubernetes-group-version-kind": [{"group": "e.io", "version": "v1", "kind": "Foo"}],
            "properties": {"spec": {"properties": {"items": {"type": "array", "x-kubernetes-patch-strategy": "merge",
              "x-kubernetes-patch-merge-key": "n", "items": {"type": "object"}}}}}}}}""",
    }
    (body,) = build(MemoryFiles(files))
    assert body["spec"]["items"] == [{"n": "a", "v": 1}, {"n": "b", "v": 3}]
    files["kustomization.yaml"] = "resources: [r.yaml]\npatches: [{path: p.yaml}]\n"
    (body,) = build(MemoryFiles(files))
    assert body["spec"]["items"] == [{"n": "b", "v": 3}]


def test_every_builtin_plugin_is_known() -> None:
    """The kinds are those of kustomize v5.8.1 (api/internal/plugins/builtinhelpers), but for helm's."""
    generators = {"ConfigMapGenerator", "IAMPolicyGenerator", "SecretGenerator"}
    transformers = {"Annotations", "Hash", "ImageTag", "Label", "Namespace", "PatchJson6902", "PatchStrategicMerge"}
    transformers |= {"Patch", "PrefixSuffix", "Prefix", "Suffix", "Replacement", "ReplicaCount", "ValueAdd"}
    assert set(GENERATORS) == generators
    assert set(TRANSFORMERS) == {f"{name}Transformer" for name in transformers}
