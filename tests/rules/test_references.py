"""Names that follow the objects they mean: the table `built/references.yaml`, and each row through kustomize too."""

from __future__ import annotations

from typing import Any

import pytest

from django_operator.engine.build import build
from django_operator.engine.files import MemoryFiles
from tests.built import check, rows
from tests.oracle import krusty, same_objects


@pytest.mark.parametrize("row", rows("references"))
def test_table(row: dict[str, Any]) -> None:
    """Each row builds as it says."""
    check(row)


@pytest.mark.parametrize("row", [row for row in rows("references") if not {"error", "differs"} & row.values[0].keys()])
def test_as_kustomize(row: dict[str, Any]) -> None:
    """Rows that do not say otherwise build as kustomize builds them."""
    assert same_objects(build(MemoryFiles(row["files"])), krusty().build(row["files"])) == []
