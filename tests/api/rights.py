"""An object of every kind that an operator has rights to, and a resource that has them all. Data only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.api.site import WHOLE

if TYPE_CHECKING:
    from tests.cluster.client import Object


def _one(api_version: str, kind: str, **rest: Any) -> Object:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "extra"}, **rest}


_LABELS = {"part": "extra"}
_PODS: Object = {
    "metadata": {"labels": _LABELS},
    "spec": {"containers": [{"name": "main", "image": "registry.example.com/extra:1"}]},
}
_ONCE: Object = {"template": {"spec": {**_PODS["spec"], "restartPolicy": "Never"}}}
_SELECTOR: Object = {"matchLabels": _LABELS}

EVERY: list[Object] = [
    _one("v1", "ConfigMap", data={"key": "value"}),
    _one(
        "v1",
        "PersistentVolumeClaim",
        spec={"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    ),
    _one("v1", "Secret", data={"key": "dmFsdWU="}),
    _one("v1", "Service", spec={"selector": _LABELS, "ports": [{"port": 80, "protocol": "TCP"}]}),
    _one("v1", "ServiceAccount"),
    _one("apps/v1", "Deployment", spec={"replicas": 1, "selector": _SELECTOR, "template": _PODS}),
    _one(
        "apps/v1",
        "StatefulSet",
        spec={"replicas": 1, "serviceName": "extra", "selector": _SELECTOR, "template": _PODS},
    ),
    _one(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        spec={
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "none"},
            "maxReplicas": 2,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}},
                }
            ],
        },
    ),
    _one("batch/v1", "CronJob", spec={"schedule": "0 0 * * *", "jobTemplate": {"spec": _ONCE}}),
    _one("batch/v1", "Job", spec=_ONCE),
    _one("cert-manager.io/v1", "Certificate", spec={"secretName": "extra-tls", "dnsNames": ["x.example.com"]}),
    _one("gateway.networking.k8s.io/v1", "HTTPRoute", spec={"hostnames": ["x.example.com"]}),
    _one("keda.sh/v1alpha1", "ScaledObject", spec={"scaleTargetRef": {"name": "none"}, "triggers": []}),
    _one("keda.sh/v1alpha1", "TriggerAuthentication", spec={"secretTargetRef": []}),
    _one("monitoring.coreos.com/v1", "PodMonitor", spec={"selector": _SELECTOR}),
    _one("monitoring.coreos.com/v1", "PrometheusRule", spec={"groups": []}),
    _one("monitoring.coreos.com/v1", "ServiceMonitor", spec={"selector": _SELECTOR, "endpoints": []}),
    _one(
        "networking.k8s.io/v1",
        "Ingress",
        spec={"defaultBackend": {"service": {"name": "extra", "port": {"number": 80}}}},
    ),
    _one("networking.k8s.io/v1", "NetworkPolicy", spec={"podSelector": _SELECTOR}),
    _one("policy/v1", "PodDisruptionBudget", spec={"selector": _SELECTOR, "minAvailable": 0}),
    _one("postgresql.cnpg.io/v1", "Cluster", spec={"instances": 1}),
    _one("postgresql.cnpg.io/v1", "Pooler", spec={"cluster": {"name": "extra"}}),
    _one("postgresql.cnpg.io/v1", "ScheduledBackup", spec={"cluster": {"name": "extra"}}),
]
"""As overlays of a resource; each is called `extra`."""

SPEC: Object = {
    **WHOLE,
    "rollout": {"revisionHistoryLimit": 1},
    "overlays": [{"resources": EVERY}],
}
"""Every stage, and every kind."""
