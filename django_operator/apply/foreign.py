"""Watches of kinds that only one resource's ServiceAccount has rights to. Which there must be; pure.

Objects of all other kinds are watched for all resources together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django_operator.apply.bind import acting_as
from django_operator.apply.objects import Key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_operator.apply.bind import Bound
    from django_operator.apply.inventory import Entry
    from django_operator.stack.site import Site


class ForeignKind(NamedTuple):
    """A kind in a namespace, and whom to act as to see its objects."""

    namespace: str
    api_version: str
    kind: str
    user: str


def foreign(site: Site, bounds: Iterable[Bound], noted: Iterable[Entry]) -> frozenset[ForeignKind]:
    """Return what has to be watched for one resource: kinds that it has objects of, or had."""
    namespace = site.namespace or ""
    kinds = {(each.body["apiVersion"], each.key.kind): each.user for each in bounds if each.user}
    for each in noted:
        user = acting_as(Key(each.group, each.kind, namespace, each.name), site)
        if user:
            kinds[each.api_version, each.kind] = user
    return frozenset(ForeignKind(namespace, *kind, user) for kind, user in kinds.items())
