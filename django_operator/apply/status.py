"""A resource's status from what a pass found: conditions after kstatus' rules, components, history. Pure.

https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md: `Ready` is there from the first moment,
`Reconciling` and `Stalled` only while they hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django_operator.apply import inventory
from django_operator.engine.paths import get

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.apply.progress import Progress
    from django_operator.apply.revisions import Revision
    from django_operator.engine.paths import Body

MAX_MESSAGE = 8_000
"""Characters of a condition's message; the schema of a condition allows 32,768."""


AHEAD = "SchemaAhead"
"""Reason of `Released`: the version that was gone back to, or stayed with, is older than the migrations."""


class Condition(NamedTuple):
    """A condition without its time."""

    type: str
    status: str
    reason: str
    message: str


def status(found: Progress, body: Body, now: str) -> Body:
    """Return the status of a resource. `body` is the resource as it is, `now` the time as RFC 3339.

    Equal to the old one as long as nothing changed: times of conditions move with their status only.
    """
    generation = body["metadata"].get("generation", 0)
    old = {each["type"]: each for each in get(body, "status", "conditions") or ()}
    made: Body = {
        "observedGeneration": generation,
        "conditions": [_dated(each, old.get(each.type), generation, now) for each in conditions(found)],
        "stage": found.stage,
        "inventory": inventory.written(found.inventory),
    }
    if found.version:
        made["version"] = found.version
    if found.components:
        made["components"] = dict(found.components)
    if release := _release(found, body, now):
        made["release"] = release
    if found.revisions:
        made["history"] = [_revision(each) for each in sorted(found.revisions, key=lambda each: -each.number)[:100]]
    return made


def conditions(found: Progress) -> Iterator[Condition]:
    """Yield the conditions of a resource."""
    yield _ready(found)
    if found.problem is not None and found.problem.final:
        yield Condition("Stalled", "True", found.problem.reason, _cut(found.problem.message))
    elif found.stage or found.problem is not None or found.unready:
        yield Condition("Reconciling", "True", *_doing(found))
    if (released := _released(found)) is not None:
        yield released
    if found.available is not None:
        yield (
            Condition("Available", "True", "Serving", "requests are served")
            if found.available
            else Condition("Available", "False", "NoPodAvailable", "no web pod is available")
        )
    if found.overlays:
        refused = found.problem is not None and found.problem.reason in ("InvalidSpec", "Rejected")
        yield (
            Condition("OverlaysApplied", "False", "Refused", "see Ready")
            if refused
            else Condition(
                "OverlaysApplied", "True", "Applied", f"{found.overlays} overlay{'s' * (found.overlays > 1)}"
            )
        )
    if found.contended:
        fought = "; ".join(f"{key}: {fields}" for key, fields in found.contended)
        yield Condition("Contended", "True", "FoughtOver", _cut(f"somebody changes it back time and again: {fought}"))
    if found.paused:
        message = "nothing is changed until spec.paused is taken away" + (
            "; pending: " + ", ".join(found.pending) if found.pending else "; nothing is pending"
        )
        yield Condition("Paused", "True", "ChangesPending" if found.pending else "NothingPending", _cut(message))


def _ready(found: Progress) -> Condition:
    if found.problem is not None:
        return Condition("Ready", "False", found.problem.reason, _cut(found.problem.message))
    if found.stage:
        return Condition("Ready", "Unknown", *_doing(found))
    if found.unready:
        key, why = found.unready[0]
        # Pods are replaced, by a repair say, and requests are served: nothing to be called out of bed for.
        calm = found.available and not found.troubled
        return Condition(
            "Ready", *(("Unknown", "Progressing") if calm else ("False", "NotReady")), _cut(f"{key}: {why}")
        )
    serves = f"version {found.version} serves" if found.version else "serves"
    return Condition("Ready", "True", "Ready", _cut("; ".join(filter(None, (serves, found.ahead, found.held)))))


def _doing(found: Progress) -> tuple[str, str]:
    waits = "; ".join(f"{key}: {why}" for key, why in (found.waiting or found.unready)[:5])
    return "Progressing", _cut(": ".join(filter(None, (found.stage and f"stage {found.stage}", waits))))


def _released(found: Progress) -> Condition | None:
    for each, failed in ((found.release, "ReleaseFailed"), (found.post, "PostDeployFailed")):
        if each is None or each.job is None:
            continue
        if each.state == "failed":
            return Condition("Released", "False", failed, _cut(f"{each.job.key}: {each.why}"))
        if each.state == "vanished":
            return Condition("Released", "Unknown", "JobVanished", _cut(each.why))
    release = found.release
    if release is None or release.job is None:
        return None
    if release.state == "done":
        text = "; ".join(filter(None, (f"{release.job.key} is done", found.ahead)))
        return Condition("Released", "True", AHEAD if found.ahead else "Completed", _cut(text))
    if release.state == "running":
        return Condition("Released", "False", "Running", f"{release.job.key} {release.why}")
    return Condition("Released", "False", "Waiting", _cut(release.why or f"{release.job.key} has not started"))


def _dated(each: Condition, old: Body | None, generation: int, now: str) -> Body:
    since = old["lastTransitionTime"] if old and old.get("status") == each.status else now
    return {**each._asdict(), "observedGeneration": generation, "lastTransitionTime": since}


def _release(found: Progress, body: Body, now: str) -> Body:
    """Return the newest release: `key` is its Job's name; a Job that was seen stays noted, lest it run again."""
    old: Body = get(body, "status", "release") or {}
    release = found.release
    if release is None or release.job is None:
        return old
    key = release.job.key.name
    same = old if old.get("key") == key else {}
    if release.state in ("due", "blocked", "none", "refused"):
        return same or old
    made = {"key": key, "startedAt": same.get("startedAt") or now}
    labels = release.job.body["metadata"].get("labels") or {}
    if version := labels.get("app.kubernetes.io/version"):
        made["version"] = version
    if image := get(release.job.body, "spec", "template", "spec", "containers", 0, "image"):
        made["image"] = image
    if release.state == "done":
        made["completedAt"] = same.get("completedAt") or now
        if found.heads:
            made["migrationHeads"] = [{"app": app, "name": name} for app, name in sorted(found.heads.items())]
    return made


def _revision(each: Revision) -> Body:
    made = {"revision": each.number, "version": each.version, "image": each.image, "message": each.message}
    known = each.outcome if each.outcome != "Pending" else ""
    return {name: value for name, value in {**made, "outcome": known}.items() if value}


def _cut(text: str) -> str:
    return text if len(text) <= MAX_MESSAGE else text[: MAX_MESSAGE - 1] + "…"
