"""The manifests that come with the package: bases, built-in overlays, fixed patches. Read when needed, parsed once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from django_operator.engine.errors import Origin
from django_operator.engine.files import DiskFiles, Files, ParsedFiles

if TYPE_CHECKING:
    from django_operator.engine.yamlio import Document


@dataclass(frozen=True)
class Library:
    """The shipped manifests. `folder` is where they are on this machine."""

    folder: str
    bases: Files
    components: Files
    fixed: Files

    def patch(self, name: str) -> tuple[Document, ...]:
        """Return the documents of `patches/<name>.yaml`."""
        return self.fixed.documents(f"{name}.yaml", "", Origin("patches"))

    def overlays(self) -> tuple[str, ...]:
        """Return the names of the built-in overlays."""
        return tuple(
            sorted(entry.name for entry in os.scandir(os.path.join(self.folder, "overlays")) if entry.is_dir())
        )

    def holds(self, source: str, own: str) -> bool:
        """Tell whether a document's source is one of these files.

        `own` is the source of the resource itself, whose file may be in a folder called overlays/, too.
        """
        return source != own and source.startswith(("bases/", "overlays/", "patches/"))


@cache
def library() -> Library:
    """Return the manifests of this installation: inside the package, or beside it in a checkout."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    folder = package if os.path.isdir(os.path.join(package, "bases")) else os.path.dirname(package)

    def tree(name: str) -> Files:
        return ParsedFiles(DiskFiles(os.path.join(folder, name), name=name))

    return Library(folder, tree("bases"), tree("overlays"), tree("patches"))
