"""How far the release of a version is, from what lives and what is recorded. Pure; the Job is made by `reconcile`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from django_operator.apply.readiness import assess

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_operator.apply.bind import Bound
    from django_operator.apply.objects import Live
    from django_operator.apply.record import Record

State = Literal["none", "done", "due", "blocked", "running", "failed", "vanished", "refused"]
_STATES: dict[str, State] = {"ready": "done", "failed": "failed", "waiting": "running"}


class Release(NamedTuple):
    """The Job of a release (or of what follows one) and its state.

    none: nothing to run; done: recorded; due: may start; blocked: `former` Jobs and their pods have to go first;
    refused: the server does not take it; vanished: it was started and is gone without a result, so that nobody knows
    what it did.
    """

    state: State
    job: Bound | None = None
    live: Live | None = None
    former: tuple[Live, ...] = ()
    why: str = ""

    @property
    def opens(self) -> bool:
        """Tell whether what comes after it may change."""
        return self.state in ("none", "done")


def release(job: Bound | None, jobs: Iterable[Live], record: Record, started: str, uid: str) -> Release:
    """Return the state of a release.

    `jobs` are the Jobs of this kind that live, `started` the name of the one that the status says was started last,
    `uid` the resource's: Jobs of a former resource of the same name say nothing of this one, and have to go first.
    """
    found = list(jobs)
    mine = next((each for each in found if job is not None and each.key == job.key and each.owner == uid), None)
    former = tuple(
        each for each in found if each is not mine and (each.owner != uid or assess(each).state == "waiting")
    )
    if former:
        # Whatever it is that comes now, two of them never run at once.
        return Release("blocked", job, mine, former, why=f"waits for {former[0].key} to be gone")
    if job is None:
        return Release("none")
    if job.key.name in record.released:
        return Release("done", job)
    if mine is not None:
        verdict = assess(mine)
        return Release(_STATES[verdict.state], job, mine, why=verdict.why)
    if started == job.key.name:
        return Release("vanished", job, why=f"{job.key} is gone, and nobody knows how it ended")
    return Release("due", job)
