"""Kinds of other operators that a stack may use, without those operators: CRDs that take any spec and have a status."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.cluster.client import Client, Object

CUSTOM_KINDS = (
    ("cert-manager.io/v1", "Certificate", "certificates"),
    ("external-secrets.io/v1", "ExternalSecret", "externalsecrets"),
    ("gateway.networking.k8s.io/v1", "HTTPRoute", "httproutes"),
    ("keda.sh/v1alpha1", "ScaledObject", "scaledobjects"),
    ("keda.sh/v1alpha1", "TriggerAuthentication", "triggerauthentications"),
    ("monitoring.coreos.com/v1", "PodMonitor", "podmonitors"),
    ("monitoring.coreos.com/v1", "PrometheusRule", "prometheusrules"),
    ("monitoring.coreos.com/v1", "ServiceMonitor", "servicemonitors"),
    ("postgresql.cnpg.io/v1", "Cluster", "clusters"),
    ("postgresql.cnpg.io/v1", "Pooler", "poolers"),
    ("postgresql.cnpg.io/v1", "ScheduledBackup", "scheduledbackups"),
)
"""apiVersion, kind and plural of each."""


def definition(api_version: str, kind: str, plural: str, scope: str = "Namespaced") -> Object:
    """Return a CRD for a kind whose spec and status are open; `scope` may be `Cluster`."""
    group, version = api_version.split("/")
    opened: dict[str, Any] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"type": "object", "properties": {"spec": opened, "status": opened}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        # *.k8s.io is guarded: https://github.com/kubernetes/enhancements/pull/1111
        "metadata": {
            "name": f"{plural}.{group}",
            "annotations": {"api-approved.kubernetes.io": "unapproved, for tests"},
        },
        "spec": {
            "group": group,
            "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"},
            "scope": scope,
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": schema},
                    "subresources": {"status": {}},
                }
            ],
        },
    }


def install(client: Client, definitions: Iterable[Object]) -> None:
    """Apply CRDs and wait until each is served."""
    bodies = [*definitions]
    for body in bodies:
        client.apply(body)
    for body in bodies:
        wait_served(client, body)


def wait_served(client: Client, body: Object) -> None:
    """Wait until the kind of a CRD is served; `kubectl wait` fails on one that has no conditions yet."""
    client.wait(client.path_of(body), _is_established)
    version = body["spec"]["versions"][0]["name"]
    # discovery is a little later
    client.wait(f"/apis/{body['spec']['group']}/{version}", functools.partial(_lists, body["spec"]["names"]["plural"]))


def _is_established(found: Object) -> bool:
    conditions = found.get("status", {}).get("conditions") or ()
    return ("Established", "True") in [(each["type"], each["status"]) for each in conditions]


def _lists(plural: str, found: Object | None) -> bool:
    return plural in [each["name"] for each in (found or {"resources": ()})["resources"]]
