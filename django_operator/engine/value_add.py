"""ValueAddTransformer: one value put into fields, or into one part of the file paths that these hold.

As in kustomize v5.8.1 (api/filters/valueadd), save that a target that selects nothing is an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.engine.errors import RenderError, fail
from django_operator.engine.fieldpaths import MISSING, Match, Step, scalar, text_of, write
from django_operator.engine.fieldspecs import path_of
from django_operator.engine.files import join
from django_operator.engine.kustomization import PATCH, Shape, check_shape
from django_operator.engine.target import describe, near_objects, select
from django_operator.engine.yamlio import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.engine.accumulator import Accumulator
    from django_operator.engine.paths import Json
    from django_operator.engine.yamlio import Document

TARGET: dict[str, Shape] = {"selector": PATCH["target"], "fieldPath": "str", "filePathPosition": "int"}
"""Fields of one target."""


def add_value(document: Document, acc: Accumulator, folder: str, *, lenient: bool) -> None:
    """Write the value of a configuration into its targets; without one, the name of the kustomization's folder.

    Raises RenderError: no value, no targets, a target that selects nothing, a field that is a map or list.
    """
    value = (document.value.get("value") or "").strip() or folder.rpartition("/")[2]
    if not value:
        raise fail("ValueAddTransformer without a value", document.origin())
    targets = list(_targets(document, acc, folder))
    if not targets:
        raise fail("ValueAddTransformer without targets", document.origin(), "write targets or targetFilePath")
    for target in targets:
        _add(value, target, acc, lenient=lenient)


def _targets(document: Document, acc: Accumulator, folder: str) -> Iterator[Document]:
    for index in range(len(document.value.get("targets") or ())):
        yield document.at("targets", index)
    if document.value.get("targetFilePath"):
        at = document.origin(("targetFilePath",))
        for found in acc.files.documents(join(folder, document.value["targetFilePath"]), folder, at):
            if faults := tuple(check_shape(found.value, {"targets": [TARGET]}, found, ())):
                raise RenderError(*faults)
            for index in range(len(found.value.get("targets") or ())):
                yield found.at("targets", index)


def _add(value: str, target: Document, acc: Accumulator, *, lenient: bool) -> None:
    if not target.value.get("selector") or not target.value.get("fieldPath"):
        raise fail("a target needs a selector and a fieldPath", target.origin())
    selector = target.at("selector")
    found = select(acc.resources, selector, acc.schema)
    if not found and not lenient:
        kind, name = selector.value.get("kind") or "", selector.value.get("name") or ""
        raise fail(f"no {describe(selector)} to write to", selector.origin(), near_objects(kind, name, acc.resources))
    position = target.value.get("filePathPosition") or 0
    at = target.origin(("fieldPath",))

    steps = _steps(target.value["fieldPath"])
    if len(steps) > MAX_DEPTH:
        raise fail(f"a path of more than {MAX_DEPTH} steps", at)

    def change(old: Json) -> Json:
        if isinstance(old, dict | list):
            raise fail("the field is a map or list, a value goes into scalars only", at)
        text = "" if old is MISSING or old is None else text_of(old)
        return scalar(_inserted(text, value, position - 1) if position > 0 else value, old, steps)

    for resource in found:
        acc.budget.spend(len(value), target.origin)
        body, hits = write(resource.body, steps, change, create=True)
        if not hits:
            raise fail(f"{resource.original} has no field {target.value['fieldPath']}", at)
        acc.resources.replace(resource, resource.with_body(body), target)


def _steps(text: str) -> tuple[Step, ...]:
    return tuple(
        Match(*step[1:-1].split("=", 1)) if step.startswith("[") and step.endswith("]") and "=" in step else step
        for step in path_of(text)
    )


def _inserted(path: str, part: str, index: int) -> str:
    """Return a file path with one more part at `index`, or at its end; an absolute path stays one."""
    parts = [each for each in path.split("/") if each]
    parts.insert(index, part)
    return ("/" if path.startswith("/") else "") + "/".join(parts)
