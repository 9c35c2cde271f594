"""`django-operator version`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

EXAMPLES = ""


def configure(parser: argparse.ArgumentParser) -> None:
    """Take no arguments."""


def version() -> str:
    """Return the installed version; that of a tree that was never installed is not known."""
    from importlib import metadata  # noqa: PLC0415 - 15 ms that no other command needs

    try:
        return metadata.version("django-operator")
    except metadata.PackageNotFoundError:
        return "unknown"


def run(_args: argparse.Namespace) -> int:
    """Print the version."""
    sys.stdout.write(f"django-operator {version()}\n")
    return 0
