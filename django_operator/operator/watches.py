"""Which kinds are watched: all that a stack is made of. Follows from the table of what overlays may bring.

Knows nothing of watching.
"""

from __future__ import annotations

from django_operator.engine.schema import builtin
from django_operator.operator.ports import Watch
from django_operator.stack.confine import ALLOWED
from django_operator.stack.names import MANAGED_BY

OURS = f"{MANAGED_BY}=django-operator"

_VERSIONS = {
    "cert-manager.io": "v1",
    "gateway.networking.k8s.io": "v1",
    "keda.sh": "v1alpha1",
    "monitoring.coreos.com": "v1",
    "postgresql.cnpg.io": "v1",
}
"""Versions of groups that come with CRDs of other projects, as the manifests have them."""


def watches() -> list[Watch]:
    """Return all watches of one namespace, or of a cluster.

    ConfigMaps and Secrets stand there twice: ours with what they hold, and the versions of all, for pods that read
    them are rolled when they change, whoever made them.
    """
    kinds = sorted({*ALLOWED, ("apps", "ControllerRevision")})
    return [
        *(Watch(api_version(group, kind), kind, OURS) for group, kind in kinds),
        *(Watch("v1", kind, metadata_only=True) for kind in ("ConfigMap", "Secret")),
    ]


def api_version(group: str, kind: str) -> str:
    """Return the newest version of a kind that all supported clusters serve. KeyError for a kind that is unknown."""
    if group in _VERSIONS:
        return f"{group}/{_VERSIONS[group]}"
    found = [head for head, _, name in (key.rpartition("/") for key in builtin().kinds()) if name == kind]
    served = sorted(head for head in found if head.rpartition("/")[0] == group)
    if not served:
        raise KeyError((group, kind))
    return served[-1]
