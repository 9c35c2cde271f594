"""Kustomization files: names, fields, faults, and how they list each other: the table `built/kustomization.yaml`."""

from __future__ import annotations

from typing import Any

import pytest

from django_operator.engine.kustomization import FIELDS, Kustomization, check
from django_operator.engine.yamlio import Document
from tests.built import check as check_row
from tests.built import rows


@pytest.mark.parametrize("row", rows("kustomization"))
def test_table(row: dict[str, Any]) -> None:
    """Each row builds as it says."""
    check_row(row)


@pytest.mark.parametrize("field", FIELDS)
def test_each_field_has_a_type(field: str) -> None:
    """A float fits no field, null fits each."""
    assert list(check(Document({field: 1.5}, "k")))
    assert not list(check(Document({field: None}, "k")))


def test_fields_are_read() -> None:
    """A field that is absent is None, and has no items."""
    found = Kustomization(Document({"resources": ["a", "b"], "kind": "Component"}, "k"), "folder")
    assert found.is_component
    assert not found.lenient
    assert (found.get("resources"), found.get("patches")) == (["a", "b"], None)
    assert [str(each.origin()) for each in found.each("resources")] == ["k resources[0]", "k resources[1]"]
    assert list(found.each("patches")) == []
    assert str(found.origin("resources", 1)) == "k resources[1]"
