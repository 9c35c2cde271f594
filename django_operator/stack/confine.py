"""What overlays of a user may not do: change what an object is, leave the namespace, bring kinds that lend rights.

Told of each change while the stack is built, so that a fault names the very patch. Knows nothing of how things are built.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django_operator.engine.errors import Fault, near
from django_operator.engine.paths import get, same
from django_operator.engine.schema import builtin
from django_operator.stack import names
from django_operator.stack.change import Derived

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.engine.resources import ResId, Resource
    from django_operator.engine.yamlio import Document
    from django_operator.stack.library import Library
    from django_operator.stack.site import Site

ALLOWED = frozenset(
    {
        ("", "ConfigMap"),
        ("", "PersistentVolumeClaim"),
        ("", "Secret"),
        ("", "Service"),
        ("", "ServiceAccount"),
        ("apps", "Deployment"),
        ("apps", "StatefulSet"),
        ("autoscaling", "HorizontalPodAutoscaler"),
        ("batch", "CronJob"),
        ("batch", "Job"),
        ("cert-manager.io", "Certificate"),
        ("gateway.networking.k8s.io", "HTTPRoute"),
        ("keda.sh", "ScaledObject"),
        ("keda.sh", "TriggerAuthentication"),
        ("monitoring.coreos.com", "PodMonitor"),
        ("monitoring.coreos.com", "PrometheusRule"),
        ("monitoring.coreos.com", "ServiceMonitor"),
        ("networking.k8s.io", "Ingress"),
        ("networking.k8s.io", "NetworkPolicy"),
        ("policy", "PodDisruptionBudget"),
        ("postgresql.cnpg.io", "Cluster"),
        ("postgresql.cnpg.io", "Pooler"),
        ("postgresql.cnpg.io", "ScheduledBackup"),
    }
)
"""(group, kind) that overlays may add: the kinds that the operator has rights to, and none that lends rights to others."""

_SELECTORS = (("spec", "selector"), ("spec", "jobTemplate", "spec", "selector"))
_IDENTITY = (names.COMPONENT, names.POOL, names.CRON, names.INSTANCE, "app.kubernetes.io/name")
_TEMPLATES = (("spec", "template"), ("spec", "jobTemplate", "spec", "template"))
_TOKEN = "kubernetes.io/service-account-token"  # noqa: S105 - a type, not a token


@dataclass(slots=True)
class Guard:
    """Watches a build and collects the faults of the user's overlays."""

    site: Site
    library: Library
    faults: list[Fault] = field(default_factory=list)
    touched: set[ResId] = field(default_factory=set)
    """Objects that overlays have added or changed, by the ids they had then."""

    def __call__(self, before: Resource | None, after: Resource | None, cause: Document) -> None:
        """Look at one change; what our own layers do is passed over."""
        if isinstance(cause, Derived) or self.library.holds(cause.source) or after is None:
            return
        self.touched.add(after.id)
        if before is None:
            self.faults += self._added(after, cause)
        else:
            self.faults += self._changed(before, after, cause)

    def _added(self, resource: Resource, cause: Document) -> Iterator[Fault]:
        kind, at = resource.id, cause.origin()
        if builtin().namespaced(kind.api_version, kind.kind) is False:
            yield Fault(at, f"{kind.kind} is not namespaced, and an overlay stays inside its namespace")
        elif (kind.group, kind.kind) not in ALLOWED:
            known = [name for _, name in ALLOWED]
            yield Fault(at, f"an overlay may not add a {kind.kind} ({kind.api_version})", near(kind.kind, known))
        if kind.namespace and kind.namespace != self.site.namespace:
            own = self.site.namespace or "none, the resource names no namespace"
            yield Fault(
                cause.origin(("metadata", "namespace")), f"namespace {kind.namespace} is not the resource's own ({own})"
            )
        if kind.kind == "Secret" and resource.body.get("type") == _TOKEN:
            yield Fault(at, "an overlay may not ask for a ServiceAccount's token")

    def _changed(self, before: Resource, after: Resource, cause: Document) -> Iterator[Fault]:
        at, was = cause.origin(), before.original
        if after.id != before.id:
            yield Fault(at, f"an overlay may not make {before.id} into {after.id}", "add an object of your own instead")
        for path in _SELECTORS:
            if not same(get(before.body, *path), get(after.body, *path)):
                yield Fault(
                    at, f"an overlay may not change the selector of {was}", "a selector cannot change on a live object"
                )
        for path in ((), *_TEMPLATES):
            old, new = (get(each.body, *path, "metadata", "labels") or {} for each in (before, after))
            for label in _IDENTITY:
                if old.get(label) != new.get(label):
                    yield Fault(at, f"an overlay may not change the label {label} of {was}", "selectors are made of it")
