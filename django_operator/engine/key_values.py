"""What goes into a generated ConfigMap or Secret: literals, files and env files, and how the values are written.

The rules are those of kustomize v5.8.1 (api/kv), save that keys which Kubernetes refuses are refused here.
Knows nothing of objects.
"""

from __future__ import annotations

import posixpath
import re
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from django_operator.engine.errors import Fault, Origin, RenderError, note
from django_operator.engine.files import join

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from django_operator.engine.files import Files
    from django_operator.engine.paths import Path
    from django_operator.engine.yamlio import Document

Pair: TypeAlias = tuple[str, bytes, Origin]
"""A key, its value, and where it was written."""

MAX_KEY = 253
"""Length of a key of a ConfigMap or Secret (k8s.io/apimachinery, validation.IsConfigMapKey)."""

_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_BASE64_LINE = 70


def read_data(document: Document, folder: str, files: Files) -> dict[str, bytes]:
    """Return the data that the literals, files and envs of an entry give, sorted by key.

    Raises RenderError with every fault: files that cannot be read, sources that are none, invalid or repeated keys.
    """
    found: dict[str, bytes] = {}
    faults: list[Fault] = []
    for source in (_env_files, _literals, _files):
        for key, value, at in source(document, folder, files, partial(note, faults)):
            if not _KEY.fullmatch(key) or key == "." or key.startswith("..") or len(key) > MAX_KEY:
                hint = f"a key has letters, digits, `-`, `_` and `.`, and at most {MAX_KEY} of them"
                note(faults, Fault(at, f"{key!r} is no key of a ConfigMap or Secret", hint))
            elif key in found:
                note(faults, Fault(at, f"key {key} is given twice", "use `key=path` to name a file's key"))
            else:
                found[key] = value
    if faults:
        raise RenderError(*faults)
    return dict(sorted(found.items()))


def _literals(document: Document, _folder: str, _files: Files, note: Callable[[Fault], None]) -> Iterator[Pair]:
    for index, literal in enumerate(document.value.get("literals") or ()):
        at = document.origin(("literals", index))
        key, equals, value = literal.partition("=")
        if not key or not equals:
            note(Fault(at, f"literal {literal!r} is not written as key=value"))
            continue
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        yield key, value.encode("utf-8", "surrogatepass"), at


def _files(document: Document, folder: str, files: Files, note: Callable[[Fault], None]) -> Iterator[Pair]:
    for index, source in enumerate(document.value.get("files") or ()):
        at = document.origin(("files", index))
        key, equals, path = source.partition("=")
        if not equals:
            key, path = posixpath.basename(source.rstrip("/")), source
        if not key or not path or "=" in path:
            note(Fault(at, f"file {source!r} is not written as path or key=path"))
            continue
        try:
            yield key, files.read(join(folder, path), folder, at), at
        except RenderError as error:
            for fault in error.faults:
                note(fault)


def _env_files(document: Document, folder: str, files: Files, note: Callable[[Fault], None]) -> Iterator[Pair]:
    named: list[tuple[Path, str]] = [
        (("envs", index), path) for index, path in enumerate(document.value.get("envs") or ())
    ]
    if document.value.get("env"):
        named.append((("env",), document.value["env"]))
    for place, path in named:
        try:
            content = files.read(join(folder, path), folder, document.origin(place))
        except RenderError as error:
            for fault in error.faults:
                note(fault)
            continue
        for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
            at = Origin(join(folder, path), number)
            try:
                text = line.removesuffix(b"\r").decode().lstrip()
            except UnicodeDecodeError:
                note(Fault(at, "the line is not UTF-8"))
                continue
            key, _, value = text.partition("=")
            if text and not text.startswith("#"):
                yield key, value.encode(), at


def encoded(kind: str, data: Mapping[str, bytes]) -> tuple[dict[str, str], dict[str, str]]:
    """Return `data` and `binaryData` of an object of a kind: a Secret has all in base64, a ConfigMap what is binary."""
    text: dict[str, str] = {}
    binary: dict[str, str] = {}
    for key, value in data.items():
        if kind == "Secret":
            text[key] = _base64(value)
            continue
        try:
            text[key] = value.decode()
        except UnicodeDecodeError:
            binary[key] = _base64(value)
    return text, binary


def _base64(value: bytes) -> str:
    """Return base64 in lines of 70 characters, as kustomize writes it: the hash is of the text with its line ends."""
    import binascii  # noqa: PLC0415 - needed only for Secrets and binary files

    text = binascii.b2a_base64(value, newline=False).decode()
    if len(text) < _BASE64_LINE:
        return text
    return "".join(text[start : start + _BASE64_LINE] + "\n" for start in range(0, len(text), _BASE64_LINE))
