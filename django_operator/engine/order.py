"""The order of a build's objects: `sortOptions`. Knows nothing of stages, which have an order of their own.

`legacy` sorts by kind, then by group, version and kind, then by namespace and name, as kustomize v5.8.1 does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.engine.errors import fail, near

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django_operator.engine.resources import Resource, ResourceSet
    from django_operator.engine.yamlio import Document

ORDERS = ("legacy", "fifo")

FIRST = (
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
)
"""Kinds that `legacy` puts before all others, in this order."""

LAST = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
"""Kinds that `legacy` puts after all others, in this order."""


def order(resources: ResourceSet, options: Document | None, default: str = "legacy") -> None:
    """Put the objects into the order that a kustomization's `sortOptions` asks for, into that of `default` without any.

    (kustomize's command line has `legacy` there.) Raises RenderError for an unknown order, or options of the other one.
    """
    wanted, first, last = default, FIRST, LAST
    if options is not None and options.value is not None:
        wanted = options.value.get("order") or ""
        lists = options.value.get("legacySortOptions")
        if wanted not in ORDERS:
            raise fail(f"unknown order {wanted!r}", options.origin(("order",)), near(wanted, ORDERS))
        if wanted == "fifo" and lists is not None:
            raise fail("legacySortOptions stand with `order: legacy` only", options.origin(("legacySortOptions",)))
        if lists is not None:
            first, last = tuple(lists.get("orderFirst") or ()), tuple(lists.get("orderLast") or ())
    if wanted == "legacy":
        ranks = {kind: at - len(first) for at, kind in enumerate(first)}
        resources.sort(legacy_key(ranks | {kind: at for at, kind in enumerate(last, start=1)}))


def legacy_key(ranks: Mapping[str, int]) -> Callable[[Resource], object]:
    """Return the sort key of `legacy`; `ranks` are negative for kinds put first, positive for those put last."""

    def key(resource: Resource) -> object:
        wanted = resource.id
        kind = f"{wanted.group or '~G'}_{wanted.version or '~V'}_{wanted.kind or '~K'}"
        place = f"{wanted.namespace or '~X'}|{wanted.name or '~N'}"
        rank = ranks.get(wanted.kind, 0)
        if rank and wanted.kind == "Namespace" and not wanted.group:
            # The core Namespace stands before other groups' kinds of that name, its versions backwards.
            return rank, "", tuple(-ord(char) for char in kind), place
        return rank, kind, (), place

    return key
