"""The spec as changes of the base objects: one small function a feature, all of them in the two tuples below.

A field that is left out of the spec yields nothing, so the base decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.stack.derive import data, env, pods, processes, release, scaling, web

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.stack.change import Change
    from django_operator.stack.site import Site

OF_WORKLOADS = (
    pods.version,
    pods.account,
    processes.command,
    release.steps,
    release.limits,
    env.environment,
    pods.size,
    processes.port,
    processes.probes,
    processes.stopping,
    pods.volumes,
    pods.surroundings,
    processes.replicas,
    processes.rollout,
    processes.cron,
    scaling.autoscaler,
    scaling.budget,
)
"""Features of each workload: (resource, workload) -> changes."""

OF_STACK = (
    data.service_account,
    data.redis,
    data.postgres,
    data.cloudnativepg,
    data.media,
    web.ingress,
    web.route,
    web.certificate,
)
"""Features of the stack as a whole: (resource) -> changes."""


def derive(site: Site) -> Iterator[Change]:
    """Yield every change that a spec asks of the base objects."""
    for feature in OF_STACK:
        yield from feature(site)
    for workload in site.workloads:
        for each in OF_WORKLOADS:
            yield from each(site, workload)
