"""Whether an object of the cluster does what it is for, kind by kind, after kstatus' rules and with a few of our own.

https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md - ours differ for Jobs (kstatus takes a
running one for done) and for what no stage may wait for. Pure; knows nothing of stages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django_operator.apply.objects import Live

State = Literal["ready", "waiting", "failed"]


class Verdict(NamedTuple):
    """What is to be said of one object. `gates` is False where what comes later need not wait for it."""

    state: State
    why: str = ""
    gates: bool = True

    @property
    def opens(self) -> bool:
        """Tell whether the next stage may begin, as far as this object goes."""
        return self.state == "ready" or not self.gates


READY = Verdict("ready")


def assess(live: Live) -> Verdict:
    """Return whether an object that lives is ready."""
    if live.deleting:
        return Verdict("waiting", "is being deleted")
    seen = live.state.get("observedGeneration")
    if isinstance(seen, int) and seen < live.generation:
        return Verdict("waiting", "its controller has not seen the last change")
    return _RULES.get(live.key.kind, _any)(live)


def condition(live: Live, name: str) -> Mapping[str, Any]:
    """Return a condition of an object, empty where it has none of that type."""
    found = (each for each in live.state.get("conditions") or () if each.get("type") == name)
    return next(found, {})


def _deployment(live: Live) -> Verdict:
    if condition(live, "Progressing").get("reason") == "ProgressDeadlineExceeded":
        return Verdict("failed", "its new pods did not become available in time")
    wanted = 1 if live.replicas is None else live.replicas
    updated, total, available = (_count(live, each) for each in ("updatedReplicas", "replicas", "availableReplicas"))
    if not live.state.get("observedGeneration"):
        return Verdict("waiting", "its controller has not seen it yet")
    if updated < wanted:
        return Verdict("waiting", f"{updated} of {wanted} pods are of the new version")
    if old := max(total - updated, 0):
        return Verdict("waiting", f"{old} old pod{' is' if old == 1 else 's are'} left")
    if available < wanted:
        return Verdict("waiting", f"{available} of {wanted} pods are available")
    return READY


def _stateful_set(live: Live) -> Verdict:
    wanted = 1 if live.replicas is None else live.replicas
    updated, ready = (_count(live, each) for each in ("updatedReplicas", "readyReplicas"))
    if not live.state.get("observedGeneration"):
        return Verdict("waiting", "its controller has not seen it yet")
    if live.state.get("updateRevision") != live.state.get("currentRevision") and updated < wanted:
        return Verdict("waiting", f"{updated} of {wanted} pods are of the new version")
    if ready < wanted:
        return Verdict("waiting", f"{ready} of {wanted} pods are ready")
    if (available := live.state.get("availableReplicas")) is not None and available < wanted:
        return Verdict("waiting", f"{available} of {wanted} pods are available")
    return READY


def _job(live: Live) -> Verdict:
    if condition(live, "Complete").get("status") == "True":
        return READY
    failed = condition(live, "Failed")
    if failed.get("status") == "True":
        return Verdict("failed", failed.get("message") or failed.get("reason") or "failed")
    return Verdict("waiting", "runs" if _count(live, "active") else "has not started")


def _claim(live: Live) -> Verdict:
    # A class with volumeBindingMode WaitForFirstConsumer binds when a pod asks, and pods come in later stages.
    if live.state.get("phase") == "Lost":
        return Verdict("failed", "has lost its volume")
    return READY


def _database(live: Live) -> Verdict:
    found = condition(live, "Ready")
    if found.get("status") == "True":
        return READY
    return Verdict("waiting", found.get("message") or live.state.get("phase") or "is not ready")


def _any(live: Live) -> Verdict:
    """Judge by the condition Ready, where there is one; nothing waits for what others' controllers do.

    A certificate may take minutes and a name that is not in the DNS yet: the site runs meanwhile.
    """
    found = condition(live, "Ready")
    if found.get("status") in ("False", "Unknown"):
        return Verdict("waiting", found.get("message") or found.get("reason") or "is not ready", gates=False)
    return READY


def _count(live: Live, name: str) -> int:
    value = live.state.get(name)
    return value if isinstance(value, int) else 0


_RULES: Mapping[str, Callable[[Live], Verdict]] = {
    "Deployment": _deployment,
    "StatefulSet": _stateful_set,
    "Job": _job,
    "CronJob": lambda _: READY,
    "PersistentVolumeClaim": _claim,
    "Cluster": _database,
}
