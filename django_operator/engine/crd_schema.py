"""OpenAPI schemas as field specs: one level at a time, so a CRD of a megabyte costs only what is walked.

A field spec is what `schema.json` holds: `{"type": ..}`, `{"ref": ..}`, `{"list": ..}`, `{"map": ..}`, `{"fields": ..}`
with the marks that merging and validation need. A part not translated yet is `{"raw": <OpenAPI schema>}`.
Knows nothing of merging or of which kinds exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
ANY: dict[str, Any] = {"type": "any"}
_STRING: dict[str, Any] = {"type": "string"}
_SCALARS = frozenset({"string", "integer", "number", "boolean"})


def translate(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the field spec of an OpenAPI (v2, v3 or CRD) schema; what is inside stays `raw`.

    Rules: https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy for `x-kubernetes-list-*`,
    the strategic merge patch document of sig-api-machinery for `x-kubernetes-patch-*`.
    """
    spec = _shape(raw)
    strategy = str(raw.get("x-kubernetes-patch-strategy", "")).split(",")
    kind = raw.get("x-kubernetes-list-type")
    if "list" in spec:
        keys = raw.get("x-kubernetes-list-map-keys") or [raw[k] for k in ("x-kubernetes-patch-merge-key",) if k in raw]
        if keys and ("merge" in strategy or kind == "map"):
            spec["keys"] = list(keys)
        if kind == "set":
            spec["set"] = True
    if "merge" in strategy or kind in {"map", "set"}:
        spec["merge"] = True
    if "retainKeys" in strategy:
        spec["retain"] = True
    if "replace" in strategy:
        spec["replace"] = True
    if raw.get("default") not in (None, "", 0, {}, []):
        spec["default"] = raw["default"]
    if raw.get("enum"):
        spec["enum"] = [value for value in raw["enum"] if value is not None]
    return spec


def _shape(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the spec without marks: what kind of value a schema describes."""
    if ref := _reference(raw):
        return {"ref": ref}
    if raw.get("x-kubernetes-int-or-string") or raw.get("format") == "int-or-string":
        return {"type": "string", "format": "int-or-string"}
    if raw.get("properties") or raw.get("x-kubernetes-embedded-resource"):
        return _object(raw)
    if extra := raw.get("additionalProperties"):
        return {"map": {"raw": extra} if isinstance(extra, dict) else ANY}
    kind = raw.get("type")
    if kind == "array":
        return {"list": {"raw": raw.get("items", {})}}
    spec = {"type": kind} if kind in _SCALARS else dict(ANY)
    return spec | ({"format": raw["format"]} if raw.get("format") else {})


def _reference(raw: Mapping[str, Any]) -> str:
    """Return the name of the type a schema refers to, directly or through the one-entry `allOf` of OpenAPI v3."""
    whole = raw.get("allOf")
    ref = whole[0].get("$ref") if isinstance(whole, list) and len(whole) == 1 else raw.get("$ref")
    return str(ref).rpartition("/")[2] if ref else ""


def _object(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the spec of an object with named fields."""
    fields: dict[str, Any] = {name: {"raw": schema} for name, schema in (raw.get("properties") or {}).items()}
    if raw.get("x-kubernetes-embedded-resource"):
        fields |= {"apiVersion": _STRING, "kind": _STRING, "metadata": {"ref": OBJECT_META}}
    spec: dict[str, Any] = {"fields": fields}
    if raw.get("required"):
        spec["required"] = list(raw["required"])
    if raw.get("x-kubernetes-preserve-unknown-fields") or raw.get("additionalProperties"):
        spec["open"] = True
    return spec


def kinds_of_crd(body: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield `(group/version/Kind, kind entry)` for each version of a CustomResourceDefinition (apiextensions v1).

    A kind entry is `{"spec": field spec, "plural": .., "namespaced": ..}`. Anything else than a CRD yields nothing.
    """
    spec = body.get("spec")
    if body.get("kind") != "CustomResourceDefinition" or not isinstance(spec, dict):
        return
    names = spec.get("names") or {}
    for version in spec.get("versions") or ():
        raw = (version.get("schema") or {}).get("openAPIV3Schema") or {"x-kubernetes-preserve-unknown-fields": True}
        root = {**raw, "x-kubernetes-embedded-resource": True}
        entry = {"spec": translate(root), "plural": names.get("plural"), "namespaced": spec.get("scope") != "Cluster"}
        yield f"{spec.get('group')}/{version.get('name')}/{names.get('kind')}", entry


def definitions(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the named types of an OpenAPI document: `definitions` (v2) or `components.schemas` (v3)."""
    found = document.get("definitions") or (document.get("components") or {}).get("schemas") or {}
    return found if isinstance(found, dict) else {}


def kinds_of_type(raw: Mapping[str, Any]) -> Iterator[str]:
    """Yield `group/version/Kind` (core: `version/Kind`) for each kind a definition says it is."""
    entries: Iterable[Mapping[str, str]] = raw.get("x-kubernetes-group-version-kind") or ()
    for entry in [entries] if isinstance(entries, dict) else entries:
        yield kind_key(entry)


def kind_key(entry: Mapping[str, str]) -> str:
    """Return `group/version/Kind`, or `version/Kind` in the core group."""
    return "/".join(filter(None, (entry.get("group"), entry.get("version"), entry.get("kind"))))


def collections(document: Mapping[str, Any]) -> dict[str, tuple[str, bool]]:
    """Return `group/version/Kind -> (plural, namespaced)` from an OpenAPI document's paths.

    Only collection paths count (`/apis/apps/v1/namespaces/{namespace}/deployments`): a subresource or a watch says
    nothing of its kind's own name.
    """
    found: dict[str, tuple[str, bool]] = {}
    for path, operations in (document.get("paths") or {}).items():
        parts = path.strip("/").split("/")
        rest = parts[2:] if parts[0] == "api" else parts[3:]
        namespaced = rest[:2] == ["namespaces", "{namespace}"]
        rest = rest[2:] if namespaced else rest
        operation = operations.get("post") or operations.get("get")
        if len(rest) == 1 and operation and "x-kubernetes-group-version-kind" in operation:
            key = kind_key(operation["x-kubernetes-group-version-kind"])
            if namespaced or key not in found:
                found[key] = (rest[0], namespaced)
    return found
