"""The cases: folders with a resource and what it becomes, or why it becomes nothing.

<name>/cr.yaml      a Django resource; after it, the ConfigMaps that its overlays refer to (`sample` is /sample.yaml)
<name>/overlay/     if there, laid on top as `render --overlay` does
<name>/want.yaml    what is rendered, or
<name>/want.error   every fault that is reported
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jsonschema  # type: ignore[import-untyped]
import referencing
from kubernetes_validate import utils  # type: ignore[import-untyped]

from django_operator.engine.emit import dump
from django_operator.engine.errors import RenderError
from django_operator.engine.yamlio import Document, parse
from django_operator.stack.library import library
from django_operator.stack.render import Rendered, render_document
from tests.shipped import CUSTOM, ROOT, VERSIONS, Object

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FOLDER = ROOT / "tests/cases"


@dataclass(frozen=True)
class Case:
    """A folder."""

    name: str

    @property
    def folder(self) -> Path:
        """Return where it is."""
        return FOLDER / self.name

    @property
    def source(self) -> Path:
        """Return the file with the resource."""
        return ROOT / "sample.yaml" if self.name == "sample" else self.folder / "cr.yaml"

    @property
    def fails(self) -> bool:
        """Tell whether faults are wanted."""
        return (self.folder / "want.error").exists()

    def documents(self) -> tuple[Document, ...]:
        """Return what the file holds; places are said as `cr.yaml:LINE`."""
        return parse(self.source.read_text(), self.source.name)

    def render(self, documents: tuple[Document, ...] = ()) -> Rendered:
        """Render the resource, read anew unless given. Raises RenderError where faults are wanted."""
        resource, *others = documents or self.documents()
        references = {each.value["metadata"]["name"]: each for each in others}
        local = [str(self.folder / "overlay")] if (self.folder / "overlay").exists() else []
        return render_document(resource, library(), references=references, local=local)

    def outcome(self) -> tuple[str, str]:
        """Return the name and the text of the file that is wanted."""
        try:
            return "want.yaml", dump(self.render().objects)
        except RenderError as error:
            return "want.error", str(error).replace(f"{self.folder}/", "") + "\n"


CASES = tuple(
    Case(path.name) for path in sorted(FOLDER.iterdir()) if path.name == "sample" or (path / "cr.yaml").exists()
)


@functools.cache
def rendered(case: Case) -> Rendered:
    """Render a case once for all tests that only look at it."""
    return case.render()


def good(without: Iterable[str] = ()) -> list[Case]:
    """Return the cases that become something."""
    return [case for case in CASES if not case.fails and case.name not in without]


@functools.cache
def _validator(kind: str, api_version: str, version: str) -> Any:
    """Return the validator of a kind: as `kubernetes_validate.validate(strict=True)`, but its schemas read once."""
    group, _, name = api_version.rpartition("/")
    short = "-".join(filter(None, (group.partition(".")[0], name)))
    path = f"kubernetes-json-schema/v{version}-local-strict"
    schema = utils.schema_contents(f"{path}/{kind.lower()}-{short}.json", version)
    return jsonschema.Draft202012Validator(schema, registry=_definitions(version))


@functools.cache
def _definitions(version: str) -> Any:
    path = f"kubernetes-json-schema/v{version}-local-strict/_definitions.json"
    return referencing.Resource.from_contents(utils.schema_contents(path, version)) @ referencing.Registry()


@functools.cache
def _faults(text: str) -> tuple[str, ...]:
    body = json.loads(text)
    return tuple(
        f"{version} {error.json_path}: {error.message}"
        for version in VERSIONS
        for error in _validator(body["kind"], body["apiVersion"], version).iter_errors(body)
    )


def faults(body: Object) -> tuple[str, ...]:
    """Return what the oldest and the newest Kubernetes would refuse in an object of a kind of its own."""
    if body["apiVersion"].startswith(CUSTOM):
        return ()
    return _faults(json.dumps(body, sort_keys=True))
