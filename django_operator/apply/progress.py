"""What a pass found and did, as the status, events and a command line tell of it. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_operator.apply.inventory import Entry
    from django_operator.apply.objects import Key
    from django_operator.apply.release import Release
    from django_operator.apply.revisions import Revision


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps a resource from getting on; `final` where only an edit helps, not time."""

    reason: str
    message: str
    final: bool = True


@dataclass(frozen=True, slots=True)
class Progress:
    """The state of a resource after a pass.

    `stage` is the first that is not done, empty at rest; `waiting` what it waits for; `unready` what is not ready
    although nothing waits for it, `troubled` when pods of these fail;
    `again` asks for another pass at once; `contended` is what somebody else keeps changing back.
    `held` says what is held back, and why;
    `ahead` what of the schema is newer than the code, `heads` which migrations the release has left.
    """

    stage: str = ""
    waiting: tuple[tuple[Key, str], ...] = ()
    unready: tuple[tuple[Key, str], ...] = ()
    troubled: bool = False
    again: bool = False
    contended: tuple[tuple[Key, str], ...] = ()
    problem: Problem | None = None
    release: Release | None = None
    post: Release | None = None
    available: bool | None = None
    overlays: int = 0
    paused: bool = False
    pending: tuple[str, ...] = ()
    held: str = ""
    ahead: str = ""
    heads: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    components: Mapping[str, str] = field(default_factory=dict)
    inventory: tuple[Entry, ...] = ()
    revisions: tuple[Revision, ...] = ()
