"""What is written as YAML: the same to every reader, be it of YAML 1.1 or 1.2, in Python or in Go."""

# ruff: noqa: E501 - a row for each rule

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from django_operator.engine.emit import dump
from django_operator.engine.paths import Json, same
from django_operator.engine.yamlio import parse
from tests.oracle import krusty

WRITTEN: dict[str, tuple[Json, str]] = {
    "plain where nobody can mistake it": ({"a": "b c", "d/e": "x=1,y"}, "a: b c\nd/e: x=1,y\n"),
    "nothing": ({"a": None, "b": "", "c": {}, "d": []}, 'a: null\nb: ""\nc: {}\nd: []\n'),
    "numbers and booleans": ([1, -1, 1.5, True, False], "- 1\n- -1\n- 1.5\n- true\n- false\n"),
    "large integers": (10**30, "1000000000000000000000000000000\n"),
    "floats have a point": ([1e22, 5e-324, -0.0, 1.5e300], "- 1.0e+22\n- 5.0e-324\n- -0.0\n- 1.5e+300\n"),
    "lists stand at the column of their key": ({"a": [{"b": [1]}, [2, [3]]]}, "a:\n- b:\n  - 1\n- - 2\n  - - 3\n"),
    "maps are indented": ({"a": {"b": {"c": 1}}}, "a:\n  b:\n    c: 1\n"),
    "keys keep their order": ({"b": 1, "a": 2}, "b: 1\na: 2\n"),
    "lines are a block": ({"a": "x\ny\n"}, "a: |\n  x\n  y\n"),
    "lines without an end": ({"a": ["x\n\ny"]}, "a:\n- |-\n  x\n\n  y\n"),
    "lines with more than one end": ({"a": "x\n\n\n", "b": 1}, "a: |+\n  x\n\n\nb: 1\n"),
    "a block may hold tabs, colons and hashes": ("\ta: 1 # x\n".lstrip("\t") + "b\t", "|-\n  a: 1 # x\n  b\t\n"),
    "a block cannot begin with a space": (" x\ny", '" x\\ny"\n'),
    "a block cannot hold lines of spaces": ("x\n  \ny", '"x\\n  \\ny"\n'),
    "a block cannot hold carriage returns": ("x\r\ny", '"x\\r\\ny"\n'),
    "quotes: double, if they need no escapes": (["1", "it's"], "- \"1\"\n- it's\n"),
    "quotes: single, if the text has double ones": ('- "a" \\', "'- \"a\" \\'\n"),
    "what cannot be printed is escaped": ("\0\x7f\u2028\ufeff\U000e0001\xa0", '"\\x00\\x7f\\u2028\\ufeff\\U000e0001\\xa0"\n'),
    "what can be is not": (["é", "日本", "😀 "], '- "é"\n- "日本"\n- "😀 "\n'),
    "keys are quoted as well": ({"1": 1, "a: b": 2, "x\ny": 3, "": 4}, '"1": 1\n"a: b": 2\n"x\\ny": 3\n"": 4\n'),
    "a very long key stands alone": ({"k" * 1001: {"a": 1}}, f"? {'k' * 1001}\n:\n  a: 1\n"),
    "a document marker is no text": (["...", "... x", "---", "--- x"], '- "..."\n- "... x"\n- "---"\n- "--- x"\n'),
    "a block at the top is indented": ("---\n...\n", "|\n  ---\n  ...\n"),
}  # fmt: skip


@pytest.mark.parametrize("rule", WRITTEN)
def test_written(rule: str) -> None:
    """A value is written like this."""
    value, text = WRITTEN[rule]
    assert dump([value]) == text


def test_documents() -> None:
    """Documents have three dashes between them; no documents are no text."""
    assert dump([{"a": 1}, {}, [1]]) == "a: 1\n---\n{}\n---\n- 1\n"
    assert dump([]) == ""


MISTAKEN = """\
y n yes no on off true false null Y N Yes NO On OFF True FALSE Null ~ = <<
0 00 007 0o7 0x1f 0b11 1_000 +1 -1 1. .5 1.5 1e3 1E+3 -.5e-3 .inf -.Inf +.INF .nan .NaN 0. 0e0
1:30 22:22 1:30:00 190:20:30.15 2001-12-14 2001-1-1 2001-12-14t21:59:43.10-05:00 2001-12-14T21:59:43Z
- ? : , [ ] { } # & * ! | > ' " % @ ` -a ?a :a a: #a &a *a !a |a >a 'a "a %a @a `a [a] {a}
... --- .... -- .
""".split()  # noqa: SIM905 - a table of words
SPACED = ["", " ", " a", "a ", "a: b", "a #b", "a# b", "a :b", "- a", "? a", "2001-12-14 21:59:43.10 Z", "\t", "a\tb"]


@pytest.mark.parametrize("text", MISTAKEN + SPACED)
def test_text_stays_text(text: str) -> None:
    """A text that some reader would take for something else is quoted: as value, as key, as item."""
    for value in (text, {"a": text}, {text: 1}, [text], {"a": [text]}, [{text: text}]):
        written = dump([value])
        assert same(parse(written, "x")[0].value, value), written
        assert same(yaml.safe_load(written), value), written


def test_text_stays_text_in_go() -> None:
    """So it is to kustomize's reader; most texts of this table are strings to YAML 1.2 and something else to 1.1."""
    data = {f"k{number}": text for number, text in enumerate(MISTAKEN + SPACED)}
    assert through_go({"data": data, "keys": {text: text for text in data.values()}}) == {
        "data": data,
        "keys": {text: text for text in data.values()},
    }


def through_go(value: Json) -> Json:
    """Return what kustomize reads from a value written in a custom object, without going through a build's changes."""
    body = {"apiVersion": "example.org/v1", "kind": "Any", "metadata": {"name": "x"}, "value": value}
    (read,) = krusty().ask(read=dump([body]))["objects"]
    return read["value"]


CHARS = st.characters(exclude_categories=["Cs"])
TEXTS = (
    st.text(CHARS)
    | st.text("yYnN01e.:-+_ #\n\t'\"\\xX~")
    | st.sampled_from(MISTAKEN)
    | st.text(st.sampled_from(" \n\tab:#-|>&*!%@`'\"[]{},?"))
)
INTS = st.integers() | st.integers(-(10**38), 10**38)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | INTS | FLOATS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
@example({"k" * 2000: [1], "b": {"é" * 1200: {}}})
@example([[[]], [{}], {"a": {"b": []}}])
@example(["x\n\n", {"a": "\n"}, ["\n\n"]])
@example([10**39, -(2**63), 2**64])
def test_round_trip(value: Any) -> None:
    """What is written is read as the same value, types included, by our reader and by one of YAML 1.1."""
    written = dump([value])
    documents = parse(written, "x")
    assert same(documents[0].value if documents else None, value), written
    assert same(yaml.safe_load(written), value), written


@given(st.lists(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=3), max_size=4))
def test_round_trip_of_streams(values: list[Any]) -> None:
    """A document never runs into the next one."""
    written = dump(values)
    assert same([document.value for document in parse(written, "x")], values)
    assert same(list(yaml.safe_load_all(written)), values)


@given(st.lists(st.dictionaries(TEXTS, TEXTS, max_size=5), max_size=3))
def test_round_trip_through_go(value: Any) -> None:
    """The texts that kustomize reads are the same."""
    assert through_go(value) == json.loads(json.dumps(value))
