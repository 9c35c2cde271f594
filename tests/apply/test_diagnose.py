"""What pods say of a StatefulSet: which of them are in the way of their successors, and which have had their time."""

from __future__ import annotations

from typing import Any

import pytest

from django_operator.apply.diagnose import _ends, overdue, stale
from tests.apply.stacks import living, plain

BEAT = living(plain("StatefulSet", "shop-beat"), uid="beat", currentRevision="old", updateRevision="new")
NOW = "2026-01-01T00:10:01Z"


def pod(
    *, revision: str = "new", ready: bool = False, made: str = "00:00:00", owner: str = "beat", **meta: Any
) -> dict[str, Any]:
    """Return a pod."""
    return {
        "metadata": {
            "name": "shop-beat-0",
            "labels": {"controller-revision-hash": revision},
            "creationTimestamp": f"2026-01-01T{made}Z",
            "ownerReferences": [{"uid": owner}],
            **meta,
        },
        "status": {"conditions": [{"type": "Ready", "status": "True" if ready else "False"}]},
    }


ROWS: dict[str, tuple[dict[str, Any], bool, bool]] = {
    "new, for too long not ready": (pod(), True, False),
    "new, in time": (pod(made="00:00:02"), False, False),
    "new, to the second": (pod(made="00:00:01"), False, False),
    "new and ready": (pod(ready=True), False, False),
    "old and not ready": (pod(revision="old"), False, True),
    "old and ready": (pod(revision="old", ready=True), False, False),
    "old and on its way out": (pod(revision="old", deletionTimestamp=NOW), False, False),
    "another workload's": (pod(owner="worker"), False, False),
    "another workload's, of another revision": (pod(owner="worker", revision="old"), False, False),
}


DONE = living(plain("StatefulSet", "shop-beat"), uid="beat", currentRevision="new", updateRevision="new")
CRASHES = {"containerStatuses": [{"name": "django", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}


def test_a_pod_that_starts_again() -> None:
    """Long after its roll-out it is not late, unless something keeps it from getting ready."""
    body = pod()
    assert overdue([body], DONE, 600, NOW) == ""
    crashing = {**body, "status": {**body["status"], **CRASHES}}
    assert overdue([crashing], DONE, 600, NOW) == "shop-beat-0 did not get ready in 600 s"


def test_a_secret_in_a_command() -> None:
    """It is masked before the command is cut: half of an address is not known for one."""
    args = ["python", "manage.py", "load", "--source-with-a-long-name", f"postgres://shop:{'S3cret' * 10}@db/shop"]
    ended = {"name": "load", "state": {"terminated": {"exitCode": 1}}}
    body = {"spec": {"containers": [{"name": "load", "args": args}]}, "status": {"containerStatuses": [ended]}}
    (told,) = _ends(body)
    assert told.startswith("step load (manage.py load --source-with-a-long-name postgres://")
    assert "S3cret" not in told


@pytest.mark.parametrize("row", ROWS)
def test_pods_of_a_stateful_set(row: str) -> None:
    """Each row: a pod, whether it has had its ten minutes, and whether it is in the way."""
    body, is_late, is_stale = ROWS[row]
    assert overdue([body], BEAT, 600, NOW) == ("shop-beat-0 did not get ready in 600 s" if is_late else "")
    assert stale([body], BEAT) == ([body] if is_stale else [])
