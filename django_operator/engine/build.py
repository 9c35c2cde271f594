"""Builds a kustomization: the order of its steps, and the recursion into what it lists.

Order as in kustomize v5.8.1 (api/internal/target/kusttarget.go): resources, generators, components, transformers in a
fixed order, validators; then once, at the top: hashes in names, references mended, vars, local config dropped, sorted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.engine import field_tables, schema, transform
from django_operator.engine.accumulator import Accumulator, load_resource, referred_documents
from django_operator.engine.errors import Origin, RenderError, fail
from django_operator.engine.files import Files, join, shown
from django_operator.engine.kustomization import FILE_NAMES, Kustomization, load
from django_operator.engine.patch import apply_entry, apply_json, apply_strategic, read_entry
from django_operator.engine.references import mend
from django_operator.engine.resources import Resource, ResourceSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_operator.engine.metadata import Metadata
    from django_operator.engine.paths import Body
    from django_operator.engine.yamlio import Document

MAX_NESTING = 50
"""Kustomizations inside kustomizations; more is taken for a mistake (a cycle is found before)."""

MAX_FOLDERS = 10_000
"""Kustomizations of one build: folders that list each other twice, and so on, are few to write and endless to build."""

LOCAL_CONFIG = "config.kubernetes.io/local-config"


def build(
    files: Files,
    root: str = "",
    *,
    order: str = "",
    observer: Callable[[Resource | None, Resource | None, Document], None] | None = None,
) -> list[Body]:
    """Return the objects of the kustomization in the folder `root` of `files`.

    `order` is used where the kustomization has no sortOptions: "legacy" (kustomize's command line) or "" (as listed).
    Raises RenderError, with every fault of the file at hand.
    """
    return [resource.body for resource in build_resources(files, root, order=order, observer=observer)]


def build_resources(
    files: Files,
    root: str = "",
    *,
    order: str = "",
    observer: Callable[[Resource | None, Resource | None, Document], None] | None = None,
    strict: tuple[str, ...] = (),
) -> ResourceSet:
    """Return what `build` returns, with the history of each object.

    `strict` are the starts of folders in which an image that nothing uses is a fault, as a patch that fits nothing is.
    """
    top = load(files, root, Origin(root or "."))
    metadata: Metadata | None = None
    if top.get("buildMetadata"):
        from django_operator.engine.metadata import Metadata  # noqa: PLC0415 - rarely used

        observer = metadata = Metadata(top, observer)
    acc = Accumulator(
        files, ResourceSet(observer), field_tables.builtin(), schema.builtin(), metadata=metadata, strict=strict
    )
    _accumulate(top, acc, ())
    if acc.faults:
        raise RenderError(*dict.fromkeys(acc.faults))
    _finish(top, acc, order)
    return acc.resources


def _accumulate(this: Kustomization, acc: Accumulator, above: tuple[str, ...]) -> None:
    above = (*above, this.folder)
    if len(above) > MAX_NESTING:
        raise fail(f"kustomizations nested deeper than {MAX_NESTING}", this.origin())
    if next(acc.folders) >= MAX_FOLDERS:
        raise fail(f"more than {MAX_FOLDERS:,} kustomizations, counted as often as they are listed", this.origin())
    for field in ("resources", "bases"):
        for entry in this.each(field):
            _add_resource(entry, this, acc, above)
    _configure(this, acc)
    _generate(this, acc)
    for entry in this.each("components"):
        child = load(acc.files, _folder(entry, this, acc, above), entry.origin())
        if not child.is_component:
            raise fail(f"{entry.value} is no Component", entry.origin(), "list it under resources")
        _accumulate(child, acc, above)
    for transformer in _TRANSFORMERS:
        transformer(this, acc)
    if acc.metadata is not None:
        acc.metadata.passed(this, acc)


def _add_resource(entry: Document, this: Kustomization, acc: Accumulator, above: tuple[str, ...]) -> None:
    path = join(this.folder, entry.value)
    if acc.files.is_dir(path):
        child = load(acc.files, _folder(entry, this, acc, above), entry.origin())
        if child.is_component:
            raise fail(f"{entry.value} is a Component", entry.origin(), "list it under components")
        inner = acc.child()
        _accumulate(child, inner, above)
        acc.absorb(inner)
        return
    if "://" in entry.value or entry.value.startswith("git@"):
        raise fail(
            f"{entry.value} is remote, and nothing is fetched",
            entry.origin(),
            "download it into a file and list that, so that what is built can be reviewed",
        )
    for document in acc.files.documents(path, this.folder, entry.origin()):
        for resource in load_resource(document):
            acc.resources.add(resource)
            if resource.id.kind == "CustomResourceDefinition":
                acc.schema = acc.schema.with_crds([resource.body])


def _folder(entry: Document, this: Kustomization, acc: Accumulator, above: tuple[str, ...]) -> str:
    path = join(this.folder, entry.value)
    if path in above:
        way = " -> ".join(shown(acc.files, each) or "." for each in (*above, path))
        raise fail(f"cycle: {way}", entry.origin())
    if not acc.files.is_dir(path):
        raise fail(f"no folder {entry.value}", entry.origin(), f"a component is a folder with a {FILE_NAMES[0]}")
    return path


def _configure(this: Kustomization, acc: Accumulator) -> None:
    if any(this.get(field) for field in ("configurations", "crds", "openapi")):
        from django_operator.engine import configurations  # noqa: PLC0415 - rarely used

        configurations.configure(this, acc)


def _generate(this: Kustomization, acc: Accumulator) -> None:
    if this.get("configMapGenerator") or this.get("secretGenerator"):
        from django_operator.engine import generators  # noqa: PLC0415 - as above

        generators.generate(this, acc)
    if this.get("generators"):
        from django_operator.engine import plugins  # noqa: PLC0415 - as above

        plugins.generate(this, acc)


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

        acc.attempt(
            replacements.load_replacements(this, acc.files),
            lambda entry: replacements.apply_replacement(entry, acc.resources, lenient=this.lenient, schema=acc.schema),
        )


def _plugins(this: Kustomization, acc: Accumulator) -> None:
    if this.get("transformers") or this.get("validators"):
        from django_operator.engine import plugins  # noqa: PLC0415 - as above

        plugins.transform(this, acc)
        plugins.validate(this, acc)


def _variables(this: Kustomization, acc: Accumulator) -> None:
    acc.variables += tuple(this.each("vars"))


_TRANSFORMERS = (
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


def _finish(top: Kustomization, acc: Accumulator, order: str) -> None:
    if any(resource.hashed for resource in acc.resources):
        from django_operator.engine import generators  # noqa: PLC0415 - as above

        acc.resources.map(generators.with_hash, top.document)
    if any(resource.previous for resource in acc.resources):
        mend(acc, top.document)
    if acc.variables:
        from django_operator.engine import variables  # noqa: PLC0415 - as above

        variables.resolve(acc)
    for resource in tuple(acc.resources):
        if (resource.body["metadata"].get("annotations") or {}).get(LOCAL_CONFIG, "false") != "false":
            acc.resources.replace(resource, None, top.document)
    options = top.get("sortOptions")
    if options is not None or order:
        from django_operator.engine import order as ordering  # noqa: PLC0415 - as above

        ordering.order(acc.resources, top.document.at("sortOptions") if options is not None else None, order)
    if acc.metadata is not None:
        acc.metadata.write(acc)
