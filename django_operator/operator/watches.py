"""Which kinds are watched: all that a stack is made of, and the versions of all that its pods may read.

Knows nothing of watching.
"""

from __future__ import annotations

from django_operator.apply.children import OURS, children
from django_operator.operator.ports import Watch


def watches() -> list[Watch]:
    """Return all watches of one namespace, or of a cluster.

    ConfigMaps and Secrets stand there twice: ours with what they hold, and the versions of all, for pods that read
    them are rolled when they change, whoever made them.
    """
    return [
        *(Watch(api_version, kind, OURS) for api_version, kind in children()),
        *(Watch("v1", kind, metadata_only=True) for kind in ("ConfigMap", "Secret")),
    ]
