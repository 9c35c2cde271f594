"""Every kustomization that a root reaches, with the files it names, its patches read, and each told from the others.

Knows nothing of what is done with them; `eject` builds the surveyed tree and sees which patch does what.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django_operator.engine.accumulator import Accumulator, referred_documents
from django_operator.engine.errors import Origin, fail
from django_operator.engine.field_tables import builtin as specs
from django_operator.engine.files import join
from django_operator.engine.kustomization import FILE_NAMES, load
from django_operator.engine.patch import read_entry
from django_operator.engine.replacements import load_replacements
from django_operator.engine.resources import ResourceSet, id_of
from django_operator.engine.schema import builtin
from django_operator.engine.yamlio import Document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django_operator.engine.files import Files
    from django_operator.engine.kustomization import Kustomization
    from django_operator.engine.paths import Body, Json

PROBE = "django-operator-probe"
"""A field that a surveyed strategic patch sets, so that it changes every object it is laid over."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One patch: `value` is what the surveyed tree holds, `patch` without the probe, `text` as it was written.

    `entry` is the entry of the kustomization, `path` the file it names (from the root) if any; `is_object` tells that
    the patch was given as an object, not as text.
    """

    number: int
    entry: Body
    value: Json
    patch: Json
    origin: Origin
    path: str
    text: str

    @property
    def is_json(self) -> bool:
        """Tell whether this is a JSON patch."""
        return isinstance(self.value, list)

    @property
    def is_object(self) -> bool:
        """Tell whether the patch was given as an object, or in a file that was made of one."""
        return not self.text

    @property
    def is_nameless(self) -> bool:
        """Tell whether this is a strategic patch that does not name a kind and an object, as kustomize wants it to."""
        if self.is_json:
            return False
        named = id_of(self.patch)
        return not (named.version and named.kind and named.name)

    @property
    def options(self) -> bool:
        """Tell whether the patch may change name or kind; kustomize does what it says."""
        return any((self.entry.get("options") or {}).values())


@dataclass(frozen=True, slots=True)
class Copying:
    """One replacement, as the surveyed tree holds it."""

    number: int
    value: Body
    origin: Origin


@dataclass(slots=True)
class Folder:
    """A kustomization: its document, its text (empty where it was made, or is read otherwise), and what it names."""

    folder: str
    document: Document
    text: str
    entries: tuple[Entry, ...] = ()
    copyings: tuple[Copying, ...] = ()
    copied: dict[str, str] = field(default_factory=dict)

    @property
    def file(self) -> str:
        """Return where its file stands."""
        return self.path(FILE_NAMES[0])

    @property
    def has_indices(self) -> bool:
        """Tell whether a replacement counts items of a list."""
        return any(
            step.isdigit() for each in self.copyings for path in _field_paths(each.value) for step in path.split(".")
        )

    def path(self, name: str) -> str:
        """Return a path from the root."""
        return posixpath.join(self.folder, name)

    def relative(self, path: str) -> str:
        """Return a path as the kustomization names it."""
        return posixpath.relpath(path, self.folder or ".")


def survey(files: Files) -> tuple[dict[str, Folder], Files]:
    """Return the kustomizations below the root by folder, and the tree in which each patch is one value of its own."""
    folders: dict[str, Folder] = {}
    _visit(files, "", folders, Origin("kustomization.yaml"))
    replaced = {each.file: _normal(each) for each in folders.values()}
    return folders, Replaced(files, replaced, frozenset(folders))


@dataclass(frozen=True, slots=True)
class Replaced:
    """Another tree, some kustomizations of which are replaced."""

    tree: Files
    documents_of: Mapping[str, Document]
    folders: frozenset[str]

    def is_dir(self, path: str) -> bool:
        """Tell whether `path` is a folder."""
        return self.tree.is_dir(path)

    def is_file(self, path: str) -> bool:
        """Tell whether `path` is a file; each kustomization has the first of its possible names."""
        folder, name = posixpath.split(path)
        return name == FILE_NAMES[0] if folder in self.folders and name in FILE_NAMES else self.tree.is_file(path)

    def read(self, path: str, root: str, at: Origin) -> bytes:
        """Return a file's bytes."""
        return self.tree.read(path, root, at)

    def documents(self, path: str, root: str, at: Origin) -> tuple[Document, ...]:
        """Return a file's documents."""
        held = self.documents_of.get(path)
        return self.tree.documents(path, root, at) if held is None else (held,)


def _visit(files: Files, folder: str, folders: dict[str, Folder], at: Origin) -> None:
    if folder in folders:
        return
    this = load(files, folder, at)
    name = next(name for name in FILE_NAMES if files.is_file(join(folder, name)))
    text = _text(files, join(folder, name), folder)
    # A tree may be read otherwise than it is written: as a Component.
    if text and f"kind: {this.get('kind')}\n" not in text + "\n" and this.get("kind") not in (None, "Kustomization"):
        text = ""
    found = folders[folder] = Folder(folder, this.document, text)
    number = sum(len(each.entries) + len(each.copyings) for each in folders.values())
    found.entries = tuple(_entries(this, files, number))
    number += len(found.entries)
    found.copyings = tuple(
        Copying(number + index, _unique(each.value), each.origin())
        for index, each in enumerate(load_replacements(this, files), start=1)
    )
    for entry in _files_of(this, files):
        found.copied[entry] = _text(files, entry, folder) or _dumped(files, entry, folder)
    for field_name in ("resources", "bases", "components"):
        for each in this.each(field_name):
            path = join(folder, each.value)
            if files.is_dir(path):
                _visit(files, path, folders, each.origin())


def _entries(this: Kustomization, files: Files, number: int) -> Iterator[Entry]:
    acc = Accumulator(files, ResourceSet(), specs(), builtin())
    for each in this.each("patchesStrategicMerge"):
        for patch in referred_documents(each, this.folder, files, inline=True):
            number += 1
            yield _entry(number, {}, patch, "", "")
    for each in this.each("patches"):
        patches = read_entry(each, acc, this.folder)
        path = join(this.folder, each.value["path"]) if each.value.get("path") else ""
        whole = _text(files, path, this.folder) if path else each.value["patch"]
        for patch in patches:
            number += 1
            alone = len(patches) == 1
            text = whole if alone and isinstance(whole, str) else ""
            yield _entry(number, each.value, patch, path if text and alone else "", text)


def _entry(number: int, entry: Body, patch: Document, path: str, text: str) -> Entry:
    value = [*patch.value] if isinstance(patch.value, list) else {**patch.value, PROBE: number}
    return Entry(number, entry, value, patch.value, patch.origin(), path, text)


def _unique(replacement: Body) -> Body:
    """Return a replacement each of whose targets is one value of its own."""
    return {**replacement, "targets": [{**target} for target in replacement.get("targets") or ()]}


def _normal(each: Folder) -> Document:
    """Return a kustomization with every patch inline."""
    value = {name: item for name, item in each.document.value.items() if name != "patchesStrategicMerge"}
    if each.entries:
        value["patches"] = [
            {
                **{name: item for name, item in entry.entry.items() if name not in ("path", "expects")},
                "patch": entry.value,
            }
            for entry in each.entries
        ]
    if each.copyings:
        value["replacements"] = [copying.value for copying in each.copyings]
    return Document(value, each.document.source)


def _files_of(this: Kustomization, files: Files) -> Iterator[str]:
    """Yield the files that a kustomization names, patches aside."""
    for name in ("resources", "bases", "configurations", "crds", "transformers", "generators", "validators"):
        for each in this.each(name):
            if "\n" not in each.value and files.is_file(path := join(this.folder, each.value)):
                yield path
    named = [each.value.get("path") for name in ("replacements", "patchesJson6902") for each in this.each(name)]
    named.append((this.get("openapi") or {}).get("path"))
    for name in ("configMapGenerator", "secretGenerator"):
        for each in this.each(name):
            named += [text.partition("=")[2] or text for text in each.value.get("files") or ()]
            named += [*(each.value.get("envs") or ()), each.value.get("env")]
    yield from (join(this.folder, path) for path in named if path)


def _text(files: Files, path: str, root: str) -> str:
    """Return a file's text, empty where it is no text but objects held in memory."""
    from django_operator.engine.errors import RenderError  # noqa: PLC0415 - with its one use

    try:
        return files.read(path, root, Origin(path)).decode()
    except UnicodeDecodeError as error:
        raise fail("not UTF-8, and only text can be ejected", Origin(path)) from error
    except RenderError:
        return ""


def _dumped(files: Files, path: str, root: str) -> str:
    from django_operator.engine.emit import dump  # noqa: PLC0415 - with its one use

    return dump(document.value for document in files.documents(path, root, Origin(path)))


def _field_paths(replacement: Body) -> Iterator[str]:
    for target in replacement["targets"]:
        yield from target.get("fieldPaths") or ()
    yield (replacement.get("source") or {}).get("fieldPath") or ""
