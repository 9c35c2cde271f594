"""A resource that was read: its typed spec together with the document it came from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from django_operator.engine.errors import Origin, fail
from django_operator.engine.paths import get
from django_operator.engine.yamlio import Document
from django_operator.stack.limits import LABEL
from django_operator.stack.parse import parse

if TYPE_CHECKING:
    from django_operator.engine.paths import Body
    from django_operator.stack.spec import DjangoSpec, Metadata
    from django_operator.stack.workloads import Workload


@dataclass(frozen=True)
class Site:
    """One Django site. `document` gives the place of each field; `namespace` is None where nobody named one.

    `initialized` tells that the data is there: what runs once in its life (`fixtures`, `init`) has run.
    """

    spec: DjangoSpec
    metadata: Metadata
    namespace: str | None
    document: Document
    initialized: bool = False

    @cached_property
    def workloads(self) -> tuple[Workload, ...]:
        """Return what of the stack runs the user's image, as `workloads.workloads` finds it."""
        from django_operator.stack.workloads import workloads  # noqa: PLC0415 - it knows what a site is

        return tuple(workloads(self))

    @property
    def name(self) -> str:
        """Return the resource's name."""
        return self.metadata.name


def read(document: Document | Body, namespace: str | None = None, *, initialized: bool = False) -> Site:
    """Return the site of a document, or of a plain body as a cluster has it.

    `namespace` is used where the resource names none; `initialized` as in Site. Raises RenderError with every fault of
    the resource, or of the namespace that is given.
    """
    document = as_document(document)
    django = parse(document)
    if namespace and not re.fullmatch(LABEL, namespace):
        raise fail(
            f"{namespace} is not the name of a namespace", Origin("namespace"), "lower-case letters, digits and -"
        )
    return Site(django.spec, django.metadata, django.namespace or namespace, document, initialized)


def as_document(document: Document | Body) -> Document:
    """Return a document, or a plain body as one whose places are named after the resource."""
    if isinstance(document, dict):
        return Document(document, f"Django/{get(document, 'metadata', 'name') or '?'}")
    return document
