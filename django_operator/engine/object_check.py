"""What everybody relies on of an object: apiVersion, kind, a name, labels and annotations of the right types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.engine.errors import fail

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_operator.engine.errors import Origin
    from django_operator.engine.paths import Body, Json, Path

MAX_NAME = 1_000
"""Length of a name; Kubernetes takes 253. Names go wherever an object is referred to, so that long ones add up."""


def check_object(body: Json, locate: Callable[[Path], Origin]) -> None:
    """Raise RenderError, at the place that `locate` gives for a path, where a value is no Kubernetes object.

    What everybody relies on: apiVersion, kind, a name, and labels and annotations that are maps of strings.
    """
    if not isinstance(body, dict):
        raise fail("not a Kubernetes object", locate(()), "it must have apiVersion, kind and metadata")
    kind = body.get("kind")
    if not isinstance(kind, str) or not kind:
        raise fail("object without a kind", locate(()))
    if not isinstance(body.get("apiVersion"), str) or not body["apiVersion"]:
        raise fail(f"{kind} without an apiVersion", locate(()))
    meta = body.get("metadata")
    if not isinstance(meta, dict) or not (meta.get("name") or meta.get("generateName")):
        raise fail(f"{kind} without a metadata.name", locate(()))
    _check_meta(meta, locate)


def _check_meta(meta: Body, locate: Callable[[Path], Origin]) -> None:
    for field in ("name", "generateName", "namespace"):
        if (value := meta.get(field)) is not None:
            _check_string(value, field, ("metadata", field), locate)
            if len(value) > MAX_NAME:
                raise fail(f"{field} is longer than {MAX_NAME:,} characters", locate(("metadata", field)))
    for field in ("labels", "annotations"):
        values = meta.get(field)
        if not isinstance(values, dict | None):
            raise fail(f"{field} must be a map of strings", locate(("metadata", field)))
        for key, value in (values or {}).items():
            if value.__class__ is not str:  # the usual one first: this runs for every change of a label
                _check_string(value, key, ("metadata", field, key), locate)


def _check_string(value: Json, name: str, path: Path, locate: Callable[[Path], Origin]) -> None:
    if not isinstance(value, str | None):
        written = "" if isinstance(value, dict | list) else f'write "{value}" in quotes'
        raise fail(f"{name} must be a string", locate(path), written)
