"""`vars`: the table `built/variables.yaml`, and which fields may refer to them."""

from __future__ import annotations

from typing import Any

import pytest

from django_operator.engine import field_tables, schema
from django_operator.engine.accumulator import Accumulator, load_resource
from django_operator.engine.fieldspecs import FieldSpec, Gvk, path_of
from django_operator.engine.files import MemoryFiles
from django_operator.engine.resources import ResourceSet
from django_operator.engine.variables import resolve, text_fields
from django_operator.engine.yamlio import parse
from tests.built import check, rows


@pytest.mark.parametrize("row", rows("variables"))
def test_table(row: dict[str, Any]) -> None:
    """Each row builds as it says."""
    check(row)


def test_unused_names_are_told() -> None:
    """The names that no field refers to come back; an empty list of variables changes nothing."""
    acc = Accumulator(MemoryFiles({}), ResourceSet(), field_tables.builtin(), schema.builtin())
    text = '{apiVersion: v1, kind: Pod, metadata: {name: p, annotations: {a: "$(A)$$"}}}'
    (resource,) = load_resource(parse(text, "pod.yaml")[0])
    acc.resources.add(resource)
    assert resolve(acc) == ()
    assert [each.body["metadata"]["annotations"] for each in acc.resources] == [{"a": "$(A)$$"}]
    reference = "objref: {kind: Pod, name: p}"
    (listed,) = parse(f"[{{name: A, {reference}}}, {{name: B, {reference}}}]", "vars.yaml")
    acc.variables = (listed.at(0), listed.at(1))
    assert resolve(acc) == ("B",)
    assert [each.body["metadata"]["annotations"] for each in acc.resources] == [{"a": "p$"}]


@pytest.mark.parametrize(
    ("kind", "path", "known"),
    [
        ("CronJob", "spec/jobTemplate/spec/template/spec/initContainers/env/value", True),
        ("Pod", "spec/containers/command", True),
        ("StatefulSet", "spec/template/spec/containers/volumeMounts/mountPath", True),
        ("Ingress", "spec/tls/hosts", True),
        ("", "metadata/labels", True),
        ("Service", "spec/ports/port", False),
        ("ReplicationController", "spec/template/spec/containers/args", False),
    ],
)
def test_fields(kind: str, path: str, known: bool) -> None:
    """The fields are kustomize's that hold strings; the ports of a Service keep the type of the value."""
    assert (FieldSpec(path_of(path), Gvk(kind=kind)) in text_fields()) is known
