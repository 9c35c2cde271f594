"""The command line against the test's namespace, in this process: what it returns and prints."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from django_operator.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.cluster.client import Client, Object

API_VERSION = "django-operator.io/v1alpha1"
STATUS = "django-operator-status"


class Done(NamedTuple):
    """How a command line ended."""

    code: int
    out: str
    err: str


@dataclass
class CommandLine:
    """Commands run with the cluster's kubeconfig, whose namespace is the test's."""

    capsys: pytest.CaptureFixture[str]
    folder: Path
    client: Client
    namespace: str

    def __call__(self, *argv: str, code: int | None = 0) -> Done:
        """Run a command line that ends with `code`; None for any."""
        self.capsys.readouterr()
        found = main(list(argv))
        done = Done(found, *self.capsys.readouterr())
        assert code in {None, found}, done
        return done

    def site(self, name: str = "shop", **spec: Any) -> str:
        """Write a file with a resource, without a namespace, and return its path."""
        return self.file(f"{name}.yaml", resource(name, **spec))

    def file(self, name: str, *bodies: Object) -> str:
        """Write a file with objects."""
        path = self.folder / name
        path.write_text("\n---\n".join(map(json.dumps, bodies)), encoding="utf-8")
        return str(path)

    def path(self, kind: str, name: str, api_version: str = "v1", sub: str = "") -> str:
        """Return the path of an object of the namespace."""
        return self.client.path(api_version, kind, self.namespace, name, sub)

    def django(self, name: str = "shop") -> Any:
        """Return the resource, None where it is not there."""
        return self.client.find(self.path("Django", name, API_VERSION))

    def report(self, *conditions: tuple[str, str, str, str], name: str = "shop", **status: Any) -> None:
        """Write a status as the operator does: conditions of (type, status, reason, message)."""
        generation = self.django(name)["metadata"]["generation"]
        made = [
            {
                "type": kind,
                "status": state,
                "reason": reason,
                "message": message,
                "observedGeneration": generation,
                "lastTransitionTime": "2026-01-01T00:00:00Z",
            }
            for kind, state, reason, message in conditions
        ]
        whole = {"observedGeneration": generation, "conditions": made, **status}
        meta = {"name": name, "namespace": self.namespace}
        body = {"apiVersion": API_VERSION, "kind": "Django", "metadata": meta, "status": whole}
        self.client.apply(body, STATUS, sub="status")


def resource(name: str = "shop", **spec: Any) -> Object:
    """Return a small site without a namespace."""
    whole = {"image": "example.com/shop:1", "project": "shop", "hosts": ["shop.example.com"], **spec}
    return {"apiVersion": API_VERSION, "kind": "Django", "metadata": {"name": name}, "spec": whole}
