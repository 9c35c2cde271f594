"""Who owns which fields of an object, and how what others wrote in our stead becomes ours. Pure.

Server-side apply takes a field away only from the manager that gave it. What was written before the first apply, by
ourselves otherwise, or by kubectl, has other owners, so that fields dropped from a manifest would stay for ever
(k8s#99003, flux2#2099). Knows nothing of requests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django_operator.apply.compare import differences
from django_operator.apply.fieldset import difference, names, present, union
from django_operator.apply.inventory import PRUNE
from django_operator.engine.paths import dotted, get

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_operator.apply.fieldset import Fields
    from django_operator.engine.paths import Body, Path

OURS = "django-operator"
_BEFORE = "before-first-apply"
_KUBECTL = "kubectl"
_SPARED = (
    ("f:metadata", "f:annotations", f"f:{PRUNE}"),
    ("f:spec", "f:template", "f:metadata", "f:annotations", "f:kubectl.kubernetes.io/restartedAt"),
)
"""What people write by kubectl for it to stay.

The second is what `kubectl rollout restart` writes; made ours, the next apply would take it away and roll the pods once
more.
"""
_REPLICAS: Fields = {"f:spec": {"f:replicas": {}}}
"""Made ours where we do not set them, the next apply would take them away, and one replica be left of any number."""


def cleanup(body: Body, manager: str) -> list[dict[str, Any]] | None:
    """Return a JSON patch that gives fields of the managers named above to our Apply entry; None where there are none.

    An apply must follow: it drops the fields that are ours now and not in it. The patch puts the object's own
    resourceVersion, so that the server refuses it with 409 where somebody wrote meanwhile. Managers of subresources
    (`kubectl scale`) keep what is theirs, and so does anybody what is spared above.
    """
    metadata = body["metadata"]
    entries: list[Body] = list(metadata.get("managedFields") or ())
    target = next((index for index, each in enumerate(entries) if _is_target(each, manager)), None)
    ours: Fields = {} if target is None else entries[target].get("fieldsV1") or {}
    replicas = difference(_REPLICAS, ours)
    version = body["apiVersion"] if target is None else entries[target].get("apiVersion")
    out: list[Body] = []
    merged = False
    for index, entry in enumerate(entries):
        fields: Fields = entry.get("fieldsV1") or {}
        given = difference(_without_spared(fields), replicas) if _is_given(entry, manager) else {}
        if index == target or not given:
            out.append(entry)
            continue
        merged = True
        # Another version may name fields that this one has not, which no later apply would survive (flux2#5715).
        ours = union(ours, given if entry.get("apiVersion") == version else present(given, body))
        if kept := difference(fields, given):
            out.append({**entry, "fieldsV1": kept})
    if not merged:
        return None
    entry = {"manager": manager, "operation": "Apply", "apiVersion": version, "fieldsType": "FieldsV1"}
    if target is None:
        out.append({**entry, "fieldsV1": ours})
    else:
        out[out.index(entries[target])] = {**entries[target], "fieldsV1": ours}
    return [
        {"op": "replace", "path": "/metadata/managedFields", "value": out},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": metadata["resourceVersion"]},
    ]


def owners(body: Body, path: Path) -> tuple[str, ...]:
    """Return the managers that own what stands at a path, or part of it; list items are given by index."""
    found: dict[str, list[str]] = {"no": [], "around": [], "yes": []}
    for entry in body["metadata"].get("managedFields") or ():
        found[names(entry.get("fieldsV1") or {}, body, path)].append(entry.get("manager", ""))
    return tuple(dict.fromkeys(found["yes"] or found["around"]))


def overwritten(before: Body, after: Body, manager: str = OURS) -> list[tuple[str, str]]:
    """Return (path, manager) of each field that differs and that another manager owned before."""
    return [
        (dotted(change.path), owner)
        for change in differences(before, after)
        if change.old is not None
        for owner in _others(owners(before, change.path), manager)
    ]


def _others(found: Iterable[str], manager: str) -> Iterable[str]:
    return (each for each in found if each != manager)


def _without_spared(fields: Fields) -> Fields:
    """Return fields without those that are to stay. Whoever has made an object owns the map around them, too."""
    for path in _SPARED:
        if get(fields, *path) is not None:
            spared: Fields = {".": {}, path[-1]: {}}
            for key in reversed(path[:-1]):
                spared = {key: spared}
            fields = difference(fields, spared)
    return fields


def _is_target(entry: Body, manager: str) -> bool:
    return (entry.get("manager"), entry.get("operation"), entry.get("subresource", "")) == (manager, "Apply", "")


def _is_given(entry: Body, manager: str) -> bool:
    """Tell whether an entry stands for what should be ours."""
    name, operation = str(entry.get("manager")), entry.get("operation")
    if entry.get("subresource"):
        return False
    if name in (_BEFORE, manager):
        return bool(operation == "Update")
    return name == _KUBECTL or name.startswith(f"{_KUBECTL}-")
