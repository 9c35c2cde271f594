"""What each of kustomize's built-in plugins does, by kind: the same functions that the keyword fields use.

Knows nothing of where a configuration was listed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from django_operator.engine import generators, patch, replacements, transform
from django_operator.engine.accumulator import referred_documents, text_documents
from django_operator.engine.configurations import FIELD_SPEC, read_specs
from django_operator.engine.errors import fail, near
from django_operator.engine.kustomization import FIELDS, PATCH, Shape
from django_operator.engine.resources import Resource, id_of
from django_operator.engine.value_add import TARGET, add_value

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_operator.engine.accumulator import Accumulator
    from django_operator.engine.fieldspecs import FieldSpec
    from django_operator.engine.paths import Body
    from django_operator.engine.yamlio import Document


@dataclass(frozen=True)
class Plugin:
    """A plugin's configuration, and the kustomization that lists it: its files are found from there."""

    document: Document
    folder: str
    lenient: bool

    def specs(self) -> tuple[FieldSpec, ...]:
        """Return the field specs of the configuration; without any the plugin would do nothing, which is refused."""
        if not self.document.value.get("fieldSpecs"):
            hint = "plugins have none of their own: write a list of {path, kind, create}"
            raise fail(f"{self.document.value['kind']} without fieldSpecs", self.document.origin(), hint)
        return read_specs(self.document.at("fieldSpecs"))

    def picked(self, *fields: str, **moved: str) -> Document:
        """Return the configuration with some fields only, and others under a new name, each at its own place."""
        held = self.document.value
        parts = {new: self.document.at(old) for new, old in moved.items() if old in held}
        value = {name: held[name] for name in fields if name in held} | {new: part.value for new, part in parts.items()}
        return replace(self.document, value=value, mounts={(new,): part for new, part in parts.items()})


def _data(plugin: Plugin, acc: Accumulator) -> None:
    kind = plugin.document.value["kind"].removesuffix("Generator")
    meta = plugin.document.value["metadata"]
    names = {name: meta[name] for name in ("name", "namespace") if meta.get(name)}
    document = replace(plugin.document, value={**names, **plugin.document.value})
    generators.absorb(generators.make(kind, document, plugin.folder, acc.files), acc)


def _iam_policy(plugin: Plugin, acc: Accumulator) -> None:
    value = plugin.document.value
    service, account = value.get("kubernetesService") or {}, value.get("serviceAccount") or {}
    if value.get("cloud") != "gke" or not all((service.get("name"), account.get("name"), account.get("projectId"))):
        hint = "write cloud: gke, kubernetesService: {name} and serviceAccount: {name, projectId}"
        raise fail("IAMPolicyGenerator makes accounts of gke only", plugin.document.origin(), hint)
    email = f"{account['name']}@{account['projectId']}.iam.gserviceaccount.com"
    meta = {"annotations": {"iam.gke.io/gcp-service-account": email}, "name": service["name"]}
    if service.get("namespace"):
        meta["namespace"] = service["namespace"]
    body: Body = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta}
    generators.absorb(Resource(body, plugin.document, id_of(body)), acc)


def _annotations(plugin: Plugin, acc: Accumulator) -> None:
    pairs = plugin.document.value.get("annotations") or {}
    transform.add_labels(acc.resources, pairs, plugin.specs(), plugin.document)


def _labels(plugin: Plugin, acc: Accumulator) -> None:
    pairs = plugin.document.value.get("labels") or {}
    transform.add_labels(acc.resources, pairs, plugin.specs(), plugin.document)


def _hash(plugin: Plugin, acc: Accumulator) -> None:
    acc.resources.map(lambda each: replace(generators.with_hash(each), hashed=False), plugin.document)


def _image(plugin: Plugin, acc: Accumulator) -> None:
    specs = read_specs(plugin.document.at("fieldSpecs"))
    transform.set_image(acc, plugin.document.at("imageTag"), specs)


def _namespace(plugin: Plugin, acc: Accumulator) -> None:
    value = plugin.document.value
    modes, mode = ("defaultOnly", "allServiceAccounts", "none"), value.get("setRoleBindingSubjects") or "defaultOnly"
    if mode not in modes:
        raise fail(f"unknown mode {mode!r}", plugin.document.origin(("setRoleBindingSubjects",)), near(mode, modes))
    if not value["metadata"].get("namespace"):
        raise fail("NamespaceTransformer without a namespace", plugin.document.origin(("metadata",)), "write one there")
    specs = acc.specs.having(namespace=read_specs(plugin.document.at("fieldSpecs")))
    transform.set_namespace(
        replace(acc, specs=specs),
        value["metadata"]["namespace"],
        plugin.document,
        subjects=mode,
        unset_only=bool(value.get("unsetOnly")),
    )


def _json_patch(plugin: Plugin, acc: Accumulator) -> None:
    entry = plugin.picked("target", "path", patch="jsonOp")
    patch.apply_json(entry, patch.read_entry(entry, acc, plugin.folder)[0], acc, lenient=plugin.lenient)


def _strategic_patches(plugin: Plugin, acc: Accumulator) -> None:
    value = plugin.document.value
    found: list[Document] = []
    for index in range(len(value.get("paths") or ())):
        found += referred_documents(plugin.document.at("paths", index), plugin.folder, acc.files, inline=True)
    if value.get("patches"):
        found += text_documents(plugin.document.at("patches"))
    if not found:
        raise fail("there are no patches", plugin.document.origin(), "write paths or patches")
    for each in found:
        patch.apply_strategic(each, acc)


def _patch(plugin: Plugin, acc: Accumulator) -> None:
    patch.apply_entry(plugin.picked(*PATCH), acc, plugin.folder, lenient=plugin.lenient)


def _names(plugin: Plugin, acc: Accumulator) -> None:
    value = plugin.document.value
    specs = read_specs(plugin.document.at("fieldSpecs")) if value.get("fieldSpecs") else None
    if value.get("prefix"):
        transform.add_prefix(acc, value["prefix"], plugin.document, specs)
    if value.get("suffix"):
        transform.add_suffix(acc, value["suffix"], plugin.document, specs)


def _replacements(plugin: Plugin, acc: Accumulator) -> None:
    for index in range(len(plugin.document.value.get("replacements") or ())):
        entry = plugin.document.at("replacements", index)
        for each in replacements.read_entry(entry, plugin.folder, acc.files):
            replacements.apply_replacement(each, acc.resources, lenient=plugin.lenient, schema=acc.schema)


def _replicas(plugin: Plugin, acc: Accumulator) -> None:
    transform.set_replicas(acc, plugin.document.at("replica"), plugin.specs())


def _item(shape: Shape) -> Shape:
    return shape[0] if isinstance(shape, list) else shape


def _fields(shape: Shape) -> dict[str, Shape]:
    item = _item(shape)
    return item if isinstance(item, dict) else {}


def _value(plugin: Plugin, acc: Accumulator) -> None:
    add_value(plugin.document, acc, plugin.folder, lenient=plugin.lenient)


Run: TypeAlias = "Callable[[Plugin, Accumulator], None]"
Kinds: TypeAlias = "dict[str, tuple[Run, dict[str, Shape]]]"

_DATA: dict[str, Shape] = _fields(FIELDS["configMapGenerator"])

GENERATORS: Kinds = {
    "ConfigMapGenerator": (_data, _DATA),
    "SecretGenerator": (_data, {**_DATA, "type": "str"}),
    "IAMPolicyGenerator": (
        _iam_policy,
        {
            "cloud": "str",
            "kubernetesService": {"name": "str", "namespace": "str"},
            "serviceAccount": {"name": "str", "projectId": "str"},
        },
    ),
}
"""Plugins that `generators` may list, with the fields of their configurations."""

_SPECS: dict[str, Shape] = {"fieldSpecs": [FIELD_SPEC]}
_TARGET = PATCH["target"]

TRANSFORMERS: Kinds = {
    "AnnotationsTransformer": (_annotations, {"annotations": "strings", **_SPECS}),
    "HashTransformer": (_hash, {}),
    "ImageTagTransformer": (_image, {"imageTag": _item(FIELDS["images"]), **_SPECS}),
    "LabelTransformer": (_labels, {"labels": "strings", **_SPECS}),
    "NamespaceTransformer": (_namespace, {"unsetOnly": "bool", "setRoleBindingSubjects": "str", **_SPECS}),
    "PatchJson6902Transformer": (_json_patch, {"target": _TARGET, "path": "str", "jsonOp": "str"}),
    "PatchStrategicMergeTransformer": (_strategic_patches, {"paths": ["str"], "patches": "str"}),
    "PatchTransformer": (_patch, PATCH),
    "PrefixTransformer": (_names, {"prefix": "str", **_SPECS}),
    "SuffixTransformer": (_names, {"suffix": "str", **_SPECS}),
    "PrefixSuffixTransformer": (_names, {"prefix": "str", "suffix": "str", **_SPECS}),
    "ReplacementTransformer": (_replacements, {"replacements": FIELDS["replacements"]}),
    "ReplicaCountTransformer": (_replicas, {"replica": _item(FIELDS["replicas"]), **_SPECS}),
    "ValueAddTransformer": (_value, {"value": "str", "targets": [TARGET], "targetFilePath": "str"}),
}
"""Plugins that `transformers` and `validators` may list, with the fields of their configurations."""
