"""Whether an object does what it is for: a table by kind."""

from __future__ import annotations

from typing import Any

import pytest

from django_operator.apply.readiness import assess
from tests.apply.stacks import living, plain

FULL = {"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "readyReplicas": 3, "availableReplicas": 3}
SET = {**FULL, "currentRevision": "b", "updateRevision": "b"}


def conditions(*pairs: tuple[str, str], **more: str) -> dict[str, Any]:
    """Return a status of conditions."""
    return {"conditions": [{"type": name, "status": status, **more} for name, status in pairs]}


ROWS: list[tuple[str, dict[str, Any], str, bool]] = [
    ("Deployment", {}, "waiting", False),
    ("Deployment", FULL, "ready", True),
    ("Deployment", {**FULL, "observedGeneration": 1}, "waiting", False),
    ("Deployment", {**FULL, "updatedReplicas": 2}, "waiting", False),
    ("Deployment", {**FULL, "replicas": 4}, "waiting", False),
    ("Deployment", {**FULL, "availableReplicas": 2}, "waiting", False),
    (
        "Deployment",
        {**FULL, **conditions(("Progressing", "False"), reason="ProgressDeadlineExceeded")},
        "failed",
        False,
    ),
    ("StatefulSet", {}, "waiting", False),
    ("StatefulSet", SET, "ready", True),
    ("StatefulSet", {**SET, "currentRevision": "a", "updatedReplicas": 1}, "waiting", False),
    ("StatefulSet", {**SET, "readyReplicas": 2}, "waiting", False),
    ("StatefulSet", {**SET, "availableReplicas": 0}, "waiting", False),
    ("Job", {}, "waiting", False),
    ("Job", {"active": 1}, "waiting", False),
    ("Job", conditions(("Complete", "True")), "ready", True),
    ("Job", conditions(("Failed", "True"), message="BackoffLimitExceeded"), "failed", False),
    ("PersistentVolumeClaim", {"phase": "Pending"}, "ready", True),
    ("PersistentVolumeClaim", {"phase": "Lost"}, "failed", False),
    ("Cluster", {"phase": "Setting up primary"}, "waiting", False),
    ("Cluster", conditions(("Ready", "True")), "ready", True),
    ("Certificate", conditions(("Ready", "False"), message="waits for DNS"), "waiting", True),
    ("Certificate", conditions(("Ready", "True")), "ready", True),
    ("Service", {}, "ready", True),
    ("CronJob", {}, "ready", True),
]


@pytest.mark.parametrize(
    ("kind", "status", "state", "opens"), ROWS, ids=[f"{number}-{row[0]}" for number, row in enumerate(ROWS)]
)
def test_readiness(kind: str, status: dict[str, Any], state: str, opens: bool) -> None:
    """Each row: a kind, its status, what is said of it, and whether the next stage may begin."""
    verdict = assess(living(plain(kind, spec={"replicas": 3}), generation=2, **status))
    assert (verdict.state, verdict.opens) == (state, opens)
    assert (verdict.why == "") is (state == "ready")


def test_what_is_being_deleted_is_not_ready() -> None:
    """Whatever its status says: it will not be there for long."""
    body = plain("Service")
    body["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert assess(living(body)).state == "waiting"


@pytest.mark.parametrize(("pods", "said"), [(4, "1 old pod is left"), (5, "2 old pods are left")])
def test_old_pods_are_counted(pods: int, said: str) -> None:
    """What is waited for is told in so many words."""
    status: dict[str, Any] = {**FULL, "replicas": pods}
    live = living(plain("Deployment", spec={"replicas": 3}), generation=2, **status)
    assert assess(live).why == said
