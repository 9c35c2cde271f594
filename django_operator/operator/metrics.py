"""What can be counted of the operator, in Prometheus' format. Knows nothing of what it counts.

By prometheus-client: escaping, histograms and the numbers of the process, on all systems, are settled there. The
registry is our own, as its global one would be shared by all operators of a process, in tests for one.
"""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

if TYPE_CHECKING:
    from collections.abc import Callable

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

RESULTS = ("success", "requeue", "error")
OUTCOMES = ("created", "changed", "repaired", "unchanged", "skipped", "recreated", "pruned", "refused")
"""What an apply may come to."""

_REQUEST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_RECONCILE = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
_PREFIX = "django_operator"


class Metrics:
    """All metrics of one operator. Also the `Telemetry` of the client and the reconciler."""

    def __init__(self, version: str) -> None:
        """Start at zero."""
        self._registry = registry = CollectorRegistry()

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"{_PREFIX}_{name}", text, labels, registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"{_PREFIX}_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"{_PREFIX}_{name}_seconds", text, labels, buckets=buckets, registry=registry)

        self._reconciles = counter("reconcile", "Reconciles by result.", "result")
        self._durations = histogram("reconcile_duration", "Time that reconciles took.", _RECONCILE)
        self._errors = counter("reconcile_errors", "Failed reconciles by reason.", "reason")
        self._applies = counter("applies", "Objects of stacks by what applying them came to.", "kind", "outcome")
        self._requests = counter("api_requests", "Requests to the API server; code 0: no answer.", "verb", "code")
        self._request_times = histogram("api_request_duration", "Time that requests took.", _REQUEST, "verb")
        self._depth = gauge("queue_depth", "Resources that wait for a worker.")
        self._delayed = gauge("queue_delayed", "Resources whose time has not come: retries and returns.")
        self._active = gauge("reconciles_active", "Reconciles under way.")
        self._latency = histogram("queue_latency", "Time that resources waited for a worker.", _RECONCILE)
        self._ready = gauge("resource_ready", "1 for a resource whose condition Ready is true.", "namespace", "name")
        self._leader = gauge("leader", "1 while this process holds the Lease.")
        build = gauge("build_info", "1, labelled with what runs.", "version", "python")
        build.labels(version, platform.python_version()).set(1)
        for result in RESULTS:  # a rate needs a series from the start
            self._reconciles.labels(result)
        ProcessCollector(registry=registry)

    # --- Reconciles

    def reconciled(self, result: str, seconds: float) -> None:
        """Note the end of a reconcile: one of RESULTS."""
        self._reconciles.labels(result).inc()
        self._durations.observe(seconds)

    def failed(self, reason: str) -> None:
        """Note why a reconcile failed: a reason of the API, or the name of an exception."""
        self._errors.labels(reason).inc()

    def resource(self, namespace: str, name: str, *, ready: bool | None) -> None:
        """Note the condition of a resource; None when it is gone."""
        if ready is not None:
            self._ready.labels(namespace, name).set(ready)
        else:
            self._ready.remove_by_labels({"namespace": namespace, "name": name})

    # --- The queue and the Lease

    def waited(self, seconds: float) -> None:
        """Note how long a resource waited for a worker."""
        self._latency.observe(seconds)

    def queue(self, depth: Callable[[], int], delayed: Callable[[], int], active: Callable[[], int]) -> None:
        """Take what to ask for the state of the queue."""
        for metric, ask in ((self._depth, depth), (self._delayed, delayed), (self._active, active)):
            metric.set_function(ask)

    def leader(self, held: bool) -> None:
        """Note whether we lead."""
        self._leader.set(held)

    # --- Telemetry of apply/

    def request(self, verb: str, code: int, seconds: float) -> None:
        """Note a request to the API server."""
        self._requests.labels(verb, str(code)).inc()
        self._request_times.labels(verb).observe(seconds)

    def applied(self, kind: str, outcome: str) -> None:
        """Note what applying an object came to: one of OUTCOMES."""
        self._applies.labels(kind, outcome).inc()

    def text(self) -> bytes:
        """Return all of it."""
        return generate_latest(self._registry)
