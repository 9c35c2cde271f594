"""A rendered stack made an owned one: owner references, checksums of what pods read, replicas left to autoscalers.

Pure: everything that only a cluster knows comes in as `Facts`. Knows nothing of requests or of the order of things.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, NamedTuple

from django_operator.apply.objects import CHECKSUM, CONTENT, RETAINED_FOR, Key, digest, key_of
from django_operator.apply.references import Reference, references
from django_operator.engine.paths import get, put
from django_operator.stack.confine import ALLOWED
from django_operator.stack.spec import API_VERSION, KIND, DeletionPolicy
from django_operator.stack.stages import stage_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_operator.apply.facts import Facts
    from django_operator.engine.paths import Body, Path
    from django_operator.stack.site import Site

_ROLLED = frozenset({"Deployment", "StatefulSet"})
"""Kinds whose pods are replaced when that data changes; a Job is never patched, a CronJob's next pod reads anew."""
_SCALERS = {"HorizontalPodAutoscaler": ("minReplicas", 1), "ScaledObject": ("minReplicaCount", 0)}
"""Kinds that own replicas, their field for the least of them, and its default."""


class Bound(NamedTuple):
    """An object as it is applied.

    `content` is the digest of the rendered object, before anything here; `reads` what its pods read; `least` the
    replicas that an autoscaler starts from, None where no autoscaler owns them; `user` is whom the operator acts as,
    empty for itself.
    """

    key: Key
    stage: str
    body: Body
    content: str
    reads: frozenset[Reference]
    least: int | None = None
    user: str = ""


def bind(objects: Iterable[Body], site: Site, facts: Facts) -> tuple[Bound, ...]:
    """Return the objects of a stack as they are applied, in the same order."""
    bodies = list(objects)
    least = _least(bodies)
    return tuple(_bound(body, site, facts, least) for body in bodies)


def is_retained(body: Body, site: Site) -> bool:
    """Tell whether an object outlives its resource, by `deletionPolicy`: it has data in it."""
    policy = site.spec.deletion_policy or DeletionPolicy()
    if body["kind"] == "PersistentVolumeClaim":
        return policy.media != "Delete"
    return body["kind"] == "Cluster" and policy.database != "Delete"


def owner(name: str, uid: str) -> Body:
    """Return the reference by which the cluster removes an object together with its resource."""
    reference = {"apiVersion": API_VERSION, "kind": KIND, "name": name, "uid": uid}
    return {**reference, "controller": True, "blockOwnerDeletion": True}


def owned(body: Body, site: Site, uid: str, *, retained: bool) -> Body:
    """Return an object with its owner, or with the label that says whom it is kept for."""
    path: Path = ("metadata", "labels", RETAINED_FOR) if retained else ("metadata", "ownerReferences")
    made: Body = put(body, path, site.name if retained else [owner(site.name, uid)])
    return made


def _bound(body: Body, site: Site, facts: Facts, least: dict[str, int]) -> Bound:
    mark = digest(body, 12)
    reads, user = references(body), acting_as(key_of(body), site)
    made = owned(_encoded(body), site, facts.uid, retained=is_retained(body, site))
    if user:
        # Blocking the owner's deletion takes a right on the owner, which the user's ServiceAccount need not have.
        made = put(made, ("metadata", "ownerReferences", 0, "blockOwnerDeletion"), False)
    made = put(made, ("metadata", "annotations", CONTENT), mark)
    if body["kind"] in _ROLLED and reads:
        value = _checksum(key_of(body), reads, facts)
        made = put(made, ("spec", "template", "metadata", "annotations", CHECKSUM), value)
    start = None
    if body["kind"] == "Deployment" and get(body, "spec", "replicas") is None:
        name = body["metadata"]["name"]
        start = max(least.get(name, 1), facts.replicas.get(name, 0))
    return Bound(key_of(body), stage_of(body), made, mark, reads, start, user)


def _checksum(key: Key, reads: frozenset[Reference], facts: Facts) -> str:
    """Return the checksum of what pods read.

    While something is away that they cannot start without it stays as it is: new pods would not start, and be replaced
    once more when it is back.
    """
    away = any(not each.optional and (each.kind, each.name) not in facts.data for each in reads)
    if away and key in facts.checksums:
        return facts.checksums[key]
    return digest(sorted((each.kind, each.name, facts.data.get((each.kind, each.name), "")) for each in reads), 12)


def acting_as(key: Key, site: Site) -> str:
    """Return whom the operator acts as for an object of a kind that it has no rights to itself."""
    account = site.spec.overlay_service_account_name
    if account is None or (key.group, key.kind) in ALLOWED:
        return ""
    return f"system:serviceaccount:{site.namespace}:{account}"


def _encoded(body: Body) -> Body:
    """Return a Secret with its texts in `data`.

    The server turns `stringData` into `data` without noting who owns what came of it: keys that are dropped would stay
    for ever (https://github.com/kubernetes/kubernetes/issues/108008).
    """
    texts = body.get("stringData") if body["kind"] == "Secret" else None
    if texts is None:
        return body
    rest = {name: value for name, value in body.items() if name != "stringData"}
    encoded = {name: base64.b64encode(text.encode()).decode() for name, text in texts.items()}
    return {**rest, "data": {**(body.get("data") or {}), **encoded}}


def _least(bodies: Iterable[Body]) -> dict[str, int]:
    """Return the least replicas of each Deployment that an autoscaler of the stack owns, by name."""
    found: dict[str, int] = {}
    for body in bodies:
        if body["kind"] not in _SCALERS:
            continue
        field, default = _SCALERS[body["kind"]]
        name = get(body, "spec", "scaleTargetRef", "name")
        given = get(body, "spec", field)
        if isinstance(name, str):
            found[name] = given if isinstance(given, int) else default
    return found
