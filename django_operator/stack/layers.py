"""The user's overlays as kustomizations on top of the stack. Knows nothing of what is in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django_operator.engine import files as trees
from django_operator.engine.doubt import ANYTHING, Gap
from django_operator.engine.errors import Fault, Origin, RenderError, fail, near
from django_operator.engine.files import DiskFiles, Files, MemoryFiles, join
from django_operator.engine.kustomization import FILE_NAMES, KINDS
from django_operator.engine.paths import get
from django_operator.stack.sheet import Sheet
from django_operator.stack.spec.overlays import INLINE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django_operator.engine.paths import Path
    from django_operator.engine.yamlio import Document
    from django_operator.stack.site import Site
    from django_operator.stack.spec import ConfigMapRef, Overlay


USERS = ("overlays/", "configmap-", "local-")
"""Starts of the folders that hold what a user wrote."""


@dataclass(frozen=True, slots=True)
class Folders:
    """The files of a tree under construction, and the other trees that are part of it; local to `tree`."""

    content: dict[str, str | tuple[Document, ...]]
    mounts: dict[str, Files]
    faults: list[Fault] = field(default_factory=list)
    """What is wrong with overlays that were left out."""
    gaps: dict[str, Gap] = field(default_factory=dict)
    """Folders in front of which something was left out; as for `engine.build.attempt`."""


def add_overlays(site: Site, references: Mapping[str, Document], folders: Folders, gaps: Mapping[int, Gap]) -> str:
    """Add a folder for each overlay that is not built in, and return the last folder of the chain.

    `gaps` is what was left out of the overlay of an index.
    """
    below = "stack"
    for index, overlay in enumerate(site.spec.overlays or ()):
        if overlay.builtin is not None:
            continue
        at: Path = ("spec", "overlays", index)
        sheet = Sheet(site)
        sheet.add("resources", f"../../{below}", at)
        folder = f"overlays/{index:02}" + (f"-{overlay.name}" if overlay.name else "")
        if overlay.config_map_ref is None:
            _inline(sheet, folders, folder, at)
        else:
            try:
                files = _config_map(overlay.config_map_ref, overlay, site.document.at(*at), references)
            except RenderError as error:
                folders.faults.extend(error.faults)
                folders.gaps[folder] = ANYTHING
            else:
                if files is None:
                    continue
                folders.mounts[f"configmap-{index}"] = AsComponent(files)
                sheet.add("components", f"../../configmap-{index}", (*at, "configMapRef"))
        if index in gaps:
            folders.gaps.setdefault(folder, gaps[index])
        folders.content[f"{folder}/kustomization.yaml"] = sheet.documents()
        below = folder
    return below


def add_local(site: Site, local: Iterable[str], below: str, folders: Folders) -> str:
    """Add overlays that are folders of this machine on top, and return the last folder of the chain."""
    for index, folder in enumerate(local):
        # Never mistaken for a shipped file, whatever the folder is called.
        shown = folder if folder.startswith(("/", "./", "../")) else f"./{folder}"
        folders.mounts[f"local-{index}"] = AsComponent(DiskFiles(folder, name=shown, closed=True))
        sheet = Sheet(site)
        sheet.add("resources", f"../../{below}", ())
        sheet.add("components", f"../../local-{index}", ())
        below = f"overlays/local-{index}"
        folders.content[f"{below}/kustomization.yaml"] = sheet.documents()
    return below


def _inline(sheet: Sheet, folders: Folders, folder: str, at: Path) -> None:
    written = sheet.site.document.at(*at)
    for number in range(len(written.value.get("resources") or ())):
        file = f"resource-{number}.yaml"
        folders.content[f"{folder}/{file}"] = (written.at("resources", number),)
        sheet.add("resources", file, (*at, "resources", number))
    for name in INLINE:
        given = written.value.get(name)
        if isinstance(given, dict):
            sheet.fields[name] = given
            sheet.mounts[name,] = written.at(name)
        elif name != "resources":
            for number in range(len(given or ())):
                sheet.mount(name, written.at(name, number))


def _config_map(
    ref: ConfigMapRef, overlay: Overlay, written: Document, references: Mapping[str, Document]
) -> MemoryFiles | None:
    """Return the files in a ConfigMap, None for one that is not there and may be absent."""
    at = written.origin(("configMapRef",))
    if ref.name not in references:
        if overlay.optional:
            return None
        hint = near(ref.name, references) or "give the file that holds it beside the resource"
        raise fail(f"no ConfigMap {ref.name}", at, hint)
    data = references[ref.name].value.get("data") or {}
    key = ref.key or FILE_NAMES[0]
    if key not in data:
        raise fail(f"ConfigMap {ref.name} has no key {key}", at, near(key, data))
    files = {name: text for name, text in data.items() if isinstance(text, str)}
    if key != FILE_NAMES[0]:
        files[FILE_NAMES[0]] = files.pop(key)
    return MemoryFiles(files, f"ConfigMap/{ref.name}")


@dataclass(frozen=True)
class AsComponent:
    """A tree whose kustomization is read as a Component, so that it works on the objects below it."""

    tree: Files

    def is_dir(self, path: str) -> bool:
        """Tell whether `path` is a folder."""
        return self.tree.is_dir(path)

    def is_file(self, path: str) -> bool:
        """Tell whether `path` is a file."""
        return self.tree.is_file(path)

    def read(self, path: str, root: str, at: Origin) -> bytes:
        """Return a file's bytes."""
        return self.tree.read(path, root, at)

    def shown(self, path: str) -> str:
        """Return the path as the user would write it."""
        return trees.shown(self.tree, path)

    def documents(self, path: str, root: str, at: Origin) -> tuple[Document, ...]:
        """Return a file's documents, the kind of the top kustomization changed.

        Raises RenderError where a kustomization lists what is not below the top one: an overlay stands by itself.
        """
        found = self.tree.documents(path, root, at)
        folder, _, name = path.rpartition("/")
        if name not in FILE_NAMES:
            return found
        for document in found:
            _check_below(document, folder)
        return found if folder else tuple(_component(each) for each in found)


def _check_below(document: Document, folder: str) -> None:
    for name in ("resources", "bases", "components"):
        entries = get(document.value, name)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(entry, str) and (join(folder, entry) == ".." or join(folder, entry).startswith(("../", "/"))):
                hint = "an overlay reads only what is below it: put that folder there"
                raise fail(f"{entry} is outside of the overlay", document.origin((name, index)), hint)


def _component(document: Document) -> Document:
    value = document.value
    if not isinstance(value, dict) or value.get("kind", "Kustomization") not in KINDS:
        return document
    from dataclasses import replace  # noqa: PLC0415 - only on this path

    return replace(document, value={**value, "kind": "Component", "apiVersion": KINDS["Component"]})
