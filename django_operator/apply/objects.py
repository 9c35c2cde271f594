"""Objects of a cluster as values: their keys, what of them is content, and what is remembered of one that lives.

Pure. Knows nothing of requests.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from django_operator.engine.paths import get
from django_operator.stack import names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_operator.engine.paths import Body

CONTENT = "django-operator.io/content"
"""Annotation: digest of the object as rendered, by which an object tells what revision of itself it holds."""
CHECKSUM = "django-operator.io/checksum"
"""Annotation of pod templates: hash of the data of all ConfigMaps and Secrets that the pods read."""
RETAINED_FOR = "django-operator.io/retained-for"
"""Label of what outlives its resource: the name of the resource that may take it up again."""

_OURS = "django-operator.io/"
_KEPT_META = ("labels", "annotations", "ownerReferences", "finalizers")


class Key(NamedTuple):
    """What names an object for ever, whatever version of its API is spoken."""

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        """Return `Deployment/shop-app`, as people write it."""
        return f"{self.kind}/{self.name}"


def group_of(api_version: str) -> str:
    """Return the group of an apiVersion, empty for the core group."""
    return api_version.rpartition("/")[0]


def key_of(body: Body) -> Key:
    """Return the key of an object."""
    meta = body["metadata"]
    return Key(group_of(body["apiVersion"]), body["kind"], meta.get("namespace") or "", meta["name"])


def digest(value: Any, size: int = 16) -> str:
    """Return a hash of a JSON value in hexadecimal, the same whatever the order of keys."""
    return hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()[:size]


def content(body: Body) -> Body:
    """Return what of an object people and controllers write: no status, and no metadata that is the server's."""
    meta = {name: body["metadata"][name] for name in _KEPT_META if body["metadata"].get(name)}
    return {**{name: value for name, value in body.items() if name != "status"}, "metadata": meta}


def fingerprint(body: Body) -> str:
    """Return a hash of an object's content. Equal as long as nobody wrote to it; status does not count."""
    return digest(content(body))


@dataclass(frozen=True, slots=True)
class Live:
    """What is remembered of an object in the cluster: little, as a thousand sites have fourteen thousand of them.

    `owner` is the UID of its controller, `owner_name` its `Kind/name`;
    `state` the status without what nobody reads; `replicas` as in its spec;
    `notes` our own annotations, of which a kept revision has some; `checksum` that of
    what its pods read; `revision` its number.
    """

    key: Key
    api_version: str
    uid: str
    resource_version: str
    generation: int
    fingerprint: str
    owner: str = ""
    owner_name: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    content: str = ""
    replicas: int | None = None
    deleting: bool = False
    state: Mapping[str, Any] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    checksum: str = ""
    revision: int = 0


_STATE = (
    "active", "availableReplicas", "conditions", "currentRevision", "observedGeneration", "phase", "readyReplicas",
    "replicas", "updateRevision", "updatedReplicas",
)  # fmt: skip
"""Fields of a status that readiness looks at."""
_LABELS = (names.INSTANCE, names.COMPONENT, names.MANAGED_BY, names.COLOUR, RETAINED_FOR)
_CONDITION = ("type", "status", "reason", "message", "observedGeneration")


def live(body: Body) -> Live:
    """Return what is remembered of an object as the server gave it."""
    meta = body["metadata"]
    labels = meta.get("labels") or {}
    status = body.get("status")
    notes = meta.get("annotations") or {}
    owners = [each for each in meta.get("ownerReferences") or () if each.get("controller")]
    return Live(
        key_of(body),
        body["apiVersion"],
        meta.get("uid", ""),
        meta.get("resourceVersion", ""),
        meta.get("generation", 0),
        fingerprint(body),
        owners[0]["uid"] if owners else "",
        f"{owners[0].get('kind')}/{owners[0].get('name')}" if owners else "",
        {name: labels[name] for name in _LABELS if name in labels},
        notes.get(CONTENT, ""),
        get(body, "spec", "replicas"),
        bool(meta.get("deletionTimestamp")),
        _trimmed(status) if isinstance(status, dict) else {},
        {name: value for name, value in notes.items() if name.startswith(_OURS) and name != CONTENT},
        get(body, "spec", "template", "metadata", "annotations", CHECKSUM) or "",
        body.get("revision", 0) if body["kind"] == "ControllerRevision" else 0,
    )


def _trimmed(status: Body) -> Body:
    kept = {name: status[name] for name in _STATE if name in status}
    conditions = kept.get("conditions")
    if isinstance(conditions, list):
        kept["conditions"] = [{name: each[name] for name in _CONDITION if name in each} for each in conditions]
    return kept
