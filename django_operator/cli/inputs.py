"""The resources that a command is given: files or stdin, taken apart into Djangos and the ConfigMaps beside them.

Knows nothing of what is done with them; every fault of every file is found before anything is raised.
"""

from __future__ import annotations

import json
import os
import sys
from collections import ChainMap
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django_operator.cli.arguments import UsageError
from django_operator.engine.errors import Fault, Origin, RenderError, fail
from django_operator.engine.files import DiskFiles
from django_operator.engine.kustomization import FILE_NAMES
from django_operator.engine.paths import get
from django_operator.engine.yamlio import MAX_TEXT, parse

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Mapping
    from typing import BinaryIO, TextIO

    from django_operator.engine.yamlio import Document

STDIN = "-"


@dataclass(frozen=True)
class Input:
    """One Django resource, and the ConfigMaps of its namespace that its overlays may refer to."""

    document: Document
    references: Mapping[str, Document]
    namespace: str
    """For a resource that names none; may be empty."""

    @property
    def name(self) -> str:
        """Return the resource as a person would say it."""
        return f"Django/{get(self.document.value, 'metadata', 'name') or '?'}"


def paths(args: argparse.Namespace) -> list[str]:
    """Return the files that a command line names. Raises UsageError when there is none."""
    found = [*args.files, *args.filename]
    if not found:
        raise UsageError("no file given", "name a file with a Django resource, or `-f -` for stdin")
    return found


def read(names: Iterable[str], namespace: str | None = None) -> list[Input]:
    """Return the Django resources of files, in their order. Raises RenderError with all that is wrong with any file."""
    found, faults = gather(names, namespace)
    if faults:
        raise RenderError(*faults)
    return found


def gather(names: Iterable[str], namespace: str | None = None) -> tuple[list[Input], list[Fault]]:
    """Return the Django resources of those files that can be read, and all that is wrong with any file.

    Of resources with the same name the first is returned: the others are faults already.
    """
    default = namespace or ""
    faults: list[Fault] = []
    documents: list[Document] = []
    for name in dict.fromkeys(names):
        try:
            found = [each for document in _documents(name) for each in _flat(document)]
        except RenderError as error:
            faults.extend(error.faults)
            continue
        if not found:
            faults.append(Fault(Origin(name), "the file is empty", _WANTED))
        documents.extend(found)
    sites = [each for each in documents if get(each.value, "kind") == "Django"]
    maps = [each for each in documents if _is_config_map(each.value)]
    known = {id(each) for each in (*sites, *maps)}
    faults.extend(_strange(each) for each in documents if id(each) not in known)
    faults.extend(fault for each in sites for fault in _other_namespace(each, default))
    faults.extend(_alone(maps, sites, default))
    faults.extend(_twice(sites, default))
    faults.extend(_twice(maps, default))
    firsts: dict[tuple[object, ...], Document] = {}
    for each in sites:
        firsts.setdefault(_name(each, default), each)
    if documents and not sites and not faults:
        faults.append(Fault(documents[0].origin(), "no Django resource here", _WANTED))
    held = _held(maps)
    return [Input(site, _references(site, held, default), default) for site in firsts.values()], faults


_WANTED = "a resource starts with apiVersion: django-operator.io/v1alpha1 and kind: Django"


def overlays(args: argparse.Namespace) -> tuple[str, ...]:
    """Return the folders given with --overlay. Raises RenderError for one without a kustomization."""
    for folder in args.overlay:
        files = DiskFiles(folder)
        if not files.is_dir(""):
            raise fail("no such folder", Origin(folder), f"--overlay takes a folder with a {FILE_NAMES[0]}")
        if not any(files.is_file(name) for name in FILE_NAMES):
            raise fail(f"no {FILE_NAMES[0]} here", Origin(folder), "--overlay takes a folder with one")
    return tuple(args.overlay)


def _documents(name: str) -> tuple[Document, ...]:
    if name == STDIN:
        stream = cast("TextIO | None", sys.stdin)
        if stream is None:
            raise fail("stdin is closed", Origin(""), "name a file, or send one: ... | django-operator render -f -")
        return _parsed(stream.buffer, "stdin")
    files = DiskFiles("", free=True)
    if files.is_dir(name):
        raise fail("this is a folder", Origin(name), f"name the file in it, or build it: django-operator build {name}")
    if os.path.exists(name) and not files.is_file(name):  # noqa: PTH110 - pathlib costs 4 ms of start-up
        # A pipe, such as /dev/stdin or the shell's <(...): no ordinary file, but named by the user.
        with open(name, "rb") as pipe:  # noqa: PTH123 - as above
            return _parsed(pipe, name)
    return files.documents(name, "", Origin(""))


def _parsed(stream: BinaryIO, name: str) -> tuple[Document, ...]:
    """Return the documents of what a stream holds, which must not be larger than a file may be."""
    content = stream.read(MAX_TEXT + 1)
    if len(content) > MAX_TEXT:
        raise fail(f"{name} is larger than {MAX_TEXT // 2**20} MiB", Origin(""))
    try:
        return parse(content.decode("utf-8-sig"), name)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise fail(f"not UTF-8: {error.reason}", Origin(name, line)) from error


def _flat(document: Document) -> Iterator[Document]:
    """Yield a document, or the items of a List."""
    items = get(document.value, "items")
    if isinstance(items, list) and str(get(document.value, "kind")).endswith("List"):
        for index in range(len(items)):
            yield from _flat(document.at("items", index))
    else:
        yield document


def _is_config_map(value: object) -> bool:
    return bool(get(value, "kind") == "ConfigMap" and get(value, "apiVersion") == "v1")


def _strange(document: Document) -> Fault:
    kind, name = get(document.value, "kind"), get(document.value, "metadata", "name")
    ours = str(get(document.value, "apiVersion")).startswith("django-operator.io/")
    if ours or (isinstance(kind, str) and kind.lower() == "django"):
        problem = f"{json.dumps(kind, ensure_ascii=False)} is not known here" if kind else "is required"
        return Fault(document.origin(("kind",)), problem, "write kind: Django")
    if not isinstance(document.value, dict) or not kind:
        return Fault(document.origin(), "not a Kubernetes object", _WANTED)
    hint = "here stand Django resources, and ConfigMaps for their overlays; "
    hint += "put other objects into a kustomization and lay it on top with --overlay DIR"
    return Fault(document.origin(), f"{kind}/{name or '?'} is no Django resource", hint)


def _other_namespace(document: Document, namespace: str) -> Iterator[Fault]:
    own = get(document.value, "metadata", "namespace")
    if namespace and own and own != namespace:
        hint = "leave --namespace out, or take the namespace out of the file"
        yield Fault(document.origin(("metadata", "namespace")), f"namespace {own}, and {namespace} is asked for", hint)


def _twice(documents: list[Document], default: str) -> Iterator[Fault]:
    seen: dict[tuple[object, ...], Document] = {}
    for each in documents:
        kind, name = get(each.value, "kind"), get(each.value, "metadata", "name")
        if (other := seen.setdefault(_name(each, default), each)) is not each:
            yield Fault(each.origin(), f"{kind}/{name} is given twice", f"it is written at {other.origin()} as well")


def _name(document: Document, default: str) -> tuple[object, ...]:
    """Return what tells a document from others of its kind; one without a name is like no other."""
    name, namespace = get(document.value, "metadata", "name"), get(document.value, "metadata", "namespace")
    return (name, str(namespace or default)) if name and isinstance(name, str) else (id(document),)


def _held(maps: list[Document]) -> dict[object, dict[str, Document]]:
    """Return ConfigMaps by namespace and name; all of them under "", those without a namespace under None."""
    found: dict[object, dict[str, Document]] = {}
    for each in maps:
        for namespace in ("", str(get(each.value, "metadata", "namespace") or "") or None):
            found.setdefault(namespace, {})[str(get(each.value, "metadata", "name"))] = each
    return found


def _alone(maps: list[Document], sites: list[Document], default: str) -> Iterator[Fault]:
    """Yield ConfigMaps of namespaces in which there is no resource that could refer to them."""
    there = {get(each.value, "metadata", "namespace") or default or None for each in sites}
    if not there or None in there:
        return
    for each in maps:
        name, namespace = (get(each.value, "metadata", key) for key in ("name", "namespace"))
        if namespace is not None and namespace not in there:
            problem = f"ConfigMap/{name} is in {namespace}, where no resource of these files is"
            hint = f"the resources are in {', '.join(sorted(map(str, there)))}"
            yield Fault(each.origin(("metadata", "namespace")), problem, hint)


def _references(site: Document, held: Mapping[object, dict[str, Document]], namespace: str) -> Mapping[str, Document]:
    """Return the ConfigMaps that a resource's overlays may name; one without a namespace is in everybody's."""
    own = get(site.value, "metadata", "namespace") or namespace or None
    if own is None:
        return held.get("", {})
    return ChainMap(held.get(str(own), {}), held.get(None, {}))
