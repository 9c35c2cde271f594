"""Files for the time of one build: parsed once, and what is used again charged to a budget. Knows no file's meaning."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from django_operator.engine.budget import Budget
from django_operator.engine.files import Files, MountedFiles, shown

if TYPE_CHECKING:
    from django_operator.engine.errors import Origin
    from django_operator.engine.files import ParsedFiles
    from django_operator.engine.yamlio import Document

MAX_KEPT = 64 * 2**20
"""Characters of texts whose documents are kept for the time of a build."""


@dataclass(slots=True)
class BuildFiles:
    """Another tree for the time of one build: each file is parsed once, and what is used again is charged to a budget.

    `depth` counts the folders of plugins that led here, which are builds inside of the build.
    """

    tree: Files
    budget: Budget = field(default_factory=Budget)
    depth: int = 0
    _parsed: dict[tuple[str, str], tuple[Document, ...]] = field(default_factory=dict)
    _kept: int = 0

    def is_dir(self, path: str) -> bool:
        """Tell whether `path` is a folder."""
        return self.tree.is_dir(path)

    def is_file(self, path: str) -> bool:
        """Tell whether `path` is a file."""
        return self.tree.is_file(path)

    def read(self, path: str, root: str, at: Origin) -> bytes:
        """Return a file's bytes; each reading is charged."""
        content = self.tree.read(path, root, at)
        self.budget.spend(len(content), lambda: at)
        return content

    def documents(self, path: str, root: str, at: Origin) -> tuple[Document, ...]:
        """Return a file's documents; each reading but the first is charged."""
        found = self._parsed.get((path, root))
        if found is None:
            found = self.tree.documents(path, root, at)
            self._kept += found[0].size if found else 0
            if self._kept <= MAX_KEPT:
                self._parsed[path, root] = found
        elif found:
            self.budget.spend(found[0].size, lambda: at)
        return found

    def lasting(self, path: str) -> tuple[ParsedFiles, str] | None:
        """Return the tree that a path is in, and the path there, where it outlasts this build."""
        return self.tree.lasting(path) if isinstance(self.tree, MountedFiles) else None

    def shown(self, path: str) -> str:
        """Return the path as the user would write it."""
        return shown(self.tree, path)


def nested(files: Files) -> BuildFiles:
    """Return the files of a build for one inside of it: the same budget, one folder of plugins deeper."""
    return replace(files, depth=files.depth + 1) if isinstance(files, BuildFiles) else BuildFiles(files, depth=1)
