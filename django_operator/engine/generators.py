"""ConfigMaps and Secrets made from literals, files and env files, and the hash of their content.

Rules and hashes are those of kustomize v5.8.1 (configMapGenerator, secretGenerator), so a stack ejected to kustomize
keeps its names. Knows nothing of who refers to the objects: names are changed and mended at the end of a build.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from django_operator.engine.doubt import silent
from django_operator.engine.errors import RenderError, StopError, fail
from django_operator.engine.key_values import encoded, read_data
from django_operator.engine.resources import Resource, id_of
from django_operator.engine.target import near_objects

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_operator.engine.accumulator import Accumulator
    from django_operator.engine.files import Files
    from django_operator.engine.kustomization import Kustomization
    from django_operator.engine.paths import Body, Json
    from django_operator.engine.yamlio import Document

GENERATORS = {"configMapGenerator": "ConfigMap", "secretGenerator": "Secret"}
"""Fields of a kustomization and the kinds they make, in the order in which they run."""

BEHAVIORS = ("create", "replace", "merge")
# Hex digits that could spell words are written otherwise, as kubectl and kustomize have always done.
_SAFE = str.maketrans("013ae", "ghkmt")


def generate(kustomization: Kustomization, acc: Accumulator) -> None:
    """Add the generated objects of a kustomization to `acc.resources`, or merge them into what is there."""
    for name, kind in GENERATORS.items():
        acc.take(
            kustomization.each(name),
            lambda entry, kind=kind: _generate(kind, entry, kustomization, acc),  # type: ignore[misc]  # a default binds
        )


def _generate(kind: str, entry: Document, kustomization: Kustomization, acc: Accumulator) -> None:
    common = kustomization.get("generatorOptions") or {}
    try:
        absorb(make(kind, entry, kustomization.folder, acc.files, common), acc)
    except StopError:
        raise
    except RenderError:
        acc.doubt.lose(kind, str(entry.value.get("name") or ""))
        raise


def make(
    kind: str, document: Document, folder: str, files: Files, common: Mapping[str, Json] | None = None
) -> Resource:
    """Return the object that an entry describes; `common` are the generatorOptions, which its own options override.

    A true boolean of `common` cannot be undone by an entry, as in kustomize. Raises RenderError for a missing name,
    unreadable files, literals and env lines that are none, invalid or repeated keys.
    """
    entry = document.value
    own, shared = entry.get("options") or {}, common or {}
    if not entry.get("name"):
        raise fail(f"a generated {kind} needs a name", document.origin())
    behavior = entry.get("behavior") or "create"
    if behavior not in BEHAVIORS:
        raise fail(f"unknown behavior {behavior!r}", document.origin(("behavior",)), f"there is {', '.join(BEHAVIORS)}")
    body: Body = {"apiVersion": "v1"}
    text, binary = encoded(kind, read_data(document, folder, files))
    if binary:
        body["binaryData"] = binary
    if text or kind == "Secret":
        body["data"] = text
    if own.get("immutable") or shared.get("immutable"):
        body["immutable"] = True
    body["kind"] = kind
    meta: Body = {}
    for field in ("annotations", "labels"):
        if pairs := {**(shared.get(field) or {}), **(own.get(field) or {})}:
            meta[field] = dict(sorted(pairs.items()))
    meta["name"] = entry["name"]
    if entry.get("namespace"):
        meta["namespace"] = entry["namespace"]
    body["metadata"] = meta
    if kind == "Secret":
        body["type"] = entry.get("type") or "Opaque"
    hashed = not (own.get("disableNameSuffixHash") or shared.get("disableNameSuffixHash"))
    return Resource(body, document, id_of(body), hashed=hashed, behavior=behavior)


def absorb(new: Resource, acc: Accumulator) -> None:
    """Append a generated object, or replace or merge the one that has or had its id, by its `behavior`.

    Replaced and merged ones keep name, namespace, labels and annotations of the old, with the new ones on top; all else
    but the merged data is the new one's. Raises RenderError when `create` finds one, or the others none or several.
    """
    found = acc.resources.find(new.id)
    cause = new.document
    if new.behavior not in ("replace", "merge"):
        if found:
            hint = f"it is written at {found[0].origin}; write `behavior: merge` or `behavior: replace`"
            raise fail(f"{new.id} exists", cause.origin(), hint)
        acc.resources.add(new, cause)
        return
    if not found and acc.doubt.misses(new.id.kind, new.id.name):
        raise silent()
    if len(found) != 1:
        problem = f"cannot {new.behavior} {new.id}: {len(found) or 'no'} objects have this name"
        raise fail(problem, cause.origin(("name",)), _candidates(new, found, acc))
    old = found[0]
    body = {**new.body, "metadata": _metadata(old.body["metadata"], new.body["metadata"])}
    if new.behavior == "merge":
        for field, other in (("data", "binaryData"), ("binaryData", "data")):
            if not isinstance(old.body.get(field), dict | None):
                raise fail(f"{field} of {old.id} is not a map", old.origin)
            # A key stands in one of the two fields only, where it was given last.
            moved = new.body.get(other) or {}
            kept = {key: item for key, item in (old.body.get(field) or {}).items() if key not in moved}
            if merged := {**kept, **new.body.get(field, {})}:
                body[field] = dict(sorted(merged.items()))
            else:
                body.pop(field, None)  # the hash tells an empty map from none
        body = dict(sorted(body.items()))
    document = old.document if new.behavior == "merge" else new.document
    hashed = old.hashed and new.hashed
    changed = dataclasses.replace(old, body=body, document=document, hashed=hashed, behavior=new.behavior)
    acc.resources.replace(old, changed, cause)


def _candidates(new: Resource, found: list[Resource], acc: Accumulator) -> str:
    same_name = found or [each for each in acc.resources if new.id[2::2] in {known[2::2] for known in each.ids}]
    if same_name:
        return f"there is {', '.join(str(each.id) for each in same_name)}; `namespace` tells them apart"
    return near_objects(new.id.kind, new.id.name, acc.resources)


def content_hash(body: Body) -> str:
    """Return the ten characters that kustomize appends to a generated object's name.

    Of a ConfigMap: its data and binaryData; of a Secret: data, stringData and type, whatever the name and the rest of
    metadata. Of any other kind the whole body (kustomize hashes its parsed YAML, lines and comments too).
    """
    import hashlib  # noqa: PLC0415 - needed only where something is generated

    from django_operator.engine.jsontext import dump_json  # noqa: PLC0415 - as above

    kind = body.get("kind")
    hashed: Body = body
    if kind in ("ConfigMap", "Secret"):
        # kustomize means to hash the name, but looks for a field called "metadata/name", and there is none.
        hashed = {"kind": kind, "name": "", "data": _or_empty(body.get("data"))}
        extra = "binaryData" if kind == "ConfigMap" else "stringData"
        if isinstance(body.get(extra), dict):
            hashed[extra] = body[extra]
        if kind == "Secret":
            hashed["type"] = _or_empty(body.get("type"))
    return hashlib.sha256(dump_json(hashed).encode("utf-8", "surrogatepass")).hexdigest()[:10].translate(_SAFE)


def with_hash(resource: Resource) -> Resource:
    """Return an object with the hash of its content in its name, if it is one whose name gets one."""
    if not resource.hashed:
        return resource
    meta = resource.body["metadata"]
    name = f"{meta['name']}-{content_hash(resource.body)}"
    return resource.with_body({**resource.body, "metadata": {**meta, "name": name}})


def _or_empty(value: Json) -> Json:
    return "" if value is None else value


def _metadata(old: Body, new: Body) -> Body:
    merged = {field: {**(old.get(field) or {}), **(new.get(field) or {})} for field in ("annotations", "labels")}
    kept = {field: old[field] for field in ("name", "namespace") if old.get(field)}
    return {**{field: dict(sorted(pairs.items())) for field, pairs in merged.items() if pairs}, **kept}
