"""Another cluster than ours, by KUBECONFIG: how images get there. Knows nothing of Django."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.cluster.access import Cluster
from tests.node import images

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Elsewhere:
    """The cluster of a kubeconfig's current context, with the rights of an administrator."""

    plane: Cluster
    registry: str
    kind: str
    """The cluster's name in kind; empty where it is not one of kind's."""

    @classmethod
    def of(cls, kubeconfig: str, folder: Path) -> Elsewhere:
        """Return it; `folder` is for files.

        Raises:
            RuntimeError: kubectl cannot read it, or images cannot get there.
        """
        command = ["kubectl", f"--kubeconfig={kubeconfig}", "config", "current-context"]
        context = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
        _, kind, name = context.partition("kind-")
        registry = os.environ.get("IMAGE_REGISTRY", "")
        if not kind and not registry:
            message = f"{kubeconfig}: images get to {context or 'it'} by a registry: IMAGE_REGISTRY=host/path names one"
            raise RuntimeError(message)
        return cls(Cluster.of(kubeconfig, folder), registry, name)

    def load(self, *names: str) -> list[str]:
        """Bring images of the container engine there, and return the names to use in a pod's spec.

        Raises:
            RuntimeError: the engine or kind refuses.
        """
        if self.registry:
            there = [f"{self.registry.rstrip('/')}/{name}" for name in names]
            for short, long in zip(names, there, strict=True):
                images.engine("tag", short, long)
                images.engine("push", long)
            return there
        file = images.save(self.plane.folder / "images.tar", *names)
        command = ["kind", "load", "image-archive", str(file), f"--name={self.kind}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        file.unlink()
        if done.returncode:
            raise RuntimeError(f"{', '.join(names)}: {done.stderr.strip()}")
        return [*names]
