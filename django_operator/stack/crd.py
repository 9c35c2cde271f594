"""The CustomResourceDefinition, made from the Structs, the rules and Kubernetes' own types. For generators only."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django_operator.engine import schema
from django_operator.stack import spec
from django_operator.stack.describe import describe
from django_operator.stack.rules import RULES
from django_operator.stack.rules.changes import CHANGES
from django_operator.stack.shape import Shape, fields_of
from django_operator.stack.spec.status import Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from msgspec import Struct

    from django_operator.engine.paths import Body

COLUMNS = (
    (
        "Ready",
        "string",
        '.status.conditions[?(@.type=="Ready")].status',
        "Whether the site serves what the spec asks for.",
    ),
    ("Status", "string", '.status.conditions[?(@.type=="Ready")].reason', "What it is doing."),
    ("Version", "string", ".status.version", "Version that serves."),
    ("App", "string", ".status.components.app", "Web pods ready, of those wanted."),
    ("Workers", "string", ".status.components.workers", "Worker pods ready, of those wanted, over all pools."),
    ("Age", "date", ".metadata.creationTimestamp", "Time since the resource was made."),
)
_INT_OR_STRING: Body = {"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": True}
_QUANTITY: Body = {
    **_INT_OR_STRING,
    "pattern": r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?$",
}
_OPEN: Body = {"x-kubernetes-preserve-unknown-fields": True}


def crd() -> Body:
    """Return the CustomResourceDefinition of `Django`."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"djangos.{spec.GROUP}"},
        "spec": {
            "group": spec.GROUP,
            "names": {
                "kind": spec.KIND,
                "listKind": f"{spec.KIND}List",
                "plural": "djangos",
                "singular": "django",
                "shortNames": ["dj"],
                "categories": ["all"],
            },
            "scope": "Namespaced",
            "versions": [
                {
                    "name": spec.VERSION,
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "additionalPrinterColumns": [
                        {"name": name, "type": type_, "jsonPath": path, "description": text}
                        for name, type_, path, text in COLUMNS
                    ],
                    "schema": {"openAPIV3Schema": root()},
                }
            ],
        },
    }


def root() -> Body:
    """Return the schema of a whole resource."""
    name = fields_of(spec.Metadata)["name"].shape
    return {
        "type": "object",
        "description": describe(spec.Django),
        "required": ["spec"],
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object", "properties": {"name": {"type": "string", "maxLength": name.longest}}},
            "spec": _described(Shape("object", cls=spec.DjangoSpec), describe(spec.DjangoSpec)),
            "status": _described(Shape("object", cls=Status), describe(Status)),
        },
        "x-kubernetes-validations": [
            {
                "rule": f"self.metadata.name.matches({_quoted(name.pattern or '')})",
                "message": "the name has lower-case letters, digits and -, starts with a letter and does not end "
                "with -: it becomes part of the names of Services",
            }
        ],
    }


def _described(shape: Shape, text: str) -> Body:
    made = _schema(shape)
    return {**({"description": text} if text else {}), **made}


def _schema(shape: Shape) -> Body:  # noqa: PLR0911 - one for each kind of shape
    match shape.kind:
        case "object":
            return _object(shape)
        case "list":
            return _bounded(shape, {"type": "array", "items": _schema(shape.item or Shape("any")), **_list_type(shape)})
        case "map":
            return _map(shape)
        case "mixed":
            return _mixed(shape)
        case "k8s":
            return _bounded(shape, _embedded(shape))
        case "any":
            return {"type": "object", **_OPEN} if shape.form == "object" else _OPEN
        case "string" if shape.form == "date-time":
            return {"type": "string", "format": "date-time"}
        case kind:
            return _bounded(shape, {"type": kind, **({"enum": list(shape.enum)} if shape.enum else {})})


def _object(shape: Shape) -> Body:
    fields = shape.fields
    made: Body = {
        "type": "object",
        "properties": {
            name: _described(field.shape, describe(shape.cls, field.attribute) if shape.cls else "")
            for name, field in fields.items()
        },
    }
    if required := [name for name, field in fields.items() if field.required]:
        made["required"] = required
    if rules := _rules(shape.cls):
        made["x-kubernetes-validations"] = rules
    return made


def _rules(cls: type[Struct] | None) -> list[Body]:
    """Return the rules of a Struct in CEL."""
    made: list[Body] = [
        {
            "rule": rule.cel,
            "message": f"{rule.message}; {rule.hint}" if rule.hint else rule.message,
            **({"fieldPath": f".{rule.field}"} if rule.field else {}),
        }
        for rule in RULES
        if rule.on is cls and rule.cel
    ]
    return made + [
        {"rule": change.cel, "message": change.message, "fieldPath": f".{change.field}"}
        for change in CHANGES
        if cls is spec.DjangoSpec
    ]


def _map(shape: Shape) -> Body:
    made: Body = {"type": "object", "additionalProperties": _schema(shape.item or Shape("any"))}
    key = shape.key
    if key is not None and key.form == "label":
        made["x-kubernetes-validations"] = [
            {
                "rule": f"self.all(k, size(k) <= {key.longest} && k.matches({_quoted(key.pattern or '')}))",
                "message": f"names here are at most {key.longest} lower-case letters, digits and -, "
                "and start and end with a letter or digit",
            }
        ]
    return _bounded(shape, made)


def _mixed(shape: Shape) -> Body:
    number, text = shape.item, shape.key
    pattern = text.pattern or "^(" + "|".join(text.enum) + ")$" if text else None
    return {
        **_INT_OR_STRING,
        **({"minimum": number.low, "maximum": number.high} if number else {}),
        **({"pattern": pattern} if pattern else {}),
    }


def _list_type(shape: Shape) -> Body:
    if shape.keys:
        return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": list(shape.keys)}
    return {"x-kubernetes-list-type": "set" if shape.unique else "atomic"}


def _bounded(shape: Shape, made: Body) -> Body:
    """Return a schema with the bounds of a shape."""
    many = {"array": "Items", "object": "Properties"}.get(made["type"], "Length")
    bounds = {
        "minimum": shape.low,
        "maximum": shape.high,
        f"min{many}": shape.shortest,
        f"max{many}": shape.longest,
        "pattern": shape.pattern,
    }
    return {**made, **{name: value for name, value in bounds.items() if value is not None}}


def _embedded(shape: Shape) -> Body:
    type_, field = shape.embedded or ("", "")
    return _kubernetes(schema.builtin().spec_of(type_)["fields"][field])


def _kubernetes(marks: Mapping[str, Any]) -> Body:  # noqa: PLR0911 - one for each kind of spec
    """Return the schema of a field spec of engine/schema.json, whole and without descriptions."""
    found = schema.builtin().spec_of(marks["ref"]) if "ref" in marks else marks
    if "fields" in found:
        made: Body = {
            "type": "object",
            "properties": {name: _kubernetes(part) for name, part in found["fields"].items()},
        }
        return {**made, "required": list(found["required"])} if found.get("required") else made
    if "list" in found:
        return _kubernetes_list(found)
    if "map" in found:
        return {"type": "object", "additionalProperties": _kubernetes(found["map"])}
    if found.get("format") == "quantity":
        return _QUANTITY
    if found.get("format") == "int-or-string":
        return _INT_OR_STRING
    if found.get("type", "any") == "any":
        return _OPEN
    kept = {name: found[name] for name in ("type", "format", "enum") if name in found}
    return kept if kept.get("format") != "byte" else {"type": "string", "format": "byte"}


def _kubernetes_list(found: Mapping[str, Any]) -> Body:
    """Return the schema of a list: keyed where Kubernetes keys it, its keys then being required."""
    items = _kubernetes(found["list"])
    keys: Sequence[str] = found.get("keys", ())
    made: Body = {"type": "array", "items": items, "x-kubernetes-list-type": "atomic"}
    if keys:
        required = [*items.get("required", ()), *(key for key in keys if key not in items.get("required", ()))]
        made |= {
            "items": {**items, "required": required},
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": list(keys),
        }
    elif found.get("set"):
        made["x-kubernetes-list-type"] = "set"
    return made


def _quoted(pattern: str) -> str:
    """Return a regular expression as a CEL string."""
    return json.dumps(pattern).replace("'", r"\'") if "'" in pattern else "'" + pattern.replace("\\", "\\\\") + "'"
