"""Whose an object is. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from django_operator.apply.objects import RETAINED_FOR
from django_operator.stack.spec import KIND

if TYPE_CHECKING:
    from django_operator.apply.objects import Live

ADOPT = "django-operator.io/adopt"
"""Annotation on an object that nobody controls: the name of the resource that may take it over."""

Claim = Literal["ours", "retained", "adopted", "former", "foreign"]


def claim(live: Live, uid: str, name: str) -> Claim:
    """Return whether a resource may apply to an object that is there: its own, kept for it, or given to it.

    `former` is what belongs to a resource of the same name that is no more: the garbage collector is about to take it.
    """
    if live.owner == uid:
        return "ours"
    if live.owner:
        return "former" if live.owner_name == f"{KIND}/{name}" else "foreign"
    if live.labels.get(RETAINED_FOR) == name:
        return "retained"
    return "adopted" if live.notes.get(ADOPT) == name else "foreign"


def refusal(live: Live) -> str:
    """Return why an object is not taken over, and what may be done about it."""
    if live.owner:
        return f"{live.key} is there already and belongs to {live.owner_name} (UID {live.owner})"
    return (
        f"{live.key} is there already and is not ours; delete it, or hand it over: kubectl annotate "
        f"{live.key.kind.lower()} {live.key.name} -n {live.key.namespace} {ADOPT}=NAME-OF-THE-RESOURCE"
    )
