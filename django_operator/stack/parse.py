"""A document -> `Django`, or every fault it has, each with its place. Knows nothing of what the values become."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from django_operator.engine.errors import Fault, Origin, RenderError
from django_operator.engine.paths import dotted
from django_operator.stack.check import check
from django_operator.stack.spec import Django

if TYPE_CHECKING:
    from django_operator.engine.paths import Body, Path
    from django_operator.engine.yamlio import Document


def parse(document: Document | Body, source: str = "") -> Django:
    """Return the resource that a document (or a plain body) holds.

    `source` is what places are named after when a plain body is given ("Django/shop"). Raises RenderError with all
    faults: unknown fields, wrong types and formats, missing fields, embedded Kubernetes types, rules across fields.
    """
    faults = tuple(faults_of(document, source))
    if faults:
        raise RenderError(*faults)
    body = document if isinstance(document, dict) else document.value
    try:
        return msgspec.convert(body, Django)
    except msgspec.ValidationError as error:  # what the check lets pass, msgspec takes: a net, never seen in tests
        raise RenderError(Fault(_origin(document, source, ()), str(error))) from error


def faults_of(document: Document | Body, source: str = "") -> list[Fault]:
    """Return every fault of a document, in the order of its fields; none when it is a valid resource."""
    body = document if isinstance(document, dict) else document.value
    return [Fault(_origin(document, source, found.path), found.problem, found.hint) for found in check(body)]


def _origin(document: Document | Body, source: str, path: Path) -> Origin:
    if isinstance(document, dict):
        return Origin(source or "Django", None, dotted(path))
    return document.origin(path)
