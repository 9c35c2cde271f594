"""JSON patches: what RFC 6902 demands beyond its public vectors, the caps, and what errors say."""

# ruff: noqa: E501 - a row for each rule

from __future__ import annotations

import contextlib
import copy
import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from django_operator.engine import json_patch
from django_operator.engine.errors import RenderError
from django_operator.engine.paths import Json, Path, depth, same
from django_operator.engine.yamlio import parse

DOC = {"a": [1, {"b": 2}], "m": {"x/y": 1, "t~": 2, "": 3}, "n": None, "s": "text"}


def patched(document: Json, operations: str | Json) -> Json:
    """Return a patched document; operations may be given as YAML."""
    value = parse(operations, "patch.yaml")[0].value if isinstance(operations, str) else operations
    return json_patch.apply(document, value)


DONE: dict[str, tuple[Json, str, Json]] = {
    "add to a map": ({}, "[{op: add, path: /a, value: 1}]", {"a": 1}),
    "add replaces what is there": ({"a": 1}, "[{op: add, path: /a, value: null}]", {"a": None}),
    "add into a list": ({"a": [1, 3]}, "[{op: add, path: /a/1, value: 2}]", {"a": [1, 2, 3]}),
    "add at its end, by index": ({"a": [1]}, "[{op: add, path: /a/1, value: 2}]", {"a": [1, 2]}),
    "add at its end": ({"a": [1]}, "[{op: add, path: /a/-, value: 2}]", {"a": [1, 2]}),
    "a key that looks like an index": ({"a": {}}, "[{op: add, path: /a/0, value: 1}]", {"a": {"0": 1}}),
    "a key that looks like the end": ({"a": {}}, "[{op: add, path: /a/-, value: 1}]", {"a": {"-": 1}}),
    "the empty key": ({}, "[{op: add, path: /, value: 1}]", {"": 1}),
    "slashes and tildes": ({"a/b": {"c~1": 1}}, "[{op: replace, path: /a~1b/c~01, value: 2}]", {"a/b": {"c~1": 2}}),
    "the whole document": ({"a": 1}, '[{op: replace, path: "", value: {b: 2}}]', {"b": 2}),
    "the whole document, by add": ({"a": 1}, '[{op: add, path: "", value: [1]}]', [1]),
    "the whole document, by move": ({"a": {"b": 1}}, '[{op: move, from: /a, path: ""}]', {"b": 1}),
    "the whole document, by copy": ({"a": {"b": 1}}, '[{op: copy, from: /a, path: ""}]', {"b": 1}),
    "remove": ({"a": [1, 2], "b": 1}, "[{op: remove, path: /a/0}, {op: remove, path: /b}]", {"a": [2]}),
    "move inside a list": ({"a": [1, 2, 3]}, "[{op: move, from: /a/0, path: /a/2}]", {"a": [2, 3, 1]}),
    "move: the path is of the document without it": ({"a": [0, {}, {}]}, "[{op: move, from: /a/0, path: /a/1/x}]", {"a": [{}, {"x": 0}]}),
    "move to where it is": ({"a": 1}, "[{op: move, from: /a, path: /a}]", {"a": 1}),
    "move beside a key it begins with": ({"a": 1}, "[{op: move, from: /a, path: /ab}]", {"ab": 1}),
    "move over its parent": ({"a": {"b": 1}}, "[{op: move, from: /a/b, path: /a}]", {"a": 1}),
    "copy into itself": ({"a": {"b": 1}}, "[{op: copy, from: /a, path: /a/c}]", {"a": {"b": 1, "c": {"b": 1}}}),
    "members nobody knows are passed over": ({}, "[{op: add, path: /a, value: 1, why: because}]", {"a": 1}),
    "a `from` that add does not need": ({"a": 1}, "[{op: add, from: /b, path: /c, value: 1}]", {"a": 1, "c": 1}),
    "test: numbers are equal by value": ({"a": 1, "b": 1.0}, "[{op: test, path: /a, value: 1.0}, {op: test, path: /b, value: 1}]", None),
    "test: order of keys is nothing": ({"a": {"x": 1, "y": [2]}}, "[{op: test, path: /a, value: {y: [2.0], x: 1}}]", None),
    "test: null": ({"a": None}, "[{op: test, path: /a, value: null}]", None),
    "no operations": ({"a": 1}, "[]", None),
}  # fmt: skip


@pytest.mark.parametrize("rule", DONE)
def test_done(rule: str) -> None:
    """A document becomes another one, and is left as it was itself."""
    document, operations, want = DONE[rule]
    before = copy.deepcopy(document)
    result = patched(document, operations)
    assert same(result, document if want is None else want), result
    assert same(document, before)
    assert want is not None or result is document


REFUSED: dict[str, tuple[str, str]] = {
    "no list": ("{op: add}", "p[]: a JSON patch is a list of operations"),
    "no map": ("[1]", "p[0]: an operation is a map with op and path"),
    "no op": ("[{path: /a}]", "p[0]: unknown operation None"),
    "an op of another type": ("[{op: [add], path: /a}]", "p[0]: unknown operation ['add']"),
    "an unknown op": ("[{op: ad, path: /a, value: 1}]", "p[0]: unknown operation 'ad'\n  hint: did you mean add?"),
    "no path": ("[{op: remove}]", "p[0]: remove lacks 'path'"),
    "no value": ("[{op: add, path: /a}]", "p[0]: add lacks 'value'"),
    "no from": ("[{op: copy, path: /a}]", "p[0]: copy lacks 'from'"),
    "a path of another type": ("[{op: remove, path: 1}]", "p[0, 'path']: 1 is no JSON pointer"),
    "a path without a slash": ("[{op: remove, path: a/b}]", "'a/b' is no JSON pointer\n  hint: a pointer starts with /"),
    "a from without a slash": ("[{op: move, from: a, path: /a}]", "p[0, 'from']: 'a' is no JSON pointer"),
    "a stray tilde": ("[{op: remove, path: /a~2}]", "'/a~2' has a stray ~\n  hint: write ~0 for ~ and ~1 for /"),
    "a tilde at the end": ("[{op: remove, path: /a~}]", "has a stray ~"),
    "all faults of form at once": ("[{op: x}, {op: remove}, {op: remove, path: b}]", "p[2, 'path']: 'b' is no JSON pointer"),
    "remove what is not there": ("[{op: remove, path: /mm}]", "p[0]: remove /mm of Pod/x: there is no 'mm'\n  hint: did you mean m?"),
    "replace what is not there": ("[{op: replace, path: /m/z, value: 1}]", "replace /m/z of Pod/x: there is no 'z'"),
    "test what is not there": ("[{op: test, path: /a/7, value: null}]", "test /a/7 of Pod/x: there is no '7'"),
    "copy what is not there": ("[{op: copy, from: /m/tt, path: /x}]", "copy /x of Pod/x: there is no 'tt'\n  hint: there is , t~, x/y"),
    "add below what is not there": ("[{op: add, path: /q/r, value: 1}]", "add /q/r of Pod/x: there is no 'q'"),
    "add below a text": ("[{op: add, path: /s/r, value: 1}]", "add /s/r of Pod/x: /s is neither map nor list"),
    "add below null": ("[{op: add, path: /n/r, value: 1}]", "/n is neither map nor list"),
    "add far behind the end": ("[{op: add, path: /a/3, value: 1}]", "add /a/3 of Pod/x: the list has 2 items"),
    "add at an index that would fill a memory": ("[{op: add, path: /a/1000000000, value: 1}]", "the list has 2 items"),
    "add at one beyond all numbers": ("[{op: add, path: /a/99999999999999999999, value: 1}]", "'99999999999999999999' is no list index"),
    "a leading zero": ("[{op: add, path: /a/01, value: 1}]", "'01' is no list index"),
    "a sign": ("[{op: replace, path: /a/-1, value: 1}]", "there is no '-1'"),
    "a plus": ("[{op: add, path: /a/+1, value: 1}]", "'+1' is no list index"),
    "digits of another script": ("[{op: add, path: /a/\u0661, value: 1}]", "is no list index"),
    "a word for an index": ("[{op: add, path: /a/b, value: 1}]", "'b' is no list index"),
    "the item behind the last": ("[{op: remove, path: /a/-}]", "there is no '-'"),
    "a step below the end": ("[{op: add, path: /a/-/b, value: 1}]", "there is no '-'"),
    "remove everything": ('[{op: remove, path: ""}]', "remove  of Pod/x: the whole document cannot be removed"),
    "move everything": ('[{op: move, from: "", path: /x}]', "a value cannot move into itself"),
    "move into itself": ("[{op: move, from: /a, path: /a/0}]", "move /a/0 of Pod/x: a value cannot move into itself"),
    "move to what is gone by then": ("[{op: move, from: /a/0, path: /a/1/x}]", "there is no '1'"),
    "a test that does not hold": ("[{op: test, path: /s, value: other}]", "test /s of Pod/x: the value there is another one"),
    "a test of true against 1": ("[{op: test, path: /a/0, value: true}]", "another one"),
    "a test of a text against a number": ('[{op: test, path: /a/0, value: "1"}]', "another one"),
    "a test of a map with more": ("[{op: test, path: /a/1, value: {b: 2, c: null}}]", "another one"),
    "a test of a longer list": ("[{op: test, path: /a, value: [1, {b: 2}, 3]}]", "another one"),
    "a test of a map against a list": ("[{op: test, path: /a, value: {}}]", "another one"),
    "the second operation": ("[{op: remove, path: /a}, {op: remove, path: /a}]", "p[1]: remove /a of Pod/x: there is no 'a'"),
}  # fmt: skip


@pytest.mark.parametrize("rule", REFUSED)
def test_refused(rule: str) -> None:
    """An error names the operation, its path and the object, and the document is left as it was."""
    operations, says = REFUSED[rule]
    before = copy.deepcopy(DOC)
    with pytest.raises(RenderError) as caught:
        json_patch.apply(DOC, parse(operations, "x")[0].value, _locate, "Pod/x")
    assert says in str(caught.value)
    assert same(DOC, before)


def _locate(path: Path) -> Any:
    return f"p[{', '.join(map(repr, path))}]"


def test_places() -> None:
    """Without anybody who knows the places, it is the patch."""
    with pytest.raises(RenderError, match=r"^patch: remove /a: there is no 'a'$"):
        json_patch.apply({}, [{"op": "remove", "path": "/a"}])


def test_values_are_not_shared() -> None:
    """What a patch adds is not changed by its later operations, nor is what was copied."""
    operations = parse("[{op: add, path: /a, value: {}}, {op: add, path: /a/b, value: 1}]", "x")[0].value
    for _ in range(2):
        assert json_patch.apply({}, operations) == {"a": {"b": 1}}
    root = parse('[{op: add, path: "", value: {}}, {op: add, path: /b, value: 1}]', "x")[0].value
    for _ in range(2):
        assert json_patch.apply({}, root) == {"b": 1}
    assert patched({"a": {}}, "[{op: copy, from: /a, path: /b}, {op: add, path: /b/c, value: 1}]") == {
        "a": {},
        "b": {"c": 1},
    }


CAPPED: dict[str, tuple[Json, list[Json], str]] = {
    "operations": ({}, [{"op": "test", "path": "", "value": {}}] * 10_001, "more than 10,000 operations"),
    "copies that double": (
        {"a": [1]},
        [{"op": "copy", "from": "/a", "path": "/a/-"}] * 60,
        "copies and moves of more than 200,000 values",
    ),
    "moves of much": (
        {"a": [0] * 50_000},
        [{"op": "move", "from": f"/{one}", "path": f"/{other}"} for one, other in ("ab", "ba") * 5],
        "copies and moves of more than 200,000 values",
    ),
    "depth, by a value": ({"a": {}}, [{"op": "add", "path": "/a/b", "value": json.loads("[" * 99 + "]" * 99)}], "nested deeper"),
    "depth, step by step": (
        {},
        [{"op": "add", "path": "/a" * size, "value": {}} for size in range(1, 200)],
        "nested deeper than 100 levels",
    ),
    "depth, by moves": (
        {"x": json.loads("[" * 60 + "]" * 60)},
        [{"op": "add", "path": "/y", "value": {}}, *({"op": "add", "path": "/y" * size, "value": {}} for size in range(2, 60)),
         {"op": "move", "from": "/x", "path": "/y" * 59 + "/x"}],
        "nested deeper than 100 levels",
    ),
}  # fmt: skip


@pytest.mark.parametrize("rule", CAPPED)
def test_capped(rule: str) -> None:
    """A small patch cannot make a huge or endlessly deep object."""
    document, operations, says = CAPPED[rule]
    with pytest.raises(RenderError, match=says):
        json_patch.apply(document, operations)


def test_many_operations() -> None:
    """Ten thousand operations on a large object are no more than ten thousand small changes."""
    document = {"list": [{"n": number} for number in range(10_000)]}
    operations = [{"op": "replace", "path": f"/list/{number}/n", "value": -1} for number in range(10_000)]
    assert json_patch.apply(document, operations)["list"] == [{"n": -1}] * 10_000
    assert document["list"][5] == {"n": 5}


KEYS = st.sampled_from(["a", "b", "0", "1", "-", "", "x/y", "~"])
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=10,
)
POINTERS = st.lists(st.sampled_from(["a", "b", "0", "1", "2", "-", "", "x~1y", "~0", "9999999999"]), max_size=4).map(
    lambda steps: "".join(f"/{step}" for step in steps)
)
OPERATIONS = st.fixed_dictionaries(
    {"op": st.sampled_from(sorted(json_patch.OPERATIONS)), "path": POINTERS, "from": POINTERS, "value": DOCUMENTS}
)


@settings(max_examples=600)
@given(DOCUMENTS, st.lists(OPERATIONS, max_size=5))
def test_any_patch(document: Any, operations: Any) -> None:
    """Any patch is done or refused, and changes neither the document nor itself; twice is the same."""
    before = copy.deepcopy([document, operations])
    results = []
    for _ in range(2):
        try:
            results.append(json_patch.apply(document, operations, lambda _: None, "x"))  # type: ignore[arg-type,return-value]  # no places
        except RenderError as error:
            results.append(str(error))
        assert same([document, operations], before)
    assert same(results[0], results[1])
    assert depth(results[0]) <= 30


@settings(max_examples=600)
@given(DOCUMENTS, st.lists(OPERATIONS, max_size=6))
@example(
    {"a": {}},
    parse("[{op: add, path: /a/x, value: 1}, {op: copy, from: /a, path: /b}, {op: add, path: /b/y, value: 2}]", "x")[
        0
    ].value,
)
def test_one_by_one(document: Any, operations: Any) -> None:
    """All operations at once do what they do one by one; those that cannot be done are left out."""
    done, result = [], copy.deepcopy(document)
    for each in operations:
        with contextlib.suppress(RenderError):
            result = copy.deepcopy(json_patch.apply(result, [each]))
            done.append(each)
    assert same(json_patch.apply(document, done), result)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(["op", "path", "add", "/a"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["op", "path", "from", "value", "x"]), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(DOCUMENTS, JUNK)
def test_any_junk(document: Any, operations: Any) -> None:
    """What is no patch at all is refused."""
    with contextlib.suppress(RenderError):
        json_patch.apply(document, operations)
