"""A stack as a tree of lines, and as JSON. Pure."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from django_operator.cli.live.progress import Line, clock, conditions, judge
from django_operator.cli.live.screen import aligned
from django_operator.engine.paths import get

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django_operator.cli.live.picture import Item, Picture
    from django_operator.engine.paths import Body

_FINE = {"Reconciling": "False", "Stalled": "False", "Paused": "False"}
"""Conditions that are fine when they do not hold; all others are when they do."""
_STYLES = {
    "": "green", "ready": "green", "done": "green", "Ready": "green", "Serving": "green", "True": "green",
    "waiting": "yellow", "running": "yellow", "not ready": "yellow", "under way": "yellow",
    "failed": "red", "Failed": "red", "RolledBack": "red", "False": "red",
}  # fmt: skip
WIDTH = 60
"""Characters of the first column at most; longer names push the rest to the right."""


class Node(NamedTuple):
    """A line of the tree: a name, a state, why, and what is below it."""

    name: str
    state: str = ""
    why: str = ""
    below: tuple[Node, ...] = ()


def lines(found: Picture, now: dt.datetime) -> Iterator[Line]:
    """Yield a stack, aligned."""
    rows = list(_rows(nodes(found, now)))
    name = min(max(len(lead + node.name) for lead, node in rows), WIDTH)
    state = max(len(node.state) for _, node in rows)
    for lead, node in rows:
        text = f"{lead + node.name:<{name}}  {node.state:<{state}}  {node.why}".rstrip()
        yield Line(text, "bold" if not lead else "red" if node.state not in _STYLES else _shade(node.state))


def _shade(state: str) -> str:
    return "" if _STYLES[state] == "green" else _STYLES[state]


def nodes(found: Picture, now: dt.datetime) -> Node:
    """Return a stack as a tree."""
    body, meta, verdict = found.body, found.body["metadata"], judge(found.body)
    state = {"ready": "Ready", "failed": verdict.reason, "waiting": "under way", "unseen": "unseen"}[verdict.outcome]
    below = [
        *_told(_odd(body)),
        *(Node(each.name, each.ready, "", tuple(map(_node, each.objects))) for each in found.parts),
    ]
    if history := get(body, "status", "history"):
        below.append(Node("history", "", "", tuple(map(_revision, history))))
    why = "; ".join(filter(None, (_first(verdict.message) or "no operator has looked at it yet", _stage(body))))
    return Node(f"Django/{meta['name']} in {meta['namespace']}", state, f"{why} ({age(body, now)})", tuple(below))


def _stage(body: Body) -> str:
    stage = get(body, "status", "stage")
    return f"stage {stage}" if stage else ""


def _odd(body: Body) -> list[Body]:
    """Return the conditions that are not as they should be, but Ready, which stands in the first line already."""
    return [
        each
        for name, each in conditions(body).items()
        if name != "Ready" and each.get("status") != _FINE.get(name, "True")
    ]


def _told(odd: Iterable[Body]) -> Iterator[Node]:
    """Yield conditions, each with all that it says; what the one before says already is not said again."""
    before = ""
    for each in odd:
        message = str(each.get("message") or "").strip()
        first, _, rest = message.partition("\n")
        words = () if message == before else tuple(Node(f"| {line}") for line in rest.splitlines())
        yield Node(each["type"], each["status"], ": ".join(filter(None, (each.get("reason", ""), first))), words)
        before = message


def _node(item: Item) -> Node:
    return Node(item.name, item.state, _first(item.why), tuple(map(_node, item.below)))


def _revision(each: Body) -> Node:
    what = "  ".join(filter(None, (each.get("version"), each.get("image"), _first(each.get("message") or ""))))
    return Node(f"revision {each['revision']}", each.get("outcome") or "under way", what)


def _rows(node: Node, lead: str = "", inner: str = "") -> Iterator[tuple[str, Node]]:
    yield lead, node
    for number, each in enumerate(node.below, 1):
        last = number == len(node.below)
        yield from _rows(each, inner + ("└─ " if last else "├─ "), inner + ("   " if last else "│  "))


def age(body: Body, now: dt.datetime) -> str:
    """Return how long an object has been there."""
    since = body["metadata"].get("creationTimestamp")
    return clock((now - dt.datetime.fromisoformat(since)).total_seconds()) if since else ""


def data(found: Picture) -> Body:
    """Return a stack as JSON has it."""
    body, verdict = found.body, judge(found.body)
    status = body.get("status") or {}
    return {
        "name": body["metadata"]["name"],
        "namespace": body["metadata"]["namespace"],
        "ready": verdict.outcome == "ready",
        "outcome": verdict.outcome,
        "reason": verdict.reason,
        "message": verdict.message,
        **{name: status.get(name) for name in ("version", "stage", "components", "conditions", "history")},
        "parts": [{"name": each.name, "pods": each.ready, "objects": _items(each.objects)} for each in found.parts],
    }


def _items(items: Iterable[Item]) -> list[Body]:
    return [
        {"name": each.name, "state": each.state, "why": each.why, "below": _items(each.below)}
        if each.below
        else {"name": each.name, "state": each.state, "why": each.why}
        for each in items
    ]


def table(bodies: Iterable[Body], now: dt.datetime) -> list[Line]:
    """Return resources as a table."""
    rows = [_HEAD, *(_row(each, now) for each in bodies)]
    styles = ("bold", *({"True": "", "False": "red"}.get(each[2], "yellow") for each in rows[1:]))
    return [Line(text, style) for text, style in zip(aligned(rows), styles, strict=True)]


_HEAD = ("NAMESPACE", "NAME", "READY", "STATUS", "VERSION", "APP", "WORKERS", "AGE")


def _row(body: Body, now: dt.datetime) -> tuple[str, ...]:
    verdict, meta, found = judge(body), body["metadata"], get(body, "status", "components") or {}
    ready = {"ready": "True", "failed": "False"}.get(verdict.outcome, "Unknown")
    version = get(body, "status", "version") or ""
    counts = (found.get("app", ""), found.get("workers", ""))
    return (meta["namespace"], meta["name"], ready, verdict.reason, version, *counts, age(body, now))


def _first(text: str) -> str:
    return text.strip().partition("\n")[0]
