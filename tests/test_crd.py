"""The CRD says what the typed spec says, is structural, bounded and small enough; the reference is up to date."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from django_operator.stack import spec
from django_operator.stack.crd import crd
from django_operator.stack.reference import is_stale
from django_operator.stack.rules import RULES
from django_operator.stack.rules.changes import CHANGES
from django_operator.stack.shape import Shape, fields_of

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
BODY = crd()
SCHEMA: dict[str, Any] = BODY["spec"]["versions"][0]["schema"]["openAPIV3Schema"]


def nodes(node: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every schema inside a schema, with its path."""
    yield path, node
    for name, part in node.get("properties", {}).items():
        yield from nodes(part, f"{path}.{name}")
    if "items" in node:
        yield from nodes(node["items"], f"{path}[]")
    if "additionalProperties" in node:
        yield from nodes(node["additionalProperties"], f"{path}.*")


def test_size() -> None:
    """`kubectl apply` keeps a copy in an annotation, which holds 256 KiB."""
    assert len(json.dumps(BODY, separators=(",", ":"))) < 200_000


def test_every_field() -> None:
    """Each field of each Struct is a property, described, and required where it is; and no other property is."""

    def compare(shape: Shape, node: dict[str, Any], path: str) -> None:
        if shape.kind == "object":
            assert list(node["properties"]) == list(shape.fields), path
            assert node.get("required", []) == [name for name, field in shape.fields.items() if field.required], path
            for name, field in shape.fields.items():
                assert node["properties"][name].get("description"), f"{path}.{name}"
                compare(field.shape, node["properties"][name], f"{path}.{name}")
        elif shape.item is not None and shape.kind in ("list", "map"):
            compare(shape.item, node["items" if shape.kind == "list" else "additionalProperties"], f"{path}[]")

    compare(Shape("object", cls=spec.DjangoSpec), SCHEMA["properties"]["spec"], "spec")


def test_structural() -> None:
    """Every schema has a type or leaves it open, lists say how they merge, keys of lists are required."""
    for path, node in nodes(SCHEMA):
        opened = node.get("x-kubernetes-preserve-unknown-fields") or node.get("x-kubernetes-int-or-string")
        assert ("type" in node) or opened, path
        assert not ({"properties", "additionalProperties"} <= node.keys()), path
        assert not ({"$ref", "oneOf", "not", "definitions", "default", "nullable"} & node.keys()), path
        if node.get("type") == "array":
            assert node["x-kubernetes-list-type"] in ("atomic", "map", "set"), path
        if node.get("x-kubernetes-list-type") == "map":
            assert set(node["x-kubernetes-list-map-keys"]) <= set(node["items"]["required"]), path
        if node.get("x-kubernetes-list-type") == "set":
            assert node["items"]["type"] in ("string", "integer"), path


def test_bounded() -> None:
    """Our own lists, maps and texts have bounds: rules are priced by the largest value there can be."""

    def unbounded(shape: Shape, path: str) -> Iterator[str]:
        if shape.kind in ("list", "map", "string") and shape.longest is None and not shape.enum and not shape.pattern:
            yield path
        for name, field in shape.fields.items():
            yield from unbounded(field.shape, f"{path}.{name}")
        for part in (shape.item, shape.key):
            if part is not None:
                yield from unbounded(part, f"{path}[]")

    assert list(unbounded(Shape("object", cls=spec.DjangoSpec), "spec")) == []


def test_rules() -> None:
    """Each rule stands in the CRD wherever its Struct does, or says why it can't; names tell rules apart."""
    written = [rule["rule"] for _, node in nodes(SCHEMA) for rule in node.get("x-kubernetes-validations", ())]
    for rule in RULES:
        assert bool(rule.cel) != bool(rule.only), rule.name
        assert not rule.cel or rule.cel in written, rule.name
        assert not rule.field or rule.field.split(".")[0] in fields_of(rule.on), rule.name
    for change in CHANGES:
        assert change.cel in written, change.name
    assert len({(rule.name, rule.on) for rule in RULES}) == len(RULES)


def test_old_servers() -> None:
    """Rules use nothing of CEL that Kubernetes 1.30 lacks."""
    written = " ".join(rule["rule"] for _, node in nodes(SCHEMA) for rule in node.get("x-kubernetes-validations", ()))
    for newer in ("ip(", "cidr(", "format.", "semver(", "cel.bind", ".transform", "sets.", ".?"):
        assert newer not in written


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("names.shortNames", ["dj"]),
        ("names.categories", ["all"]),
        ("scope", "Namespaced"),
        ("group", "django-operator.io"),
    ],
)
def test_names(path: str, expected: object) -> None:
    """Names that people type do not change unnoticed."""
    value: Any = BODY["spec"]
    for step in path.split("."):
        value = value[step]
    assert value == expected


def test_version() -> None:
    """There is one version, with a status of its own and the promised columns."""
    [version] = BODY["spec"]["versions"]
    assert (version["name"], version["served"], version["storage"]) == ("v1alpha1", True, True)
    assert version["subresources"] == {"status": {}}
    assert [column["name"] for column in version["additionalPrinterColumns"]] == [
        "Ready", "Status", "Version", "App", "Workers", "Age",
    ]  # fmt: skip


def test_reference() -> None:
    """docs/reference.md is what scripts/reference.py writes."""
    assert not is_stale(ROOT / "docs" / "reference.md")
