"""The images that a cluster needs for the tests, and for a person who tries the operator there."""

from __future__ import annotations

from tests.node import images
from tests.node.site import DEMO
from tests.shipped import ROOT

OPERATOR = "django-operator:0.1.0"
"""As in django-operator.yml."""

VERSIONS = ("v1", "v2", "v3", "v5")
"""Of the demo; what each is for stands in its README."""

DATA = ("postgres:17-bookworm", "valkey/valkey:8.1-alpine")
"""As in bases/."""


def build(*, data: bool) -> list[str]:
    """Make the images, those of Redis and PostgreSQL too where no cluster pulls them, and return their names.

    Raises:
        subprocess.CalledProcessError: a build failed; its log was printed.
    """
    names = [images.build(ROOT, OPERATOR, f"VERSION={OPERATOR.rpartition(':')[2]}")]
    names += [images.build(DEMO, f"demo:{version}", f"VERSION={version}") for version in VERSIONS]
    return names + [images.base(name) for name in DATA if data]
