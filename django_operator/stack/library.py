"""The manifests that come with the package: bases, built-in overlays, fixed patches. Read when needed, parsed once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from django_operator.engine.errors import Origin
from django_operator.engine.files import DiskFiles, Files, ParsedFiles

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_operator.engine.yamlio import Document


INSTANCES = frozenset(("worker", "cron", "release", "post"))
"""Names of bases that stand under names of their own, which begin so."""


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

    def may_bring(self, overlays: Iterable[str], kind: str, name: str) -> bool:
        """Tell whether an object of a kind and name ("" for any) is among the manifests, or an instance of one.

        Among those of some built-in overlays, or all manifests when none is named.
        """
        return any(
            kind in ("", known) and (name in ("", base) or (base in INSTANCES and name.startswith(f"{base}-")))
            for known, base in _objects(self.folder, tuple(overlays))
        )

    def holds(self, source: str, own: str) -> bool:
        """Tell whether a document's source is one of these files.

        `own` is the source of the resource itself, whose file may be in a folder called overlays/, too.
        """
        return source != own and source.startswith(("bases/", "overlays/", "patches/"))


@cache
def _objects(folder: str, overlays: tuple[str, ...]) -> frozenset[tuple[str, str]]:
    """Return kind and name of every object that is shipped, or is in overlays; read on the way to an error."""
    found = set()
    for name in ("overlays",) if overlays else ("bases", "overlays"):
        tree = DiskFiles(os.path.join(folder, name), name=name)
        for each in os.scandir(tree.folder):
            names = os.listdir(each.path) if each.is_dir() and each.name in (overlays or (each.name,)) else ()
            for file in (file for file in names if file.endswith(".yaml")):
                for document in tree.documents(f"{each.name}/{file}", each.name, Origin(name)):
                    meta = document.value.get("metadata") or {}
                    found.add((str(document.value.get("kind")), str(meta.get("name"))))
    return frozenset(found)


@cache
def library() -> Library:
    """Return the manifests of this installation: inside the package, or beside it in a checkout."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    folder = package if os.path.isdir(os.path.join(package, "bases")) else os.path.dirname(package)

    def tree(name: str) -> Files:
        return ParsedFiles(DiskFiles(os.path.join(folder, name), name=name))

    return Library(folder, tree("bases"), tree("overlays"), tree("patches"))
