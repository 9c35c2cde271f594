"""What was probably meant: command lines, sizes, texts that YAML cannot read."""

from __future__ import annotations

import pytest

from django_operator.engine import yamlio
from django_operator.engine.errors import RenderError
from django_operator.engine.hints import listed, scalar, sized, words


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("python manage.py", "[python, manage.py]"),
        ("sleep 10", '[sleep, "10"]'),
        ("test true NO -1 .5", '[test, "true", "NO", "-1", ".5"]'),
        ("sh -c 'a && b'", '[sh, -c, "a && b"]'),
        ("gunicorn shop.wsgi:application --bind=0.0.0.0", '[gunicorn, "shop.wsgi:application", --bind=0.0.0.0]'),
        ("it's", '["it\'s"]'),
        ("", "[]"),
    ],
)
def test_words(line: str, shown: str) -> None:
    """A command line becomes a list that YAML reads as the same words."""
    assert listed(words(line)) == shown
    assert yamlio.parse(shown, "x")[0].value == words(line)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("10 Gi", "10Gi"),
        ("10gb", "10Gi"),
        ("512MB", "512Mi"),
        ("1.5 GiB", "1.5Gi"),
        ("64kb", "64Ki"),
        ("500 m", "500m"),
        ("0,5", "0.5"),
        ("10 Gigabytes", ""),
        ("much", ""),
        ("", ""),
    ],
)
def test_sizes(text: str, meant: str) -> None:
    """A size with a blank, a comma or the wrong unit is known again."""
    assert sized(text) == meant


def test_scalar() -> None:
    """What a reader would take for something else stands in quotes."""
    assert [scalar(text) for text in ("a", "null", "", "a: b", "*x", "é"[:1])] == [
        "a",
        '"null"',
        '""',
        '"a: b"',
        '"*x"',
        "é",
    ]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a:\n\tb: 1\n", "YAML indents with spaces, not with tabs"),
        ("a:\n  b: 1\n\tc: 2\n", "YAML indents with spaces, not with tabs"),
        ("a:\n- schedule: @daily\n", 'a text that starts with @ stands in quotes: "@daily"'),
        ("a: {b: %50}\n", 'a text that starts with % stands in quotes: "%50"'),
        ("a: */5 * * * *\n", 'a text that starts with * stands in quotes: "*/5 * * * *"'),
        ("a:\n- *.example.com  # all\n", 'a text that starts with * stands in quotes: "*.example.com"'),
        ("a:\n- *.example.com\n", 'a text that starts with * stands in quotes: "*.example.com"'),
        ("a: *b\n", 'a text that starts with * stands in quotes: "*b"'),
        ("a: - b\n", "a list starts on the line below its field, and a blank follows each -"),
        ("a: b: c\n", 'is the line too far in, or a colon missing above it? A text with ": " in it stands in quotes'),
        (
            "a: 1\n  b: 2\n",
            'is the line too far in, or a colon missing above it? A text with ": " in it stands in quotes',
        ),
        (
            "a:\n  b\n  c: 1\n",
            'is the line too far in, or a colon missing above it? A text with ": " in it stands in quotes',
        ),
        ("a:\n  b\nc\n", "is there a colon missing here, or in the line above?"),
        ("a:\n  b: 1\n c: 2\n", "is it indented as far as its neighbours? Fields of one map start in the same column"),
        ("a: 'b\n", "is there a quote, [ or { that is never closed?"),
        ("a: {{ b }}\n", "{{ }} of a template has to be filled in"),
        ("1: a\n", 'write "1" in quotes'),
    ],
)
def test_malformed(text: str, hint: str) -> None:
    """A text that is not YAML is told with the usual mistake behind it."""
    with pytest.raises(RenderError) as caught:
        yamlio.parse(text, "file.yaml")
    assert caught.value.faults[0].hint == hint
