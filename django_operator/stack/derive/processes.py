"""What each kind of process gets from the spec: its command, its size, how it is probed and how it stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.stack.change import Op, Put
from django_operator.stack.spec import App, Beat, CronJob, Served, Worker
from django_operator.stack.units import seconds
from django_operator.stack.workloads import Workload, manage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.engine.paths import Body, Path
    from django_operator.stack.change import Change
    from django_operator.stack.site import Site
    from django_operator.stack.spec import Probes

PORT = 8000
"""The web server's port in bases/app."""

_HANDLERS = ("exec", "grpc", "httpGet", "tcpSocket")


def command(site: Site, workload: Workload) -> Iterator[Put]:
    """Yield program and arguments: the spec's own, else those that `project` makes."""
    section = workload.section
    if isinstance(section, CronJob):
        written: Path = (*workload.at, "command") if section.command else ("spec", "manage")
        yield Put(workload.ref, (*workload.container, "command"), section.command or manage(site), written)
        if section.args:
            yield Put(workload.ref, (*workload.container, "args"), section.args, (*workload.at, "args"))
        return
    if not isinstance(section, App | Worker | Beat):
        return
    if section.command is not None:
        made, arguments = list(section.command), list(section.args or ())
        at: Path = (*workload.at, "command")
    else:
        made, arguments = _made(site, workload)
        arguments = [*arguments, *(section.args or ()), *_settings(section)]
        at = ("spec", "project")
    if made:
        yield Put(workload.ref, (*workload.container, "command"), made, at)
    if arguments:
        place = (*workload.at, "args") if section.args else workload.at
        yield Put(workload.ref, (*workload.container, "args"), arguments, place)


def _settings(section: App | Worker | Beat) -> list[str]:
    """Return settings of Celery on a worker's command line, which come after all other arguments."""
    if not isinstance(section, Worker) or section.soft_shutdown_seconds is None:
        return []
    return ["--", f"worker.soft_shutdown_timeout={section.soft_shutdown_seconds}"]


def _made(site: Site, workload: Workload) -> tuple[list[str], list[str]]:
    """Return the program of a process, and the arguments that stand before the user's own."""
    project, section = site.spec.project, workload.section
    if project is None:
        return [], []
    if isinstance(section, App):
        # /dev/shm: gunicorn's heartbeat file must not wait for a disk, nor need a writable root.
        # https://docs.gunicorn.org/en/stable/faq.html#how-do-i-avoid-gunicorn-excessively-blocking-in-os-fchmod
        bind = f"0.0.0.0:{section.port or PORT}"
        options = ["--bind", bind, "--graceful-timeout", "30", "--worker-tmp-dir", "/dev/shm", "--access-logfile", "-"]  # noqa: S108 - the argument of another program
        return ["gunicorn"], [f"{project}.wsgi:application", *options]
    celery = ["celery", "--app", project]
    if isinstance(section, Beat):
        # The schedule's own place and no pid file: the image's folder may be read-only.
        kept = ["--scheduler", section.scheduler] if section.scheduler else ["--schedule", "/tmp/celerybeat-schedule"]  # noqa: S108 - in the container
        return celery, ["beat", "--loglevel", "INFO", "--pidfile=", *kept]
    arguments = ["worker", "--loglevel", "INFO"]
    if isinstance(section, Worker):
        arguments += ["--queues", ",".join(section.queues)] if section.queues else []
        arguments += ["--concurrency", str(section.concurrency)] if section.concurrency else []
    return celery, arguments


def replicas(_: Site, workload: Workload) -> Iterator[Put]:
    """Yield the number of pods, where the spec gives one; nothing where an autoscaler owns it."""
    section = workload.section
    if isinstance(section, App | Worker) and isinstance(section.replicas, int):
        yield Put(workload.ref, ("spec", "replicas"), section.replicas, (*workload.at, "replicas"))


def port(_: Site, workload: Workload) -> Iterator[Change]:
    """Yield the web server's port: a list key, which only a JSON patch can change."""
    section = workload.section
    if isinstance(section, App) and section.port not in (None, PORT):
        operation = {
            "op": "replace",
            "path": "/spec/template/spec/containers/0/ports/0/containerPort",
            "value": section.port,
        }
        yield Op(workload.ref, operation, (*workload.at, "port"))


def probes(site: Site, workload: Workload) -> Iterator[Put]:
    """Yield probes: path and Host header of the web server's, then the spec's own laid over them."""
    given: Probes | None = getattr(workload.section, "probes", None)
    if isinstance(workload.section, App):
        yield from _web_probes(site, workload)
    if given is None:
        return
    for name in ("startup", "readiness", "liveness"):
        at: Path = (*workload.at, "probes", name)
        place = (*workload.container, f"{name}Probe")
        if name in (given.disable or ()):
            yield Put(workload.ref, place, None, (*workload.at, "probes", "disable"))
            continue
        probe: Body | None = getattr(given, name)
        if probe is not None:
            yield Put(workload.ref, place, probe, at)
            yield from _without_others(workload, place, probe, at)


def _web_probes(site: Site, workload: Workload) -> Iterator[Put]:
    section = workload.section
    given = section.probes if isinstance(section, App) else None
    host = given.host if given and given.host else next(iter(site.spec.hosts or ()), None)
    for name in ("startup", "readiness", "liveness"):
        own: Body = (getattr(given, name) if given else None) or {}
        if (given and name in (given.disable or ())) or any(kind in own for kind in _HANDLERS if kind != "httpGet"):
            continue
        place = (*workload.container, f"{name}Probe", "httpGet")
        if host is not None:
            # Else the kubelet asks for the pod's address, which ALLOWED_HOSTS answers with 400.
            at: Path = (*workload.at, "probes", "host") if given and given.host else ("spec", "hosts")
            headers = [
                {"name": "Host", "value": host.replace("*", "probe")},
                {"name": "X-Forwarded-Proto", "value": "https"},
            ]
            yield Put(workload.ref, (*place, "httpHeaders"), headers, at)
        if given and given.path is not None:
            yield Put(workload.ref, (*place, "path"), given.path, (*workload.at, "probes", "path"))


def _without_others(workload: Workload, place: Path, probe: Body, at: Path) -> Iterator[Put]:
    """Yield the removal of the base's handler where the spec names another."""
    if isinstance(workload.section, App) and any(kind in probe for kind in _HANDLERS if kind != "httpGet"):
        yield Put(workload.ref, (*place, "httpGet"), None, at)


def stopping(_: Site, workload: Workload) -> Iterator[Put]:
    """Yield how pods stop: handlers, the time proxies get to turn away, the time until a kill."""
    section = workload.section
    if isinstance(section, Served) and section.lifecycle is not None:
        at: Path = (*workload.at, "lifecycle")
        lifecycle, own = section.lifecycle, section.lifecycle.get("preStop")
        if isinstance(section, App) and own and "sleep" not in own:
            # Another handler takes the place of the base's sleep.
            lifecycle = {**lifecycle, "preStop": {**own, "sleep": None}}
        yield Put(workload.ref, (*workload.container, "lifecycle"), lifecycle, at)
    if isinstance(section, App) and section.pre_stop_seconds is not None:
        at = (*workload.at, "preStopSeconds")
        value = {"sleep": {"seconds": section.pre_stop_seconds}} if section.pre_stop_seconds else None
        yield Put(workload.ref, (*workload.container, "lifecycle", "preStop"), value, at)
    grace = getattr(section, "termination_grace_period_seconds", None)
    if grace is not None:
        at = (*workload.at, "terminationGracePeriodSeconds")
        yield Put(workload.ref, (*workload.pod, "terminationGracePeriodSeconds"), grace, at)


def rollout(site: Site, workload: Workload) -> Iterator[Put]:
    """Yield how long new pods of app and workers may take to become available."""
    given = site.spec.rollout
    if given and given.progress_deadline and workload.component in ("app", "worker"):
        at: Path = ("spec", "rollout", "progressDeadline")
        yield Put(workload.ref, ("spec", "progressDeadlineSeconds"), seconds(given.progress_deadline), at)


def cron(_: Site, workload: Workload) -> Iterator[Put]:
    """Yield the fields of a cron job."""
    section = workload.section
    if not isinstance(section, CronJob):
        return
    fields = {
        "schedule": section.schedule,
        "timeZone": section.time_zone,
        "suspend": section.suspend,
        "concurrencyPolicy": section.concurrency_policy,
        "startingDeadlineSeconds": section.starting_deadline_seconds,
        "successfulJobsHistoryLimit": section.successful_jobs_history_limit,
        "failedJobsHistoryLimit": section.failed_jobs_history_limit,
    }
    for field, value in fields.items():
        if value is not None:
            yield Put(workload.ref, ("spec", field), value, (*workload.at, field))
    job: Path = ("spec", "jobTemplate", "spec")
    if section.timeout is not None:
        at = (*workload.at, "timeout")
        yield Put(workload.ref, (*job, "activeDeadlineSeconds"), seconds(section.timeout), at)
    if section.backoff_limit is not None:
        yield Put(workload.ref, (*job, "backoffLimit"), section.backoff_limit, (*workload.at, "backoffLimit"))
