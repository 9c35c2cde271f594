"""What only a cluster knows of a site. Values; who asks the cluster for them is in `reconcile`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Facts:
    """The resource's UID, and a hash of the data of each ConfigMap and Secret that pods read.

    `data` is by (kind, name); what does not exist is not in it.
    """

    uid: str
    data: Mapping[tuple[str, str], str] = field(default_factory=dict)
