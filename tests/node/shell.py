"""Commands as a person gives them: kubectl and django-operator, in a namespace. Knows nothing of the cluster."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.shipped import ROOT

if TYPE_CHECKING:
    from typing import Self

    from tests.node.elsewhere import Elsewhere
    from tests.node.node import Node
    from tests.node.site import Site


@dataclass(frozen=True, slots=True)
class Shell:
    """An administrator's."""

    kubeconfig: Path

    @classmethod
    def of(cls, cluster: Node | Elsewhere, site: Site) -> Self:
        """Return one that is in the site's namespace."""
        return cls(cluster.plane.kubeconfig(namespace=site.namespace))

    def run(self, *command: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command in the project's folder, and return what became of it."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        told = {"KUBECONFIG": str(self.kubeconfig), "PATH": path, "NO_COLOR": "1"}
        return subprocess.run(
            command,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            cwd=ROOT,
            env={**os.environ, **told},
        )

    def __call__(self, *command: str, stdin: str | None = None) -> str:
        """Run a command that must work, and return what it prints."""
        done = self.run(*command, stdin=stdin)
        assert done.returncode == 0, f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout
