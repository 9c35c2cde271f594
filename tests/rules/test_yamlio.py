"""What is read from YAML, what is refused and on which line, and where each value was written."""

from __future__ import annotations

import pytest

from django_operator.engine.errors import Origin, RenderError
from django_operator.engine.paths import Json, same
from django_operator.engine.yamlio import MAX_TEXT, Document, parse

DEEP = 100

VALUES: dict[str, tuple[str, Json]] = {
    "words of YAML 1.1 are strings": ("[yes, No, ON, off, y, n]", ["yes", "No", "ON", "off", "y", "n"]),
    "true and false in three spellings": ("[true, True, TRUE, false]", [True, True, True, False]),
    "null in four spellings": ("[null, Null, NULL, ~]", [None] * 4),
    "an absent value is null": ("a:\nb: # nothing", {"a": None, "b": None}),
    "odd spellings are strings": ("[tRUE, nULL]", ["tRUE", "nULL"]),
    "octal of YAML 1.1 stays text": ("[0777, 00, -012]", ["0777", "00", "-012"]),
    "octal and hex of YAML 1.2 are numbers": ("[0o777, 0xFf]", [511, 255]),
    "binary and sexagesimal numbers stay text": ("[0b11, 22:22, 1:30:00]", ["0b11", "22:22", "1:30:00"]),
    "underscores are no digits": ("[1_000, 0x_f]", ["1_000", "0x_f"]),
    "dates and times stay text": ("[2001-12-14, 2001-12-14T21:59:43Z]", ["2001-12-14", "2001-12-14T21:59:43Z"]),
    "integers have a sign or none": ("[1, -1, +1, 0, -0]", [1, -1, 1, 0, 0]),
    "integers are exact": ("9007199254740993", 9007199254740993),
    "integers beyond 64 bits are exact": ("123456789012345678901234567890", 123456789012345678901234567890),
    "floats": ("[1.5, -0.5, .5, 1., 1e3, 1E-3, 1.5e+3]", [1.5, -0.5, 0.5, 1.0, 1000.0, 0.001, 1500.0]),
    "a float that underflows is zero": ("1e-999", 0.0),
    "what only begins like a number is text": ("[1s, 500m, 1.2.3, 1e, -, ., .., 0x, 0o8, +]",
                                               ["1s", "500m", "1.2.3", "1e", "-", ".", "..", "0x", "0o8", "+"]),
    "quoted is text": ("""["1", 'true', "null", '']""", ["1", "true", "null", ""]),
    "str by tag": ("[!!str 1, !!str true, ! 1]", ["1", "true", "1"]),
    "types by tag": ("[!!int 1, !!float 1.5, !!float 1, !!bool true, !!null null]", [1, 1.5, 1, True, None]),
    "binary by tag stays base64": ("!!binary |\n  aGVs\n  bG8=", "aGVsbG8="),
    "maps and lists by tag": ("!!map {a: !!seq [1]}", {"a": [1]}),
    "literal blocks": ("a: |\n  x\n   y\n\nb: |-\n  x\nc: |+\n  x\n\n", {"a": "x\n y\n", "b": "x", "c": "x\n\n"}),
    "folded blocks": ("a: >\n  x\n  y\n", {"a": "x y\n"}),
    "JSON is YAML": ('{"a": [1, "\\u00e9", {"b": null}]}', {"a": [1, "é", {"b": None}]}),
    "escapes": (r'"\0\a\t\n\x41\u00e9\U0001F600\N"', "\0\a\t\nAé😀\x85"),
    "aliases are copied": ("a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
    "an anchor is valid until it is set again": ("[&x 1, *x, &x 2, *x]", [1, 1, 2, 2]),
    "an alias may be a key": ("{&k key: 1, b: {*k : 2}}", {"key": 1, "b": {"key": 2}}),
    "merge keys: own keys win": ("[&x {p: 1, q: 1}, {<<: *x, q: 2}]", [{"p": 1, "q": 1}, {"p": 1, "q": 2}]),
    "merge keys: earlier maps win": ("{<<: [{p: 1}, {p: 2, q: 2}]}", {"p": 1, "q": 2}),
    "merge keys, twice": ("<<: {p: 1}\n<<: {p: 2, q: 2}", {"p": 1, "q": 2}),
    "a quoted merge key is a key": ('{"<<": {p: 1}}', {"<<": {"p": 1}}),
    "a byte order mark": ("\ufeffa: 1", {"a": 1}),
    "CRLF": ("a: 1\r\nb: |\r\n  x\r\n  y\r\n", {"a": 1, "b": "x\ny\n"}),
    "tabs after the indentation": ("a:\t1\t# comment", {"a": 1}),
    "a comment, and what only looks like one": ("a: b#c # d", {"a": "b#c"}),
    "deep, but not too deep": ("[" * DEEP + "]" * DEEP, None),
}  # fmt: skip


@pytest.mark.parametrize("rule", VALUES)
def test_value(rule: str) -> None:
    """A text is read as this very value, types included."""
    text, want = VALUES[rule]
    (document,) = parse(text, "file.yaml")
    assert want is None or same(document.value, want), document.value


LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 10)
)
NESTED = "a0: &a0 " + "[" * 90 + "]" * 90 + "\n"
REFUSED: dict[str, tuple[str, int | None, str]] = {
    "a key twice": ("a: 1\nb: 2\na: 3", 3, "duplicate key 'a'"),
    "a key twice, deep inside": ("a:\n  b:\n  - c: 1\n    c: 2", 4, "a.b[0].c: duplicate key 'c'"),
    "a key twice, in JSON": ('{"a": 1,\n "a": 1}', 2, "duplicate key"),
    "a number as a key": ("a: 1\n1: 2", 2, 'key 1 is not a string\n  hint: write "1" in quotes'),
    "true as a key": ("true: 1", 1, "key true is not a string"),
    "null as a key": ("~: 1", 1, "key ~ is not a string"),
    "nothing as a key": ("?\n: 1", 1, "key null is not a string"),
    "a list as a key": ("? [a]\n: 1", 1, "a list or map is not a string"),
    "a map as a key": ("{a: 1}: 1", 1, "a list or map is not a string"),
    "an alias of a list as a key": ("a: &x [1]\n*x : 2", 2, "is not a string"),
    "an unknown tag": ("a: 1\nb: !secret x", 2, "b: tag !secret is not allowed"),
    "a tag that would run code": ("!!python/object/apply:os.system [ls]", 1, "is not allowed"),
    "a tag on a map": ("a: !!omap {b: 1}", 1, "omap is not allowed"),
    "a date by tag": ("!!timestamp 2001-01-01", 1, "timestamp is not allowed"),
    "a value that its tag denies": ("a: !!int one", 1, "a: 'one' is no int"),
    "a bool for an int": ("a: !!int true", 1, "'true' is no int"),
    "an alias without an anchor": ("a: 1\nb: *x", 2, "alias *x has no anchor before it"),
    "an alias inside of its own anchor": ("a: &x\n- *x", 2, "alias *x has no anchor before it"),
    "an anchor of the document before": ("&x 1\n---\n*x", 3, "alias *x has no anchor before it"),
    "a long text many times": (
        f"a: &a {'x' * 9000}\nb: [{', '.join(['*a'] * 1000)}]",
        2,
        "b[932]: aliases add more than 8 MiB of text",
    ),
    "billion laughs": (LAUGHS, 5, "aliases add more than 100,000 values"),
    "aliases that nest": (NESTED + "a1: [[[[[[[[[[[*a0]]]]]]]]]]]", 2, "nested deeper than 100 levels"),
    "merging a text": ("<<: x", 1, "<< takes a map, or a list of maps"),
    "merging a list of texts": ("a: 1\nb: {<<: [x]}", 2, "<< takes a map, or a list of maps"),
    "too deep, flow": ("[" * (DEEP + 2), 1, "nested deeper than 100 levels"),
    "too deep, block": ("- " * (DEEP + 2), 1, "nested deeper than 100 levels"),
    "too deep, by far": ("[" * 100_000, 1, "nested deeper than 100 levels"),
    "infinity": ("a: .inf", 1, 'a: .inf is no JSON number\n  hint: write ".inf" in quotes'),
    "minus infinity": ("a: -.INF", 1, "is no JSON number"),
    "not a number": ("a: .NaN", 1, "is no JSON number"),
    "a float beyond range": ("a: 1e999", 1, 'a: 1e999 is too large a number\n  hint: write "1e999" in quotes'),
    "too many digits": ("a: " + "1" * 41, 1, "number of more than 40 digits"),
    "too many hexadecimal digits": ("a: 0x" + "f" * 5000, 1, "number of more than 40 digits"),
    "too many octal digits": ("a: 0o" + "7" * 5000, 1, "number of more than 40 digits"),
    "a tab for indentation": ("a:\n\tb: 1", 2, "indents with spaces, not with tabs"),
    "a list that does not end": ("a: [1,\nb: 2", None, "not YAML"),
    "a quote that does not end": ('a: "x\nb: 2', None, "not YAML"),
    "two values in a row": ("a: b: c", 1, "not YAML: mapping values are not allowed"),
    "an item beside a key": ("a: 1\n- b", 2, "not YAML"),
    "a NUL": ("a: \0", None, "not YAML"),
    "a control character": ("a: \x01", None, "not YAML"),
    "half a character": ("a: \ud800", None, "not YAML: surrogates not allowed"),
    "half a character, escaped": (r'a: "\ud800"', 1, "not YAML"),
    "an unknown escape": (r'a: "\q"', 1, "not YAML"),
    "bad directives": ("%YAML 3.0\n---\na", 1, "not YAML"),
    "too large": ("a" * (MAX_TEXT + 1), None, "larger than 8 MiB"),
}


@pytest.mark.parametrize("rule", REFUSED)
def test_refused(rule: str) -> None:
    """A text is refused with the file, the line and the reason."""
    text, line, says = REFUSED[rule]
    with pytest.raises(RenderError) as caught:
        parse(text, "file.yaml")
    assert says in str(caught.value)
    assert caught.value.faults[0].at.source == "file.yaml"
    assert line is None or caught.value.faults[0].at.line == line


def test_several_documents() -> None:
    """Documents are numbered in the text, empty ones are left out, and each knows its own lines."""
    found = parse("a: 1\n---\n---\n# nothing\n---\nb:\n  c: 2\n...\n", "x")
    assert [each.value for each in found] == [{"a": 1}, {"b": {"c": 2}}]
    assert [each.origin().line for each in found] == [1, 6]
    assert found[1].origin(("b", "c")).line == 7
    assert parse("", "x") == parse("# only\n", "x") == ()


TEXT = """\
# a comment
spec:
  list:
  - one
  - two: 2
    "a.b/c": [x,
      y]
  block: |
    inside
  plain: x
"""
LINES = [
    ((), 2, ""),
    (("spec",), 2, "spec"),
    (("spec", "list"), 3, "spec.list"),
    (("spec", "list", 0), 4, "spec.list[0]"),
    (("spec", "list", 1, "two"), 5, "spec.list[1].two"),
    (("spec", "list", 1, "a.b/c", 1), 7, 'spec.list[1]["a.b/c"][1]'),
    (("spec", "block"), 8, "spec.block"),
    (("spec", "list", 9), 3, "spec.list[9]"),
    (("spec", "gone", "further"), 2, "spec.gone.further"),
]


@pytest.mark.parametrize(("path", "line", "field"), LINES)
def test_origin(path: tuple[str | int, ...], line: int, field: str) -> None:
    """A path has the line of its key or item; one that is not there has that of the nearest part around it."""
    (document,) = parse(TEXT, "file.yaml")
    assert document.origin(path) == Origin("file.yaml", line, field)
    for size in range(len(path) + 1):
        assert document.at(*path[:size]).origin(path[size:]) == Origin("file.yaml", line, field)


def test_origin_inside_another_text() -> None:
    """Lines count from the text around it; faults too."""
    (document,) = parse("a:\n  b: 1", "file.yaml", skipped=10)
    assert str(document.origin(("a", "b"))) == "file.yaml:12 a.b"
    with pytest.raises(RenderError, match=r"file\.yaml:12 a: duplicate key"):
        parse("a: 1\na: 2", "file.yaml", skipped=10)


def test_origin_of_aliases() -> None:
    """What an alias or a merge key brings has the line where it is used."""
    (document,) = parse("a: &x\n  b: 1\nc: *x\nd:\n  <<: *x\n", "f")
    assert [document.origin(path).line for path in (("a", "b"), ("c", "b"), ("d", "b"))] == [2, 3, 4]


FIRST_LINES = {
    "a block": ("a: |\n  x", 2),
    "a block with a comment": ("a: |- # why\n  x", 2),
    "a folded block": ("a: >\n  x", 2),
    "a block below its key": ("a:\n  |\n  x", 3),
    "a block in a list": ("a:\n- |\n  x", 3),
    "a quoted text": ('a: "x\\ny"', 1),
    "a quoted text below its key": ('a:\n  "x"', 2),
    "a plain text": ("a: x", 1),
    "a plain text below its key": ("a:\n\n  x", 3),
}


@pytest.mark.parametrize("rule", FIRST_LINES)
def test_first_line(rule: str) -> None:
    """The first line of a text is the one on which its first character stands."""
    text, line = FIRST_LINES[rule]
    (document,) = parse(text, "f")
    path = ("a", 0) if isinstance(document.value["a"], list) else ("a",)
    assert document.at(*path).first_line() == line


def test_mounted_parts() -> None:
    """A part that was written elsewhere has its own places; the longest path wins."""
    (other,) = parse("x:\n  y: 1", "other.yaml")
    (deeper,) = parse("\n\nz: 1", "deeper.yaml")
    whole = Document(
        {"a": [{"x": {"y": 1, "z": 1}}], "b": 1},
        "Django/shop",
        "spec",
        mounts={("a", 0): other, ("a", 0, "x", "z"): deeper.at("z")},
    )
    assert str(whole.origin()) == "Django/shop spec"
    assert str(whole.origin(("b",))) == "Django/shop spec.b"
    assert str(whole.origin(("a", 0, "x", "y"))) == "other.yaml:2 x.y"
    assert str(whole.origin(("a", 0, "x", "z"))) == "deeper.yaml:3 z"
    assert str(whole.at("a").origin((0, "x"))) == "other.yaml:1 x"
    assert whole.at("a", 0, "x").value == {"y": 1}
    assert str(whole.at("a").at(0).origin()) == "other.yaml:1"
    assert whole.at("b").first_line() is None


def test_origin_of_a_list_in_a_field() -> None:
    """An index follows the name of the field without a dot."""
    assert str(Document([1], "f", "items").origin((0,))) == "f items[0]"
