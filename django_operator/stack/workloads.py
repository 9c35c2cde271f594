"""The workloads of a stack that run the user's image, from the spec. Knows nothing of patches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django_operator.stack import names
from django_operator.stack.change import Ref
from django_operator.stack.spec import App, Beat, Release, Worker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.engine.paths import Path
    from django_operator.stack.site import Site
    from django_operator.stack.spec import CronJob, Step

DEFAULT_POOL = "default"
TEMPLATE: tuple[str, ...] = ("spec", "template")


@dataclass(frozen=True, slots=True)
class Workload:
    """One workload: the base object it starts as, and the part of the spec that is about it.

    `name` is the base name, that overlays use; `at` the path of the part in the resource.
    """

    component: str
    api_version: str
    kind: str
    name: str
    section: App | Worker | Beat | Release | CronJob
    at: Path
    template: tuple[str, ...] = TEMPLATE

    @property
    def ref(self) -> Ref:
        """Return the object."""
        return Ref(self.api_version, self.kind, self.name)

    @property
    def container(self) -> Path:
        """Return the path of the container `django`, the first in every patch."""
        return (*self.template, "spec", "containers", 0)

    @property
    def pod(self) -> Path:
        """Return the path of the pod's spec."""
        return (*self.template, "spec")


def workloads(site: Site) -> Iterator[Workload]:
    """Yield every workload, in the order in which a release reaches them."""
    spec = site.spec
    release = spec.release or Release()
    if release_steps(site):
        yield Workload("release", "batch/v1", "Job", release_name(site), release, ("spec", "release"))
    yield Workload("app", "apps/v1", "Deployment", "app", spec.app or App(), ("spec", "app"))
    for pool, worker in pools(site).items():
        yield Workload("worker", "apps/v1", "Deployment", worker_name(site, pool), worker, ("spec", "workers", pool))
    if has_beat(site):
        yield Workload("beat", "apps/v1", "StatefulSet", "beat", spec.beat or Beat(), ("spec", "beat"))
    for name, cron in (spec.cron_jobs or {}).items():
        template = ("spec", "jobTemplate", "spec", "template")
        yield Workload("cron", "batch/v1", "CronJob", cron_name(site, name), cron, ("spec", "cronJobs", name), template)
    if release.post_deploy:
        yield Workload("post", "batch/v1", "Job", post_name(site), release, ("spec", "release"))


def pools(site: Site) -> dict[str, Worker]:
    """Return the worker pools; one called `default` when the spec says nothing of workers."""
    return {DEFAULT_POOL: Worker()} if site.spec.workers is None else site.spec.workers


def has_beat(site: Site) -> bool:
    """Tell whether there is a beat: unless told otherwise, where there are workers to send tasks to."""
    beat = site.spec.beat
    return bool(pools(site)) if beat is None or beat.enabled is None else beat.enabled


def worker_name(site: Site, pool: str) -> str:
    """Return a pool's base name."""
    return "worker" + names.suffix(pool, f"{site.name}-worker", names.LIMIT)


def cron_name(site: Site, name: str) -> str:
    """Return a cron job's base name."""
    return "cron" + names.suffix(name, f"{site.name}-cron", names.CONTROLLED_LIMIT)


@dataclass(frozen=True, slots=True)
class Command:
    """A step of a release: its container's name, program and arguments, and its path in the resource."""

    name: str
    argv: tuple[str, ...]
    at: Path


def manage(site: Site) -> list[str]:
    """Return the manage command."""
    return list(site.spec.manage or ("python", "manage.py"))


def release_steps(site: Site) -> tuple[Command, ...]:
    """Return what runs before anything of a version serves: preDeploy, and fixtures and init where data is new."""
    return _release_steps(site, once=not site.initialized)


def _release_steps(site: Site, *, once: bool) -> tuple[Command, ...]:
    release = site.spec.release
    if release is None:
        return ()
    at: Path = ("spec", "release")
    found = list(_commands(site, release.pre_deploy or [], (*at, "preDeploy")))
    if not once:
        return _distinct(found)
    if release.fixtures:
        found.append(Command("fixtures", (*manage(site), "loaddata", *release.fixtures), (*at, "fixtures")))
    found += _commands(site, release.init or [], (*at, "init"))
    return _distinct(found)


def post_steps(site: Site) -> tuple[Command, ...]:
    """Return what runs when a version serves and the one before is gone."""
    release = site.spec.release
    steps = (release.post_deploy if release else None) or []
    return _distinct(list(_commands(site, steps, ("spec", "release", "postDeploy"))))


def _commands(site: Site, steps: list[Step], at: Path) -> Iterator[Command]:
    for index, step in enumerate(steps):
        start = step.command if step.command is not None else manage(site)
        argv = (*start, *(step.args or ()))
        words = [word for word in (step.args or step.command or ()) if not word.startswith("-")]
        name = step.name or names.shorten(names.slug("-".join(words)), 40) or "step"
        yield Command(name, argv, (*at, index))


def _distinct(commands: list[Command]) -> tuple[Command, ...]:
    taken: set[str] = {"django"}
    found = []
    for command in commands:
        name, count = command.name, 2
        while name in taken:
            name, count = f"{command.name}-{count}", count + 1
        taken.add(name)
        found.append(Command(name, command.argv, command.at))
    return tuple(found)


RETRY = "django-operator.io/retry"
"""Annotation of the resource; another value starts the release once more."""


def release_name(site: Site) -> str:
    """Return the base name of the release Job.

    Of all its commands, `initialized` or not: what is left out then has run, and the rest is not to run again.
    """
    return f"release-{_key(site, _release_steps(site, once=True))}"


def post_name(site: Site) -> str:
    """Return the base name of the Job that follows a release."""
    return f"post-{_key(site, post_steps(site))}"


def _key(site: Site, commands: tuple[Command, ...]) -> str:
    """Return what makes a Job a new one: image, version, its own commands and the retry token; not secrets, not env.

    With `always`, any change of the spec does.
    """
    spec = site.spec
    token = (site.metadata.annotations or {}).get(RETRY)
    whole = None
    if spec.release is not None and spec.release.always:
        import msgspec  # noqa: PLC0415 - imported already; only named here

        whole = msgspec.to_builtins(spec)
    steps = [(command.name, command.argv) for command in commands]
    return names.digest(spec.image, spec.version, steps, token, whole)[:10]
