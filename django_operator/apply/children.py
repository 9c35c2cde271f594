"""The kinds of which a stack can have objects, each at the version that is spoken of it. Knows nothing of objects."""

from __future__ import annotations

from functools import cache

from django_operator.engine.schema import builtin
from django_operator.stack.confine import ALLOWED
from django_operator.stack.names import MANAGED_BY

OURS = f"{MANAGED_BY}=django-operator"
"""Label selector of all that any resource of ours has made."""

_VERSIONS = {
    "cert-manager.io": "v1",
    "gateway.networking.k8s.io": "v1",
    "keda.sh": "v1alpha1",
    "monitoring.coreos.com": "v1",
    "postgresql.cnpg.io": "v1",
}
"""Versions of groups that come with CRDs of other projects, as the manifests have them."""


@cache
def children() -> tuple[tuple[str, str], ...]:
    """Return (apiVersion, kind) of every kind that a stack is made of, kept revisions included."""
    kinds = sorted({*ALLOWED, ("apps", "ControllerRevision")})
    return tuple((api_version(group, kind), kind) for group, kind in kinds)


def api_version(group: str, kind: str) -> str:
    """Return the newest version of a kind that all supported clusters serve. KeyError for a kind that is unknown."""
    if group in _VERSIONS:
        return f"{group}/{_VERSIONS[group]}"
    found = [head for head, _, name in (key.rpartition("/") for key in builtin().kinds()) if name == kind]
    served = sorted(head for head in found if head.rpartition("/")[0] == group)
    if not served:
        raise KeyError((group, kind))
    return served[-1]
