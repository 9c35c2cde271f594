"""A kustomization file, read and checked: every field known, every type right, all faults at once.

Shapes follow kustomize's api/types (v5.8.1). Knows nothing of what the fields do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from django_operator.engine.errors import MAX_HINTS, Fault, Origin, RenderError, fail, near
from django_operator.engine.files import Files, join, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django_operator.engine.paths import Json, Path
    from django_operator.engine.yamlio import Document

FILE_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
KINDS = {"Kustomization": "kustomize.config.k8s.io/v1beta1", "Component": "kustomize.config.k8s.io/v1alpha1"}

Shape: TypeAlias = "str | dict[str, Shape] | list[Shape]"

_SELECTOR: Shape = dict.fromkeys(
    ("group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector"), "str"
)
_PATCH_OPTIONS: Shape = {"allowNameChange": "bool", "allowKindChange": "bool"}
_FIELD_SPECS: Shape = [{"group": "str", "version": "str", "kind": "str", "path": "str", "create": "bool"}]
_GENERATOR_OPTIONS: Shape = {
    "labels": "strings",
    "annotations": "strings",
    "disableNameSuffixHash": "bool",
    "immutable": "bool",
}
_DATA: dict[str, Shape] = {
    "name": "str",
    "namespace": "str",
    "behavior": "str",
    "literals": ["str"],
    "files": ["str"],
    "envs": ["str"],
    "env": "str",
    "options": _GENERATOR_OPTIONS,
}
_FIELD_OPTIONS: Shape = {"delimiter": "str", "index": "int", "encoding": "str", "create": "bool"}

REPLACEMENT: dict[str, Shape] = {
    "source": {
        **dict.fromkeys(("group", "version", "kind", "name", "namespace", "fieldPath"), "str"),
        "options": _FIELD_OPTIONS,
    },
    "sourceValue": "str",
    "targets": [
        {"select": _SELECTOR, "reject": [_SELECTOR], "fieldPaths": ["str"], "options": _FIELD_OPTIONS},
    ],
}

PATCH: dict[str, Shape] = {
    "path": "str",
    "patch": "any",
    "target": _SELECTOR,
    "options": _PATCH_OPTIONS,
    # Ours: a patch that may fit nothing, and one that must fit exactly so many objects (ytt's `expects`).
    "optional": "bool",
    "expects": "int",
}

FIELDS: dict[str, Shape] = {
    "apiVersion": "str",
    "kind": "str",
    "metadata": {"name": "str", "namespace": "str", "labels": "strings", "annotations": "strings"},
    "resources": ["str"],
    "bases": ["str"],
    "components": ["str"],
    "crds": ["str"],
    "openapi": {"path": "str", "version": "str"},
    "configurations": ["str"],
    "patches": [PATCH],
    "patchesStrategicMerge": ["str"],
    "patchesJson6902": [{"path": "str", "patch": "any", "target": _SELECTOR, "options": _PATCH_OPTIONS}],
    "namePrefix": "str",
    "nameSuffix": "str",
    "namespace": "str",
    "labels": [
        {
            "pairs": "strings",
            "includeSelectors": "bool",
            "includeTemplates": "bool",
            "includeVolumeClaimTemplates": "bool",
            "fields": _FIELD_SPECS,
        }
    ],
    "commonLabels": "strings",
    "commonAnnotations": "strings",
    "images": [{"name": "str", "newName": "str", "newTag": "str", "tagSuffix": "str", "digest": "str"}],
    "imageTags": [{"name": "str", "newName": "str", "newTag": "str", "tagSuffix": "str", "digest": "str"}],
    "replicas": [{"name": "str", "count": "int"}],
    "replacements": [{"path": "str", **REPLACEMENT}],
    "configMapGenerator": [_DATA],
    "secretGenerator": [{**_DATA, "type": "str"}],
    "generatorOptions": _GENERATOR_OPTIONS,
    "vars": [
        {
            "name": "str",
            "objref": dict.fromkeys(("apiVersion", "group", "version", "kind", "name", "namespace"), "str"),
            "fieldref": {"fieldpath": "str", "fieldPath": "str"},
        }
    ],
    "generators": ["str"],
    "transformers": ["str"],
    "validators": ["str"],
    "sortOptions": {"order": "str", "legacySortOptions": {"orderFirst": ["str"], "orderLast": ["str"]}},
    "buildMetadata": ["str"],
}

_REFUSED = {
    "helmCharts": "helm is not run",
    "helmGlobals": "helm is not run",
    "helmChartInflationGenerator": "helm is not run",
}
_REFUSED_HINT = "render the chart with `helm template` into a file and list that under resources"

OPTIONAL_PATCHES = "django-operator.io/optional-patches"
"""An annotation of a kustomization, "true" where its patches may fit nothing, as kustomize's own always may."""


@dataclass(frozen=True, slots=True)
class Kustomization:
    """A checked kustomization: its document, and the folder that its paths start from."""

    document: Document
    folder: str

    @property
    def is_component(self) -> bool:
        """Tell whether this is a Component, which works on the objects of whoever includes it."""
        return bool(self.get("kind") == "Component")

    @property
    def lenient(self) -> bool:
        """Tell whether patches that fit nothing are passed over."""
        annotations = (self.get("metadata") or {}).get("annotations") or {}
        return bool(annotations.get(OPTIONAL_PATCHES) == "true")

    def get(self, name: str) -> Json:
        """Return a field's value, None when absent."""
        return self.document.value.get(name)

    def each(self, name: str) -> Iterator[Document]:
        """Iterate over the items of a list field, each with its place."""
        for index in range(len(self.get(name) or ())):
            yield self.document.at(name, index)

    def origin(self, *path: str | int) -> Origin:
        """Return the place of a field."""
        return self.document.origin(path)


def load(files: Files, folder: str, at: Origin) -> Kustomization:
    """Return the kustomization of a folder.

    Raises RenderError: no such file, more than one, more than one document, unknown fields, wrong types.
    """
    found = [name for name in FILE_NAMES if files.is_file(join(folder, name))]
    if len(found) != 1:
        where = (folder and shown(files, folder)) or "the folder"
        problem = f"{where} has {' and '.join(found)}" if found else f"no kustomization in {where}"
        raise fail(problem, at, f"there must be exactly one of {', '.join(FILE_NAMES)}")
    path = join(folder, found[0])
    documents = files.documents(path, folder, at)
    if len(documents) != 1 or not isinstance(documents[0].value, dict):
        raise fail(f"{shown(files, path)} must hold one kustomization", documents[0].origin() if documents else at)
    faults = tuple(check(documents[0]))
    if faults:
        raise RenderError(*faults)
    return Kustomization(documents[0], folder)


def check(document: Document) -> Iterator[Fault]:
    """Yield every fault of a kustomization's fields and types."""
    kind = document.value.get("kind") or "Kustomization"
    if not isinstance(kind, str):
        pass  # the check of types says it
    elif kind not in KINDS:
        yield Fault(document.origin(("kind",)), f"kind {kind!r} is not a kustomization", near(kind, KINDS))
    elif document.value.get("apiVersion") not in (None, "", KINDS[kind]):
        yield Fault(
            document.origin(("apiVersion",)),
            f"apiVersion {document.value['apiVersion']!r} of a {kind}",
            f"write {KINDS[kind]}",
        )
    for name in [name for name in _REFUSED if name in document.value]:
        yield Fault(document.origin((name,)), _REFUSED[name], _REFUSED_HINT)
    known = {name: value for name, value in document.value.items() if name not in _REFUSED}
    yield from check_shape(known, FIELDS, document, ())


_NAMES = {"str": (str, "a string"), "int": (int, "a number"), "bool": (bool, "true or false")}


def check_shape(value: Json, shape: Shape, document: Document, path: Path) -> Iterator[Fault]:
    """Yield a fault for each unknown field and wrong type of a value of a given shape; null is as good as absent."""
    for number, (place, problem, hint) in enumerate(_misfits(value, shape, path)):
        if isinstance(hint, _Near):
            hint = near(hint.name, hint.names) if number < MAX_HINTS else ""  # noqa: PLW2901 - found where it is told
        yield Fault(document.origin(place), problem, hint)


class _Near(NamedTuple):
    """A hint that is yet to be found."""

    name: str
    names: Iterable[str]


_Misfit: TypeAlias = "tuple[Path, str, str | _Near]"


def _misfits(value: Json, shape: Shape, path: Path) -> Iterator[_Misfit]:
    if value is None or shape == "any":
        return
    if isinstance(shape, dict):
        yield from _check_map(value, shape, path)
    elif isinstance(shape, list):
        yield from _check_list(value, shape[0], path)
    elif shape == "strings":
        yield from _check_strings(value, path)
    elif not isinstance(value, _NAMES[shape][0]) or (shape == "int" and isinstance(value, bool)):
        yield path, f"must be {_NAMES[shape][1]}, is {_kind(value)}", ""


def _check_map(value: Json, shape: dict[str, Shape], path: Path) -> Iterator[_Misfit]:
    if not isinstance(value, dict):
        yield path, f"must be a map, is {_kind(value)}", ""
        return
    for name, item in value.items():
        if name in shape:
            yield from _misfits(item, shape[name], (*path, name))
        else:
            yield (*path, name), f"unknown field {name}", _Near(name, shape)


def _check_list(value: Json, shape: Shape, path: Path) -> Iterator[_Misfit]:
    if not isinstance(value, list):
        yield path, f"must be a list, is {_kind(value)}", "put `- ` before each item"
        return
    for index, item in enumerate(value):
        if item is None:
            yield (*path, index), "empty list item", ""
        yield from _misfits(item, shape, (*path, index))


def _check_strings(value: Json, path: Path) -> Iterator[_Misfit]:
    if not isinstance(value, dict):
        yield path, f"must be a map of strings, is {_kind(value)}", ""
        return
    for name, item in value.items():
        if not isinstance(item, str):
            yield (*path, name), f"must be a string, is {_kind(item)}", "write it in quotes"


def _kind(value: Json) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return f"{value}".lower()
        case int() | float():
            return f"the number {value}"
        case str():
            return "a string"
        case list():
            return "a list"
        case _:
            return "a map"
