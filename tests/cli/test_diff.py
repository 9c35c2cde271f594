"""Differences of JSON values: applying one to the first value gives the second, and nothing else is touched."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from django_operator.engine.diff import diff
from django_operator.engine.json_patch import apply
from django_operator.engine.paths import Json, same

SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([1.0, 0.5, "", "a", "b/c", "~1"])
ITEMS = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(["name", "a", "b/c", "~", ""]), inner, max_size=4)
    ),
    max_leaves=20,
)

TABLE = [
    ("equal values give nothing", {"a": [1, {"b": 2}]}, {"a": [1, {"b": 2}]}, []),
    ("a field is set", {"a": 1}, {"a": 2}, [{"op": "replace", "path": "/a", "value": 2}]),
    ("true is not 1", {"a": 1}, {"a": True}, [{"op": "replace", "path": "/a", "value": True}]),
    ("keys are escaped", {}, {"a/b~": 1}, [{"op": "add", "path": "/a~1b~0", "value": 1}]),
    ("an item is put in", [1, 3], [1, 2, 3], [{"op": "add", "path": "/1", "value": 2}]),
    ("an item is taken out", [1, 2, 3], [1, 3], [{"op": "remove", "path": "/1"}]),
    (
        "a named item keeps its place",
        [{"name": "B", "v": 1}],
        [{"name": "A"}, {"name": "B", "v": 2}],
        [{"op": "replace", "path": "/0/v", "value": 2}, {"op": "add", "path": "/0", "value": {"name": "A"}}],
    ),
]


@pytest.mark.parametrize(("before", "after", "want"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_table(before: Json, after: Json, want: Json) -> None:
    """Each row: a before, an after, and the operations between."""
    assert diff(before, after) == want


@given(ITEMS, ITEMS)
@settings(max_examples=400, deadline=None)
def test_round_trip(before: Json, after: Json) -> None:
    """The difference, applied, gives the other value exactly."""
    assert same(apply(before, diff(before, after)), after)


@given(ITEMS)
def test_nothing_to_do(value: Json) -> None:
    """A value does not differ from itself."""
    assert diff(value, value) == []


def test_long_lists() -> None:
    """Lists too long to align are still right."""
    before = [*range(600), "x"]
    after = [*range(1000, 1700), "y"]
    assert apply(before, diff(before, after)) == after
