"""Builds a kustomization: the order of its steps, and the recursion into what it lists.

Order as in kustomize v5.8.1 (api/internal/target/kusttarget.go): resources, generators, components, transformers in a
fixed order, validators; then once, at the top: hashes in names, references mended, vars, local config dropped, sorted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django_operator.engine import field_tables, schema
from django_operator.engine.accumulator import Accumulator, load_resource
from django_operator.engine.build_files import BuildFiles
from django_operator.engine.errors import Fault, Origin, RenderError, StopError, fail, note
from django_operator.engine.files import Files, join, shown
from django_operator.engine.kustomization import FILE_NAMES, Kustomization, load
from django_operator.engine.references import mend
from django_operator.engine.resources import Resource, ResourceSet
from django_operator.engine.transformers import TRANSFORMERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django_operator.engine.doubt import Doubt, Gap
    from django_operator.engine.fieldspecs import FieldSpecs
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
    built = attempt(files, root, order=order, observer=observer, strict=strict)
    if built.faults:
        raise RenderError(*built.faults)
    return built.resources


class Built(NamedTuple):
    """What came of a build: its objects, every fault, and what of the objects is in doubt for the faults' sake.

    There are no objects where the build could not go on to its end.
    """

    resources: ResourceSet
    faults: tuple[Fault, ...]
    doubt: Doubt


def attempt(  # noqa: PLR0913 - the options of a build
    files: Files,
    root: str = "",
    *,
    order: str = "",
    observer: Callable[[Resource | None, Resource | None, Document], None] | None = None,
    strict: tuple[str, ...] = (),
    gaps: Mapping[str, Gap] | None = None,
) -> Built:
    """Build as `build_resources` does, in spite of all faults that the build can go on after.

    `gaps` is what the caller has left out, by the folder in front of which it stood; what may be a fault for that
    alone is not told.
    """
    acc = Accumulator(
        files, ResourceSet(observer), field_tables.builtin(), schema.builtin(), strict=strict, gaps=gaps or {}
    )
    try:
        top = load(files, root, Origin(root or "."))
        if top.get("buildMetadata"):
            from django_operator.engine.metadata import Metadata  # noqa: PLC0415 - rarely used

            acc.metadata = Metadata(top, observer)
            acc.resources.observe(acc.metadata)
        _accumulate(top, acc, ())
    except RenderError as error:
        return Built(ResourceSet(), tuple(dict.fromkeys((*acc.faults, *error.faults))), acc.doubt)
    faults = tuple(dict.fromkeys(acc.faults))
    try:
        _finish(top, acc, order)
    except RenderError as error:
        # After other faults these may be their doing.
        return Built(ResourceSet(), faults or error.faults, acc.doubt)
    return Built(acc.resources, faults, acc.doubt)


def _accumulate(this: Kustomization, acc: Accumulator, above: tuple[str, ...]) -> None:
    above = (*above, this.folder)
    if len(above) > MAX_NESTING:
        raise fail(f"kustomizations nested deeper than {MAX_NESTING}", this.origin())
    if next(acc.folders) >= MAX_FOLDERS:
        problem = f"more than {MAX_FOLDERS:,} kustomizations, counted as often as they are listed"
        raise StopError(Fault(this.origin(), problem))
    for field in ("resources", "bases"):
        acc.take(this.each(field), lambda entry: _add_resource(entry, this, acc, above))
    if gap := acc.gaps.get(this.folder):
        acc.doubt.leave_out(gap)
    _configure(this, acc)
    _generate(this, acc)
    acc.take(this.each("components"), lambda entry: _add_component(entry, this, acc, above))
    for transformer in TRANSFORMERS:
        transformer(this, acc)
    if acc.metadata is not None:
        acc.metadata.passed(this, acc)


def _add_resource(entry: Document, this: Kustomization, acc: Accumulator, above: tuple[str, ...]) -> None:
    path = join(this.folder, entry.value)
    if acc.files.is_dir(path):
        lasting = acc.files.lasting(path) if isinstance(acc.files, BuildFiles) else None
        ready = lasting[0].made(lasting[1], _ready) if lasting is not None else None
        if ready is not None and any(acc.specs is each for each in (field_tables.builtin(), ready.specs)):
            for resource in ready.resources:
                acc.resources.add(resource)
            if ready.specs is not field_tables.builtin():
                acc.specs = ready.specs
            return
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
        acc.take((document,), lambda each: _add_objects(each, acc))


class _Ready(NamedTuple):
    """What comes of a folder that is the same in every build: its objects, and the tables with what it adds to them."""

    resources: tuple[Resource, ...]
    specs: FieldSpecs


def _ready(files: Files, folder: str) -> _Ready | None:
    """Return what comes of a folder whose kustomization lists objects and tables; None where it does more than that."""
    changed: list[bool] = []
    made = ResourceSet(lambda before, after, _: changed.append(before is not None or after is None))
    acc = Accumulator(files, made, field_tables.builtin(), schema.builtin())
    try:
        this = load(acc.files, folder, Origin(folder))
        if this.is_component or this.get("buildMetadata"):
            return None
        _accumulate(this, acc, ())
    except RenderError:
        return None  # told where it is listed
    is_plain = acc.schema is schema.builtin() and not acc.variables
    return None if acc.faults or any(changed) or not is_plain else _Ready(tuple(made), acc.specs)


def _add_objects(document: Document, acc: Accumulator) -> None:
    faults: list[Fault] = []
    for resource in load_resource(document):
        try:
            acc.resources.add(resource)
        except RenderError as error:
            faults += error.faults
            continue
        if resource.id.kind == "CustomResourceDefinition":
            acc.schema = acc.schema.with_crds([resource.body])
    note(acc.faults, *faults)  # there is an object of that name: nothing is left out


def _add_component(entry: Document, this: Kustomization, acc: Accumulator, above: tuple[str, ...]) -> None:
    child = load(acc.files, _folder(entry, this, acc, above), entry.origin())
    if not child.is_component:
        raise fail(f"{entry.value} is no Component", entry.origin(), "list it under resources")
    _accumulate(child, acc, above)


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
