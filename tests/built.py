"""Tables of builds: kustomizations held in memory, and the objects or the error that they give.

A row has `rule`, the `files` of a kustomization (its own text under `kustomization.yaml`), and either `want`, as kustomize
v5.8.1 prints it unless `differs` says why not, or `error`: texts that the message contains.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from django_operator.engine.build import build
from django_operator.engine.emit import dump
from django_operator.engine.errors import RenderError
from django_operator.engine.files import MemoryFiles
from django_operator.engine.paths import same
from django_operator.engine.yamlio import parse

TABLES = Path(__file__).parent / "rules" / "built"


def rows(name: str) -> list[Any]:
    """Return the rows of a table as parameters of a test, each under its rule."""
    found = parse((TABLES / f"{name}.yaml").read_text(), name)[0].value
    return [pytest.param(row, id=row["rule"]) for row in found]


def check(row: dict[str, Any]) -> None:
    """Build a row's files and compare. A build starts at `root`, the top unless said otherwise."""
    files = MemoryFiles(row["files"])
    if "error" in row:
        with pytest.raises(RenderError) as caught:
            build(files, row.get("root", ""), order="legacy")
        for text in row["error"]:
            assert text in str(caught.value)
        return
    got = build(files, row.get("root", ""), order="legacy")
    want = [document.value for document in parse(row["want"], "want")]
    assert dump(got) == dump(want) or same(got, want), dump(got)
