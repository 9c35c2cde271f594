"""What of a stack goes with its resource, and what stays. Pure.

The cluster decides by owner references; volumes of a StatefulSet go or stay by its retention policy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django_operator.apply.objects import RETAINED_FOR, Key, key_of
from django_operator.engine.paths import get
from django_operator.stack.names import MANAGED_BY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_operator.engine.paths import Body


class Fate(NamedTuple):
    """Objects of a stack, by what becomes of them."""

    goes: tuple[Key, ...]
    stays: tuple[Key, ...]


def fate(site: Body, objects: Iterable[Body]) -> Fate:
    """Return what becomes of the objects that carry a resource's label, its volumes among them.

    Of others that carry the label as well, such as another tool's, nothing is said: they are none of ours.
    """
    bodies = list(objects)
    gone = {site["metadata"]["uid"]}
    # Owners may stand after what they own; nothing is owned over more than a few corners.
    while more := {each["metadata"]["uid"] for each in bodies if _owners(each) & gone} - gone:
        gone |= more
    sets = [each for each in bodies if each["kind"] == "StatefulSet" and each["metadata"]["uid"] in gone]
    found: dict[bool, list[Key]] = {True: [], False: []}
    for each in bodies:
        of = next((one for one in sets if _is_volume_of(one, each)), None)
        goes = each["metadata"]["uid"] in gone or (of is not None and _takes_volumes(of))
        if goes or of is not None or _is_ours(each):
            found[goes].append(key_of(each))
    return Fate(tuple(sorted(found[True])), tuple(sorted(found[False])))


def _owners(body: Body) -> set[str]:
    return {each["uid"] for each in body["metadata"].get("ownerReferences") or ()}


def _is_ours(body: Body) -> bool:
    labels = body["metadata"].get("labels") or {}
    return labels.get(MANAGED_BY) == "django-operator" or RETAINED_FOR in labels


def _is_volume_of(stateful: Body, body: Body) -> bool:
    """Tell whether a volume was made for a StatefulSet, by its name: nothing else says so."""
    templates = get(stateful, "spec", "volumeClaimTemplates") or ()
    heads = tuple(f"{each['metadata']['name']}-{stateful['metadata']['name']}-" for each in templates)
    return body["kind"] == "PersistentVolumeClaim" and bool(heads) and body["metadata"]["name"].startswith(heads)


def _takes_volumes(stateful: Body) -> bool:
    """Tell whether volumes go with a StatefulSet: its controller owns them then, from the deletion on."""
    return bool(get(stateful, "spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted") == "Delete")


def removal(namespace: str, keys: Iterable[Key]) -> str:
    """Return the command that removes objects."""
    names = " ".join(f"{each.kind.lower()}{f'.{each.group}' if each.group else ''}/{each.name}" for each in keys)
    return f"kubectl -n {namespace} delete {names}"
