"""What all tests share."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "quick",
    max_examples=150,
    deadline=None,  # the first build of a process reads the schema
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,  # a change that breaks a rule fails at once, in every run; `long` looks further
)
settings.register_profile("long", parent=settings.get_profile("quick"), max_examples=5000, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
