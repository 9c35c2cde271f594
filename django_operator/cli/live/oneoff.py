"""A one-off Job that runs a command as the web pods would: their image, settings, mounts and security. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.engine.paths import get
from django_operator.stack import names
from django_operator.stack.spec import API_VERSION, KIND

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django_operator.engine.paths import Body

COMPONENT = "manage"
"""The component label of these pods: no Service, no disruption budget and no autoscaler selects it."""
KEPT_FOR = 600
"""Seconds after which a finished Job goes, should we not get to remove it ourselves."""
_SERVING = ("livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "ports")
_SPREADING = ("topologySpreadConstraints", "restartPolicy", "nodeName")


def chosen(deployments: Iterable[Body]) -> Body | None:
    """Return the Deployment of the web pods that serve: of two colours the one with more of them."""
    found = sorted(deployments, key=lambda each: get(each, "status", "availableReplicas") or 0, reverse=True)
    return found[0] if found else None


def job(site: Body, app: Body, argv: Sequence[str], name: str) -> Body:
    """Return the Job. `argv` is the whole command; containers beside the app's are left out, for they never end."""
    meta = site["metadata"]
    template = app["spec"]["template"]
    pod = {key: value for key, value in template["spec"].items() if key not in _SPREADING}
    first = pod["containers"][0]
    main = {key: value for key, value in first.items() if key not in (*_SERVING, "args")} | {"command": list(argv)}
    labels = {
        **{key: value for key, value in (template["metadata"].get("labels") or {}).items() if key != names.COLOUR},
        names.INSTANCE: meta["name"],
        names.COMPONENT: COMPONENT,
        names.MANAGED_BY: "django-operator-cli",
    }
    owner = {"apiVersion": API_VERSION, "kind": KIND, "name": meta["name"], "uid": meta["uid"]}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": name,
            "namespace": meta["namespace"],
            "labels": labels,
            # Goes with the resource, should we not get to remove it ourselves.
            "ownerReferences": [owner],
        },
        "spec": {
            "backoffLimit": 0,
            "podReplacementPolicy": "Failed",
            "ttlSecondsAfterFinished": KEPT_FOR,
            "template": {
                "metadata": {"labels": labels, "annotations": template["metadata"].get("annotations") or {}},
                "spec": {**_together(pod), "containers": [main], "restartPolicy": "Never"},
            },
        },
    }


def _together(pod: Body) -> Body:
    """Return a pod that need not keep away from those of the web tier."""
    affinity = {key: value for key, value in (pod.get("affinity") or {}).items() if key != "podAntiAffinity"}
    rest = {key: value for key, value in pod.items() if key != "affinity"}
    return {**rest, "affinity": affinity} if affinity else rest


def main_container(body: Body) -> str:
    """Return the name of the container that runs the command."""
    return str(body["spec"]["template"]["spec"]["containers"][0]["name"])


def manage(site: Body) -> list[str]:
    """Return the manage command of a resource."""
    return list(get(site, "spec", "manage") or ("python", "manage.py"))
