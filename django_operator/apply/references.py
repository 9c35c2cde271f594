"""Which ConfigMaps and Secrets the pods of an object read. Knows nothing of what is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django_operator.engine.paths import get
from django_operator.stack.names import PODS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.engine.paths import Body, Json


class Reference(NamedTuple):
    """A ConfigMap or Secret that pods read; `optional` ones may be absent."""

    kind: str
    name: str
    optional: bool = False


_FIELDS = {
    "configMapKeyRef": "ConfigMap",
    "configMapRef": "ConfigMap",
    "configMap": "ConfigMap",
    "secretKeyRef": "Secret",
    "secretRef": "Secret",
    "secret": "Secret",
}
"""Fields of a pod that name one: of env, of envFrom, of volumes and projected volumes."""


def references(body: Body) -> frozenset[Reference]:
    """Return what the pods of an object read; nothing for kinds without pods.

    What a node reads to start a pod (imagePullSecrets, volume drivers' own Secrets) is left out: a change there is no
    change for a process that runs.
    """
    template = PODS.get(body["kind"])
    pod = get(body, *template) if template else None
    if not isinstance(pod, dict):
        return frozenset()
    containers = [*(pod.get("initContainers") or ()), *(pod.get("containers") or ())]
    parts = [[each.get("env"), each.get("envFrom")] for each in containers]
    return frozenset([each for part in (*parts, pod.get("volumes")) for each in _walk(part)])


def _walk(value: Json) -> Iterator[Reference]:
    if isinstance(value, list):
        for item in value:
            yield from _walk(item)
    elif isinstance(value, dict):
        for field, item in value.items():
            kind = _FIELDS.get(field)
            if kind is None:
                yield from _walk(item)
            elif isinstance(item, dict) and (name := item.get("secretName") or item.get("name")):
                yield Reference(kind, name, bool(item.get("optional")))
