"""What Kubernetes kinds look like: list keys, merge strategies, types, scope. A value passed down, never process state.

The built-in kinds come from `schema.json` (made by `scripts/openapi_table.py`), others from CRDs or OpenAPI documents.
Knows nothing of merging or validating; `merge` and `structure` walk it.
"""

from __future__ import annotations

import functools
import json
import os
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django_operator.engine.paths import Body

Spec: TypeAlias = "Mapping[str, Any]"
"""A field spec, as in schema.json (see `crd_schema`)."""


class Node:
    """What is known of the values at one place of an object. Immutable; children are made when first asked for.

    `keys` name an item of a list (none: an atomic list); `merges` is set where a list is merged rather than replaced,
    `replace` where a map is replaced, `is_set` on lists of unique scalars.
    `type` is string, integer, number, boolean, any, list, map or object. `one_of` are groups of fields of which an
    object has at most one; `selects` is `(field, {dependent field: value of field it needs})`. `open` objects may have
    fields that are not known.
    """

    __slots__ = (
        "_children", "_schema", "_spec", "default", "enum", "format", "is_set", "item", "keys", "merges", "one_of",
        "open", "replace", "required", "selects", "type",
    )  # fmt: skip

    _spec: Spec
    keys: tuple[str, ...]
    item: Node | None
    """What a list's items or a map's values are; None for anything else."""

    def __init__(self, schema: Schema, spec: Spec) -> None:
        """Take a spec; a `ref` is followed, marks beside it stay."""
        marks = spec
        self._children: dict[str, Node] = {}
        if "ref" in spec:
            target = schema.type_of(spec["ref"])
            spec, self._children = target._spec, target._children  # noqa: SLF001 - its own kind
        self._schema = schema
        self._spec = spec
        self.keys = tuple(marks.get("keys", ()))
        self.merges = bool(marks.get("merge"))
        self.replace = bool(marks.get("replace"))
        self.is_set = bool(marks.get("set"))
        self.default: Any = marks.get("default")
        self.enum: tuple[Any, ...] = tuple(marks.get("enum", ()))
        self.format: str = spec.get("format", "")
        self.required: tuple[str, ...] = tuple(spec.get("required", ()))
        self.one_of: tuple[frozenset[str], ...] = tuple(map(frozenset, spec.get("one_of", ())))
        selects = spec.get("selects")
        self.selects: tuple[str, Mapping[str, str]] | None = (selects["by"], selects["fields"]) if selects else None
        self.open = bool(spec.get("open"))
        self.item = None
        if "fields" in spec:
            self.type = "object"
        elif "list" in spec or "map" in spec:
            self.type = "list" if "list" in spec else "map"
            self.item = schema.node(spec[self.type])
        else:
            self.type = spec.get("type", "any")

    def field(self, name: str) -> Node | None:
        """Return the node of a field of an object or of an entry of a map; None where nothing is known of it."""
        found = self._children.get(name)
        if found is None:
            if self.type == "map":
                return self.item
            spec = self._spec.get("fields", {}).get(name)
            if spec is not None:
                found = self._children[name] = self._schema.node(spec)
        return found

    @property
    def names(self) -> Iterable[str]:
        """The fields an object may have, as far as they are known."""
        fields: Iterable[str] = self._spec.get("fields", ())
        return fields

    def default_of(self, key: str) -> Any:
        """Return what the API server takes for a key field that an item of this list leaves out; None for nothing."""
        found = self.item.field(key) if self.item else None
        return found.default if found else None


class Schema:
    """All kinds known to one build. Immutable: `with_crds` and `with_openapi` return another one."""

    __slots__ = ("_kinds", "_nodes", "_types")

    def __init__(self, kinds: Mapping[str, Mapping[str, Any]], types: Mapping[str, Spec]) -> None:
        """Take kinds and types in the form of schema.json; a kind may hold its `spec` instead of a `type`."""
        self._kinds = kinds
        self._types = types
        self._nodes: dict[str, Node] = {}

    def root(self, api_version: str, kind: str) -> Node | None:
        """Return the node of a kind's objects; None for a kind not known."""
        key = f"{api_version}/{kind}"
        entry = self._kinds.get(key)
        if entry is None:
            return None
        if "type" in entry:
            return self.type_of(entry["type"])
        return self._remember(f"kind {key}", entry["spec"])

    def namespaced(self, api_version: str, kind: str) -> bool | None:
        """Tell whether a kind's objects live in namespaces; None for a kind whose scope is not known."""
        found: bool | None = self._kinds.get(f"{api_version}/{kind}", {}).get("namespaced")
        return found

    def plural(self, api_version: str, kind: str) -> str | None:
        """Return the name of a kind in API paths; None when it is not known."""
        found: str | None = self._kinds.get(f"{api_version}/{kind}", {}).get("plural")
        return found

    def kinds(self) -> Iterable[str]:
        """Return all kinds as `group/version/Kind`, or `version/Kind` in the core group."""
        return self._kinds.keys()

    def spec_of(self, name: str) -> Spec:
        """Return a type's spec as it stands in schema.json; KeyError for a type not known."""
        return self._types[name]

    def type_of(self, name: str) -> Node:
        """Return the node of a named type; a type not known holds anything."""
        return self._nodes.get(name) or self._remember(name, self._types.get(name, {}))

    def node(self, spec: Spec) -> Node:
        """Return the node of a spec."""
        if len(spec) == 1:
            if "ref" in spec:
                return self.type_of(spec["ref"])
            if "raw" in spec:
                return self.node(_translate(spec["raw"]))
            if "type" in spec:
                return self._remember(f"scalar {spec['type']}", spec)
        return Node(self, spec)

    def _remember(self, name: str, spec: Spec) -> Node:
        """Return the one node of a name, made when first asked for."""
        found = self._nodes.get(name)
        if found is None:
            self._nodes[name] = Node(self, {})  # what a type made of nothing but itself comes to
            found = self._nodes[name] = Node(self, _translate(spec["raw"]) if "raw" in spec else spec)
        return found

    def with_crds(self, bodies: Iterable[Body]) -> Schema:
        """Return this schema and the kinds of the CustomResourceDefinitions among `bodies`; those win."""
        from django_operator.engine import crd_schema  # noqa: PLC0415 - off the usual path

        found = {key: entry for body in bodies for key, entry in crd_schema.kinds_of_crd(body)}
        return Schema({**self._kinds, **found}, self._types) if found else self

    def with_openapi(self, document: Body) -> Schema:
        """Return this schema and what an OpenAPI document (kustomize's `openapi.path`) says besides.

        Its fields are laid over those of a type already known, so a document that holds half a kind takes nothing
        away. Types that only it has are open: such documents rarely list every field.
        """
        from django_operator.engine import crd_schema  # noqa: PLC0415 - off the usual path

        kinds, types = dict(self._kinds), dict(self._types)
        scopes = crd_schema.collections(document)
        for name, raw in crd_schema.definitions(document).items():
            types[name] = _overlay(self._types.get(name), crd_schema.translate(raw))
            for key in crd_schema.kinds_of_type(raw):
                known = self._kinds.get(key, {})
                plural, namespaced = scopes.get(key, (known.get("plural"), known.get("namespaced")))
                kinds[key] = {"type": name, "plural": plural, "namespaced": namespaced}
        return Schema(kinds, types)


def _overlay(old: Spec | None, new: Spec) -> Spec:
    """Return a type's spec with another document's laid over it; a field said again without marks stays as it was."""
    if old is None:
        return {"open": True, **new} if "fields" in new else new
    said = {name: field for name, field in new.get("fields", {}).items() if _has_marks(field["raw"])}
    return {**old, "fields": {**new.get("fields", {}), **old["fields"], **said}}


def _has_marks(raw: Mapping[str, Any]) -> bool:
    """Tell whether a schema says how a value is merged."""
    return any(key.startswith("x-kubernetes-") for key in raw)


def _translate(raw: Mapping[str, Any]) -> Spec:
    """Return the spec of an OpenAPI schema."""
    from django_operator.engine import crd_schema  # noqa: PLC0415 - off the usual path

    return crd_schema.translate(raw)


@functools.cache
def builtin() -> Schema:
    """Return the kinds of Kubernetes itself."""
    with open(os.path.join(os.path.dirname(__file__), "schema.json"), "rb") as file:
        table = json.loads(file.read())
    return Schema(table["kinds"], table["types"])
