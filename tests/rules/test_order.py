"""The order of a build's objects: the table `built/order.yaml`, and what kustomize leaves to chance."""

from __future__ import annotations

import random
from typing import Any

import pytest

from django_operator.engine.accumulator import load_resource
from django_operator.engine.order import order
from django_operator.engine.resources import ResourceSet
from django_operator.engine.yamlio import parse
from tests.built import check, rows


@pytest.mark.parametrize("row", rows("order"))
def test_table(row: dict[str, Any]) -> None:
    """Each row builds as it says."""
    check(row)


@pytest.mark.parametrize("seed", range(5))
def test_order_does_not_depend_on_the_input(seed: int) -> None:
    """The order is a total one, also where kinds called Namespace have no rank (kustomize goes in circles there)."""
    kinds = [("v1", "Namespace"), ("v2", "Namespace"), ("a.io/v1", "Namespace"), ("z.io/v1", "Thing"), ("v1", "Pod")]
    objects = [(version, kind, name) for version, kind in kinds for name in ("a", "b")]
    (options,) = parse("{order: legacy, legacySortOptions: {orderFirst: [Pod]}}", "options")
    found = []
    for _ in range(3):
        random.Random(seed).shuffle(objects)  # noqa: S311 - shuffled inputs, no secrets
        resources = ResourceSet()
        for version, kind, name in objects:
            (document,) = parse(f"{{apiVersion: {version}, kind: {kind}, metadata: {{name: {name}}}}}", "object")
            (resource,) = load_resource(document)
            resources.add(resource)
        order(resources, options)
        found.append([str(each.id) for each in resources])
    assert found[0] == found[1] == found[2]
    assert found[0][:2] == ["Pod/a", "Pod/b"]
