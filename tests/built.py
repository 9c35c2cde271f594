"""Tables of builds: kustomizations held in memory, and the objects or the error that they give.

A table has `files` that all its `rows` share. A row has `rule`, `files` of its own, `root` where the kustomization is
not at their top, and one of
  changes   the fields that differ from the objects in r.yaml, by object and path; null for one that is gone
  order     the objects, in order
  want      the objects in full
  error     texts that the message contains
as kustomize v5.8.1 has it, unless `differs` says why not.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from django_operator.engine.build import build
from django_operator.engine.emit import dump
from django_operator.engine.errors import RenderError
from django_operator.engine.files import MemoryFiles
from django_operator.engine.paths import dotted, same
from django_operator.engine.resources import id_of
from django_operator.engine.yamlio import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.engine import paths

TABLES = Path(__file__).parent / "rules" / "built"


def rows(name: str) -> list[Any]:
    """Return the rows of a table as parameters of a test, each under its rule, with the files of the table."""
    table = parse((TABLES / f"{name}.yaml").read_text(), name)[0].value
    return [
        pytest.param({**row, "files": {**table["files"], **row.get("files", {})}}, id=row["rule"])
        for row in table["rows"]
    ]


def check(row: dict[str, Any]) -> None:
    """Build a row's files and compare."""
    files, root = MemoryFiles(row["files"]), row.get("root", "")
    if "error" in row:
        with pytest.raises(RenderError) as caught:
            build(files, root, order="legacy")
        for text in row["error"]:
            assert text in str(caught.value)
        return
    got = build(files, root, order="legacy")
    if "order" in row:
        assert [f"{id_of(body).api_version} {id_of(body)}" for body in got] == row["order"]
    elif "changes" in row:
        found = changes([document.value for document in parse(row["files"]["r.yaml"], "r.yaml")], got)
        assert same(found, row["changes"]), found
    else:
        assert same(got, [document.value for document in parse(row["want"], "want")]), dump(got)


def changes(before: list[paths.Body], after: list[paths.Body]) -> dict[str, Any]:
    """Return the fields that differ between two lists of objects: `Deployment/app spec.replicas` and the new value."""
    old, new = fields(before), fields(after)
    gone = dict.fromkeys(old.keys() - new.keys())
    return gone | {place: value for place, value in new.items() if place not in old or not same(value, old[place])}


def fields(bodies: list[paths.Body]) -> dict[str, Any]:
    """Return every scalar and every empty map or list of some objects, by object and path."""
    return {f"{id_of(body)} {dotted(path)}": value for body in bodies for path, value in _leaves(body, ())}


def _leaves(value: Any, path: paths.Path) -> Iterator[tuple[paths.Path, Any]]:
    if isinstance(value, dict | list) and value:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(item, (*path, key))
    else:
        yield path, value
