"""Regular expressions as Go has them, over whole texts, in time that no pattern can blow up."""

from __future__ import annotations

import re
import warnings

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from django_operator.engine.pattern_syntax import PatternError
from django_operator.engine.patterns import MAX_TEXT, Pattern

FITS: list[tuple[str, list[str], list[str]]] = [
    ("app", ["app"], ["", "apps", "my-app", "APP"]),
    ("", [""], ["a"]),
    ("a.c", ["abc", "a-c", "aéc"], ["ac", "a\nc"]),
    ("app|worker-.*", ["app", "worker-", "worker-mail"], ["app-x", "worker"]),
    ("^app$", ["app"], ["apps"]),
    (r"\Aapp\z", ["app"], ["apps"]),
    ("a^b|a$b", [], ["ab", "a^b"]),
    ("(^|x)a($|y)", ["a", "xa", "ay", "xay"], ["ya"]),
    ("a*", ["", "a", "aaa"], ["b"]),
    ("a+", ["a", "aa"], ["", "ab"]),
    ("ab?", ["a", "ab"], ["abb"]),
    ("a*?b+?c??", ["b", "aabbc"], ["a"]),
    ("a{2}", ["aa"], ["a", "aaa"]),
    ("a{2,}", ["aa", "aaaa"], ["a"]),
    ("a{1,3}", ["a", "aaa"], ["", "aaaa"]),
    ("a{0}b", ["b"], ["ab"]),
    ("a{,2}|b{x}|c{|d{1", ["a{,2}", "b{x}", "c{", "d{1"], ["a", "aa"]),
    ("(ab|c)+d", ["abd", "cabcd"], ["d", "abc"]),
    ("(?:ab)*", ["", "abab"], ["aba"]),
    ("(a|)b(|c)", ["ab", "b", "abc", "bc"], ["a"]),
    ("()", [""], ["a"]),
    ("[abc]", ["a", "c"], ["d", "ab"]),
    ("[a-c-]", ["b", "-"], ["d"]),
    ("[]a]", ["]", "a"], ["["]),
    ("[^a-c]", ["d", "\n"], ["a", ""]),
    ("[^]]", ["a"], ["]"]),
    (r"[\]\\a\-c]", ["]", "\\", "a", "-", "c"], ["b"]),
    (r"[\d_][\s][\w-]", ["1 a", "_\t-"], ["a a"]),
    (r"\d\D\w\W\s\S", ["1a_-\ta"], ["aa_- a"]),
    (r"[[:alpha:][:digit:]]+[[:space:]]", ["a1 "], ["- "]),
    (r"[[:lower:]][[:upper:]][[:alnum:]][[:word:]]", ["aA1_"], ["AA1_"]),
    (r"\.\*\n\t\\\(", [".*\n\t\\("], []),
    (r"\d", ["1"], ["\u0661"]),
    ("é+", ["éé"], ["e"]),
    ("(a+)+$", ["a" * MAX_TEXT], ["a" * 500 + "!", "a" * (MAX_TEXT + 1)]),
    ("(a|aa)+(b|bb)*(.*)*x", ["ax"], ["a" * 900]),
    ("(.*a){20}.*b", ["a" * 20 + "b"], ["a" * 999]),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "fits", "others"), FITS)
def test_fits(pattern: str, fits: list[str], others: list[str]) -> None:
    """A pattern fits these texts and not those, the first time and from memory."""
    compiled = Pattern(pattern)
    for _ in range(2):
        assert [text for text in fits if not compiled.fits(text)] == []
        assert [text for text in others if compiled.fits(text)] == []


REFUSED = {
    "(": "missing )",
    "(a": "missing )",
    ")": "unexpected )",
    "a)": "unexpected )",
    "[": "missing ]",
    "[a": "missing ]",
    "[a-": "missing ]",
    "[\\": "missing ]",
    "[b-a]": "bad range in [ ]",
    r"[a-\d]": "bad range in [ ]",
    r"[\D]": "a class such as \\D inside [ ] is not supported",
    "[[:nothing:]]": "unknown class [:...:]",
    "*a": "nothing to repeat before *",
    "a|+": "nothing to repeat before +",
    "(?)": "groups (?...) other than (?:...) are not supported",
    "(?=a)": "groups (?...) other than (?:...) are not supported",
    "(?i)a": "groups (?...) other than (?:...) are not supported",
    "a**": "a repeat of a repeat",
    "a+*": "a repeat of a repeat",
    "a{2}{3}": "a repeat of a repeat",
    "a{1001}": "bad repeat {1001}",
    "a{3,2}": "bad repeat {3,2}",
    "\\": "a \\ at its end",
    r"(a)\1": "unknown escape \\1",
    r"\b": "unknown escape \\b",
    r"\é": "unknown escape \\é",
    "(a{1000}){1000}": "it is too large",
    "(((((){1000}){1000}){1000}){1000}){1000}": "it is too large",
    "((((a{0}){1000}){1000}){1000}){1000}": "it is too large",
    "(" * 51: "it is too deep",
    "a" * (MAX_TEXT + 1): "it has more than 1,000 characters",
}


@pytest.mark.parametrize("pattern", REFUSED)
def test_refused(pattern: str) -> None:
    """A text that is no pattern, or one too large, is refused with the reason."""
    with pytest.raises(PatternError) as caught:
        Pattern(pattern)
    assert str(caught.value) == REFUSED[pattern]


def test_memory_is_bounded() -> None:
    """A pattern forgets what it has learnt when it has learnt too much."""
    pattern = Pattern(".*")
    texts = [chr(code) for code in range(0x4E00, 0x4E00 + 11_000)]
    assert all(pattern.fits(text) for text in texts)
    assert len(pattern._steps) <= 10_000


PARTS = st.sampled_from(
    ["a", "b", "-", "1", ".", "*", "+", "?", "|", "(", ")", "[ab]", "[^a]", "^", "$", "\\d", "{1,2}", "{2}", "(?:"]
)


@settings(max_examples=400)
@given(st.lists(PARTS, max_size=8).map("".join), st.lists(st.text("ab1-", max_size=6), min_size=1, max_size=5))
@example("(a|ab)(c|bcd)(d*)", ["abcd"])
def test_as_python_does(pattern: str, texts: list[str]) -> None:
    """Where Python knows a pattern too, both fit the same texts; we refuse no pattern of these that Python takes."""
    try:
        with warnings.catch_warnings(action="ignore"):
            theirs = re.compile(pattern, re.ASCII)
    except re.error:
        assume(False)
    assume(not re.search(r"[+?*}]\+", pattern))  # possessive in Python, refused in Go
    ours = Pattern(pattern)
    assert [ours.fits(text) for text in texts] == [theirs.fullmatch(text) is not None for text in texts]
