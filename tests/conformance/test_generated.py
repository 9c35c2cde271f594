"""On random kustomizations the engine gives what kustomize gives, or both refuse; HYPOTHESIS_PROFILE=long: more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import event, given, note

from django_operator.engine.build import build
from django_operator.engine.errors import RenderError
from django_operator.engine.files import MemoryFiles
from tests.conformance.trees import trees
from tests.oracle import KustomizeError, krusty, same_objects, same_order

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.oracle import Json


def _ours(files: Mapping[str, str]) -> list[Json] | str:
    try:
        return build(MemoryFiles(files), "", order="legacy")
    except RenderError as error:
        return str(error)


def _theirs(files: Mapping[str, str]) -> list[Json] | str:
    try:
        return krusty().build(files)
    except KustomizeError as error:
        return str(error)


@given(trees())
def test_tree(files: dict[str, str]) -> None:
    """Same objects in the same order, or refused by both."""
    for name, text in sorted(files.items()):
        note(f"== {name}\n{text}")
    mine, its = _ours(files), _theirs(files)
    event("refused" if isinstance(its, str) else "built")
    if isinstance(mine, str) or isinstance(its, str):
        assert isinstance(mine, str) and isinstance(its, str), f"ours: {mine}\nkustomize: {its}"  # noqa: PT018 - one claim
        return
    assert same_objects(mine, its, ordered=()) == []
    assert same_order(mine, its) == []
