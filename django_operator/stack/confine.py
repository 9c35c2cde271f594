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
from django_operator.stack.fixed import fixed
from django_operator.stack.spec import GROUP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

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
"""(group, kind) that overlays may add: those that the operator has rights to, and none that lends rights to others.

Others are applied as a ServiceAccount of the user's own, where one is named.
"""

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
_CAUSE = "names, namespaces and selectors are not for overlays to set, by no field"
_TOKEN = "kubernetes.io/service-account-token"  # noqa: S105 - a type, not a token


@dataclass(slots=True)
class Guard:
    """Watches a build and collects the faults of the user's overlays."""

    site: Site
    library: Library
    faults: list[Fault] = field(default_factory=list)
    touched: set[ResId] = field(default_factory=set)
    """Objects that overlays have added or changed, by the ids they had then."""
    strange: set[ResId] = field(default_factory=set)
    """Objects that should not be there, or be something else; what else is wrong with them goes with that."""
    wronged: set[ResId] = field(default_factory=set)
    """Objects of which something was changed that should not be: what does not fit together in them may be for that."""
    _seen: set[tuple[Origin, str]] = field(default_factory=set)

    def __call__(self, before: Resource | None, after: Resource | None, cause: Document) -> None:
        """Look at one change; what our own layers do is passed over."""
        if after is None or self._is_ours(cause):
            return
        self.touched.add(after.id)
        found = self._added(after, cause) if before is None else self._changed(before, after, cause)
        for reason, fault in (*found, *_token(after, cause)):
            (self.strange if before is None or reason == "id" else self.wronged).add(after.id)
            # One transformer may hit every object there is: the first stands for all.
            if (fault.at, reason) not in self._seen:
                self._seen.add((fault.at, reason))
                self.faults.append(fault)

    def last(self, resources: Iterable[Resource], sure: Callable[[Resource], bool]) -> Iterator[Fault]:
        """Yield what has become of identity in spite of everything: by tables of an overlay (`configurations`), say.

        Of objects that are not `sure`, and of those that have a fault of their own, only what no other fault explains.
        """
        for resource in resources:
            if not self.strange.isdisjoint(resource.ids):
                continue
            meta, what = resource.body["metadata"], resource.original
            if meta.get("namespace") != self.site.namespace:
                now = meta.get("namespace") or "none"
                yield Fault(resource.origin, f"{what} has left the namespace for {now}", _CAUSE)
            if not str(meta.get("name")).startswith(f"{self.site.name}-"):
                problem = f"{what} has lost the name of the resource: it is called {meta.get('name')}"
                yield Fault(resource.origin, problem, _CAUSE)
            if get(meta, "labels", names.INSTANCE) != self.site.name:
                yield Fault(resource.origin, f"{what} has lost its label {names.INSTANCE}", _CAUSE)
            if not self._may_have(resource.id):
                yield Fault(resource.origin, f"{what} has become a {resource.id.kind}", _CAUSE)
            yield from self._pods(resource, whole=sure(resource) and not self.faults)

    def _pods(self, resource: Resource, *, whole: bool) -> Iterator[Fault]:
        """Yield the faults of selectors and of the pods they are for."""
        what = resource.original
        selector = get(resource.body, "spec", "selector", "matchLabels")
        labels = get(resource.body, "spec", "template", "metadata", "labels") or {}
        if whole and resource.id.kind in ("Deployment", "StatefulSet") and isinstance(selector, dict):
            for label, value in selector.items():
                if labels.get(label) != value:
                    problem = f"the selector of {what} wants {label}: {value}, its pods have {labels.get(label)}"
                    yield Fault(resource.origin, problem)
        own = labels.get(names.COMPONENT)
        if own in names.COMPONENTS and not self._is_ours(resource.document):
            hint = "they would be taken for pods of the stack: give them another one"
            yield Fault(resource.origin, f"pods of {what} have the label {names.COMPONENT}: {own}", hint)

    def _may_have(self, kind: ResId) -> bool:
        """Tell whether objects of a kind may be part of a stack: by the operator's rights, or by a ServiceAccount's."""
        lent = self.site.spec.overlay_service_account_name is not None and kind.group != GROUP
        return lent or (kind.group, kind.kind) in ALLOWED

    def _is_ours(self, document: Document) -> bool:
        return isinstance(document, Derived) or self.library.holds(document.source, self.site.document.source)

    def _added(self, resource: Resource, cause: Document) -> Iterator[tuple[str, Fault]]:
        kind, at = resource.id, cause.origin()
        known = builtin().namespaced(kind.api_version, kind.kind)
        if known is False:
            yield str(kind), Fault(at, f"{kind.kind} is not namespaced, and an overlay stays inside its namespace")
        elif not self._may_have(kind):
            hint = "apply it beside the resource, or name a ServiceAccount that may: spec.overlayServiceAccountName"
            if not known and (meant := near(kind.kind, [name for _, name in ALLOWED])):
                hint = f"{meant} If not, {hint}"  # ExternalSecret is near to Secret, and no slip of the pen
            yield str(kind), Fault(at, f"an overlay may not add a {kind.kind} ({kind.api_version})", hint)
        if not kind.name:
            yield "name", Fault(at, f"{kind.kind} without a name cannot be applied again", "write metadata.name")
        if (kind.kind, kind.name) == ("Service", "beat"):
            hint = "the StatefulSet of that name refers to one, and cannot change that: choose another name"
            yield "beat", Fault(at, "an overlay may not add a Service called beat", hint)
        if kind.namespace and kind.namespace != self.site.namespace:
            own = self.site.namespace or "none, the resource names no namespace"
            place = cause.origin(("metadata", "namespace"))
            yield str(kind), Fault(place, f"namespace {kind.namespace} is not the resource's own ({own})")

    def _changed(self, before: Resource, after: Resource, cause: Document) -> Iterator[tuple[str, Fault]]:
        at, was = cause.origin(), before.id
        if not self._is_ours(before.document):
            return  # what the user brought is the user's to change; `last` looks at what becomes of it
        if after.id not in (was, was._replace(namespace=self.site.namespace or "")):
            problem = f"an overlay may not make {was} into {after.id}"
            yield "id", Fault(at, problem, "add an object of your own instead")
        for path in _SELECTORS:
            if not same(get(before.body, *path), get(after.body, *path)):
                problem = f"an overlay may not change the selector of {was}"
                yield "selector", Fault(at, problem, "a selector cannot change on a live object")
        if not same(get(before.body, *_OWNERS), get(after.body, *_OWNERS)):
            yield "owner", Fault(at, f"an overlay may not change the owner of {was}", "it goes when its owner goes")
        for reason, problem, hint in fixed(before, after):
            yield reason, Fault(at, problem, hint)
        for holder in ((), *_TEMPLATES):
            old, new = (get(each.body, *holder, "metadata", "labels") or {} for each in (before, after))
            for label, why in _IDENTITY.items():
                if old.get(label) != new.get(label):
                    yield label, Fault(at, f"an overlay may not change the label {label} of {was}", why)


def _token(resource: Resource, cause: Document) -> Iterator[tuple[str, Fault]]:
    if resource.id.kind == "Secret" and resource.body.get("type") == _TOKEN:
        yield "token", Fault(cause.origin(), "an overlay may not ask for a ServiceAccount's token")
