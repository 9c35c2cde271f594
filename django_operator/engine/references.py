"""After names have changed: mend every field that refers to an object by name.

Which fields those are is data (`fieldspecs`); which object is meant follows kustomize's rules (api/filters/nameref):
any name the object ever had, same namespace, and among equals the one of the same prefixes and suffixes.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from operator import is_
from typing import TYPE_CHECKING, NamedTuple

from django_operator.engine.errors import fail
from django_operator.engine.paths import get

if TYPE_CHECKING:
    from django_operator.engine.accumulator import Accumulator
    from django_operator.engine.fieldspecs import Fields, FieldSpecs, Gvk
    from django_operator.engine.paths import Json
    from django_operator.engine.resources import Resource
    from django_operator.engine.schema import Schema
    from django_operator.engine.yamlio import Document


@dataclass(frozen=True, slots=True)
class _Objects:
    """All objects by any kind and name they ever had, and the schema that tells which of them have a namespace."""

    index: dict[tuple[str, str], list[Resource]]
    kinds: frozenset[str]
    schema: Schema


class _Field(NamedTuple):
    """A field that refers to an object of the kind `to`, and whose field it is."""

    referrer: Resource
    to: Gvk


def mend(acc: Accumulator, cause: Document) -> None:
    """Rewrite name references throughout. Raises RenderError where two objects could be meant."""
    index: dict[tuple[str, str], list[Resource]] = defaultdict(list)
    for resource in acc.resources:
        for kind, name in {(known.kind, known.name) for known in resource.ids}:
            index[kind, name].append(resource)
    objects = _Objects(index, frozenset(kind for kind, _ in index), acc.schema)
    acc.resources.map(lambda referrer: _mended(referrer, acc.specs, objects), cause)


def _mended(referrer: Resource, specs: FieldSpecs, objects: _Objects) -> Resource:
    return referrer.with_body(_walk(referrer.body, specs.referring(referrer.id), referrer, objects))


def _walk(value: Json, fields: Fields, referrer: Resource, objects: _Objects, kind: Json = None) -> Json:
    """Return a value with the references in `fields` mended; lists stand for each of their items.

    `kind` is what stands beside a name that is the value, and then the kind of what it means.
    """
    if isinstance(value, list) and not fields.to:
        items = [_walk(item, fields, referrer, objects) for item in value]
        return value if all(map(is_, items, value)) else items
    for to in fields.to:
        if to.kind in objects.kinds and (kind is None or kind == to.kind):
            value = _changed(value, _Field(referrer, to), objects)
    if not isinstance(value, dict):
        return value
    changed = {}
    for step, below in fields.below.items():
        old = value.get(step)
        beside = value.get("kind") if step == "name" else None
        if old is not None and (new := _walk(old, below, referrer, objects, beside)) is not old:
            changed[step] = new
    return {**value, **changed} if changed else value


def _changed(value: Json, field: _Field, objects: _Objects) -> Json:
    if isinstance(value, list):
        items = [_changed(item, field, objects) for item in value]
        return value if all(map(is_, items, value)) else items
    if isinstance(value, str):
        found = _find(value, None, field, objects)
        return value if found is None or found.id.name == value else found.id.name
    if (
        isinstance(value, dict)
        and isinstance(value.get("name"), str)
        and value.get("kind", field.to.kind) == field.to.kind
    ):
        found = _find(value["name"], value.get("namespace"), field, objects, whole=True)
        if found is None or (found.id.name == value["name"] and found.id.namespace in ("", value.get("namespace"))):
            return value
        named = {**value, "name": found.id.name}
        return {**named, "namespace": found.id.namespace} if found.id.namespace else named
    return value


def _find(name: str, namespace: Json, field: _Field, objects: _Objects, *, whole: bool = False) -> Resource | None:
    """Return the object that is meant, None for none; `whole`: its namespace is told apart as its name is."""
    referrer, to = field.referrer, field.to
    found = [
        each
        for each in objects.index.get((to.kind, name), ())
        if any(known.name == name for known in each.ids)
        and any(to.fits(known) for known in each.ids)
        and _is_role(each, field)
        and _is_reachable(each, referrer, objects.schema)
    ]
    if namespace is not None:
        first = [each for each in found if (each.original.namespace or "default") == (namespace or "default")]
        found = first or [each for each in found if each.id.namespace == namespace]
    for strict in (False, True):
        if len(found) > 1:
            found = [each for each in found if _same_ends(each, referrer, strict=strict)]
    if len({(each.id.name, each.id.namespace if whole else "") for each in found}) > 1:
        raise fail(
            f"{referrer.id} refers to {to.kind}/{name}, which could be {' or '.join(str(each.id) for each in found)}",
            referrer.origin,
            "give the objects different names before the prefixes are added",
        )
    return found[0] if found else None


def _is_role(each: Resource, field: _Field) -> bool:
    """Tell whether an object is of the kind that the roleRef names, for references to roles."""
    role = field.referrer.body.get("roleRef")
    if field.to.kind not in ("Role", "ClusterRole") or not isinstance(role, dict):
        return True
    return any(known.kind == role.get("kind") and known.group == role.get("apiGroup") for known in each.ids)


def _is_reachable(each: Resource, referrer: Resource, schema: Schema) -> bool:
    """Tell whether a referrer may mean an object: of its own namespace or of none, or an account it names with one."""
    if (each.id.namespace or "default") == (referrer.id.namespace or "default"):
        return True
    if each.id.kind == "ServiceAccount" and isinstance(subjects := referrer.body.get("subjects"), list):
        theirs = [known.namespace for known in each.ids if known.namespace]
        if any(get(subject, "namespace") in theirs for subject in subjects):
            return True
    return any(schema.namespaced(one.id.api_version, one.id.kind) is False for one in (each, referrer))


def _same_ends(each: Resource, referrer: Resource, *, strict: bool) -> bool:
    """Tell whether two objects end in the same outer prefixes and suffixes; not strict: none at all fits anything."""
    for left, right in ((each.prefixes, referrer.prefixes), (each.suffixes, referrer.suffixes)):
        size = min(len(left), len(right))
        if size == 0 and (not strict or left == right):
            continue
        if size == 0 or left[-size:] != right[-size:]:
            return False
    return True
