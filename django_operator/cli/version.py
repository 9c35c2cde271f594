"""`django-operator version`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

EXAMPLES = ""


def configure(_parser: argparse.ArgumentParser) -> None:
    """Take no arguments."""


def version() -> str:
    """Return the version: of the tree this runs from, else the installed one's."""
    import tomllib  # noqa: PLC0415 - no other command needs it
    from importlib import metadata  # noqa: PLC0415 - as above
    from pathlib import Path  # noqa: PLC0415 - as above

    project = Path(__file__).parents[2] / "pyproject.toml"
    about = tomllib.loads(project.read_text(encoding="utf-8")).get("project", {}) if project.is_file() else {}
    if about.get("name") == "django-operator":
        return str(about["version"])
    try:
        return metadata.version("django-operator")
    except metadata.PackageNotFoundError:
        return "unknown"


def run(_args: argparse.Namespace) -> int:
    """Print the version."""
    sys.stdout.write(f"django-operator {version()}\n")
    return 0
