"""Sets of fields: union and difference against plain sets of paths, and the rows where trees are treacherous."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_operator.apply.fieldset import Fields, difference, names, present, union

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django_operator.engine.paths import Path

Member = tuple[str, ...]


def tree(members: Iterable[Member]) -> Fields:
    """Return a set written as the API server writes it."""
    out: Fields = {}
    for member in members:
        node = out
        for key in member:
            node = node.setdefault(key, {})
        node["."] = {}

    def trimmed(node: Fields) -> Fields:
        return {} if list(node) == ["."] else {key: trimmed(below) for key, below in node.items()}

    return trimmed(out)


def members(fields: Fields, path: Member = ()) -> Iterator[Member]:
    """Yield what a set has in it."""
    for key, node in fields.items():
        if key == ".":
            yield path
        elif not node:
            yield (*path, key)
        else:
            yield from members(node, (*path, key))


KEYS = st.sampled_from(["f:a", "f:b", 'k:{"name":"x"}', 'v:"y"'])
SETS = st.sets(st.lists(KEYS, min_size=1, max_size=4).map(tuple), max_size=8)


@given(SETS, SETS)
def test_as_sets_of_paths(one: set[Member], other: set[Member]) -> None:
    """Trees are only a way to write them; arguments stay as they are."""
    left, right = tree(one), tree(other)
    assert set(members(left)) == one
    assert union(left, right) == tree(one | other)
    assert difference(left, right) == tree(one - other)
    assert (left, right) == (tree(one), tree(other))


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ({"f:a": {}}, {"f:a": {"f:b": {}}}, {"f:a": {".": {}, "f:b": {}}}),
        ({"f:a": {"f:b": {}}}, {"f:a": {}}, {"f:a": {".": {}, "f:b": {}}}),
        ({"f:a": {"f:b": {}}}, {"f:a": {"f:c": {}}}, {"f:a": {"f:b": {}, "f:c": {}}}),
        ({}, {"f:a": {}}, {"f:a": {}}),
    ],
)
def test_a_leaf_is_a_member(one: Fields, other: Fields, both: Fields) -> None:
    """What is owned itself stays so when something below it comes in: a plain merge of the trees would lose that."""
    assert union(one, other) == both


BODY = {
    "spec": {
        "args": ["a", "b"],
        "replicas": 1,
        "containers": [{"name": "x", "image": "i"}, {"name": "y"}],
        "ports": [{"containerPort": 80}, {"containerPort": 80, "protocol": "UDP"}],
        "finalizers": ["f1", "f2"],
    }
}
OWNED = {
    "f:spec": {
        "f:args": {},
        "f:replicas": {},
        "f:gone": {},
        "f:containers": {'k:{"name":"x"}': {".": {}, "f:name": {}, "f:image": {}}, 'k:{"name":"z"}': {}},
        "f:ports": {'k:{"containerPort":80,"protocol":"TCP"}': {}},
        "f:finalizers": {'v:"f2"': {}},
    }
}


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (("spec", "replicas"), "yes"),
        (("spec",), "yes"),
        (("spec", "args"), "yes"),
        (("spec", "args", 1), "around"),
        (("spec", "other"), "no"),
        (("spec", "containers", 0), "yes"),
        (("spec", "containers", 0, "image"), "yes"),
        (("spec", "containers", 0, "command"), "no"),
        (("spec", "containers", 1), "no"),
        (("spec", "containers", 7), "no"),
        (("spec", "ports", 0), "yes"),
        (("spec", "ports", 1), "no"),
        (("spec", "finalizers", 0), "no"),
        (("spec", "finalizers", 1), "yes"),
    ],
)
def test_names(path: Path, answer: str) -> None:
    """Items of lists by their keys, by their value, or as part of one atomic list."""
    assert names(OWNED, BODY, path) == answer


def test_nothing_is_named_by_nothing() -> None:
    """An empty set is no leaf."""
    assert names({}, BODY, ("spec",)) == "no"


def test_present() -> None:
    """What an object does not have is left out."""
    assert present(OWNED, BODY) == {
        "f:spec": {
            "f:args": {},
            "f:replicas": {},
            "f:containers": {'k:{"name":"x"}': {".": {}, "f:name": {}, "f:image": {}}},
            "f:ports": {'k:{"containerPort":80,"protocol":"TCP"}': {}},
            "f:finalizers": {'v:"f2"': {}},
        }
    }
