"""A resource on its way, as lines for a person: what is done, what is worked on, what that waits for.

Pure: reads nothing but the resource's body, as the operator keeps its status.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from django_operator.engine.paths import get
from django_operator.stack.stages import STAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.engine.paths import Body

Outcome = Literal["unseen", "waiting", "ready", "failed"]

ABOUT = {
    "config": "configuration, Secrets, rights",
    "data": "Redis and the database",
    "release": "commands before the version serves",
    "serve": "web and workers",
    "switch": "traffic",
    "beat": "the scheduler",
    "post": "commands after the version serves",
}
"""What each stage is about, in a few words."""
_STYLES: dict[Outcome, str] = {"ready": "green", "failed": "red"}
_MARKS = {"done": ("✓", "green"), "now": ("▸", "cyan"), "failed": ("✗", "red"), "later": ("·", "dim")}


class Line(NamedTuple):
    """A line and its style."""

    text: str
    style: str = ""


class Verdict(NamedTuple):
    """How a resource is doing: `unseen` where nobody has looked at its newest generation."""

    outcome: Outcome
    reason: str = ""
    message: str = ""


def conditions(body: Body) -> dict[str, Body]:
    """Return the conditions of a resource by type."""
    return {each["type"]: each for each in get(body, "status", "conditions") or ()}


def judge(body: Body) -> Verdict:
    """Return how a resource is doing."""
    generation = body["metadata"].get("generation", 0)
    found = conditions(body)
    ready = found.get("Ready")
    if ready is None or ready.get("observedGeneration", 0) < generation:
        return Verdict("unseen")
    reason, message = ready.get("reason", ""), ready.get("message", "")
    stalled = found.get("Stalled") or {}
    if stalled.get("status") == "True":
        return Verdict("failed", stalled.get("reason") or reason, stalled.get("message") or message)
    return Verdict("ready" if ready.get("status") == "True" else "waiting", reason, message)


def waits(body: Body) -> str:
    """Return what a resource waits for, without the name of its stage; empty where it says nothing."""
    verdict = judge(body)
    found = conditions(body).get("Reconciling") or {}
    text = str(found.get("message") or verdict.message)
    stage = get(body, "status", "stage") or ""
    return text.removeprefix(f"stage {stage}").removeprefix(": ") if stage else text


def components(body: Body) -> str:
    """Return the ready pods of each part, in a line."""
    return "   ".join(f"{name} {count}" for name, count in (get(body, "status", "components") or {}).items())


def line(body: Body) -> Line:
    """Return how a resource is doing in one line, the same as long as it does the same."""
    verdict, stage = judge(body), get(body, "status", "stage") or ""
    name = body["metadata"]["name"]
    if verdict.outcome == "unseen":
        return Line(f"{name}: waiting for the operator to see it")
    if verdict.outcome == "waiting":
        head = f"{name}: {f'stage {stage}' if stage else verdict.reason}"
        return Line(": ".join(filter(None, (head, _first(waits(body))))))
    head = "Ready" if verdict.outcome == "ready" else verdict.reason
    return Line(": ".join(filter(None, (f"{name}: {head}", _first(verdict.message)))), _STYLES[verdict.outcome])


def block(body: Body, seconds: float) -> Iterator[Line]:
    """Yield how a resource is doing in a few lines, a line a stage; `seconds` since it was handed over."""
    verdict, meta = judge(body), body["metadata"]
    state = {"unseen": "handed over", "waiting": "under way", "ready": "Ready", "failed": verdict.reason}
    shown = f"Django/{meta['name']} in {meta['namespace']}: {state[verdict.outcome]}  ({clock(seconds)})"
    yield Line(shown, _STYLES.get(verdict.outcome, "bold"))
    if verdict.outcome == "ready":
        yield Line(f"  {_first(verdict.message)}")
    elif verdict.outcome == "unseen":
        yield Line("  waiting for the operator to see it", "dim")
    else:
        yield from _stages(body, verdict)
    if found := components(body):
        yield Line(f"  {found}", "dim")


def _stages(body: Body, verdict: Verdict) -> Iterator[Line]:
    stage = get(body, "status", "stage") or ""
    if stage not in STAGES:
        yield Line(f"  {_first(waits(body))}")
        return
    now = STAGES.index(stage)
    for index, name in enumerate(STAGES):
        state = "done" if index < now else "later" if index > now else "now"
        mark, style = _MARKS["failed" if state == "now" and verdict.outcome == "failed" else state]
        yield Line(f"  {mark} {name:<8} {ABOUT[name]}", style)
        if state == "now":
            yield from (Line(f"      {_first(each)}") for each in waits(body).split("; ")[:5])


def _first(text: str) -> str:
    return text.strip().partition("\n")[0]


def clock(seconds: float) -> str:
    """Return a time as people read it: 42s, 3m05s, 2h10m, 5d."""
    whole = max(int(seconds), 0)
    minutes, rest = divmod(whole, 60)
    hours, left = divmod(minutes, 60)
    if whole < 60:  # noqa: PLR2004 - a minute
        return f"{whole}s"
    if not hours:
        return f"{minutes}m{rest:02}s"
    return f"{hours}h{left:02}m" if hours < 48 else f"{hours // 24}d"  # noqa: PLR2004 - two days
