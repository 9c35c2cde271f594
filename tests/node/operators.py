"""The operators that run on a node, to be killed. Knows nothing of what they do."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cluster.client import Client, Object
    from tests.node.node import Node

NAMESPACE = "django-operator"


@dataclass(frozen=True, slots=True)
class Operators:
    """All of them: the one that works, and the one that waits."""

    node: Node
    client: Client

    @property
    def pods(self) -> list[Object]:
        """Return their pods."""
        return self.client.items(self.client.path("v1", "Pod", NAMESPACE))

    def kill(self) -> None:
        """End all of them by SIGKILL."""
        for pod in self.pods:
            for container in pod["status"]["containerStatuses"]:
                self.node.kill(container["containerID"])

    def ready(self) -> bool:
        """Tell whether all are ready."""
        found = self.client.get(self.client.path("apps/v1", "Deployment", NAMESPACE, NAMESPACE))
        return bool(found["status"].get("readyReplicas", 0) == found["spec"]["replicas"])

    def renew(self) -> None:
        """Put new pods in their place: the kubelet makes one that was killed before wait ever longer for its start."""
        kubectl = ["kubectl", f"--kubeconfig={self.node.plane.kubeconfig(namespace=NAMESPACE)}"]
        for command in (["restart"], ["status", "--timeout=120s"]):
            subprocess.run(
                [*kubectl, "rollout", *command, f"deployment/{NAMESPACE}"], check=True, capture_output=True, text=True
            )
