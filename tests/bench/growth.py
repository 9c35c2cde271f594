"""Kustomizations of any size: mixed objects, moved to a namespace, renamed, labelled, patched by an expression."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, count: int) -> Path:
    """Write a kustomization of `count` Deployments, Services, ConfigMaps and Secrets that refer to one another."""
    folder.mkdir(parents=True)
    bodies = [_object(index // 4, index % 4) for index in range(count)]
    (folder / "objects.yaml").write_text(
        "\n---\n".join(json.dumps(body, indent=1) for body in bodies), encoding="utf-8"
    )
    patch = {"kind": "Any", "metadata": {"name": "any", "annotations": {"patched": "yes"}}}
    kustomization = {
        "resources": ["objects.yaml"],
        "namespace": "shop",
        "namePrefix": "my-",
        "labels": [{"pairs": {"team": "web"}, "includeSelectors": True}],
        "images": [{"name": "nginx", "newTag": "1.29"}],
        "patches": [{"target": {"kind": "Deployment", "name": "app-.*[05]"}, "patch": json.dumps(patch)}],
    }
    (folder / "kustomization.yaml").write_text(json.dumps(kustomization, indent=1), encoding="utf-8")
    return folder


def _object(number: int, what: int) -> dict[str, Any]:
    name, labels = f"app-{number}", {"app": f"app-{number}"}
    match what:
        case 0:
            container = {
                "name": "app",
                "image": "nginx:1.25",
                "env": [{"name": "NUMBER", "value": str(number)}],
                "envFrom": [{"configMapRef": {"name": name}}, {"secretRef": {"name": name}}],
                "ports": [{"containerPort": 8080, "name": "http"}],
                "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}},
            }
            template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
            spec = {"replicas": 2, "selector": {"matchLabels": labels}, "template": template}
            return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}
        case 1:
            ports = [{"port": 80, "targetPort": "http"}]
            spec = {"selector": labels, "ports": ports}
            return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}
        case 2:
            return {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": name},
                "data": {"mode": "on", "n": "1"},
            }
        case _:
            return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": {"token": "czNjcjN0"}}
