"""What all tests share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    import pytest

settings.register_profile(
    "quick",
    max_examples=150,
    deadline=None,  # the first build of a process reads the schema
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,  # a change that breaks a rule fails at once, in every run; `long` looks further
)
settings.register_profile("long", parent=settings.get_profile("quick"), max_examples=5000, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare `--bless`: what the tests of cases get is written down as what they want."""
    parser.addoption("--bless", action="store_true", help="write what cases give as what they want; then read git diff")
