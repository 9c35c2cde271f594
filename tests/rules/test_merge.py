"""The rules of strategic merge: the tables in `merge/`, a row a rule, and what holds for any patch.

A row: `base` and `patch` stand at `path` (default spec; a number: the only item of a list, named main) of an object of
`kind` (default: one nobody knows) and give `want`, or an error that contains `error` and names a place below `path`.
"""

from __future__ import annotations

import copy
import string
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from django_operator.engine.errors import Origin, RenderError
from django_operator.engine.merge import DELETED, merge
from django_operator.engine.paths import dotted, get, put, same
from django_operator.engine.schema import builtin
from django_operator.engine.yamlio import parse

if TYPE_CHECKING:
    from django_operator.engine import paths

HERE = Path(__file__).parent
CRD = parse((HERE / "box.yaml").read_text(), "box.yaml")[0].value
SCHEMA = builtin().with_crds([CRD])
POD = SCHEMA.root("v1", "Pod")
TABLES = sorted((HERE / "merge").glob("*.yaml"))
ROWS = [
    pytest.param(row, id=f"{table.stem} {number}: {row['rule']}")
    for table in TABLES
    for number, row in enumerate(parse(table.read_text(), table.name)[0].value)
]


def wrap(path: paths.Path, value: Any) -> Any:
    """Return an object with `value` at `path`; a list on the way has one item, named main."""
    for step in reversed(path):
        value = [{"name": "main", **value}] if isinstance(step, int) else {step: value}
    return value


def locate(path: paths.Path) -> Origin:
    """Return an origin that tells the path inside the patch."""
    return Origin("patch.yaml", None, dotted(path))


def merged(base: Any, patch: Any) -> Any:
    """Return a merge of values whose kind is not known."""
    return merge(base, patch, None, locate)


@pytest.mark.parametrize("row", ROWS)
def test_rule(row: dict[str, Any]) -> None:
    """A row gives its value with its keys in order, or its error at its place; inputs stay as they were."""
    path = tuple(int(step) if step.isdigit() else step for step in row.get("path", "spec").split(".") if step)
    api_version, _, kind = row.get("kind", "example.org/v1/Unknown").rpartition("/")
    node = SCHEMA.root(api_version, kind)
    base, patch = wrap(path, row["base"]), wrap(path, row["patch"])
    copies = copy.deepcopy([base, patch])
    if "error" in row:
        with pytest.raises(RenderError) as caught:
            merge(base, patch, node, locate)
        assert row["error"] in str(caught.value)
        assert caught.value.faults[0].at.field.startswith(dotted(path))
    else:
        found = merge(base, patch, node, locate)
        assert same(found, wrap(path, row["want"]))
        assert list(get(found, *path)) == list(get(wrap(path, row["want"]), *path))
    assert same([base, patch], copies)


def test_delete_of_the_whole_object() -> None:
    """`$patch: delete` at the top returns DELETED."""
    patch = {"kind": "Pod", "metadata": {"name": "x"}, "$patch": "delete"}
    assert merge({"kind": "Pod"}, patch, POD, locate) is DELETED


def test_what_is_untouched_is_shared() -> None:
    """Equal parts are one object: the base itself when nothing changes, the patch's own value in a new branch."""
    base = {"spec": {"containers": [{"name": "a", "image": "x"}]}, "data": {"a": "b"}}
    new = {"x": {"y": [{"z": 1}]}}
    assert merge(base, {"data": {"a": "b"}}, POD, locate) is base
    found = merge(base, {"spec": {"nodeSelector": {"a": "b"}}, "new": new}, POD, locate)
    assert get(found, "spec", "containers") is base["spec"]["containers"]
    assert get(found, "new") is new


def test_locate_is_asked_for_errors_only() -> None:
    """Finding a line may be dear, so a merge that works never asks."""

    def never(_: paths.Path) -> Origin:
        raise AssertionError

    patch = {"spec": {"$retainKeys": ["a"], "a": [{"$patch": "replace"}, 1], "$setElementOrder/a": [1]}}
    assert merge({"spec": {"b": 1}}, patch, None, never) == {"spec": {"a": [1]}}


def test_two_schemas_do_not_know_of_each_other() -> None:
    """A CRD given to one build changes no other."""
    base, patch = {"spec": {"set": ["a"]}}, {"spec": {"set": ["b"]}}
    builtin().with_crds([CRD])
    assert merge(base, patch, builtin().root("example.org/v1", "Box"), locate) == patch
    assert merge(base, patch, SCHEMA.root("example.org/v1", "Box"), locate) == {"spec": {"set": ["a", "b"]}}


WORDS = st.sampled_from(["a", "b", "c"])
SCALARS = st.one_of(st.booleans(), st.integers(), st.text(string.ascii_letters, max_size=3))
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3), max_leaves=8
)
ENTRY = st.fixed_dictionaries({"name": WORDS}, optional={"value": st.text(max_size=2)})
PORT = st.fixed_dictionaries(
    {"containerPort": st.integers(1, 3)},
    optional={"protocol": st.sampled_from(["TCP", "UDP"]), "hostPort": st.integers(1, 9)},
)
PROBES = [{"exec": {"command": ["x"]}}, {"httpGet": {"port": 80}}, {"periodSeconds": 3}, {}]


def name_of(item: dict[str, Any]) -> str:
    """Return the key of a container or an env entry."""
    return str(item["name"])


def port_of(item: dict[str, Any]) -> tuple[int, str]:
    """Return the key of a port."""
    return item["containerPort"], item.get("protocol", "TCP")


CONTAINER = st.fixed_dictionaries(
    {"name": WORDS},
    optional={
        "env": st.lists(ENTRY, max_size=3, unique_by=name_of),
        "ports": st.lists(PORT, max_size=4, unique_by=port_of),
        "livenessProbe": st.sampled_from(PROBES),
        "args": st.lists(WORDS, max_size=2),
    },
)
META = st.fixed_dictionaries({"finalizers": st.lists(WORDS, unique=True), "labels": st.dictionaries(WORDS, WORDS)})
SPEC = st.fixed_dictionaries({"containers": st.lists(CONTAINER, max_size=3, unique_by=name_of)})
PODS = st.fixed_dictionaries({"spec": SPEC}, optional={"metadata": META})
"""Pods, which are as well patches of pods without directives."""


@given(VALUES)
def test_an_empty_patch_changes_nothing(value: Any) -> None:
    """Merging nothing returns the base itself."""
    base = {"spec": value}
    assert merged(base, {}) is base


@settings(max_examples=300)
@given(PODS, PODS)
def test_merging_twice_is_merging_once(base: Any, patch: Any) -> None:
    """A patch merged again changes nothing; inputs stay; no key stands twice; items of the base keep their places."""
    copies = copy.deepcopy([base, patch])
    once = merge(base, patch, POD, locate)
    assert same(merge(once, patch, POD, locate), once)
    assert same([base, patch], copies)
    containers = get(once, "spec", "containers")
    for items, key in [(containers, name_of)] + [(item.get("env", []), name_of) for item in containers]:
        assert len(set(map(key, items))) == len(items)
    for item in containers:
        ports = item.get("ports", [])
        assert len(set(map(port_of, ports))) == len(ports)
        assert not {"exec", "httpGet"} <= item.get("livenessProbe", {}).keys()
    before = [item["name"] for item in base["spec"]["containers"]]
    assert [item["name"] for item in containers][: len(before)] == before


@given(st.dictionaries(WORDS, VALUES), st.dictionaries(WORDS, VALUES))
def test_any_two_values_merge_or_say_why(base: Any, patch: Any) -> None:
    """Nothing known of the kind: the patch's plain values and lists stand in the result, or an error names a place."""
    copies = copy.deepcopy([base, patch])
    try:
        found = merged(base, patch)
    except RenderError as error:
        fields = [fault.at.field for fault in error.faults]
    else:
        fields = ["none"]
        assert all(same(found[key], value) for key, value in patch.items() if not isinstance(value, dict))
        assert same(merged(found, patch), found)
    assert all(fields)
    assert same([base, patch], copies)


@given(VALUES, VALUES)
def test_a_new_field_is_put_as_it_is(old: Any, new: Any) -> None:
    """Whatever stands beside it."""
    base = {"old": old}
    assert same(merged(base, {"new": new}), put(base, ("new",), new))
