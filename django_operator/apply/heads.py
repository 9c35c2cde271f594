"""Migrations that a release left behind in the database, and whether code is older than they are. Pure.

A head is the newest migration of an app. A release tells of them in its pod's termination message, as
bases/steps/step.py writes it. Going back never undoes a migration, so the schema may be ahead of the code.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from django_operator.apply.record import Record

Heads: TypeAlias = "Mapping[str, str]"
"""Names of the newest migrations by app; the number alone where there was no room for the name."""

MORE = "*"
"""Stands among the apps for those that the message had no room for."""
SHOWN = 10
"""Apps that a message names."""
_NUMBER = re.compile(r"(\d+)(?:_|$)")


class _Message(msgspec.Struct):
    migrationHeads: dict[str, str]  # noqa: N815 - as the message has it
    leftOut: int = 0  # noqa: N815 - as above


def read(message: str) -> Heads:
    """Return the heads in a termination message; nothing where it is about something else."""
    try:
        found = msgspec.json.decode(message, type=_Message)
    except msgspec.DecodeError:
        return {}
    return {**found.migrationHeads, **({MORE: f"{found.leftOut} more"} if found.leftOut else {})}


def left(record: Record, jobs: Iterable[str]) -> Heads:
    """Return the migrations that the Jobs of a release left behind, nothing where that is not known."""
    wanted = set(jobs)
    return next((record.heads[job] for job in reversed(record.released) if job in wanted & record.heads.keys()), {})


def ahead(record: Record, jobs: Iterable[str]) -> str:
    """Return what of the schema is newer than the code of a version; empty where nothing is, or nothing is known.

    `jobs` are the Jobs of the version's release; what they left is compared with what the newest of all left.
    """
    code = left(record, jobs)
    newer = list(_newer(left(record, record.heads), code)) if code else []
    rest = f" and {len(newer) - SHOWN} more" if len(newer) > SHOWN else ""
    return f"the schema is ahead of the code: {', '.join(newer[:SHOWN])}{rest}" if newer else ""


def _newer(schema: Heads, code: Heads) -> Iterator[str]:
    for app, name in sorted(schema.items()):
        known = code.get(app)
        if app == MORE or (known is None and MORE in code):
            continue
        if known is None:
            yield f"app {app} {_short(name)} -> none"
            continue
        here, there = _number(name), _number(known)
        if here is None or there is None or here == there:
            # Nobody can put them in order: two of one number, or without.
            if name != known and not (name.isdecimal() or known.isdecimal()):
                yield f"app {app} {name} -> {known}"
        elif here > there:
            yield f"app {app} {_short(name)} -> {_short(known)}"


def _number(name: str) -> int | None:
    found = _NUMBER.match(name)
    return int(found[1]) if found else None


def _short(name: str) -> str:
    found = _NUMBER.match(name)
    return found[1] if found else name
