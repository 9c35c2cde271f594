"""Autoscalers and disruption budgets of the app and of each worker pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import to_builtins

from django_operator.engine.errors import Fault
from django_operator.stack.change import Put, Ref
from django_operator.stack.derive.env import BROKER_DATABASE
from django_operator.stack.names import names
from django_operator.stack.spec import App, Autoscaling, Disruption, QueueAutoscaling, Worker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.engine.paths import Body, Path
    from django_operator.stack.site import Site
    from django_operator.stack.workloads import Workload

DEFAULT_QUEUE = "celery"
"""The queue of tasks that name none.

https://docs.celeryq.dev/en/stable/userguide/configuration.html#task-default-queue
"""


def autoscaling_of(workload: Workload) -> Autoscaling | None:
    """Return a workload's autoscaling where it is wanted."""
    section = workload.section
    given = section.autoscaling if isinstance(section, App | Worker) else None
    return None if given is None or given.enabled is False else given


def by_keda(given: Autoscaling) -> bool:
    """Tell whether KEDA is needed: for triggers and queue lengths, which a HorizontalPodAutoscaler cannot read."""
    return given.triggers is not None or (isinstance(given, QueueAutoscaling) and given.queue_length is not None)


def is_scaled(workload: Workload) -> bool:
    """Tell whether somebody else owns the number of replicas."""
    section = workload.section
    external = isinstance(section, App | Worker) and section.replicas == "external"
    return external or autoscaling_of(workload) is not None


def has_budget(workload: Workload) -> bool:
    """Tell whether a PodDisruptionBudget is wanted: for what may have several pods, unless told otherwise."""
    section = workload.section
    if not isinstance(section, App | Worker):
        return False
    return section.disruption is None or section.disruption.enabled is not False


def autoscaler(site: Site, workload: Workload) -> Iterator[Put]:
    """Yield the bounds and measures of a HorizontalPodAutoscaler or of a ScaledObject."""
    given = autoscaling_of(workload)
    if given is None:
        return
    at: Path = (*workload.at, "autoscaling")
    if by_keda(given):
        yield from _scaled_object(site, workload, given, at)
        return
    ref = Ref("autoscaling/v2", "HorizontalPodAutoscaler", workload.name)
    bounds = {"minReplicas": given.min_replicas, "maxReplicas": given.max_replicas, "behavior": given.behavior}
    for field, value in bounds.items():
        if value is not None:
            yield Put(ref, ("spec", field), value, (*at, field))
    measures = (("cpu", given.cpu), ("memory", given.memory))
    metrics: list[tuple[Body, Path]] = [(_resource(name, value), (*at, name)) for name, value in measures if value]
    metrics += [(each, (*at, "metrics", index)) for index, each in enumerate(given.metrics or ())]
    for index, (metric, place) in enumerate(metrics):
        yield Put(ref, ("spec", "metrics", index), metric, place)


def _resource(name: str, percent: int) -> Body:
    target = {"type": "Utilization", "averageUtilization": percent}
    return {"type": "Resource", "resource": {"name": name, "target": target}}


def _scaled_object(site: Site, workload: Workload, given: Autoscaling, at: Path) -> Iterator[Put]:
    ref = Ref("keda.sh/v1alpha1", "ScaledObject", workload.name)
    fields = {
        "minReplicaCount": (given.min_replicas, "minReplicas"),
        "maxReplicaCount": (given.max_replicas, "maxReplicas"),
        "pollingInterval": (given.polling_seconds, "pollingSeconds"),
        "cooldownPeriod": (given.cooldown_seconds, "cooldownSeconds"),
    }
    for field, (value, written) in fields.items():
        if value is not None:
            yield Put(ref, ("spec", field), value, (*at, written))
    if given.behavior is not None:
        place = ("spec", "advanced", "horizontalPodAutoscalerConfig", "behavior")
        yield Put(ref, place, given.behavior, (*at, "behavior"))
    for index, (trigger, written_at) in enumerate(_triggers(site, workload, given, at)):
        yield Put(ref, ("spec", "triggers", index), trigger, written_at)


def _triggers(site: Site, workload: Workload, given: Autoscaling, at: Path) -> Iterator[tuple[Body, Path]]:
    for name, value in (("cpu", given.cpu), ("memory", given.memory)):
        if value is not None:
            yield {"type": name, "metricType": "Utilization", "metadata": {"value": str(value)}}, (*at, name)
    if isinstance(given, QueueAutoscaling) and given.queue_length is not None:
        worker = workload.section
        queues = (worker.queues if isinstance(worker, Worker) else None) or [DEFAULT_QUEUE]
        connection = _broker(site)
        for queue in queues:
            metadata = {**connection, "listName": queue, "listLength": str(given.queue_length)}
            yield {"type": "redis", "metadata": metadata}, (*at, "queueLength")
    for index, trigger in enumerate(given.triggers or ()):
        yield trigger, (*at, "triggers", index)


def _broker(site: Site) -> Body:
    """Return how KEDA reaches the broker: from its own namespace, with the password from the worker's environment."""
    redis, known = site.spec.redis, site.spec.env_names
    password = (known.redis_password if known else None) or "REDIS_PASSWORD"
    if redis is not None and (external := redis.external) is not None:
        connection: Body = {"address": external.address or "", "databaseIndex": "0"}
        if external.password_key is not None:
            connection["passwordFromEnv"] = password
        return {**connection, "enableTLS": "true"} if external.tls else connection
    address = f"{names(site).redis}.{site.namespace}.svc:6379"
    return {"address": address, "databaseIndex": str(BROKER_DATABASE), "passwordFromEnv": password}


def faults(site: Site) -> Iterator[Fault]:
    """Yield where a namespace is needed that nobody named."""
    redis = site.spec.redis
    if site.namespace is not None or (redis is not None and redis.external is not None):
        return
    for workload in site.workloads:
        given = autoscaling_of(workload)
        if isinstance(given, QueueAutoscaling) and given.queue_length is not None:
            hint = (
                "KEDA asks Redis from a namespace of its own, so the address must hold the namespace; or render with -n"
            )
            at = site.document.origin((*workload.at, "autoscaling", "queueLength"))
            yield Fault(at, "queueLength needs metadata.namespace", hint)


def budget(_: Site, workload: Workload) -> Iterator[Put]:
    """Yield how many pods a drain may take away."""
    section = workload.section
    given = section.disruption if isinstance(section, App | Worker) else None
    if given is None or not has_budget(workload):
        return
    ref = Ref("policy/v1", "PodDisruptionBudget", workload.name)
    at: Path = (*workload.at, "disruption")
    written: Body = to_builtins(Disruption(max_unavailable=given.max_unavailable, min_available=given.min_available))
    for field, value in written.items():
        yield Put(ref, ("spec", field), value, (*at, field))
    if given.min_available is not None:
        yield Put(ref, ("spec", "maxUnavailable"), None, (*at, "minAvailable"))
