"""A resource on its way, and what is drawn of it: tables of bodies and lines."""

from __future__ import annotations

import io
from typing import Any

import pytest

from django_operator.cli.live.progress import Line, block, clock, judge, line
from django_operator.cli.live.screen import Screen, aligned

Object = dict[str, Any]


def site(*conditions: tuple[str, str, str, str], generation: int = 2, seen: int = 2, **status: Any) -> Object:
    """Return a resource with conditions of (type, status, reason, message)."""
    made = [
        {"type": kind, "status": state, "reason": reason, "message": message, "observedGeneration": seen}
        for kind, state, reason, message in conditions
    ]
    meta = {"name": "shop", "namespace": "web", "generation": generation}
    return {"metadata": meta, "status": {"conditions": made, **status}}


READY = site(("Ready", "True", "Ready", "version 2 serves"), components={"app": "3/3", "beat": "1/1"})
RELEASE = site(
    ("Ready", "Unknown", "Progressing", "stage release: Job/shop-release-1: runs"),
    ("Reconciling", "True", "Progressing", "stage release: Job/shop-release-1: runs"),
    stage="release",
)
FAILED = site(
    ("Ready", "False", "ReleaseFailed", "Job/shop-release-1: step migrate ended with exit code 1:\nno such table"),
    ("Stalled", "True", "ReleaseFailed", "Job/shop-release-1: step migrate ended with exit code 1:\nno such table"),
    stage="release",
)
TROUBLED = site(
    ("Ready", "False", "NotReady", "Deployment/shop-app: 1 of 2 pods are available"),
    ("Reconciling", "True", "Progressing", "Deployment/shop-app: 1 of 2 pods are available"),
)
NEW: Object = {"metadata": {"name": "shop", "namespace": "web", "generation": 1}}
STALE = site(("Ready", "True", "Ready", "version 1 serves"), seen=1)


@pytest.mark.parametrize(
    ("body", "outcome", "reason"),
    [
        (NEW, "unseen", ""),
        (STALE, "unseen", ""),
        (READY, "ready", "Ready"),
        (RELEASE, "waiting", "Progressing"),
        (TROUBLED, "waiting", "NotReady"),
        (FAILED, "failed", "ReleaseFailed"),
    ],
    ids=["new", "stale", "ready", "release", "troubled", "failed"],
)
def test_verdict(body: Object, outcome: str, reason: str) -> None:
    """Only a condition about the newest generation counts; what is stalled has failed."""
    assert judge(body)[:2] == (outcome, reason)


@pytest.mark.parametrize(
    ("body", "text", "style"),
    [
        (NEW, "shop: waiting for the operator to see it", ""),
        (READY, "shop: Ready: version 2 serves", "green"),
        (RELEASE, "shop: stage release: Job/shop-release-1: runs", ""),
        (TROUBLED, "shop: NotReady: Deployment/shop-app: 1 of 2 pods are available", ""),
        (FAILED, "shop: ReleaseFailed: Job/shop-release-1: step migrate ended with exit code 1:", "red"),
    ],
    ids=["new", "ready", "release", "troubled", "failed"],
)
def test_one_line(body: Object, text: str, style: str) -> None:
    """Where there is no terminal: a line that is the same as long as the resource does the same."""
    assert line(body) == Line(text, style)


def test_blocks() -> None:
    """On a terminal: the stages, and what the one that is worked on waits for."""
    assert [each.text for each in block(RELEASE, 65)] == [
        "Django/shop in web: under way  (1m05s)",
        "  ✓ config   configuration, Secrets, rights",
        "  ✓ data     Redis and the database",
        "  ▸ release  commands before the version serves",
        "      Job/shop-release-1: runs",
        "  · serve    web and workers",
        "  · switch   traffic",
        "  · beat     the scheduler",
        "  · post     commands after the version serves",
    ]
    assert [each.text for each in block(READY, 5)] == [
        "Django/shop in web: Ready  (5s)",
        "  version 2 serves",
        "  app 3/3   beat 1/1",
    ]
    failed = list(block(FAILED, 5))
    assert failed[0] == Line("Django/shop in web: ReleaseFailed  (5s)", "red")
    assert Line("  ✗ release  commands before the version serves", "red") in failed
    assert "\n" not in "".join(each.text for each in failed)
    assert [each.text for each in block(TROUBLED, 1)][1] == "  Deployment/shop-app: 1 of 2 pods are available"
    assert [each.text for each in block(NEW, 1)][1] == "  waiting for the operator to see it"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (59.9, "59s"), (60, "1m00s"), (3599, "59m59s"), (3600, "1h00m"), (47 * 3600, "47h00m"), (1e6, "11d")],
)
def test_clock(seconds: float, text: str) -> None:
    """As people read it."""
    assert clock(seconds) == text


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        """Yes."""
        return True


def test_a_terminal_is_drawn_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines replace those before, are cut to the width, and hold no control characters of the cluster's."""
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setenv("LINES", "4")
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    screen = Screen(stream)
    screen.draw([Line("a" * 40), Line("b\x1b[2J")])
    assert stream.getvalue() == "a" * 19 + "\nb\\x1b[2J\n"
    screen.draw([Line("a" * 40), Line("b\x1b[2J")])
    assert stream.getvalue().count("\n") == 2
    screen.draw([Line(str(number)) for number in range(9)])
    assert stream.getvalue().endswith("\x1b[2A\x1b[J0\n1\n2\n")
    screen.keep()
    screen.draw([Line("x")])
    assert stream.getvalue().endswith("2\nx\n")


def test_elsewhere_only_news_are_printed() -> None:
    """Same lines are not repeated, not even after `keep`; nothing is cut, and nothing is moved."""
    stream = io.StringIO()
    screen = Screen(stream)
    for text in ("one", "one", "two" * 100):
        screen.draw([Line(text, "red")])
        screen.keep()
    assert stream.getvalue() == "one\n" + "two" * 100 + "\n"


def test_aligned() -> None:
    """Columns below each other, nothing behind the last."""
    assert aligned([("a", "bb", ""), ("ccc", "d", "e")]) == ["a    bb", "ccc  d   e"]
