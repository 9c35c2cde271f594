"""The processes of a stack: web, worker pools, beat, cron jobs."""

from typing import Annotated, Literal

from msgspec import Meta

from django_operator.stack import k8stypes as k
from django_operator.stack.spec.pods import (
    Autoscaling,
    Disruption,
    Probes,
    Process,
    QueueAutoscaling,
    Served,
    WebProbes,
)

Replicas = Annotated[int, Meta(ge=0, le=10_000)] | Literal["external"]


class App(Served, frozen=True, kw_only=True):
    """The web server. Without a command: gunicorn with `<project>.wsgi:application`."""

    port: k.Port | None = None
    """Port that the web server listens on."""
    replicas: Replicas | None = None
    """How many pods, or `external` when an autoscaler of your own decides."""
    autoscaling: Autoscaling | None = None
    """Makes an autoscaler; `replicas` is then its own."""
    probes: WebProbes | None = None
    """Start-up, readiness and liveness of the web server."""
    pre_stop_seconds: k.Seconds | None = None
    """Seconds a stopping pod keeps serving, until proxies have stopped sending to it."""
    disruption: Disruption | None = None
    """How many web pods a drain may take away."""


class Worker(Served, frozen=True, kw_only=True):
    """A pool of Celery workers. Without a command: `celery --app <project> worker`."""

    queues: Annotated[list[k.Word], Meta(min_length=1, max_length=32, extra={"set": True})] | None = None
    """Queues that the pool takes tasks from. Left out: Celery's default queue."""
    concurrency: k.Positive | None = None
    """Tasks that one pod works on at the same time. Left out: Celery decides, by the CPUs of the node."""
    replicas: Replicas | None = None
    """How many pods, or `external` when an autoscaler of your own decides."""
    autoscaling: QueueAutoscaling | None = None
    """Makes an autoscaler; `replicas` is then its own."""
    probes: Probes | None = None
    """Probes of the workers; the base has none, as `celery inspect ping` starts Django each time."""
    soft_shutdown_seconds: k.Seconds | None = None
    """Seconds that running tasks get before they are given back to the queue (soft shutdown, Celery 5.5 or later).

    Needs a termination grace period that is longer.
    """
    disruption: Disruption | None = None
    """How many pods of the pool a drain may take away."""


class Beat(Process, frozen=True, kw_only=True):
    """Celery's scheduler, exactly one. Without a command: `celery --app <project> beat`."""

    enabled: bool | None = None
    """False runs no beat. Left out: true, when there is a worker pool."""
    scheduler: k.Word | None = None
    """Class that keeps the schedule, e.g. django_celery_beat.schedulers:DatabaseScheduler."""
    probes: Probes | None = None
    """Probes of beat; the base has none."""
    termination_grace_period_seconds: k.Seconds | None = None
    """Seconds from the request to stop until beat is killed."""


class CronJob(Process, frozen=True, kw_only=True):
    """A command run by the clock: `args` follow the manage command, unless `command` takes its place."""

    schedule: k.Schedule
    """When, as five fields (minute hour day month weekday) or @hourly, @daily ..."""
    time_zone: k.Zone | None = None
    """Time zone of the schedule, e.g. Europe/Berlin."""
    suspend: bool | None = None
    """True starts no new run."""
    concurrency_policy: Literal["Allow", "Forbid", "Replace"] | None = None
    """What happens when the one before still runs."""
    timeout: k.Duration | None = None
    """How long one run may take, e.g. 1h30m."""
    backoff_limit: k.Count | None = None
    """How often a failed run is tried again."""
    starting_deadline_seconds: k.Seconds | None = None
    """How late a missed run may still start."""
    successful_jobs_history_limit: Annotated[int, Meta(ge=0, le=100)] | None = None
    """How many finished runs are kept."""
    failed_jobs_history_limit: Annotated[int, Meta(ge=0, le=100)] | None = None
    """How many failed runs are kept."""
