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


def release(job: Bound | None, jobs: Iterable[Live], record: Record, started: str) -> Release:
    """Return the state of a release.

    `jobs` are the Jobs of this kind that live, `started` the name of the one that the status says was started last.
    """
    if job is None:
        return Release("none")
    if job.key.name in record.released:
        return Release("done", job)
    found = list(jobs)
    mine = next((each for each in found if each.key == job.key), None)
    if mine is not None:
        verdict = assess(mine)
        return Release(_STATES[verdict.state], job, mine, why=verdict.why)
    former = tuple(each for each in found if assess(each).state == "waiting")
    if former:
        return Release("blocked", job, former=former, why=f"{former[0].key} is still there")
    if started == job.key.name:
        return Release("vanished", job, why=f"{job.key} is gone, and nobody knows how it ended")
    return Release("due", job)
