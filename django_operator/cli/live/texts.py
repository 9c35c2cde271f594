"""Two states of an object as a unified diff, the way `kubectl diff` shows them. Pure; values of Secrets are masked."""

from __future__ import annotations

import difflib
import hashlib
from typing import TYPE_CHECKING

from django_operator.apply.compare import differences
from django_operator.apply.objects import content
from django_operator.cli.live.progress import Line
from django_operator.engine.emit import dump

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.engine.paths import Body, Json

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def same(before: Body, after: Body) -> bool:
    """Tell whether two states differ in nothing that is shown."""
    return not differences(before, after)


def unified(name: str, before: Body | None, after: Body | None, salt: bytes) -> Iterator[Line]:
    """Yield the lines of a diff; None stands for an object that is not there.

    Two equal values of Secrets look alike, and nothing else can be learnt of them: `salt` is of one run. Of an object
    that goes there are no lines but its name.
    """
    if after is None:
        yield from (Line(f"--- live/{name}", "bold"), Line("+++ /dev/null", "bold"), Line("-removed", "red"))
        return
    old, new = (_text(each, salt).splitlines() if each is not None else [] for each in (before, after))
    former = "/dev/null" if before is None else f"live/{name}"
    for number, text in enumerate(difflib.unified_diff(old, new, former, f"new/{name}", lineterm="")):
        yield Line(text, "bold" if number < 2 else _STYLES.get(text[:1], ""))  # noqa: PLR2004 - the two names


def _text(body: Body, salt: bytes) -> str:
    meta = {name: body["metadata"][name] for name in ("name", "namespace") if body["metadata"].get(name)}
    shown = content(body)
    shown = {**shown, "metadata": {**meta, **shown["metadata"]}}
    return dump([masked(shown, salt) if body["kind"] == "Secret" else shown])


def masked(body: Body, salt: bytes) -> Body:
    """Return a Secret without its values, each replaced by stars and a mark that changes with it."""
    found = dict(body)
    for name in ("data", "stringData"):
        if isinstance(found.get(name), dict):
            found[name] = {key: _mark(value, salt) for key, value in found[name].items()}
    notes = body["metadata"].get("annotations")
    if isinstance(notes, dict) and _LAST_APPLIED in notes:
        hidden = {**notes, _LAST_APPLIED: _mark(notes[_LAST_APPLIED], salt)}
        found["metadata"] = {**body["metadata"], "annotations": hidden}
    return found


def _mark(value: Json, salt: bytes) -> str:
    return f"*** ({hashlib.sha256(salt + str(value).encode()).hexdigest()[:8]})"
