"""`configurations`, `crds` and `openapi`: what a kustomization says about kinds that are not built in.

They add rows to the tables of `fieldspecs`, and merge keys to the schema. Knows nothing of how these are used.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from django_operator.engine.crd_schema import sublist, submap, text
from django_operator.engine.errors import RenderError, fail, near
from django_operator.engine.fieldspecs import FieldSpec, Gvk, Reference, path_at
from django_operator.engine.files import join
from django_operator.engine.kustomization import check_shape
from django_operator.engine.resources import split_api_version
from django_operator.engine.yamlio import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from django_operator.engine.accumulator import Accumulator
    from django_operator.engine.fieldspecs import FieldSpecs
    from django_operator.engine.kustomization import Kustomization, Shape
    from django_operator.engine.paths import Body, Json
    from django_operator.engine.yamlio import Document

TABLES = {
    "namePrefix": "name_prefix",
    "nameSuffix": "name_suffix",
    "namespace": "namespace",
    "commonLabels": "labels",
    "labels": "own_labels",
    "templateLabels": "template_labels",
    "commonAnnotations": "annotations",
    "varReference": "variables",
    "images": "images",
    "replicas": "replicas",
}
"""Fields of a configuration file and the tables that their rows go to."""

OPENAPI_VERSION = "v1.21.2"
"""The one version that kustomize has built in. Its name is taken, for what kustomize takes; our schema is newer."""

FIELD_SPEC: dict[str, Shape] = {"group": "str", "version": "str", "kind": "str", "path": "str", "create": "bool"}
_SHAPE: dict[str, Shape] = {
    **{name: [FIELD_SPEC] for name in TABLES},
    "nameReference": [{"group": "str", "version": "str", "kind": "str", "fieldSpecs": [FIELD_SPEC]}],
}


_MAX_TYPES = 10_000
"""Definitions entered in one file: a few that all refer to each other have endless ways through them."""


def configure(kustomization: Kustomization, acc: Accumulator) -> None:
    """Add what a kustomization's configurations, crds and openapi say to `acc.specs` and `acc.schema`.

    Raises RenderError: files that cannot be read, unknown fields, rows without a path or at odds with another one.
    """
    folder = kustomization.folder
    for entry in kustomization.each("configurations"):
        for document in acc.files.documents(join(folder, entry.value), folder, entry.origin()):
            acc.specs = with_configuration(acc.specs, document)
    for entry in kustomization.each("crds"):
        for document in acc.files.documents(join(folder, entry.value), folder, entry.origin()):
            with_crd(acc, document)
    openapi = kustomization.get("openapi") or {}
    if openapi.get("path"):
        at = kustomization.origin("openapi", "path")
        if openapi.get("version"):
            raise fail("openapi has either a path or a version", at, "the version changes nothing here: leave it out")
        for document in acc.files.documents(join(folder, openapi["path"]), folder, at):
            if not isinstance(document.value, dict):
                raise fail("an OpenAPI document is a map", document.origin())
            acc.schema = acc.schema.with_openapi(document.value)
    elif openapi.get("version") not in (None, OPENAPI_VERSION):
        at = kustomization.origin("openapi", "version")
        hint = f"there is {OPENAPI_VERSION}; it changes nothing here"
        raise fail(f"unknown version {openapi['version']!r}", at, hint)


def with_configuration(specs: FieldSpecs, document: Document) -> FieldSpecs:
    """Return the tables with the rows of one configuration file added."""
    if faults := tuple(check_shape(document.value, _SHAPE, document, ())):
        raise RenderError(*faults)
    for name in document.value or {}:
        if name == "nameReference":
            references = [_reference(document.at(name, index)) for index in range(len(document.value[name] or ()))]
            specs = specs.adding(references=references)
        else:
            specs = _adding(specs, TABLES[name], read_specs(document.at(name)), document.at(name))
    return specs


def read_specs(document: Document) -> tuple[FieldSpec, ...]:
    """Return the rows of a list of field specs. Raises RenderError for one without a path."""
    return tuple(_spec(document.at(index)) for index in range(len(document.value or ())))


def _spec(document: Document) -> FieldSpec:
    path = path_at(document)
    if not path:
        raise fail("a field spec needs a path", document.origin(), "such as spec/template/metadata/labels")
    return FieldSpec(path, _kind(document.value), bool(document.value.get("create")))


def _kind(value: Mapping[str, str]) -> Gvk:
    return Gvk(value.get("group") or "", value.get("version") or "", value.get("kind") or "")


def _reference(document: Document) -> Reference:
    if not document.value.get("kind"):
        raise fail("a nameReference needs the kind that is referred to", document.origin())
    return Reference(_kind(document.value), read_specs(document.at("fieldSpecs")))


def _adding(specs: FieldSpecs, table: str, rows: Iterable[FieldSpec], cause: Document) -> FieldSpecs:
    """Return the tables with the rows added that no other covers: a prefix must not be put twice."""
    known: tuple[FieldSpec, ...] | None = getattr(specs, table, None)
    if known is None:
        raise fail("rows for labels are not supported here", cause.origin(), "write them as `fields` of a labels entry")
    old = len(known)
    for row in rows:
        covering = [each for each in known if each.path == row.path and _covers(each.of, row.of)]
        if any(each.of == row.of and each.create is not row.create for each in covering):
            path = "/".join(row.path)
            raise fail(
                f"{path} has `create: {str(not row.create).lower()}` elsewhere", cause.origin(), "make both equal"
            )
        if not covering:
            known = (*known, row)
    return specs.adding(**{table: known[old:]})


def _covers(wide: Gvk, narrow: Gvk) -> bool:
    return all(mine in ("", other) for mine, other in zip(wide, narrow, strict=True))


def with_crd(acc: Accumulator, document: Document) -> None:
    """Take in one document of `crds`: a CustomResourceDefinition, or kustomize's map of OpenAPI definitions.

    Both may mark fields with x-kubernetes-annotation, -label-selector, -identity and -object-ref-kind.
    """
    value = document.value
    if not isinstance(value, dict):
        raise fail("neither a CustomResourceDefinition nor a map of OpenAPI definitions", document.origin())
    if value.get("kind") == "CustomResourceDefinition":
        acc.schema = acc.schema.with_crds([value])
        rows = list(_rows_of_crd(value))
    else:
        types = {name: _schema_of(item) for name, item in value.items()}
        if not any(types.values()):
            raise fail("there are no OpenAPI definitions in here", document.origin(), near("Schema", value))
        entered = count()
        rows = [
            row
            for name, schema in types.items()
            if {"apiVersion", "kind", "metadata"} <= submap(schema, "properties").keys()
            for row in _marked(schema, _Walk(Gvk(kind=name.rpartition(".")[2]), types, entered), (), (name,))
        ]
        if next(entered) >= _MAX_TYPES:
            raise fail("the definitions refer to each other too often", document.origin())
    for table, row in rows:
        if isinstance(row, Reference):
            acc.specs = acc.specs.adding(references=[row])
        else:
            acc.specs = _adding(acc.specs, table, [row], document)


class _Walk(NamedTuple):
    """The kind whose rows are wanted, the types that schemas may refer to, and a count of those entered."""

    of: Gvk
    types: Mapping[str, Body]
    entered: Iterator[int]


def _schema_of(item: Json) -> Body:
    return submap(item, "Schema") or submap(item, "schema")


def _rows_of_crd(body: Body) -> Iterator[tuple[str, FieldSpec | Reference]]:
    spec = submap(body, "spec")
    for version in sublist(spec, "versions"):
        of = Gvk(text(spec, "group"), text(version, "name"), text(submap(spec, "names"), "kind"))
        yield from _marked(submap(version, "schema", "openAPIV3Schema"), _Walk(of, {}, count()), (), ())


def _marked(
    schema: Body, walk: _Walk, path: tuple[str, ...], seen: tuple[str, ...]
) -> Iterator[tuple[str, FieldSpec | Reference]]:
    """Yield a row for each marked field below a schema; types that contain themselves are entered once."""
    for name, part in submap(schema, "properties").items():
        if not isinstance(part, dict) or len(path) > MAX_DEPTH:
            continue
        here = (*path, name)
        for mark, table in (("annotation", "annotations"), ("label-selector", "labels"), ("identity", "name_prefix")):
            if isinstance(part.get(f"x-kubernetes-{mark}"), str):
                yield table, FieldSpec(here, walk.of)
        kind, version = (text(part, f"x-kubernetes-object-ref-{each}") for each in ("kind", "api-version"))
        if kind and version:
            key = text(part, "x-kubernetes-object-ref-name-key") or "name"
            to = Gvk(*split_api_version(version), kind)
            yield "references", Reference(to, (FieldSpec((*here, key), walk.of),))
        for inner in (part, submap(part, "items")):
            target = text(inner, "$ref")
            found = target if target in walk.types else target.rpartition("/")[2]
            if found in walk.types and found not in seen and next(walk.entered) < _MAX_TYPES:
                yield from _marked(walk.types[found], walk, here, (*seen, found))
            yield from _marked(inner, walk, here, seen)
