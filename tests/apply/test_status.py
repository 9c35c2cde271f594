"""A resource's status from what a pass found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from django_operator.apply.objects import Key
from django_operator.apply.progress import Problem, Progress
from django_operator.apply.release import Release
from django_operator.apply.status import conditions, status
from tests.apply.stacks import bound, living, resource, site

NOW, LATER = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"
APP = Key("apps", "Deployment", "web", "shop-app")
JOB = next(
    each for each in bound(site(release={"preDeploy": [{"args": ["migrate"]}]})).values() if each.key.kind == "Job"
)
FINE = Progress(version="1", available=True)


@pytest.mark.parametrize(
    ("found", "want"),
    [
        (FINE, {"Ready": ("True", "Ready"), "Available": ("True", "Serving")}),
        (
            replace(FINE, stage="serve", waiting=((APP, "1 of 2"),)),
            {
                "Ready": ("Unknown", "Progressing"),
                "Reconciling": ("True", "Progressing"),
                "Available": ("True", "Serving"),
            },
        ),
        (
            replace(FINE, unready=((APP, "1 of 2"),)),
            {
                "Ready": ("Unknown", "Progressing"),
                "Reconciling": ("True", "Progressing"),
                "Available": ("True", "Serving"),
            },
        ),
        (
            replace(FINE, unready=((APP, "CrashLoopBackOff"),), troubled=True),
            {"Ready": ("False", "NotReady"), "Reconciling": ("True", "Progressing"), "Available": ("True", "Serving")},
        ),
        (
            Progress(problem=Problem("InvalidSpec", "spec.app: no"), overlays=1),
            {
                "Ready": ("False", "InvalidSpec"),
                "Stalled": ("True", "InvalidSpec"),
                "OverlaysApplied": ("False", "Refused"),
            },
        ),
        (
            Progress(problem=Problem("Waits", "for something", final=False)),
            {"Ready": ("False", "Waits"), "Reconciling": ("True", "Progressing")},
        ),
        (
            Progress(release=Release("failed", JOB, why="exit 1"), problem=Problem("ReleaseFailed", "exit 1")),
            {
                "Ready": ("False", "ReleaseFailed"),
                "Stalled": ("True", "ReleaseFailed"),
                "Released": ("False", "ReleaseFailed"),
            },
        ),
        (
            replace(FINE, release=Release("done", JOB), overlays=2),
            {
                "Ready": ("True", "Ready"),
                "Available": ("True", "Serving"),
                "Released": ("True", "Completed"),
                "OverlaysApplied": ("True", "Applied"),
            },
        ),
        (
            replace(FINE, paused=True, pending=("Deployment/shop-app",)),
            {"Ready": ("True", "Ready"), "Available": ("True", "Serving"), "Paused": ("True", "ChangesPending")},
        ),
    ],
    ids=["fine", "stage", "repair", "trouble", "invalid", "waits", "failed", "released", "paused"],
)
def test_conditions(found: Progress, want: dict[str, tuple[str, str]]) -> None:
    """Each row: what was found, and the conditions with their reasons; none besides."""
    assert {each.type: (each.status, each.reason) for each in conditions(found)} == want


def test_a_status_stays_as_long_as_nothing_changes() -> None:
    """Times included; so it need not be written."""
    body: dict[str, Any] = resource()
    first = status(FINE, body, NOW)
    assert status(FINE, {**body, "status": first}, LATER) == first


def test_times_move_with_the_status_of_a_condition_alone() -> None:
    """Another message is no transition (https://github.com/kubernetes/community, API conventions)."""
    body: dict[str, Any] = {**resource(), "status": status(FINE, resource(), NOW)}
    changed = status(replace(FINE, version="2", available=False), body, LATER)
    times = {each["type"]: each["lastTransitionTime"] for each in changed["conditions"]}
    assert times == {"Ready": NOW, "Available": LATER}


def test_a_release_that_was_started_stays_noted() -> None:
    """So that a Job that is deleted is not run again; and its times are those when it was seen."""
    body: dict[str, Any] = resource()
    running = status(Progress(release=Release("running", JOB, living(JOB.body))), body, NOW)
    assert running["release"] == {"key": JOB.key.name, "startedAt": NOW, "image": "example.com/shop:1", "version": "1"}
    vanished = status(Progress(release=Release("vanished", JOB)), {**body, "status": running}, LATER)
    assert vanished["release"] == running["release"]
    done = status(Progress(release=Release("done", JOB)), {**body, "status": running}, LATER)
    assert done["release"] == {**running["release"], "completedAt": LATER}


def test_a_message_keeps_to_what_a_condition_may_hold() -> None:
    """However many faults there are."""
    made = next(conditions(Progress(problem=Problem("InvalidSpec", "x" * 100_000))))
    assert len(made.message) <= 8_000
