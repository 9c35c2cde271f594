"""One control plane for all workers of a test run: the first one starts it, it ends with the last one."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cluster.plane import ControlPlane

if TYPE_CHECKING:
    from collections.abc import Callable


def shared(folder: Path, start: Callable[[], ControlPlane]) -> ControlPlane:
    """Return the control plane that is known in a folder of the run, started by whoever comes first."""
    known = folder / "control-plane"
    with (folder / "control-plane.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            return ControlPlane.join(Path(known.read_text()))
        except OSError:
            # nobody was first yet, or all who held it have gone
            plane = start()
            known.write_text(str(plane.folder))
            return plane
