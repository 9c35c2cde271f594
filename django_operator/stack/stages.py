"""The stages of a stack, in order; which one an object belongs to stands on the object itself, in bases/."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.stack.names import STAGE

if TYPE_CHECKING:
    from django_operator.engine.paths import Body

STAGES = ("config", "data", "release", "serve", "switch", "beat", "post")

_FIRST = frozenset({"ConfigMap", "Secret", "ServiceAccount", "NetworkPolicy", "PersistentVolumeClaim"})
"""Kinds that others need, for objects without the label: a user's own."""


def stage_of(body: Body) -> str:
    """Return an object's stage: its label, else `config` for what others refer to and `serve` for the rest."""
    stage = (body["metadata"].get("labels") or {}).get(STAGE)
    if stage in STAGES:
        return str(stage)
    return "config" if body["kind"] in _FIRST else "serve"
