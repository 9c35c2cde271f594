"""`generators`, `transformers` and `validators`: kustomize's built-in plugins, with their own configuration.

Each does what a field of the kustomization does, at a place of its own in the order and with field specs of its own.
Nothing outside of this process is ever run.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django_operator.engine.accumulator import load_resource, referred_documents
from django_operator.engine.build_files import nested
from django_operator.engine.errors import RenderError, fail, near
from django_operator.engine.files import join
from django_operator.engine.kustomization import check_shape
from django_operator.engine.paths import same
from django_operator.engine.plugin_kinds import GENERATORS, TRANSFORMERS, Plugin
from django_operator.engine.resources import ResourceSet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.engine.accumulator import Accumulator
    from django_operator.engine.kustomization import Kustomization, Shape
    from django_operator.engine.plugin_kinds import Kinds, Run
    from django_operator.engine.yamlio import Document

MAX_NESTING = 10
"""Folders of plugins inside of folders of plugins; more is taken for a cycle."""

_FUNCTION = "config.kubernetes.io/function"


def generate(this: Kustomization, acc: Accumulator) -> None:
    """Run the `generators` of a kustomization. Raises RenderError, as the other two, for what is no built-in plugin."""
    for plugin, run in _load(this, "generators", acc, GENERATORS):
        run(plugin, acc)


def transform(this: Kustomization, acc: Accumulator) -> None:
    """Run the `transformers` of a kustomization, in order."""
    for plugin, run in _load(this, "transformers", acc, TRANSFORMERS):
        run(plugin, acc)


def validate(this: Kustomization, acc: Accumulator) -> None:
    """Run the `validators` of a kustomization on a copy. Raises RenderError where one would change something."""
    for plugin, run in _load(this, "validators", acc, TRANSFORMERS):
        copied = replace(acc, resources=ResourceSet())
        copied.resources.extend(acc.resources)
        run(plugin, copied)
        for before, after in zip(acc.resources, copied.resources, strict=False):
            if not same(before.body, after.body):
                raise fail(f"the validator changes {before.id}", plugin.document.origin(), "list it under transformers")
        if len(acc.resources) != len(copied.resources):
            raise fail("the validator drops objects", plugin.document.origin(), "list it under transformers")


def documents(this: Kustomization, field: str, acc: Accumulator) -> Iterator[Document]:
    """Iterate over the configurations that `generators`, `transformers` or `validators` list."""
    for entry in this.each(field):
        yield from _documents(entry, this, acc)


def _load(this: Kustomization, field: str, acc: Accumulator, known: Kinds) -> Iterator[tuple[Plugin, Run]]:
    for document in documents(this, field, acc):
        kind = document.value["kind"]
        _check_builtin(document, field, known)
        run, shape = known[kind]
        fields: dict[str, Shape] = {"apiVersion": "str", "kind": "str", "metadata": "any", **shape}
        if faults := tuple(check_shape(document.value, fields, document, ())):
            raise RenderError(*faults)
        yield Plugin(document, this.folder, this.lenient), run


def _documents(entry: Document, this: Kustomization, acc: Accumulator) -> Iterator[Document]:
    path = join(this.folder, entry.value)
    if "\n" not in entry.value and acc.files.is_dir(path):
        from django_operator.engine import build  # noqa: PLC0415 - it imports this module

        files = nested(acc.files)
        if files.depth > MAX_NESTING or path == this.folder:
            raise fail(f"{entry.value} lists itself", entry.origin())
        for resource in build.build_resources(files, path):
            yield replace(resource.document, value=resource.body)
        return
    for document in referred_documents(entry, this.folder, acc.files, inline=True):
        for resource in load_resource(document):
            yield resource.document


def _check_builtin(document: Document, field: str, known: Kinds) -> None:
    kind, annotations = document.value["kind"], document.value["metadata"].get("annotations") or {}
    if _FUNCTION in annotations:
        raise fail(f"{kind} runs a program or a container, which is never done", document.origin(), _hint(known))
    if document.value["apiVersion"] != "builtin":
        problem = f"{kind} of {document.value['apiVersion']} is not built in, and no other plugin is run"
        raise fail(problem, document.origin(("apiVersion",)), _hint(known))
    if kind == "HelmChartInflationGenerator":
        raise fail("helm is not run", document.origin(), "render the chart with `helm template` into a file")
    if kind not in known:
        raise fail(f"no built-in plugin {kind} for {field}", document.origin(("kind",)), near(kind, known))


def _hint(known: Kinds) -> str:
    return f"apiVersion: builtin has {', '.join(sorted(known))}"
