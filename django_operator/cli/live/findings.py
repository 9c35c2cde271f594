"""One thing that was looked for in a cluster. Values only."""

from __future__ import annotations

from typing import Literal, NamedTuple

State = Literal["ok", "missing", "differs", "unknown"]


class Finding(NamedTuple):
    """What was looked for, and how it is: `differs` may do harm, `unknown` could not be told."""

    state: State
    what: str
    text: str = ""
    hint: str = ""
