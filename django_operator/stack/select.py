"""Which bases, built-in overlays and fixed patches a spec calls for. Knows nothing of the values inside them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from django_operator.engine.doubt import Gap
from django_operator.engine.errors import Fault, near
from django_operator.stack import names
from django_operator.stack.derive import data, release, scaling, web
from django_operator.stack.spec import DeletionPolicy, Rollout
from django_operator.stack.workloads import Workload, workloads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.engine.paths import Body, Path
    from django_operator.stack.library import Library
    from django_operator.stack.site import Site


def bases(site: Site) -> Iterator[tuple[str, Path]]:
    """Yield the base folders that are used as they are, with the place in the resource that calls for each."""
    yield "common", ("spec",)
    yield from _data(site)
    for workload in workloads(site):
        if workload.component == "app":
            yield from ((base, workload.at) for base in _around(workload))
        elif workload.component == "beat":
            yield "beat", workload.at
    if has_steps(site):
        yield "steps", ("spec", "release")
    if way := web.kind_of_way(site):
        yield way, ("spec", "ingress")
    if web.has_certificate(site):
        yield "certificate", ("spec", "ingress", "tls")


def _data(site: Site) -> Iterator[tuple[str, Path]]:
    """Yield the bases of what holds data."""
    if data.managed_redis(site) is not None:
        yield "redis", ("spec", "redis")
    if data.managed_database(site) is not None:
        yield "postgres", ("spec", "database")
    if data.makes_cluster(site):
        yield "cloudnativepg", ("spec", "database", "cloudnativepg")
    if site.spec.media is not None:
        yield "media", ("spec", "media")


def has_steps(site: Site) -> bool:
    """Tell whether there are steps of a release that run behind the lock."""
    return release.is_locked(site) and any(each.component in ("release", "post") for each in workloads(site))


def _around(workload: Workload) -> Iterator[str]:
    """Yield the base of an app or worker with those of its budget and autoscaler."""
    yield workload.component
    if scaling.has_budget(workload):
        yield f"{workload.component}-disruption"
    given = scaling.autoscaling_of(workload)
    if given is not None:
        yield f"{workload.component}-{'scaledobject' if scaling.by_keda(given) else 'autoscaler'}"


class Instance(NamedTuple):
    """A base under a name of its own: worker pools, cron jobs, the Jobs of a release."""

    folder: str
    bases: tuple[str, ...]
    suffix: str
    labels: tuple[dict[str, str], ...]
    at: Path


def instances(site: Site) -> Iterator[Instance]:
    """Yield the bases that stand under names of their own."""
    for workload in workloads(site):
        suffix = workload.name.removeprefix(workload.component)
        key = str(workload.at[-1])
        match workload.component:
            case "worker":
                labels = ({names.POOL: key},)
                yield Instance(f"pools/{key}", tuple(_around(workload)), suffix, labels, workload.at)
            case "cron":
                yield Instance(f"crons/{key}", ("cron",), suffix, ({names.CRON: key},), workload.at)
            case "release" | "post" as job:
                yield Instance(f"jobs/{job}", (job,), suffix, (), workload.at)
            case _:
                pass


NAMESPACED = {"monitoring": "alerts have to name the namespace, or they would be about every site of this name"}
"""Built-in overlays that hold the namespace inside of texts, and why."""


class Builtins(NamedTuple):
    """The built-in overlays of a site in their order, with the place that calls for each, and what is wrong with them.

    Those with a fault are left out: `unknown` tells whether any of them may mean another one, `gap` what else they may
    have brought.
    """

    found: tuple[tuple[str, Path], ...]
    faults: tuple[Fault, ...]
    unknown: bool
    gap: Gap | None


def builtins(site: Site, library: Library, *, guess: bool = False) -> Builtins:
    """Return the built-in overlays, those left out that are unknown, named twice or need a namespace.

    `guess`: with all others, where one is unknown.
    """
    known = library.overlays()
    found: dict[str, Path] = {}
    faults: list[Fault] = []
    unknown = lacking = False
    for index, overlay in enumerate(site.spec.overlays or ()):
        name = overlay.builtin
        if name is None:
            continue
        at: Path = ("spec", "overlays", index, "builtin")
        if name not in known:
            faults.append(Fault(site.document.origin(at), f"no built-in overlay {name}", near(name, known)))
            unknown = True
        elif name in found:
            faults.append(Fault(site.document.origin(at), f"built-in overlay {name} is listed twice"))
        elif name in NAMESPACED and site.namespace is None:
            hint = f"{NAMESPACED[name]}; or render with -n"
            faults.append(Fault(site.document.origin(at), f"{name} needs metadata.namespace", hint))
            lacking = True
        else:
            found[name] = at
    others = [name for name in known if site.namespace is not None or name not in NAMESPACED]
    if unknown and guess:
        found = {**dict.fromkeys(others, ("spec", "overlays")), **found}
    gap = None
    if lacking or (unknown and len(others) < len(known)):
        gap = Gap(partial(library.may_bring, NAMESPACED), changes=False)
    return Builtins(tuple(found.items()), tuple(faults), unknown, gap)


class Fixed(NamedTuple):
    """A patch of patches/ that a field switches on, and what it is laid over (None: what it names itself)."""

    name: str
    target: Body | None
    at: Path


def fixed_patches(site: Site) -> Iterator[Fixed]:
    """Yield the fixed patches that a spec switches on."""
    spec = site.spec
    policy, rollout = spec.deletion_policy or DeletionPolicy(), spec.rollout or Rollout()
    for workload in workloads(site):
        if scaling.is_scaled(workload):
            target = {"group": "apps", "kind": "Deployment", "name": workload.name}
            yield Fixed("autoscaled", target, (*workload.at, "autoscaling"))
    if has_steps(site):
        target = {"kind": "Job", "labelSelector": "app.kubernetes.io/component in (release, post)"}
        yield Fixed("steps", target, ("spec", "release"))
    if rollout.strategy == "Maintenance":
        target = {"kind": "Deployment", "labelSelector": "app.kubernetes.io/component in (app, worker)"}
        yield Fixed("maintenance", target, ("spec", "rollout", "strategy"))
    if rollout.strategy == "BlueGreen":
        yield Fixed("blue-green", None, ("spec", "rollout", "strategy"))
    if policy.redis == "Retain" and data.managed_redis(site) is not None:
        yield Fixed("redis-retained", None, ("spec", "deletionPolicy", "redis"))
    if policy.database == "Delete" and data.managed_database(site) is not None:
        yield Fixed("database-deleted", None, ("spec", "deletionPolicy", "database"))
    if spec.service_account_name is not None:
        yield Fixed("own-serviceaccount", None, ("spec", "serviceAccountName"))
