"""A site that is stopped for a release, for `rollout.strategy: Maintenance`. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.engine.paths import get, put
from django_operator.stack.names import COMPONENT

if TYPE_CHECKING:
    from django_operator.apply.bind import Bound

STOPPED = frozenset({"app", "worker", "beat", "cron"})
"""Components that run the image."""
_PAUSED = ("metadata", "annotations", "autoscaling.keda.sh/paused-replicas")


def stopped(bound: Bound) -> Bound:
    """Return an object as it is while the site is down: no pods, no cron jobs, and no autoscaler that starts any.

    A HorizontalPodAutoscaler leaves what is at zero alone; KEDA has to be told
    (https://keda.sh/docs/latest/concepts/scaling-deployments/#pausing-autoscaling).
    """
    if get(bound.body, "metadata", "labels", COMPONENT) not in STOPPED:
        return bound
    if bound.key.kind in ("Deployment", "StatefulSet"):
        return bound._replace(body=put(bound.body, ("spec", "replicas"), 0), least=None)
    if bound.key.kind == "CronJob":
        return bound._replace(body=put(bound.body, ("spec", "suspend"), True))
    return bound._replace(body=put(bound.body, _PAUSED, "0")) if bound.key.kind == "ScaledObject" else bound
