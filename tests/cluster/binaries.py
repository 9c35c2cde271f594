"""Where the binaries of a control plane are. tools/kube/install looks them up or builds them."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

NEWEST, OLDEST = "kube-apiserver", "kube-apiserver-oldest"
"""The API servers of the versions between which the project works."""


def binary(name: str) -> str:
    """Return the path of a binary: of $KUBEBUILDER_ASSETS, beside this Python, or of PATH.

    Raises:
        RuntimeError: it is not here; a test that needs it fails rather than skips.
    """
    places = (os.environ.get("KUBEBUILDER_ASSETS"), str(Path(sys.executable).parent), os.environ.get("PATH"))
    for place in places:
        if place and (found := shutil.which(name, path=place)):
            return found
    message = f"{name} is not here: `make setup` installs it, or KUBEBUILDER_ASSETS=... names its folder"
    raise RuntimeError(message)
