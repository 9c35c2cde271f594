"""Places inside of values: what is found there, and updates that copy only along the way."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_operator.engine.paths import Json, Path, depth, dotted, get, length, put, remove, same, update

VALUE = {"a": {"b": [1, {"c": 2}]}, "d": None, "e": [[{"x": 1}], {"x": 2}]}

DOTTED: dict[str, Path] = {
    "": (),
    "a.b[0].c": ("a", "b", 0, "c"),
    "$patch.a-b_1": ("$patch", "a-b_1"),
    '["a.b/c"].d': ("a.b/c", "d"),
    'a["x y"]': ("a", "x y"),
    r'["quote \" and \\"]': ('quote " and \\',),
    '[""]': ("",),
    "[0][1]": (0, 1),
}


@pytest.mark.parametrize("text", DOTTED)
def test_dotted(text: str) -> None:
    """Keys that hold other characters than plain names stand in brackets and quotes."""
    assert dotted(DOTTED[text]) == text


GET: list[tuple[Path, Json]] = [
    ((), VALUE),
    (("a", "b", 1, "c"), 2),
    (("a", "b", -1, "c"), 2),
    (("a", "b", 2), None),
    (("a", "b", "0"), None),
    (("a", "b", 0, "c"), None),
    (("d", "x"), None),
    (("gone", "x"), None),
    ((0,), None),
]


@pytest.mark.parametrize(("path", "want"), GET)
def test_get(path: Path, want: Json) -> None:
    """Where the way ends early there is None."""
    assert get(VALUE, *path) == want


PUT: list[tuple[Json, Path, Json]] = [
    ({"a": 1}, (), "new"),
    ({"a": 1}, ("b",), {"a": 1, "b": "new"}),
    ({"a": {"x": 1}}, ("a", "y"), {"a": {"x": 1, "y": "new"}}),
    ({}, ("a", "b", "c"), {"a": {"b": {"c": "new"}}}),
    ({"a": None}, ("a", "b"), {"a": {"b": "new"}}),
    ({"a": 1}, ("a", "b"), {"a": {"b": "new"}}),
    ([1, 2], (1,), [1, "new"]),
    ([1, {"a": 1}], (1, "a"), [1, {"a": "new"}]),
    ([1, 2], (5,), [1, 2]),
]


@pytest.mark.parametrize(("value", "path", "want"), PUT)
def test_put(value: Json, path: Path, want: Json) -> None:
    """Maps on the way are made, lists are not."""
    before = copy.deepcopy(value)
    assert put(value, path, "new") == want
    assert value == before


REMOVE: list[tuple[Json, Path, Json]] = [
    ({"a": 1, "b": 2}, ("a",), {"b": 2}),
    ({"a": {"b": 1, "c": 2}}, ("a", "b"), {"a": {"c": 2}}),
    ([1, 2, 3], (1,), [1, 3]),
    ([{"a": 1}, {"a": 2}], (1, "a"), [{"a": 1}, {}]),
    ({"a": 1}, ("b",), {"a": 1}),
    ({"a": 1}, ("a", "b"), {"a": 1}),
    ([1], (3,), [1]),
    ([1], ("a",), [1]),
]


@pytest.mark.parametrize(("value", "path", "want"), REMOVE)
def test_remove(value: Json, path: Path, want: Json) -> None:
    """What is not there need not be removed."""
    before = copy.deepcopy(value)
    assert remove(value, path) == want
    assert value == before


UPDATE: dict[str, tuple[Json, str, Json, Json]] = {
    "a field": ({"a": {"b": 1}}, "a b", None, {"a": {"b": "1!"}}),
    "no step means the value itself": (1, "", None, "1!"),
    "a list stands for its items": ({"a": [{"b": 1}, {"b": 2}]}, "a b", None, {"a": [{"b": "1!"}, {"b": "2!"}]}),
    "lists inside of lists as well": ({"a": [[{"b": 1}]]}, "a b", None, {"a": [[{"b": "1!"}]]}),
    "a last list goes to `change` itself": ({"a": [1]}, "a", None, {"a": "[1]!"}),
    "a missing field stays missing": ({"a": {}}, "a b", None, {"a": {}}),
    "a missing field is made": ({"a": {}}, "a b", 0, {"a": {"b": "0!"}}),
    "and the maps on the way": ({}, "a b", 0, {"a": {"b": "0!"}}),
    "null is as good as missing": ({"a": None}, "a b", 0, {"a": {"b": "0!"}}),
    "in each item of a list": ({"a": [{}, {"b": 1}]}, "a b", 0, {"a": [{"b": "0!"}, {"b": "1!"}]}),
    "a list is never made": ({}, "a[] b", 0, {}),
    "a list that is there is used": ({"a": [{}]}, "a[] b", 0, {"a": [{"b": "0!"}]}),
    "a scalar on the way ends it": ({"a": 1}, "a b", 0, {"a": 1}),
    "in a list too": ({"a": [1, {}]}, "a b", 0, {"a": [1, {"b": "0!"}]}),
}


@pytest.mark.parametrize("rule", UPDATE)
def test_update(rule: str) -> None:
    """A change is made wherever the path leads."""
    value, path, create, want = UPDATE[rule]
    before = copy.deepcopy(value)
    assert update(value, tuple(path.split()), lambda old: f"{old}!", create=create) == want
    assert value == before


def test_update_shares_what_stays() -> None:
    """The same object comes back when nothing changed, and parts beside the path are never copied."""
    value: Json = {"a": [{"b": 1}], "c": {"d": [1]}}
    assert update(value, ("a", "b"), lambda old: old) is value
    assert update(value, ("a", "x"), lambda old: old) is value
    changed = update(value, ("a", "b"), lambda _: 2)
    assert changed["c"] is value["c"]


DIFFERENT = [(1, 1.0), (1, True), (0, False), ("1", 1), (None, False), ([1], [1, 1]), ({"a": 1}, {"b": 1}), ([], {})]


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_not_same(left: Json, right: Json) -> None:
    """Types count, at any depth."""
    assert not same(left, right)
    assert not same({"a": [left]}, {"a": [right]})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=10,
)


@given(VALUES)
def test_same(value: Any) -> None:
    """A copy is the same, whatever the order of its keys."""
    assert same(value, copy.deepcopy(value))
    if isinstance(value, dict):
        assert same(value, dict(reversed(value.items())))


@given(VALUES, st.lists(st.text(max_size=2), min_size=1, max_size=3).map(tuple), VALUES)
def test_put_then_get(value: Any, path: Any, new: Any) -> None:
    """What was put is found, and gone when it is removed."""
    changed = put(value, path, new)
    assert get(changed, *path) is new
    assert get(remove(changed, path), *path) is None


def test_depth() -> None:
    """Maps and lists count, scalars do not."""
    values: list[Json] = [1, {}, [], [1], [[]], {"a": [{}], "b": 1}]
    assert list(map(depth, values)) == [0, 1, 1, 1, 2, 3]


def test_length() -> None:
    """Keys count, numbers do not."""
    assert length({"ab": ["cde", 1, None, {"f": "g"}]}) == 7
