"""The operator's own manifests: namespace, CRD, rights, Deployment. Knows nothing of what the operator does with them.

Rights follow from tables: the kinds that a stack is made of (`confine.ALLOWED`), and what the operator reads besides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.engine.schema import builtin
from django_operator.stack.confine import ALLOWED
from django_operator.stack.spec import GROUP

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_operator.engine.paths import Body

NAME = "django-operator"
NAMESPACE = "django-operator"
PORT = 8080
"""Serves /healthz, /readyz and /metrics."""
USER = 65532
"""The user that distroless images call nonroot; any numeric one but 0 would do."""

PLURALS = {
    "Certificate": "certificates",
    "Cluster": "clusters",
    "HTTPRoute": "httproutes",
    "PodMonitor": "podmonitors",
    "Pooler": "poolers",
    "PrometheusRule": "prometheusrules",
    "ScaledObject": "scaledobjects",
    "ScheduledBackup": "scheduledbackups",
    "ServiceMonitor": "servicemonitors",
    "TriggerAuthentication": "triggerauthentications",
}
"""API names of the kinds that come with CRDs of other projects."""

_READ = ["get", "list", "watch"]
_MANAGE = ["create", "delete", "get", "list", "patch", "watch"]
"""What server-side apply and pruning need; no `update`, no `deletecollection`."""
_KEPT = frozenset({"clusters", "persistentvolumeclaims", "secrets"})
"""What holds data is never pruned, so it need not be deleted."""


def manifests(image: str, *, namespace: str = NAMESPACE, namespaced: bool = False) -> list[Body]:
    """Return everything that `kubectl apply` needs to run the operator.

    `namespaced`: one namespace is served, the operator's own, and no right reaches beyond it; the namespace is expected
    to be there. The CRD is for the whole cluster either way.
    """
    from django_operator.stack.crd import crd  # noqa: PLC0415 - 20 ms, and the rights are looked up without it

    own = [_role("Role", NAME, _lease(), namespace)]
    if namespaced:
        own = [_role("Role", NAME, [*rules(), *_lease()], namespace)]
    wide = [] if namespaced else [_role("ClusterRole", NAME, rules())]
    return [
        *([] if namespaced else [_namespace(namespace)]),
        crd(),
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": _metadata(NAME, namespace),
            "automountServiceAccountToken": False,
        },
        *wide,
        *([] if namespaced else _aggregated()),
        *own,
        *(_binding(role, namespace) for role in (*wide, *own)),
        _deployment(image, namespace, ["run", f"--namespace={namespace}"] if namespaced else ["run"]),
    ]


def rules() -> list[Body]:
    """Return what the operator may do in each namespace that it serves: a rule a group, and no more than it needs."""
    by_group: dict[str, set[str]] = {}
    for group, kind in {*ALLOWED, ("apps", "ControllerRevision")}:
        by_group.setdefault(group, set()).add(plural(group, kind))
    kept = {group: names & _KEPT for group, names in by_group.items()}
    return [
        _rule([GROUP], ["djangos"], _READ),
        # An owner reference that blocks deletion needs this (admission plugin OwnerReferencesPermissionEnforcement).
        _rule([GROUP], ["djangos/finalizers"], ["update"]),
        _rule([GROUP], ["djangos/status"], ["patch"]),
        *(_rule([group], sorted(names - kept[group]), _MANAGE) for group, names in sorted(by_group.items())),
        *(_rule([group], sorted(names), [*_READ, "create", "patch"]) for group, names in sorted(kept.items()) if names),
        # Why pods are not ready; one of a stale revision that never gets ready is deleted, or it blocks a StatefulSet.
        _rule([""], ["pods"], ["delete", "list"]),
        _rule(["events.k8s.io"], ["events"], ["create"]),
    ]


def plural(group: str, kind: str) -> str:
    """Return the API name of a kind; KeyError for one that neither Kubernetes nor the table above has."""
    for key in builtin().kinds():
        head, _, name = key.rpartition("/")
        if name == kind and head.rpartition("/")[0] == group:
            return builtin().plural(head, kind) or PLURALS[kind]
    return PLURALS[kind]


def _lease() -> list[Body]:
    return [_rule(["coordination.k8s.io"], ["leases"], ["create", "get", "update"])]


def _rule(groups: list[str], resources: list[str], verbs: list[str]) -> Body:
    return {"apiGroups": groups, "resources": resources, "verbs": sorted(verbs)}


def _labels() -> Body:
    return {"app.kubernetes.io/name": NAME, "app.kubernetes.io/part-of": NAME}


def _metadata(name: str, namespace: str = "", labels: Body | None = None) -> Body:
    return {"name": name, **({"namespace": namespace} if namespace else {}), "labels": {**_labels(), **(labels or {})}}


def _namespace(name: str) -> Body:
    modes = ("enforce", "audit", "warn")
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": _metadata(name, labels={f"pod-security.kubernetes.io/{mode}": "restricted" for mode in modes}),
    }


def _role(kind: str, name: str, own: Iterable[Body], namespace: str = "", labels: Body | None = None) -> Body:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": kind,
        "metadata": _metadata(name, namespace, labels),
        "rules": list(own),
    }


def _binding(role: Body, namespace: str) -> Body:
    meta, kind = role["metadata"], role["kind"]
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": f"{kind}Binding",
        "metadata": _metadata(meta["name"], meta.get("namespace", "")),
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": meta["name"]},
        "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": namespace}],
    }


def _aggregated() -> list[Body]:
    """Return what the cluster's own roles view, edit and admin may do with Djangos."""
    aggregate = "rbac.authorization.k8s.io/aggregate-to-"
    write = ["create", "delete", "deletecollection", "patch", "update"]
    view = [_rule([GROUP], ["djangos", "djangos/status"], _READ)]
    return [
        _role("ClusterRole", f"{NAME}-view", view, labels={f"{aggregate}view": "true"}),
        _role(
            "ClusterRole",
            f"{NAME}-edit",
            [_rule([GROUP], ["djangos"], write)],
            labels={f"{aggregate}edit": "true", f"{aggregate}admin": "true"},
        ),
    ]


def _deployment(image: str, namespace: str, args: list[str]) -> Body:
    select = {"app.kubernetes.io/name": NAME}
    spread = {"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(NAME, namespace),
        "spec": {
            # One works, the other waits for the Lease.
            "replicas": 2,
            "selector": {"matchLabels": select},
            "template": {
                "metadata": {"labels": _labels()},
                "spec": {
                    "serviceAccountName": NAME,
                    "automountServiceAccountToken": True,
                    "enableServiceLinks": False,
                    "securityContext": {
                        "runAsNonRoot": True,
                        "runAsUser": USER,
                        "runAsGroup": USER,
                        "seccompProfile": {"type": "RuntimeDefault"},
                    },
                    "topologySpreadConstraints": [{**spread, "labelSelector": {"matchLabels": select}}],
                    "containers": [_container(image, args)],
                    "volumes": [{"name": "tmp", "emptyDir": {}}],
                },
            },
        },
    }


def _container(image: str, args: list[str]) -> Body:
    def env(name: str, field: str) -> Body:
        return {"name": name, "valueFrom": {"fieldRef": {"fieldPath": field}}}

    def probe(path: str, period: int) -> Body:
        return {"httpGet": {"path": path, "port": "http"}, "periodSeconds": period, "timeoutSeconds": 5}

    return {
        "name": "operator",
        "image": image,
        "args": args,
        "env": [env("POD_NAME", "metadata.name"), env("POD_NAMESPACE", "metadata.namespace")],
        "ports": [{"name": "http", "containerPort": PORT, "protocol": "TCP"}],
        "livenessProbe": {**probe("/healthz", 20), "initialDelaySeconds": 10},
        "readinessProbe": probe("/readyz", 10),
        "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108 - a path in the pod
    }
