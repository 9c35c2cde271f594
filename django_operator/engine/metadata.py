"""`buildMetadata`: annotations that say where each object came from and what changed it, and a label of who built it.

Gathered beside the objects and written once, at the end: what is not yet there cannot get in the way of a patch, and
costs nothing where it is not asked for. Only the topmost kustomization's field counts, as in kustomize.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from django_operator.engine import plugins
from django_operator.engine.emit import dump
from django_operator.engine.errors import Fault, RenderError, near
from django_operator.engine.paths import put
from django_operator.engine.version import version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django_operator.engine.accumulator import Accumulator
    from django_operator.engine.kustomization import Kustomization
    from django_operator.engine.paths import Body
    from django_operator.engine.resources import Resource
    from django_operator.engine.yamlio import Document

ORIGIN = "config.kubernetes.io/origin"
TRANSFORMATIONS = "alpha.config.kubernetes.io/transformations"
MANAGED_BY = "app.kubernetes.io/managed-by"
OPTIONS = ("originAnnotations", "transformerAnnotations", "managedByLabel")

_STEPS: tuple[tuple[str, tuple[str, ...], bool], ...] = (
    ("PatchStrategicMergeTransformer", ("patchesStrategicMerge",), False),
    ("PatchTransformer", ("patches",), True),
    ("NamespaceTransformer", ("namespace",), False),
    ("PrefixTransformer", ("namePrefix",), False),
    ("SuffixTransformer", ("nameSuffix",), False),
    ("LabelTransformer", ("labels", "commonLabels"), True),
    ("AnnotationsTransformer", ("commonAnnotations",), False),
    ("PatchJson6902Transformer", ("patchesJson6902",), True),
    ("ReplicaCountTransformer", ("replicas",), True),
    ("ImageTagTransformer", ("images", "imageTags"), True),
    ("ReplacementTransformer", ("replacements",), False),
)
"""What the fields of a kustomization are called as transformers, in their order, and whether once for each entry."""


class Metadata:
    """What is known of the objects of one build; an observer of it, too."""

    def __init__(
        self, top: Kustomization, also: Callable[[Resource | None, Resource | None, Document], None] | None = None
    ) -> None:
        """Take the topmost kustomization, and an observer to pass everything on to. Raises for an unknown option."""
        faults = [
            Fault(entry.origin(), f"unknown option {entry.value!r}", near(entry.value, OPTIONS))
            for entry in top.each("buildMetadata")
            if entry.value not in OPTIONS
        ]
        if faults:
            raise RenderError(*faults)
        self._top = top
        self._also = also
        # By id(), with the object beside it, so that its id() stays its own.
        self._passed: dict[int, tuple[Resource, tuple[Body, ...]]] = {}

    def __call__(self, before: Resource | None, after: Resource | None, cause: Document) -> None:
        """Follow an object through a change."""
        known = self._passed.pop(id(before), None)
        if after is not None and known is not None:
            self._passed[id(after)] = (after, known[1])
        if self._also is not None:
            self._also(before, after, cause)

    def passed(self, this: Kustomization, acc: Accumulator) -> None:
        """Note that all objects gathered so far went through the transformers of a kustomization."""
        steps = tuple(self._steps(this, acc))
        if steps:
            for resource in acc.resources:
                _, before = self._passed.get(id(resource), (resource, ()))
                self._passed[id(resource)] = (resource, before + steps)

    def write(self, acc: Accumulator) -> None:
        """Put what was asked for into the objects."""
        wanted = self._top.get("buildMetadata")

        def change(resource: Resource) -> Resource:
            body = resource.body
            if "managedByLabel" in wanted:
                body = put(body, ("metadata", "labels", MANAGED_BY), f"django-operator-{version()}")
            if "originAnnotations" in wanted:
                body = put(body, ("metadata", "annotations", ORIGIN), dump([self._origin(resource)]))
            _, steps = self._passed.get(id(resource), (resource, ()))
            if "transformerAnnotations" in wanted and steps:
                body = put(body, ("metadata", "annotations", TRANSFORMATIONS), dump([list(steps)]))
            return resource.with_body(body)

        acc.resources.map(change, self._top.document.at("buildMetadata"))

    def _steps(self, this: Kustomization, acc: Accumulator) -> Iterator[Body]:
        for kind, names, each in _STEPS:
            count = sum(len(this.get(name) or ()) if each else bool(this.get(name)) for name in names)
            if kind == "LabelTransformer" and count:
                count = len(this.get("labels") or ()) + 1  # commonLabels count as one, even where there are none
            yield from [self._configured(this.document, {"apiVersion": "builtin", "kind": kind})] * count
        for document in plugins.documents(this, "transformers", acc):
            yield self._configured(document, document.value)

    def _origin(self, resource: Resource) -> Body:
        document = resource.document
        value: Body = document.value
        if "kind" not in value:  # an entry of one of the generator fields
            return self._configured(document, {"apiVersion": "builtin", "kind": f"{resource.original.kind}Generator"})
        if value.get("apiVersion") == "builtin":
            return self._configured(document, value)
        return {"path": self._path(document)}

    def _configured(self, document: Document, by: Body) -> Body:
        meta = by.get("metadata") or {}
        named = {key: meta[key] for key in ("name", "namespace") if meta.get(key)}
        return {
            "configuredIn": self._path(document),
            "configuredBy": {"apiVersion": by["apiVersion"], "kind": by["kind"], **named},
        }

    def _path(self, document: Document) -> str:
        return posixpath.relpath(document.source, posixpath.dirname(self._top.document.source) or ".")
