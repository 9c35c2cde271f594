"""The Jobs of a release: one container a step, in order, and what all of them take from the last one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django_operator.stack.change import Put
from django_operator.stack.spec import EnvNames
from django_operator.stack.units import seconds
from django_operator.stack.workloads import Command, Workload, manage, post_steps, release_steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.engine.paths import Body, Path
    from django_operator.stack.site import Site

SCRIPT = "/django-operator/step.py"
"""bases/steps/step.py, where patches/steps.yaml mounts it."""
MESSAGE = "/dev/termination-log"
"""Where Kubernetes reads a container's last words. A file of its own, also with a read-only root."""
_PYTHON = re.compile(r"(python|pypy)[0-9.]*")
INHERITED = (
    "env",
    "envFrom",
    "imagePullPolicy",
    "resources",
    "securityContext",
    "terminationMessagePolicy",
    "volumeMounts",
)
"""Fields that the containers of the earlier steps take from the last one, whoever set them there."""


def steps(site: Site, workload: Workload) -> Iterator[Put]:
    """Yield the containers of a release: every step but the last is an init container, the last one is `django`."""
    commands = commands_of(site, workload)
    if not commands:
        return
    *earlier, last = commands
    for index, each in enumerate(earlier):
        container = {"name": each.name, "image": "django", **_run(site, each)}
        yield Put(workload.ref, (*workload.pod, "initContainers", index), container, each.at)
    for field, words in _run(site, last, "--heads", MESSAGE).items():
        yield Put(workload.ref, (*workload.container, field), words, last.at)


def _run(site: Site, step: Command, *options: str) -> dict[str, list[str]]:
    """Return what a container runs: the step, behind the lock where there is a database to hold it."""
    if not is_locked(site):
        return {"command": list(step.argv)}
    name = (site.spec.env_names or EnvNames()).database_url
    named = ("--database", name) if name else ()
    return {"command": [*interpreter(site), SCRIPT, *named, *options, "--"], "args": list(step.argv)}


def is_locked(site: Site) -> bool:
    """Tell whether steps run behind a lock in the database: where there is a database."""
    return site.spec.database is None or site.spec.database.enabled is not False


def interpreter(site: Site) -> list[str]:
    """Return the Python that has the site's packages: the one of the manage command, with what stands before it.

    `[uv, run, python, manage.py]` gives `[uv, run, python]`; a manage command that names none, `python3`.
    """
    words = manage(site)
    for index, word in enumerate(words):
        if _PYTHON.fullmatch(word.rpartition("/")[2]):
            return words[: index + 1]
    return ["python3"]


def commands_of(site: Site, workload: Workload) -> tuple[Command, ...]:
    """Return the steps of a release's Job, none for other workloads."""
    if workload.component == "release":
        return release_steps(site)
    return post_steps(site) if workload.component == "post" else ()


def limits(site: Site, workload: Workload) -> Iterator[Put]:
    """Yield how long a release may take and how often it is tried."""
    release = site.spec.release
    if release is None or workload.component not in ("release", "post"):
        return
    at: Path = ("spec", "release")
    if release.timeout is not None:
        yield Put(workload.ref, ("spec", "activeDeadlineSeconds"), seconds(release.timeout), (*at, "timeout"))
    if release.backoff_limit is not None:
        yield Put(workload.ref, ("spec", "backoffLimit"), release.backoff_limit, (*at, "backoffLimit"))


def inheritance(site: Site, workload: Workload) -> Iterator[tuple[Body, Path]]:
    """Yield the `replacements` that give the earlier steps what the last one has, built-in overlays included."""
    earlier = commands_of(site, workload)[:-1]
    if not earlier:
        return
    has_policy = site.spec.image_pull_policy is not None
    for field in INHERITED:
        if field == "imagePullPolicy" and not has_policy:
            continue
        select = {"kind": "Job", "name": workload.name}
        paths = [f"spec.template.spec.initContainers.[name={each.name}].{field}" for each in earlier]
        yield (
            {
                "source": {**select, "fieldPath": f"spec.template.spec.containers.[name=django].{field}"},
                "targets": [{"select": select, "fieldPaths": paths, "options": {"create": True}}],
            },
            earlier[0].at,
        )
