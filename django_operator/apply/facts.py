"""What only a cluster knows of a site. Values; who asks the cluster for them is in `reconcile`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_operator.apply.objects import Key


@dataclass(frozen=True, slots=True)
class Facts:
    """The resource's UID, and a hash of the data of each ConfigMap and Secret that pods read.

    `data` is by (kind, name); what does not exist is not in it. `replicas` are those that a Deployment starts with at
    least, by its name: those of the set of pods that it takes over from. `checksums`
    are those that live.
    """

    uid: str
    data: Mapping[tuple[str, str], str] = field(default_factory=dict)
    replicas: Mapping[str, int] = field(default_factory=dict)
    checksums: Mapping[Key, str] = field(default_factory=dict)
