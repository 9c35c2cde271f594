"""OpenAPI schemas as field specs: one level at a time, so a CRD of a megabyte costs only what is walked.

A field spec is what `schema.json` holds: `{"type": ..}`, `{"ref": ..}`, `{"list": ..}`, `{"map": ..}`, `{"fields": ..}`
with the marks that merging and validation need. A part not translated yet is `{"raw": <OpenAPI schema>}`.
Knows nothing of merging or of which kinds exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
ANY: dict[str, Any] = {"type": "any"}
_STRING: dict[str, Any] = {"type": "string"}
_SCALARS = frozenset({"string", "integer", "number", "boolean"})


def submap(raw: Any, *path: str) -> dict[str, Any]:
    """Return the map at a path, an empty one where there is none: files may hold anything."""
    for key in path:
        raw = raw.get(key) if isinstance(raw, dict) else None
    return raw if isinstance(raw, dict) else {}


def sublist(raw: Any, key: str) -> list[Any]:
    """Return the list under a key, an empty one where there is none."""
    found = raw.get(key) if isinstance(raw, dict) else None
    return found if isinstance(found, list) else []


def text(raw: Any, key: str) -> str:
    """Return the text under a key, an empty one where there is none."""
    found = raw.get(key) if isinstance(raw, dict) else None
    return found if isinstance(found, str) else ""


def _words(raw: Any, key: str) -> list[str]:
    return [word for word in sublist(raw, key) if isinstance(word, str)]


def translate(raw: Any) -> dict[str, Any]:
    """Return the field spec of an OpenAPI (v2, v3 or CRD) schema; what is inside stays `raw`.

    Rules: https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy for `x-kubernetes-list-*`,
    the strategic merge patch document of sig-api-machinery for `x-kubernetes-patch-*`.
    """
    if not isinstance(raw, dict):
        return dict(ANY)
    spec = _shape(raw)
    strategy = text(raw, "x-kubernetes-patch-strategy").split(",")
    kind = text(raw, "x-kubernetes-list-type")
    if "list" in spec:
        keys = _words(raw, "x-kubernetes-list-map-keys") or list(
            filter(None, [text(raw, "x-kubernetes-patch-merge-key")])
        )
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
    if enum := [value for value in sublist(raw, "enum") if value is not None]:
        spec["enum"] = enum
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
    kind = text(raw, "type")
    if kind == "array":
        return {"list": {"raw": submap(raw, "items")}}
    spec = {"type": kind} if kind in _SCALARS else dict(ANY)
    return spec | ({"format": form} if (form := text(raw, "format")) else {})


def _reference(raw: Mapping[str, Any]) -> str:
    """Return the name of the type a schema refers to, directly or through the one-entry `allOf` of OpenAPI v3."""
    whole = sublist(raw, "allOf")
    return text(whole[0] if len(whole) == 1 else raw, "$ref").rpartition("/")[2]


def _object(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the spec of an object with named fields."""
    fields: dict[str, Any] = {name: {"raw": schema} for name, schema in submap(raw, "properties").items()}
    if raw.get("x-kubernetes-embedded-resource"):
        fields |= {"apiVersion": _STRING, "kind": _STRING, "metadata": {"ref": OBJECT_META}}
    spec: dict[str, Any] = {"fields": fields}
    if required := _words(raw, "required"):
        spec["required"] = required
    if raw.get("x-kubernetes-preserve-unknown-fields") or raw.get("additionalProperties"):
        spec["open"] = True
    return spec


def kinds_of_crd(body: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield `(group/version/Kind, kind entry)` for each version of a CustomResourceDefinition (apiextensions v1).

    A kind entry is `{"spec": field spec, "plural": .., "namespaced": ..}`. Anything else than a CRD yields nothing.
    """
    if body.get("kind") != "CustomResourceDefinition":
        return
    spec = submap(body, "spec")
    names = submap(spec, "names")
    for version in sublist(spec, "versions"):
        raw = submap(version, "schema", "openAPIV3Schema") or {"x-kubernetes-preserve-unknown-fields": True}
        root = {**raw, "x-kubernetes-embedded-resource": True}
        scope = text(spec, "scope") != "Cluster"
        entry = {"spec": translate(root), "plural": text(names, "plural"), "namespaced": scope}
        yield f"{text(spec, 'group')}/{text(version, 'name')}/{text(names, 'kind')}", entry


def definitions(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the named types of an OpenAPI document: `definitions` (v2) or `components.schemas` (v3)."""
    return submap(document, "definitions") or submap(document, "components", "schemas")


def kinds_of_type(raw: Mapping[str, Any]) -> Iterator[str]:
    """Yield `group/version/Kind` (core: `version/Kind`) for each kind a definition says it is."""
    entry = submap(raw, "x-kubernetes-group-version-kind")
    for each in [entry] if entry else sublist(raw, "x-kubernetes-group-version-kind"):
        yield kind_key(each)


def kind_key(entry: Any) -> str:
    """Return `group/version/Kind`, or `version/Kind` in the core group."""
    return "/".join(filter(None, (text(entry, "group"), text(entry, "version"), text(entry, "kind"))))


def collections(document: Mapping[str, Any]) -> dict[str, tuple[str, bool]]:
    """Return `group/version/Kind -> (plural, namespaced)` from an OpenAPI document's paths.

    Only collection paths count (`/apis/apps/v1/namespaces/{namespace}/deployments`): a subresource or a watch says
    nothing of its kind's own name.
    """
    found: dict[str, tuple[str, bool]] = {}
    for path, operations in submap(document, "paths").items():
        parts = path.strip("/").split("/")
        rest = parts[2:] if parts[0] == "api" else parts[3:]
        namespaced = rest[:2] == ["namespaces", "{namespace}"]
        rest = rest[2:] if namespaced else rest
        operation = submap(operations, "post") or submap(operations, "get")
        if len(rest) == 1 and "x-kubernetes-group-version-kind" in operation:
            key = kind_key(operation["x-kubernetes-group-version-kind"])
            if namespaced or key not in found:
                found[key] = (rest[0], namespaced)
    return found
