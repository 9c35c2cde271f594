"""Whether an operator is at work in a cluster, by the Lease it holds. Reads only."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal, NamedTuple

from django_operator.apply.errors import ApiError
from django_operator.engine.paths import get
from django_operator.stack.install import NAME, NAMESPACE

if TYPE_CHECKING:
    from django_operator.apply.client import Client
    from django_operator.engine.paths import Body

STALE = 60.0
"""Seconds without renewal, by our own clock, after which a holder counts as gone; it renews each two seconds."""

State = Literal["running", "absent", "stale", "unknown"]


class Operator(NamedTuple):
    """What is known of the operator: `where` is its Lease's namespace, `why` a line for a person."""

    state: State
    where: str = ""
    why: str = ""


async def find(client: Client, namespace: str) -> Operator:
    """Return the operator that `install` runs: in a namespace of its own, or in the one that it serves."""
    answers = [await _look(client, each) for each in dict.fromkeys((NAMESPACE, namespace))]
    order: tuple[State, ...] = ("running", "unknown", "stale", "absent")
    return min(answers, key=lambda each: order.index(each.state))


async def _look(client: Client, namespace: str) -> Operator:
    try:
        body = await client.get("coordination.k8s.io/v1", "Lease", namespace, NAME)
    except ApiError as error:
        if error.transient:
            raise
        return Operator("unknown", namespace, f"its Lease in {namespace} cannot be read: {error.message}")
    if body is None:
        return Operator("absent", namespace, f"there is no Lease {namespace}/{NAME}")
    return judge(body, dt.datetime.now(dt.UTC))


def judge(lease: Body, now: dt.datetime) -> Operator:
    """Return what a Lease says of its holder."""
    namespace, holder = lease["metadata"]["namespace"], get(lease, "spec", "holderIdentity")
    if not holder:
        return Operator("absent", namespace, f"nobody holds the Lease {namespace}/{NAME}")
    renewed = get(lease, "spec", "renewTime")
    age = (now - dt.datetime.fromisoformat(renewed)).total_seconds() if renewed else STALE
    if age >= STALE:
        return Operator("stale", namespace, f"{holder} has not renewed the Lease {namespace}/{NAME} for {age:.0f} s")
    return Operator("running", namespace, f"{holder} holds the Lease {namespace}/{NAME}")
