"""The transformers that set the same thing on every object: namespace, names, labels, annotations, images, replicas.

Which fields they reach is data (`fieldspecs`). Knows nothing of kustomization files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from django_operator.engine.doubt import silent
from django_operator.engine.errors import fail, near
from django_operator.engine.field_tables import CLAIM_LABELS, POD_TEMPLATES
from django_operator.engine.fieldspecs import FieldSpec, Gvk, path_at
from django_operator.engine.paths import Body, Json, length, put, update
from django_operator.engine.pattern_syntax import PatternError
from django_operator.engine.patterns import Pattern
from django_operator.engine.target import near_objects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from django_operator.engine.accumulator import Accumulator
    from django_operator.engine.budget import Budget
    from django_operator.engine.fieldspecs import FieldSpecs
    from django_operator.engine.resources import Resource, ResourceSet
    from django_operator.engine.yamlio import Document

_KEEP_NAME = frozenset({"CustomResourceDefinition", "APIService", "Namespace"})
"""Kinds whose names are not ours to change: theirs must equal what they define."""


def set_namespace(
    acc: Accumulator,
    namespace: str,
    cause: Document,
    *,
    subjects: str = "defaultOnly",
    unset_only: bool = False,
) -> None:
    """Move every namespaced object to `namespace`; kinds that nobody describes are taken for namespaced.

    `subjects` says which ServiceAccounts of (Cluster)RoleBindings move along: defaultOnly, allServiceAccounts or none.
    """

    def change(resource: Resource) -> Resource:
        body, kind = resource.body, resource.id
        if acc.schema.namespaced(kind.api_version, kind.kind) is not False and not (unset_only and kind.namespace):
            body = put(body, ("metadata", "namespace"), namespace)
        if binding := kind.kind in ("RoleBinding", "ClusterRoleBinding"):
            body = update(body, ("subjects",), lambda found: _moved(found, namespace, subjects, unset_only))
        for spec in acc.specs.fitting("namespace", kind):
            if spec.path == ("metadata", "namespace") or (spec.path == ("subjects", "namespace") and binding):
                continue  # done above, and not for kinds that are in no namespace
            if spec.path == ("metadata", "name") and kind.api_version != "v1":
                continue  # another group's kind that is called Namespace
            body = update(
                body,
                spec.path,
                lambda old: old if unset_only and old else namespace,
                create="" if spec.create else None,
            )
        return resource.with_body(body)

    acc.resources.map(change, cause)


def _moved(subjects: Json, namespace: str, which: str, unset_only: bool) -> Json:
    def move(subject: Json) -> Json:
        if not isinstance(subject, dict) or subject.get("kind") != "ServiceAccount" or which == "none":
            return subject
        if (which == "defaultOnly" and subject.get("name") != "default") or (unset_only and subject.get("namespace")):
            return subject
        return {**subject, "namespace": namespace}

    return [move(subject) for subject in subjects] if isinstance(subjects, list) else subjects


def add_prefix(acc: Accumulator, prefix: str, cause: Document, specs: Iterable[FieldSpec] | None = None) -> None:
    """Put `prefix` before every name. References are mended once, at the end of the build."""

    def renamed(resource: Resource) -> Resource:
        rows = acc.specs.fitting("name_prefix", resource.id) if specs is None else _fitting(specs, resource)
        changed = _renamed_by(resource, rows, lambda old: prefix + old)
        return replace(changed, prefixes=(*resource.prefixes, prefix))

    _rename(acc, renamed, cause)


def add_suffix(acc: Accumulator, suffix: str, cause: Document, specs: Iterable[FieldSpec] | None = None) -> None:
    """Put `suffix` behind every name."""

    def renamed(resource: Resource) -> Resource:
        rows = acc.specs.fitting("name_suffix", resource.id) if specs is None else _fitting(specs, resource)
        changed = _renamed_by(resource, rows, lambda old: old + suffix)
        return replace(changed, suffixes=(*resource.suffixes, suffix))

    _rename(acc, renamed, cause)


def _rename(acc: Accumulator, change: Callable[[Resource], Resource], cause: Document) -> None:
    acc.resources.map(lambda each: each if each.id.kind in _KEEP_NAME else change(each), cause)


def _renamed_by(resource: Resource, rows: Iterable[FieldSpec], change: Callable[[str], str]) -> Resource:
    body = resource.body
    for spec in rows:
        body = update(body, spec.path, lambda old: change(old) if isinstance(old, str) else old)
    return resource.with_body(body)


def _fitting(specs: Iterable[FieldSpec], resource: Resource) -> list[FieldSpec]:
    return [spec for spec in specs if spec.of.fits(resource.id)]


def add_labels(resources: ResourceSet, pairs: Mapping[str, str], specs: Iterable[FieldSpec], cause: Document) -> None:
    """Set labels in the fields of `specs` (labels, templates, selectors). Annotations are set in the same way."""
    rows = tuple(specs)
    extra = dict(sorted(pairs.items()))
    by_kind: dict[tuple[str, str, str], list[FieldSpec]] = {}

    def change(resource: Resource) -> Resource:
        kind = resource.id[:3]
        if kind not in by_kind:
            by_kind[kind] = [spec for spec in dict.fromkeys(rows) if spec.of.fits(resource.id)]
        body: Body = resource.body
        for spec in by_kind[kind]:
            body = update(
                body, spec.path, lambda old: _with_pairs(old, extra, cause), create={} if spec.create else None
            )
        return resource.with_body(body)

    resources.budget.spend(len(resources) * length(extra), cause.origin)
    resources.map(change, cause)


def label_fields(entry: Document, specs: FieldSpecs) -> tuple[FieldSpec, ...]:
    """Return the fields that one entry of `labels` reaches, as its include flags say."""
    value = entry.value
    own = tuple(
        FieldSpec(
            path_at(entry.at("fields", index)),
            Gvk(each.get("group") or "", each.get("version") or "", each.get("kind") or ""),
            bool(each.get("create")),
        )
        for index, each in enumerate(value.get("fields") or ())
    )
    own = (*own, *specs.own_labels)
    if value.get("includeVolumeClaimTemplates"):
        own = (*own, CLAIM_LABELS)
    if value.get("includeSelectors"):
        return (*specs.labels, *own)
    if value.get("includeTemplates"):
        return (*specs.template_labels, *own)
    return (FieldSpec(("metadata", "labels"), create=True), *own)


def _with_pairs(old: Json, extra: Mapping[str, str], cause: Document) -> Json:
    if not isinstance(old, dict):
        raise fail("labels and annotations go into maps, and this field holds something else", cause.origin())
    if all(old.get(key) == value for key, value in extra.items()):
        return old
    return {**old, **extra}


_TAG = r"(?::[\w.{}-]*)?(?:@sha256:[\w.{}-]*)?"


def set_image(
    acc: Accumulator, image: Document, specs: Iterable[FieldSpec] | None = None, *, strict: bool = False
) -> bool:
    """Change name, tag or digest of one image wherever containers use it; tell whether any does.

    `name` may be a regular expression. `strict`: raises RenderError where no container uses it.

    Containers are where the kind has its pod template, and in a kind that is not known wherever a list is called
    `containers` or `initContainers`; then come the fields of `specs`.
    """
    entry = image.value or {}
    if not entry.get("name"):
        raise fail("an image needs a name", image.origin())
    use = _Use(image, _image_test(image.at("name")), acc.budget)

    def change(resource: Resource) -> Resource:
        body = resource.body
        if acc.schema.root(resource.id.api_version, resource.id.kind) is None:
            body = _in_containers(body, use.renamed)
        elif (template := POD_TEMPLATES.get(resource.id.kind)) is not None:
            for place in ("containers", "initContainers"):
                body = update(body, (*template, "spec", place, "image"), use.renamed)
        for spec in acc.specs.fitting("images", resource.id) if specs is None else _fitting(specs, resource):
            body = update(body, spec.path, use.renamed)
        return resource.with_body(body)

    acc.resources.map(change, image)
    if strict and not use.found and (acc.doubt.is_wide or acc.doubt.misses_any(POD_TEMPLATES)):
        raise silent()
    if strict and not use.found:
        names = [split_image(other)[0] for other in use.others]
        raise fail(f"no container has the image {entry['name']}", image.origin(("name",)), near(entry["name"], names))
    return use.found


def _image_test(name: Document) -> Callable[[str], object]:
    """Return what tells whether an image has a name, with any tag. Raises RenderError for no regular expression."""
    text: str = name.value
    if text.replace("/", "").replace("-", "").isalnum():
        return re.compile(text + _TAG, re.ASCII).fullmatch  # no expression of a user's
    try:
        Pattern(text)  # by itself: its faults are told without what follows it
        return Pattern(text + _TAG).fits
    except PatternError as error:
        raise fail(f"{text!r} is no regular expression: {error}", name.origin()) from error


@dataclass(slots=True)
class _Use:
    """Whether an entry of `images` has fitted any, and the images that it did not fit."""

    entry: Document
    fits: Callable[[str], object]
    budget: Budget
    found: bool = False
    others: set[str] = field(default_factory=set)

    def renamed(self, old: Json) -> Json:
        """Return what an image becomes."""
        if not isinstance(old, str):
            return old
        if not self.fits(old):
            self.others.add(old)
            return old
        self.found = True
        new = _renamed(old, self.entry.value)
        self.budget.spend(len(new), self.entry.origin)
        return new


def _in_containers(value: Json, change: Callable[[Json], Json]) -> Json:
    """Return a value with `change` done to the image of each container anywhere in it."""
    if isinstance(value, list):
        items = [_in_containers(item, change) if isinstance(item, dict | list) else item for item in value]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    changed: Body = {}
    for key, item in value.items():
        if not isinstance(item, dict | list):
            continue
        new = _in_containers(item, change)
        if key in ("containers", "initContainers") and isinstance(new, list):
            new = update(new, ("image",), change)
        if new is not item:
            changed[key] = new
    return {**value, **changed} if changed else value


def split_image(image: str) -> tuple[str, str, str]:
    """Return (name, tag, digest) of an image; the port of a registry is part of the name."""
    rest, _, digest = image.partition("@")
    head, slash, last = rest.rpartition("/")
    name, _, tag = last.partition(":")
    return head + slash + name, tag, digest


def _renamed(old: str, entry: Mapping[str, str]) -> str:
    name, tag, digest = split_image(old)
    name = entry.get("newName") or name
    new_tag, new_digest = entry.get("newTag") or "", entry.get("digest") or ""
    if new_tag or new_digest:
        tag, digest = new_tag, new_digest
    elif entry.get("tagSuffix"):
        tag, digest = tag + entry["tagSuffix"], ""
    return name + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")


def set_replicas(acc: Accumulator, entry: Document, specs: Iterable[FieldSpec] | None = None) -> None:
    """Set the replicas of the workloads of a name, in any of its forms. Raises RenderError when there is none."""
    value = entry.value or {}
    name, count = value.get("name") or "", value.get("count") or 0
    if count < 0:
        raise fail("count must not be negative", entry.origin(("count",)))
    found = False
    for resource in acc.resources.named(name):
        rows = acc.specs.fitting("replicas", resource.id) if specs is None else _fitting(specs, resource)
        body = resource.body
        for spec in rows:
            body = update(body, spec.path, lambda _: count, create=0 if spec.create else None)
            found = True
        acc.resources.replace(resource, resource.with_body(body), entry)
    if not found and acc.doubt.misses_any(POD_TEMPLATES, name):
        raise silent()
    if not found:
        raise fail(
            f"no workload {name!r} to scale",
            entry.origin(("name",)),
            near_objects("Deployment", name, acc.resources),
        )
