"""Two sets of pods side by side, for `rollout.strategy: BlueGreen`. Pure.

The new colour comes up beside the old one; the Service turns to it in the stage `switch`, when it is available; the old
one goes when everything else is done. Overlays, renders and kept revisions know no colours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.engine.paths import get, put
from django_operator.stack.names import COLOUR, COMPONENT, LIMIT, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_operator.engine.paths import Body, Path

COLOURS = ("blue", "green")
_COMPONENTS = frozenset({"app", "worker"})
_SCALERS = frozenset({"HorizontalPodAutoscaler", "ScaledObject"})
_SELECTORS: dict[str, Path] = {
    "Deployment": ("spec", "selector", "matchLabels"),
    "PodDisruptionBudget": ("spec", "selector", "matchLabels"),
    "Service": ("spec", "selector"),
}


def other(colour: str) -> str:
    """Return the colour that comes after one; the first after none."""
    return COLOURS[1] if colour == COLOURS[0] else COLOURS[0]


def is_coloured(body: Body) -> bool:
    """Tell whether an object is of a set of pods."""
    return body["kind"] == "Deployment" and get(body, "metadata", "labels", COMPONENT) in _COMPONENTS


def same_pods(left: Iterable[Body], right: Iterable[Body]) -> bool:
    """Tell whether two stacks have the same sets of pods, whatever the number: then no other colour is called for."""

    def pods(bodies: Iterable[Body]) -> list[tuple[str, Body]]:
        return sorted(
            ((each["metadata"]["name"], each["spec"]["template"]) for each in bodies if is_coloured(each)),
            key=lambda pair: pair[0],
        )

    return pods(left) == pods(right)


def coloured(bodies: Iterable[Body], colour: str) -> list[Body]:
    """Return the objects of a stack in a colour: its sets of pods, and what refers to them; without one, unchanged."""
    found = list(bodies)
    if not colour:
        return found
    renamed = {each["metadata"]["name"]: named(each["metadata"]["name"], colour) for each in found if is_coloured(each)}
    return [_coloured(each, colour, renamed) for each in found]


def named(name: str, colour: str) -> str:
    """Return the name of a Deployment in a colour."""
    return f"{shorten(name, LIMIT - len(colour) - 1)}-{colour}"


def _coloured(body: Body, colour: str, renamed: dict[str, str]) -> Body:
    component = get(body, "metadata", "labels", COMPONENT)
    if is_coloured(body):
        body = put(body, ("metadata", "name"), renamed[body["metadata"]["name"]])
        body = put(body, ("metadata", "labels", COLOUR), colour)
        body = put(body, ("spec", "template", "metadata", "labels", COLOUR), colour)
        return put(body, (*_SELECTORS["Deployment"], COLOUR), colour)  # type: ignore[no-any-return] # an object is put
    target = get(body, "spec", "scaleTargetRef", "name")
    if body["kind"] in _SCALERS and target in renamed:
        return put(body, ("spec", "scaleTargetRef", "name"), renamed[target])  # type: ignore[no-any-return] # as above
    path = _SELECTORS.get(body["kind"])
    if path is not None and component in _COMPONENTS and isinstance(get(body, *path), dict):
        return put(body, (*path, COLOUR), colour)  # type: ignore[no-any-return] # as above
    return body
