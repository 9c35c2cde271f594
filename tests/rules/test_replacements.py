"""Replacements: the table `built/replacements.yaml`, and the paths they are written with."""

from __future__ import annotations

from typing import Any

import pytest

from django_operator.engine.fieldpaths import MISSING, Match, look_up, read_path, text_of, typed, write
from tests.built import check, rows

PATHS = [
    ("a", ("a",)),
    (".a.b", ("a", "b")),
    (r"a.b\.c.d", ("a", "b.c", "d")),
    ("a.[b.c/d].e", ("a", "b.c/d", "e")),
    ("a.[name=x.y].b", ("a", Match("name", "x.y"), "b")),
    ("a.[=--flag=1]", ("a", Match("", "--flag=1"))),
    ("a.0.*.-", ("a", "0", "*", "-")),
    (r"\.a", (".a",)),
]
BAD_PATHS = ["", ".", "a..b", "a.[b", "a.[b]c", "a.[x=y]z.b"]
TYPED = [
    ("8080", 8080),
    ("-1", -1),
    ("1.5", 1.5),
    ("true", True),
    ("null", "null"),
    ("", ""),
    ("-", "-"),
    ("yes", "yes"),
    ("0777", "0777"),
    ("a: b", "a: b"),
    ("{}", "{}"),
    ("1.2.3", "1.2.3"),
    ("2020-01-01", "2020-01-01"),
]


@pytest.mark.parametrize("row", rows("replacements"))
def test_table(row: dict[str, Any]) -> None:
    """Each row builds as it says."""
    check(row)


@pytest.mark.parametrize(("text", "steps"), PATHS)
def test_paths(text: str, steps: tuple[Any, ...]) -> None:
    """Dots part steps, save escaped ones and those in brackets."""
    assert read_path(text) == steps


@pytest.mark.parametrize("text", BAD_PATHS)
def test_bad_paths(text: str) -> None:
    """What is no path is refused."""
    with pytest.raises(ValueError, match=r"empty|bracket"):
        read_path(text)


@pytest.mark.parametrize(("text", "value"), TYPED)
def test_types(text: str, value: Any) -> None:
    """A text is read as an unquoted YAML 1.2 scalar would be; nothing becomes null, a map or a list."""
    assert (typed(text), type(typed(text))) == (value, type(value))


def test_writing_shares_what_does_not_change() -> None:
    """The input stays as it was, and what is beside the way is the same object."""
    before: dict[str, Any] = {"a": [{"n": 1, "x": {}}, {"n": 2}], "b": {}}
    after, hits = write(before, read_path("a.[n=2].v"), lambda old: (old is MISSING, 3), create=True)
    assert (after, hits) == ({"a": [{"n": 1, "x": {}}, {"n": 2, "v": (True, 3)}], "b": {}}, 1)
    assert before == {"a": [{"n": 1, "x": {}}, {"n": 2}], "b": {}}
    assert after["b"] is before["b"]
    assert after["a"][0] is before["a"][0]


def test_writing_nowhere_changes_nothing() -> None:
    """A path that leads nowhere gives the very same value back."""
    before: dict[str, Any] = {"a": {"b": "c"}, "l": []}
    for path in ("a.x", "a.b.c", "l.0", "l.*.x", "a.*", "x.*.y"):
        after, hits = write(before, read_path(path), lambda _: 1, create=False)
        assert (after is before, hits) == (True, 0)


def test_looking_up() -> None:
    """Null is a value, a field that is not there is not."""
    value = {"a": None, "l": [1, True, {"n": "x"}], "0": "key"}
    cases = {"a": None, "l.-": {"n": "x"}, "l.[=true]": True, "l.[n=x].n": "x", "0": "key"}
    for path, want in cases.items():
        assert look_up(value, read_path(path)) == want
    for path in ("b", "a.b", "l.3", "l.*", "l.[n=y]", "l.n"):
        assert look_up(value, read_path(path)) is MISSING
    assert [text_of(item) for item in (None, True, 1, 1.5, "x")] == ["null", "true", "1", "1.5", "x"]
