"""Build hook of the wheel: puts the manifests into the package, where an editable install reads those of the tree."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

DATA = ("bases", "overlays", "patches")
"""Folders that stand at the top of the tree, where people read them, and in the package once installed."""


class WheelData(BuildHookInterface[Any]):
    """Maps the folders of the tree to folders of the package."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the folders to a `standard` wheel, not to an `editable` one."""
        if version == "standard":
            build_data["force_include"].update({folder: f"django_operator/{folder}" for folder in DATA})
