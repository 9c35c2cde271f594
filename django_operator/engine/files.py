"""Where kustomizations are read from: a folder, or memory. Knows nothing of what the files mean."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

from django_operator.engine.errors import Origin, fail, near
from django_operator.engine.yamlio import MAX_TEXT, Document, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


T = TypeVar("T")


class Files(Protocol):
    """A tree of files. Paths are relative to its root, with `/`, and normalised ("" is the root itself)."""

    def is_dir(self, path: str) -> bool:
        """Tell whether `path` is a folder."""

    def is_file(self, path: str) -> bool:
        """Tell whether `path` is a file."""

    def read(self, path: str, root: str, at: Origin) -> bytes:
        """Return a file's content. Raises RenderError at `at` when it is missing or outside of `root`."""

    def documents(self, path: str, root: str, at: Origin) -> tuple[Document, ...]:
        """Return a YAML file's documents. Raises as `read` does, and for malformed YAML."""


def join(base: str, path: str) -> str:
    """Return `path` as seen from the folder `base`, normalised; it may start with `..`."""
    joined = posixpath.normpath(posixpath.join(base, path))
    return "" if joined == "." else joined


def below(path: str, root: str) -> bool:
    """Tell whether the normalised `path` is `root` or below it."""
    if path.startswith("/") and not root.startswith("/"):
        return False
    if path == ".." or path.startswith("../"):
        return root.startswith("..") and (path == root or path.startswith(root + "/"))
    return not root or path == root or path.startswith(root + "/")


@dataclass(frozen=True)
class MemoryFiles:
    """Files held in memory: text, or documents that were parsed before."""

    content: Mapping[str, str | tuple[Document, ...]]
    name: str = ""
    _dirs: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Note the folders that the file names imply."""
        for path in self.content:
            parts = path.split("/")
            self._dirs.update("/".join(parts[:size]) for size in range(len(parts)))

    def is_dir(self, path: str) -> bool:
        """Tell whether any file is below `path`."""
        return path in self._dirs

    def is_file(self, path: str) -> bool:
        """Tell whether there is such a file."""
        return path in self.content

    def read(self, path: str, root: str, at: Origin) -> bytes:
        """Return a text file's bytes."""
        held = self._held(path, root, at)
        if not isinstance(held, str):
            raise fail(f"{path} holds objects, not text", at)
        return held.encode()

    def documents(self, path: str, root: str, at: Origin) -> tuple[Document, ...]:
        """Return the documents of a file."""
        held = self._held(path, root, at)
        return parse(held, self.shown(path)) if isinstance(held, str) else held

    def _held(self, path: str, root: str, at: Origin) -> str | tuple[Document, ...]:
        if not below(path, root):
            raise _outside(path, root, at)
        if path not in self.content:
            beside = [posixpath.relpath(each, root or ".") for each in self.content if below(each, root)]
            wanted = posixpath.relpath(path or ".", root or ".")
            raise fail(f"no file {wanted}", at, near(wanted, beside))
        return self.content[path]

    def shown(self, path: str) -> str:
        """Return the path as the user would write it."""
        return posixpath.join(self.name, path)


@dataclass(frozen=True)
class DiskFiles:
    """Files below a folder of this machine.

    Files are read only at or below the kustomization that names them, with links resolved (kustomize's
    LoadRestrictionsRootOnly); `free` lifts that, as `--load-restrictor LoadRestrictionsNone` does. Kustomizations
    themselves may be anywhere, unless `closed`: then all of them are below the folder, with links resolved.
    """

    folder: str
    free: bool = False
    name: str | None = None
    """What messages call the folder, where that is not its path."""
    closed: bool = False

    def is_dir(self, path: str) -> bool:
        """Tell whether `path` is a folder."""
        return os.path.isdir(self._disk(path))

    def is_file(self, path: str) -> bool:
        """Tell whether `path` is a file."""
        return os.path.isfile(self._disk(path))

    def read(self, path: str, root: str, at: Origin) -> bytes:
        """Return a file's bytes, at most MAX_TEXT of them."""
        try:
            real, top = os.path.realpath(self._disk(path)), os.path.realpath(self._disk(root))
        except ValueError as error:  # a NUL, or half a character
            raise fail(f"{path!r} is no path: {error}", at) from error
        if self.closed and not _inside(top, os.path.realpath(self.folder)):
            hint = "an overlay reads only what is below it: put that folder there"
            raise fail(f"{self.shown(root)} is outside of the overlay", at, hint)
        if not self.free and not _inside(real, top):
            raise _outside(path, root, at, "" if self.name else _FREE)
        try:
            # A FIFO would block for ever and a device never ends, so only ordinary files are opened.
            if os.path.exists(real) and not os.path.isfile(real):
                raise fail(f"{self.shown(path)} is not a file", at)
            with open(real, "rb") as file:
                content = file.read(MAX_TEXT + 1)
        except OSError as error:
            raise fail(f"cannot read {self.shown(path)}: {error.strerror}", at, self._siblings(path)) from error
        if len(content) > MAX_TEXT:
            raise fail(f"{self.shown(path)} is larger than {MAX_TEXT // 2**20} MiB", at)
        return content

    def documents(self, path: str, root: str, at: Origin) -> tuple[Document, ...]:
        """Return the documents of a YAML file."""
        content = self.read(path, root, at)
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise fail(f"not UTF-8: {error.reason}", Origin(self.shown(path), line)) from error
        return parse(text, self.shown(path))

    def shown(self, path: str) -> str:
        """Return the path as the user would write it."""
        if self.name is not None:
            return posixpath.join(self.name, path)
        return os.path.normpath(self._disk(path))

    def _disk(self, path: str) -> str:
        return os.path.join(self.folder, path)

    def _siblings(self, path: str) -> str:
        folder, name = os.path.split(self._disk(path))
        try:
            return near(name, os.listdir(folder))
        except OSError:
            return ""


@dataclass(frozen=True)
class MountedFiles:
    """Files of several trees as one: each tree in `mounts` stands below its folder, all else comes from `own`."""

    own: MemoryFiles
    mounts: Mapping[str, Files]

    def is_dir(self, path: str) -> bool:
        """Tell whether the tree that `path` is in has such a folder."""
        tree, inner = self._find(path)
        return tree.is_dir(inner)

    def is_file(self, path: str) -> bool:
        """Tell whether the tree that `path` is in has such a file."""
        tree, inner = self._find(path)
        return tree.is_file(inner)

    def read(self, path: str, root: str, at: Origin) -> bytes:
        """Return a file's bytes."""
        tree, inner = self._find(path)
        return tree.read(inner, self._root(path, root, at), at)

    def documents(self, path: str, root: str, at: Origin) -> tuple[Document, ...]:
        """Return a file's documents."""
        tree, inner = self._find(path)
        return tree.documents(inner, self._root(path, root, at), at)

    def shown(self, path: str) -> str:
        """Return the path as the user would write it."""
        return shown(*self._find(path))

    def lasting(self, path: str) -> tuple[ParsedFiles, str] | None:
        """Return the tree that a path is in, and the path there, where it outlasts a build."""
        tree, inner = self._find(path)
        return (tree, inner) if isinstance(tree, ParsedFiles) else None

    def _find(self, path: str) -> tuple[Files, str]:
        head, _, rest = path.partition("/")
        tree = self.mounts.get(head)
        return (self.own, path) if tree is None else (tree, rest)

    def _root(self, path: str, root: str, at: Origin) -> str:
        tree, inner = self._find(root)
        if self._find(path)[0] is not tree:
            raise _outside(path, root, at)
        return inner


@dataclass(frozen=True)
class ParsedFiles:
    """Another tree whose documents are parsed once and kept, for files that do not change while the process runs."""

    tree: Files
    _parsed: dict[str, tuple[Document, ...]] = field(default_factory=dict)
    _kinds: dict[tuple[str, str], bool] = field(default_factory=dict)
    _made: dict[str, object] = field(default_factory=dict)

    def is_dir(self, path: str) -> bool:
        """Tell whether `path` is a folder."""
        return self._known("dir", path, self.tree.is_dir)

    def is_file(self, path: str) -> bool:
        """Tell whether `path` is a file."""
        return self._known("file", path, self.tree.is_file)

    def read(self, path: str, root: str, at: Origin) -> bytes:
        """Return a file's bytes."""
        return self.tree.read(path, root, at)

    def documents(self, path: str, root: str, at: Origin) -> tuple[Document, ...]:
        """Return a file's documents."""
        if path not in self._parsed:
            self._parsed[path] = self.tree.documents(path, root, at)
        return self._parsed[path]

    def shown(self, path: str) -> str:
        """Return the path as the user would write it."""
        return shown(self.tree, path)

    def made(self, path: str, make: Callable[[ParsedFiles, str], T]) -> T:
        """Return what `make` makes of these files and a path alone, the same in every build; made once."""
        if path not in self._made:
            self._made[path] = make(self, path)
        return self._made[path]  # type: ignore[return-value]  # of one function alone

    def _known(self, kind: str, path: str, ask: Callable[[str], bool]) -> bool:
        if (kind, path) not in self._kinds:
            self._kinds[kind, path] = ask(path)
        return self._kinds[kind, path]


def shown(files: Files, path: str) -> str:
    """Return a path as the user would write it, as far as the tree can tell."""
    told: Callable[[str], str] | None = getattr(files, "shown", None)
    return path if told is None else told(path)


def _inside(real: str, top: str) -> bool:
    return (real + os.sep).startswith(top.rstrip(os.sep) + os.sep)


_FREE = ", make it a resource of a folder with its own kustomization, or allow it with "
_FREE += "--load-restrictor LoadRestrictionsNone"


def _outside(path: str, root: str, at: Origin, more: str = "") -> Exception:
    written = path if path.startswith("/") else posixpath.relpath(path or ".", root or ".")
    problem = f"{written} is outside of its kustomization, which reads files only at or below itself"
    return fail(problem, at, f"move the file there{more}")
