"""One entry of `patches`: what it holds, which objects it is for, and laying it over them.

Strategic patches go through `merge`, JSON patches through `json_patch`. Unlike kustomize, a patch that fits nothing is
an error (https://github.com/kubernetes-sigs/kustomize/issues/4379), unless `optional`; `expects` says how many it fits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.engine import json_patch
from django_operator.engine.accumulator import text_documents
from django_operator.engine.doubt import silent
from django_operator.engine.errors import RenderError, fail
from django_operator.engine.files import join
from django_operator.engine.merge import DELETED, merge
from django_operator.engine.resources import ResId, Resource, id_of
from django_operator.engine.target import describe, near_objects, select

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_operator.engine.accumulator import Accumulator
    from django_operator.engine.paths import Body
    from django_operator.engine.yamlio import Document


def apply_entry(entry: Document, acc: Accumulator, folder: str, *, lenient: bool = False) -> None:
    """Apply one entry of `patches`: `{path | patch, target, options, optional, expects}`.

    `lenient`: a target that fits nothing is passed over, as kustomize does. Raises RenderError for a patch that cannot
    be read or applied, or that fits nothing or other than the expected number of objects.
    """
    patches = read_entry(entry, acc, folder)
    if len(patches) == 1 and isinstance(patches[0].value, list):
        apply_json(entry, patches[0], acc, lenient=lenient)
        return
    if entry.value.get("target") is None:
        hit = sum(apply_strategic(each, acc, entry) for each in patches)
        _expect(hit, entry, acc)
        return
    if len(patches) != 1:
        raise fail(
            "several patches cannot share one target",
            entry.origin(("target",)),
            "give each its own entry, or drop the target and let each name its object",
        )
    targets = _targets(entry, acc, lenient=lenient)
    _charge(patches[0], targets, acc)
    for resource in targets:
        _lay(patches[0], resource, acc, _options(entry))


def read_entry(entry: Document, acc: Accumulator, folder: str) -> tuple[Document, ...]:
    """Return the documents of a patch: one list (a JSON patch), or one map or more (strategic patches)."""
    value = entry.value
    if (value.get("path") is None) == (value.get("patch") is None):
        raise fail("a patch needs either path or patch", entry.origin(), "write one of the two")
    if value.get("path") is not None:
        given = entry.at("path")
        patches = acc.files.documents(join(folder, value["path"]), folder, given.origin())
    else:
        given = entry.at("patch")
        patches = text_documents(given) if isinstance(given.value, str) else (given,)
    if not patches:
        raise fail("the patch is empty", given.origin())
    kinds = {type(each.value) for each in patches}
    if kinds == {dict} or (kinds == {list} and len(patches) == 1):
        return patches
    raise fail(
        "neither a strategic patch nor a JSON patch",
        given.origin(),
        "a strategic patch is a part of an object, a JSON patch one list of operations",
    )


def apply_json(entry: Document, patch: Document, acc: Accumulator, *, lenient: bool = False) -> None:
    """Apply a JSON patch to every object that the entry's target fits."""
    if entry.value.get("target") is None:
        raise fail("a JSON patch needs a target", entry.origin(), "write target: {kind: ..., name: ...}")
    targets = _targets(entry, acc, lenient=lenient)
    _charge(patch, targets, acc)
    if faults := json_patch.check(patch.value, patch.origin):
        raise RenderError(*faults)
    for resource in targets:
        try:
            body = json_patch.apply(resource.body, patch.value, patch.origin, str(resource.original))
        except RenderError as error:
            raise _misfit(error, patch, resource, acc) from error
        if not isinstance(body, dict):
            raise fail(f"the patch leaves no object of {resource.original}", patch.origin())
        acc.resources.replace(resource, resource.with_body(body), patch)


def apply_strategic(patch: Document, acc: Accumulator, entry: Document | None = None) -> int:
    """Lay a strategic patch over the object that it names by apiVersion, kind, name, namespace; return how many fit."""
    wanted = id_of(patch.value) if isinstance(patch.value, dict) else None
    if wanted is None or not wanted.kind or not wanted.name:
        raise fail(
            "the patch names no object",
            patch.origin(),
            "write its apiVersion, kind and metadata.name, or give the entry a target",
        )
    found = acc.resources.find(wanted)
    if not found and entry is not None and entry.value.get("optional"):
        return 0
    if not found and acc.doubt.misses(wanted.kind, wanted.name):
        raise silent()
    if not found:
        raise fail(f"no {wanted} to patch", patch.origin(), _near(wanted, acc))
    if len(found) > 1:
        names = " and ".join(str(each.id) for each in found)
        raise fail(f"{wanted} fits more than one object: {names}", patch.origin(), "use a target that tells them apart")
    _lay(patch, found[0], acc, _options(entry))
    return 1


def _near(wanted: ResId, acc: Accumulator) -> str:
    for resource in acc.resources:
        first = resource.original
        if (first.kind, first.name) == (wanted.kind, wanted.name):
            if (first.group, first.version) != (wanted.group, wanted.version):
                return f"{first} has apiVersion {first.api_version}, the patch has {wanted.api_version or 'none'}"
            return f"{first.kind}/{first.name} is in namespace {first.namespace or 'default'}"
    return near_objects(wanted.kind, wanted.name, acc.resources)


def _targets(entry: Document, acc: Accumulator, *, lenient: bool) -> list[Resource]:
    target = entry.at("target")
    found = select(acc.resources, target, acc.schema)
    if not found and not lenient and not entry.value.get("optional"):
        kind, name = target.value.get("kind") or "", target.value.get("name") or ""
        if acc.doubt.misses(kind, name):
            raise silent()
        raise fail(f"no {describe(target)} to patch", target.origin(), near_objects(kind, name, acc.resources))
    _expect(len(found), entry, acc)
    return found


def _charge(patch: Document, targets: list[Resource], acc: Accumulator) -> None:
    """Charge what a patch adds to all objects but the first."""
    if len(targets) > 1:
        acc.budget.copy(patch.value, patch.origin, len(targets) - 1)


def _expect(hit: int, entry: Document, acc: Accumulator) -> None:
    expected = entry.value.get("expects")
    if expected is not None and hit != expected:
        target = entry.value.get("target") or {}
        if acc.doubt.misses(target.get("kind") or "", target.get("name") or ""):
            raise silent()
        raise fail(f"the patch fits {hit} objects, {expected} expected", entry.origin(("expects",)))


def _options(entry: Document | None) -> Mapping[str, bool]:
    return (entry.value.get("options") or {}) if entry is not None else {}


def _lay(patch: Document, resource: Resource, acc: Accumulator, options: Mapping[str, bool]) -> None:
    node = acc.schema.root(resource.id.api_version, resource.id.kind)
    try:
        merged = merge(resource.body, patch.value, node, patch.origin)
    except RenderError as error:
        raise _misfit(error, patch, resource, acc) from error
    if merged is DELETED:
        acc.resources.replace(resource, None, patch)
        return
    acc.resources.replace(resource, resource.with_body(_identified(merged, resource.body, options)), patch)


def _misfit(error: RenderError, patch: Document, resource: Resource, acc: Accumulator) -> RenderError:
    """Return an error about what an object holds, or a silent one when it may not be what the patch was written for."""
    pointers = None
    if isinstance(patch.value, list):
        pointers = [each[member] for each in patch.value for member in ("path", "from") if member in each]
    doubted = acc.doubt.touches(resource, pointers)
    acc.doubt.change(resource, pointers)
    return silent() if doubted else error


def _identified(body: Body, was: Body, options: Mapping[str, bool]) -> Body:
    """Return a patched object with the apiVersion, kind, name and namespace it had, save what the options allow."""
    kept = {} if options.get("allowKindChange") else {"apiVersion": was["apiVersion"], "kind": was["kind"]}
    if any(body.get(name) != value for name, value in kept.items()):
        # In their places; a patch that took one away leaves it first, where objects have it.
        body = {**body, **kept} if kept.keys() <= body.keys() else {**kept, **body, **kept}
    old: Body = was["metadata"]
    fields = ("namespace",) if options.get("allowNameChange") else ("name", "namespace")
    meta = {name: value for name, value in (body.get("metadata") or {}).items() if name not in fields or name in old}
    meta |= {name: old[name] for name in fields if name in old}
    return body if meta == body.get("metadata") else {**body, "metadata": meta}
