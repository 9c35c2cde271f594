"""The metrics: names, labels, and a format that Prometheus' own parser reads."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from django_operator.operator.metrics import Metrics


def samples(metrics: Metrics) -> dict[tuple[str, tuple[str, ...]], float]:
    """Return all samples by name and sorted values of labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.values()))): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
    }


def test_counted() -> None:
    """Each call shows up under the name that docs promise."""
    metrics = Metrics("1.2.3")
    metrics.reconciled("success", 0.2)
    metrics.reconciled("error", 400)
    metrics.failed("Conflict")
    metrics.applied("Deployment", "created")
    metrics.request("patch", 200, 0.003)
    metrics.request("get", 0, 30)
    metrics.waited(7)
    metrics.queue(lambda: 3, lambda: 2, lambda: 1)
    metrics.leader(held=True)
    metrics.resource("ns", 'a"b\\', ready=False)
    found = samples(metrics)
    wanted = {
        ("reconcile_total", "success"): 1,
        ("reconcile_total", "error"): 1,
        ("reconcile_total", "requeue"): 0,
        ("reconcile_duration_seconds_count",): 2,
        ("reconcile_duration_seconds_bucket", "0.25"): 1,
        ("reconcile_duration_seconds_bucket", "+Inf"): 2,
        ("reconcile_errors_total", "Conflict"): 1,
        ("applies_total", "Deployment", "created"): 1,
        ("api_requests_total", "patch", "200"): 1,
        ("api_requests_total", "get", "0"): 1,
        ("api_request_duration_seconds_sum", "get"): 30,
        ("queue_latency_seconds_sum",): 7,
        ("queue_depth",): 3,
        ("queue_delayed",): 2,
        ("reconciles_active",): 1,
        ("leader",): 1,
        ("resource_ready", "ns", 'a"b\\'): 0,
    }
    assert {key: found.get((f"django_operator_{key[0]}", tuple(sorted(key[1:])))) for key in wanted} == wanted
    assert found["process_resident_memory_bytes", ()] > 1e6
    assert ("process_cpu_seconds_total", ()) in found
    assert "1.2.3" in next(labels for name, labels in found if name == "django_operator_build_info")


def test_a_resource_that_goes_takes_its_series_along() -> None:
    """No series for what is not there; to go twice, or without having come, is no error."""
    metrics = Metrics("1")
    metrics.resource("ns", "a", ready=True)
    metrics.resource("ns", "b", ready=True)
    for _ in range(2):
        metrics.resource("ns", "a", ready=None)
    assert [labels for name, labels in samples(metrics) if name.endswith("_ready")] == [("b", "ns")]


def test_two_operators_of_one_process() -> None:
    """Share nothing."""
    one, two = Metrics("1"), Metrics("1")
    one.failed("x")
    assert ("django_operator_reconcile_errors_total", ("x",)) not in samples(two)
