"""What a build has gathered so far, and how texts inside kustomizations become documents. Knows no field's meaning."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING

from django_operator.engine.build_files import BuildFiles
from django_operator.engine.doubt import ANYTHING, Doubt
from django_operator.engine.errors import RenderError, StopError, note
from django_operator.engine.files import Files, join
from django_operator.engine.object_check import check_object
from django_operator.engine.resources import Resource, ResourceSet, id_of
from django_operator.engine.yamlio import Document, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from django_operator.engine.budget import Budget
    from django_operator.engine.doubt import Gap
    from django_operator.engine.errors import Fault
    from django_operator.engine.fieldspecs import FieldSpecs
    from django_operator.engine.metadata import Metadata
    from django_operator.engine.schema import Schema


@dataclass
class Accumulator:
    """The state of one kustomization under construction; made by `build` and dropped with it."""

    files: Files
    resources: ResourceSet
    specs: FieldSpecs
    schema: Schema
    variables: tuple[Document, ...] = ()
    faults: list[Fault] = field(default_factory=list)
    """Entries that could not be applied; the build goes on, to find the others, and then fails with all of them."""
    folders: Iterator[int] = field(default_factory=count)
    """Counts the kustomizations of the whole build."""
    metadata: Metadata | None = None
    """What gathers the history of the objects, where the build asks for it."""
    strict: tuple[str, ...] = ()
    """What the folders start with whose `images` must all be found; kustomize passes over one that is not."""
    doubt: Doubt = field(default_factory=Doubt)
    """What can no longer be told, since something before could not be applied; of the whole build."""
    gaps: Mapping[str, Gap] = field(default_factory=dict)
    """What was left out before the build, by the folder in front of which it stood."""
    budget: Budget = field(init=False)

    def __post_init__(self) -> None:
        """Have each file parsed once, and all copies charged to one budget."""
        if not isinstance(self.files, BuildFiles):
            self.files = BuildFiles(self.files)
        self.budget = self.resources.budget = self.files.budget

    def child(self) -> Accumulator:
        """Return the empty state for a kustomization listed under `resources`."""
        return replace(self, resources=self.resources.child(), variables=())

    def attempt(self, entries: Iterable[Document], apply: Callable[[Document], object]) -> None:
        """Apply each entry, and keep the faults of those that cannot be."""
        for entry in entries:
            noted = self.doubt.notes
            try:
                apply(entry)
            except RenderError as error:
                self._note(error)
                if self.doubt.notes == noted:
                    self.doubt.fail(entry)

    def take(self, entries: Iterable[Document], add: Callable[[Document], object]) -> None:
        """Add what each entry lists or makes, and keep the faults of those of which nothing comes."""
        for entry in entries:
            noted = self.doubt.notes
            try:
                add(entry)
            except RenderError as error:
                self._note(error)
                if self.doubt.notes == noted:
                    self.doubt.leave_out(ANYTHING)

    def _note(self, error: RenderError) -> None:
        """Keep the faults of an entry; end the build where it cannot go on, which who gathered them may not know."""
        if isinstance(error, StopError) or self.budget.is_spent:
            raise StopError(*error.faults) from error
        note(self.faults, *error.faults)

    def absorb(self, child: Accumulator) -> None:
        """Take over what a child kustomization has made, its tables and its knowledge of kinds included."""
        self.resources.extend(child.resources)
        self.specs, self.schema = child.specs, child.schema
        self.variables += child.variables


def load_resource(document: Document) -> list[Resource]:
    """Return the objects of a document; a List is taken apart. Raises RenderError for what is no Kubernetes object."""
    body = document.value
    if isinstance(body, dict) and str(body.get("kind")).endswith("List") and isinstance(body.get("items"), list):
        return [item for index in range(len(body["items"])) for item in load_resource(document.at("items", index))]
    check_object(body, document.origin)
    return [Resource(body, document, id_of(body))]


def text_documents(document: Document) -> tuple[Document, ...]:
    """Return the documents of a YAML text that is the value of a field, with lines of the outer file."""
    at, first = document.origin(), document.first_line()
    return parse(document.value, str(at) if first is None else at.source, (first or 1) - 1)


def referred_documents(document: Document, folder: str, files: Files, *, inline: bool) -> tuple[Document, ...]:
    """Return what a list entry stands for: the documents of the file it names or, if `inline`, of its own text."""
    text: str = document.value
    if inline and ("\n" in text.strip() or text.lstrip().startswith(("{", "["))):
        return text_documents(document)
    return files.documents(join(folder, text), folder, document.origin())
