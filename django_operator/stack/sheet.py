"""A kustomization file under construction, each part with the place in the resource that asked for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django_operator.engine.kustomization import KINDS
from django_operator.stack.change import Derived

if TYPE_CHECKING:
    from django_operator.engine.paths import Body, Json, Path
    from django_operator.engine.yamlio import Document
    from django_operator.stack.site import Site


@dataclass(slots=True)
class Sheet:
    """Collects the fields of one kustomization of a site; local to the function that fills it."""

    site: Site
    fields: Body = field(default_factory=lambda: {"apiVersion": KINDS["Kustomization"], "kind": "Kustomization"})
    parts: list[tuple[Path, Path]] = field(default_factory=list)
    mounts: dict[Path, Document] = field(default_factory=dict)

    def set(self, name: str, value: Json, at: Path) -> None:
        """Set a field because of what stands at `at` in the resource."""
        self.fields[name] = value
        self.parts.append(((name,), at))

    def add(self, name: str, value: Json, at: Path) -> None:
        """Append to a list field."""
        entries: list[Any] = self.fields.setdefault(name, [])
        self.parts.append(((name, len(entries)), at))
        entries.append(value)

    def mount(self, name: str, document: Document) -> None:
        """Append a document that knows its own places to a list field."""
        entries: list[Any] = self.fields.setdefault(name, [])
        self.mounts[name, len(entries)] = document
        entries.append(document.value)

    def documents(self) -> tuple[Document, ...]:
        """Return the file."""
        written = self.site.document
        return (Derived(self.fields, written.source, mounts=self.mounts, written=written, parts=tuple(self.parts)),)
