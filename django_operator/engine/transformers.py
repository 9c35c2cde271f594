"""What a kustomization does to the objects it has, in kustomize's order. Knows nothing of where they came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.engine import transform
from django_operator.engine.accumulator import referred_documents
from django_operator.engine.doubt import silent
from django_operator.engine.errors import RenderError, StopError
from django_operator.engine.patch import apply_entry, apply_json, apply_strategic, read_entry

if TYPE_CHECKING:
    from django_operator.engine.accumulator import Accumulator
    from django_operator.engine.kustomization import Kustomization
    from django_operator.engine.yamlio import Document


def _strategic_patches(this: Kustomization, acc: Accumulator) -> None:
    def apply(entry: Document) -> None:
        for patch in referred_documents(entry, this.folder, acc.files, inline=True):
            apply_strategic(patch, acc)

    acc.attempt(this.each("patchesStrategicMerge"), apply)


def _patches(this: Kustomization, acc: Accumulator) -> None:
    acc.attempt(this.each("patches"), lambda entry: apply_entry(entry, acc, this.folder, lenient=this.lenient))


def _names(this: Kustomization, acc: Accumulator) -> None:
    if namespace := this.get("namespace"):
        transform.set_namespace(acc, namespace, this.document.at("namespace"))
    if prefix := this.get("namePrefix"):
        transform.add_prefix(acc, prefix, this.document.at("namePrefix"))
    if suffix := this.get("nameSuffix"):
        transform.add_suffix(acc, suffix, this.document.at("nameSuffix"))


def _labels(this: Kustomization, acc: Accumulator) -> None:
    specs = acc.specs
    for entry in this.each("labels"):
        transform.add_labels(acc.resources, entry.value.get("pairs") or {}, transform.label_fields(entry, specs), entry)
    if labels := this.get("commonLabels"):
        transform.add_labels(acc.resources, labels, specs.labels, this.document.at("commonLabels"))
    if annotations := this.get("commonAnnotations"):
        transform.add_labels(acc.resources, annotations, specs.annotations, this.document.at("commonAnnotations"))


def _json_patches(this: Kustomization, acc: Accumulator) -> None:
    def apply(entry: Document) -> None:
        apply_json(entry, read_entry(entry, acc, this.folder)[0], acc, lenient=this.lenient)

    acc.attempt(this.each("patchesJson6902"), apply)


def _counts_and_images(this: Kustomization, acc: Accumulator) -> None:
    strict = this.folder.startswith(acc.strict)
    acc.attempt(this.each("replicas"), lambda entry: transform.set_replicas(acc, entry))
    for field in ("images", "imageTags"):
        acc.attempt(this.each(field), lambda entry: transform.set_image(acc, entry, strict=strict))


def _replacements(this: Kustomization, acc: Accumulator) -> None:
    if this.get("replacements"):
        from django_operator.engine import replacements  # noqa: PLC0415 - as above

        def copy(entry: Document) -> None:
            try:
                replacements.apply_replacement(entry, acc.resources, lenient=this.lenient, schema=acc.schema)
            except StopError:
                raise
            except RenderError as error:
                raise (silent() if acc.doubt.is_any else error) from error

        acc.attempt(replacements.load_replacements(this, acc.files), copy)


def _plugins(this: Kustomization, acc: Accumulator) -> None:
    if this.get("transformers") or this.get("validators"):
        from django_operator.engine import plugins  # noqa: PLC0415 - as above

        plugins.transform(this, acc)
        plugins.validate(this, acc)


def _variables(this: Kustomization, acc: Accumulator) -> None:
    acc.variables += tuple(this.each("vars"))


TRANSFORMERS = (
    _strategic_patches,
    _patches,
    _names,
    _labels,
    _json_patches,
    _counts_and_images,
    _replacements,
    _plugins,
    _variables,
)
"""What a kustomization does to the objects it has, in kustomize's order."""
