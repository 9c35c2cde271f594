"""`django-operator version`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

EXAMPLES = ""


def configure(_parser: argparse.ArgumentParser) -> None:
    """Take no arguments."""


def run(_args: argparse.Namespace) -> int:
    """Print the version."""
    from django_operator.engine.version import version  # noqa: PLC0415 - help needs none of it

    sys.stdout.write(f"django-operator {version()}\n")
    return 0
