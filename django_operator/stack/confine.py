"""What overlays of a user may not do: change what an object is, leave the namespace, bring kinds that lend rights.

Told of each change while the stack is built, so that a fault names the very patch. Knows nothing of building.
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

    from django_operator.engine.errors import Origin
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
"""(group, kind) that overlays may add: those that the operator has rights to, and none that lends rights to others."""

_SELECTORS = (("spec", "selector"), ("spec", "jobTemplate", "spec", "selector"))
_IDENTITY = {
    **dict.fromkeys(
        (names.COMPONENT, names.POOL, names.CRON, names.INSTANCE, "app.kubernetes.io/name"), "selectors are made of it"
    ),
    names.STAGE: "it says what waits for what in a release",
}
"""Labels that stay, and why."""
_TEMPLATES = (("spec", "template"), ("spec", "jobTemplate", "spec", "template"))
_OWNERS = ("metadata", "ownerReferences")
_TOKEN = "kubernetes.io/service-account-token"  # noqa: S105 - a type, not a token


@dataclass(slots=True)
class Guard:
    """Watches a build and collects the faults of the user's overlays."""

    site: Site
    library: Library
    faults: list[Fault] = field(default_factory=list)
    touched: set[ResId] = field(default_factory=set)
    """Objects that overlays have added or changed, by the ids they had then."""
    _seen: set[tuple[Origin, str]] = field(default_factory=set)

    def __call__(self, before: Resource | None, after: Resource | None, cause: Document) -> None:
        """Look at one change; what our own layers do is passed over."""
        if isinstance(cause, Derived) or self._is_shipped(cause) or after is None:
            return
        self.touched.add(after.id)
        found = self._added(after, cause) if before is None else self._changed(before, after, cause)
        for reason, fault in (*found, *_token(after, cause)):
            # One transformer may hit every object there is: the first stands for all.
            if (fault.at, reason) not in self._seen:
                self._seen.add((fault.at, reason))
                self.faults.append(fault)

    def _is_shipped(self, cause: Document) -> bool:
        # The resource's own file may be in a folder called overlays/, too.
        return self.library.holds(cause.source) and cause.source != self.site.document.source

    def _added(self, resource: Resource, cause: Document) -> Iterator[tuple[str, Fault]]:
        kind, at = resource.id, cause.origin()
        known = builtin().namespaced(kind.api_version, kind.kind)
        if known is False:
            yield str(kind), Fault(at, f"{kind.kind} is not namespaced, and an overlay stays inside its namespace")
        elif (kind.group, kind.kind) not in ALLOWED:
            hint = "apply it beside the resource" if known else near(kind.kind, [name for _, name in ALLOWED])
            yield str(kind), Fault(at, f"an overlay may not add a {kind.kind} ({kind.api_version})", hint)
        if kind.namespace and kind.namespace != self.site.namespace:
            own = self.site.namespace or "none, the resource names no namespace"
            place = cause.origin(("metadata", "namespace"))
            yield str(kind), Fault(place, f"namespace {kind.namespace} is not the resource's own ({own})")

    def _changed(self, before: Resource, after: Resource, cause: Document) -> Iterator[tuple[str, Fault]]:
        at, was = cause.origin(), before.id
        if after.id != was:
            problem = f"an overlay may not make {was} into {after.id}"
            yield "id", Fault(at, problem, "add an object of your own instead")
        for path in _SELECTORS:
            if not same(get(before.body, *path), get(after.body, *path)):
                problem = f"an overlay may not change the selector of {was}"
                yield "selector", Fault(at, problem, "a selector cannot change on a live object")
        if not same(get(before.body, *_OWNERS), get(after.body, *_OWNERS)):
            yield "owner", Fault(at, f"an overlay may not change the owner of {was}", "it goes when its owner goes")
        for holder in ((), *_TEMPLATES):
            old, new = (get(each.body, *holder, "metadata", "labels") or {} for each in (before, after))
            for label, why in _IDENTITY.items():
                if old.get(label) != new.get(label):
                    yield label, Fault(at, f"an overlay may not change the label {label} of {was}", why)


def _token(resource: Resource, cause: Document) -> Iterator[tuple[str, Fault]]:
    if resource.id.kind == "Secret" and resource.body.get("type") == _TOKEN:
        yield "token", Fault(cause.origin(), "an overlay may not ask for a ServiceAccount's token")
