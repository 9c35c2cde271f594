"""Every written case, through the engine and through kustomize, has the relation that the case says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from django_operator.engine.build import build
from django_operator.engine.errors import RenderError
from django_operator.engine.files import DiskFiles
from tests.conformance.case import FAILS, BothFail, Case, Differs, Equal, Outcome, Refused, pick
from tests.conformance.cases import CASES
from tests.oracle import Json, KustomizeError, krusty, kustomize_build, same_objects, same_order

DOCUMENTED = Path(__file__).parents[2] / "docs" / "kustomize.md"


def write(case: Case, folder: Path) -> Path:
    """Write a case's files and return the folder to build."""
    for name, text in case.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / case.root


def ours(case: Case, folder: Path) -> list[Json] | RenderError:
    """Return the engine's build."""
    write(case, folder)
    try:
        return build(DiskFiles(str(folder)), "" if case.root == "." else case.root, order="legacy")
    except RenderError as error:
        return error


def theirs(case: Case) -> list[Json] | KustomizeError:
    """Return kustomize's build."""
    try:
        return krusty().build(case.files, case.root)
    except KustomizeError as error:
        return error


@pytest.mark.parametrize("name", CASES)
def test_case(name: str, tmp_path: Path) -> None:
    """The two builds relate as the case says."""
    case = CASES[name]
    mine = ours(case, tmp_path)
    match case.verdict:
        case Equal(ordered=ordered):
            its = theirs(case)
            assert not isinstance(its, Exception), f"kustomize refuses: {its}"
            assert not isinstance(mine, Exception), f"we refuse: {mine}"
            assert same_objects(mine, its, ordered=("env", "initContainers") if ordered else ()) == []
            assert same_order(mine, its) == []
        case BothFail(says=says):
            assert isinstance(theirs(case), Exception), "kustomize accepts this"
            assert isinstance(mine, RenderError), "we accept this"
            assert re.search(says, str(mine)), str(mine)
        case Refused(says=says):
            assert isinstance(mine, RenderError), "we accept this"
            assert re.search(says, str(mine)), str(mine)
        case Differs(at=at, ours=our_value, theirs=their_value):
            assert (_at(mine, at), _at(theirs(case), at)) == (our_value, their_value)


def _at(result: list[Json] | Exception, at: str) -> Json | Outcome:
    return FAILS if isinstance(result, Exception) else pick(result, at)


def test_differences_are_documented() -> None:
    """Each difference has its row in docs/kustomize.md, and each row a case that shows it."""
    rows = re.findall(r"^\| `([a-z0-9-]+)` \|", DOCUMENTED.read_text(encoding="utf-8"), re.MULTILINE)
    shown = {case.verdict.row for case in CASES.values() if isinstance(case.verdict, Differs)}
    assert sorted(rows) == sorted(shown)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.verdict == Equal()][::20])
def test_server_agrees_with_binary(name: str, tmp_path: Path) -> None:
    """The server of the tests gives what the kustomize binary prints."""
    folder = write(CASES[name], tmp_path)
    assert kustomize_build(folder) == krusty().build(CASES[name].files, CASES[name].root)
