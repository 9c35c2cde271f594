"""What is set on every object alike: the table `built/transform.yaml`, and each row through kustomize as well."""

from __future__ import annotations

from typing import Any

import pytest

from django_operator.engine.build import build
from django_operator.engine.files import MemoryFiles
from django_operator.engine.transform import split_image
from tests.built import check, rows
from tests.oracle import krusty, same_objects


@pytest.mark.parametrize("row", rows("transform"))
def test_table(row: dict[str, Any]) -> None:
    """Each row builds as it says."""
    check(row)


@pytest.mark.parametrize("row", [row for row in rows("transform") if not {"error", "differs"} & row.values[0].keys()])
def test_as_kustomize(row: dict[str, Any]) -> None:
    """Rows that do not say otherwise build as kustomize builds them."""
    assert same_objects(build(MemoryFiles(row["files"])), krusty().build(row["files"])) == []


IMAGES = {
    "nginx": ("nginx", "", ""),
    "nginx:1": ("nginx", "1", ""),
    "reg:5000/a/nginx": ("reg:5000/a/nginx", "", ""),
    "reg:5000/a/nginx:1.2@sha256:ab": ("reg:5000/a/nginx", "1.2", "sha256:ab"),
    "nginx@sha256:ab": ("nginx", "", "sha256:ab"),
    "": ("", "", ""),
}


@pytest.mark.parametrize("image", IMAGES)
def test_split_image(image: str) -> None:
    """The port of a registry is part of the name."""
    assert split_image(image) == IMAGES[image]
