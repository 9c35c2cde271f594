"""A site as an ordinary kustomization, held in memory: what `render` builds and `eject` writes.

    bases/ components/          the shipped manifests
    pools/ crons/ release/ post/  a base under a name of its own (nameSuffix, a label)
    stack/                      what the spec asks for: bases, built-in overlays, patches, images, replacements
    overlays/<n>/               one folder an overlay of the user's, each on top of the one before
    ./                          namespace, name prefix and instance label, stamped last so that no overlay breaks them

Every patch keeps the place in the resource that it came from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from django_operator.engine.errors import Origin
from django_operator.engine.files import MemoryFiles, MountedFiles
from django_operator.stack import names
from django_operator.stack.change import entries
from django_operator.stack.derive import derive, release, scaling
from django_operator.stack.layers import Folders, add_local, add_overlays
from django_operator.stack.select import bases, builtins, fixed_patches, instances
from django_operator.stack.sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django_operator.engine.doubt import Gap
    from django_operator.engine.errors import Fault
    from django_operator.engine.paths import Body, Path
    from django_operator.engine.yamlio import Document
    from django_operator.stack.library import Library
    from django_operator.stack.site import Site


STACK = "stack"
"""The folder of what the spec asks for."""


@dataclass(frozen=True, slots=True)
class Given:
    """What comes beside a site: ConfigMaps by name, for overlays that refer to one, and folders with overlays.

    The folders are of this machine, and laid over all others. `gap` and `overlays`, as in Salvage, tell what was
    taken out of the resource.
    """

    references: Mapping[str, Document] = field(default_factory=dict)
    local: tuple[str, ...] = ()
    gap: Gap | None = None
    overlays: Mapping[int, Gap] = field(default_factory=dict)


class Tree(NamedTuple):
    """The kustomization of a site; its root is the folder "".

    `faults` are of overlays that were left out, `gaps` the folders that miss them, as for `engine.build.attempt`;
    `unknown` tells whether a built-in overlay was left out that may mean any other.
    """

    files: MountedFiles
    faults: tuple[Fault, ...]
    gaps: Mapping[str, Gap]
    unknown: bool


def tree(site: Site, library: Library, given: Given | None = None, *, guess: bool = False) -> Tree:
    """Return the kustomization of a site; `guess`: with all built-in overlays that an unknown one may mean."""
    given = given or Given()
    folders = Folders({}, {"bases": library.bases, "components": library.components})
    if given.gap is not None:
        folders.gaps[STACK] = given.gap
    for each in instances(site):
        sheet = Sheet(site)
        for base in each.bases:
            sheet.add("resources", f"../../bases/{base}", each.at)
        sheet.set("nameSuffix", each.suffix, each.at)
        for pairs in each.labels:
            sheet.add("labels", {"pairs": pairs, "includeSelectors": True}, each.at)
        folders.content[f"{each.folder}/kustomization.yaml"] = sheet.documents()
    chosen = builtins(site, library, guess=guess)
    folders.faults.extend(chosen.faults if given.gap else (*scaling.faults(site), *chosen.faults))
    if chosen.gap is not None:
        folders.gaps.setdefault(STACK, chosen.gap)
    folders.content[f"{STACK}/kustomization.yaml"] = _stack(site, library, folders, chosen.found)
    top = add_local(site, given.local, add_overlays(site, given.references, folders, given.overlays), folders)
    scaled = not _has_scaled(site) and _may_scale(site, given)
    if scaled:
        folders.content[_SCALED_OBJECTS] = library.bases.documents(_SCALED_OBJECTS_AT, "", Origin("bases"))
    folders.content["kustomization.yaml"] = _stamp(site, top, scaled=scaled)
    files = MountedFiles(MemoryFiles(folders.content), folders.mounts)
    return Tree(files, tuple(folders.faults), folders.gaps, chosen.unknown)


_SCALED_OBJECTS = "namereference.yaml"
_SCALED_OBJECTS_AT = "app-scaledobject/namereference.yaml"


def _has_scaled(site: Site) -> bool:
    """Tell whether the stack has a ScaledObject itself, whose base tells what it refers to."""
    return any(scaling.by_keda(given) for each in site.workloads if (given := scaling.autoscaling_of(each)))


def _may_scale(site: Site, given: Given) -> bool:
    """Tell whether an overlay may bring a ScaledObject."""
    return bool(given.local) or any(
        each.config_map_ref is not None or any(one.get("kind") == "ScaledObject" for one in each.resources or ())
        for each in site.spec.overlays or ()
    )


def _stack(site: Site, library: Library, folders: Folders, chosen: Iterable[tuple[str, Path]]) -> tuple[Document, ...]:
    sheet = Sheet(site)
    for base, at in bases(site):
        sheet.add("resources", f"../bases/{base}", at)
    for each in instances(site):
        sheet.add("resources", f"../{each.folder}", each.at)
    for name, at in chosen:
        sheet.add("components", f"../components/{name}", at)
    for patch in fixed_patches(site):
        folders.content[f"stack/patches/{patch.name}.yaml"] = library.patch(patch.name)
        target = {"target": patch.target} if patch.target else {}
        sheet.add("patches", {"path": f"patches/{patch.name}.yaml", **target}, patch.at)
    for entry in entries(derive(site), site.document):
        sheet.mount("patches", entry)
    # With selectors here, below the user's overlays: theirs may select pods of others.
    sheet.add("labels", {"pairs": {names.INSTANCE: site.name}, "includeSelectors": True}, ("metadata", "name"))
    sheet.add("images", image_entry(site.spec.image, site.spec.version), ("spec", "image"))
    for workload in site.workloads:
        for replacement, at in release.inheritance(site, workload):
            sheet.add("replacements", replacement, at)
    return sheet.documents()


def image_entry(image: str, version: str | None) -> dict[str, str]:
    """Return the entry of `images` that puts the site's image in the place of the bases' `django`."""
    name, _, digest = image.partition("@")
    head, slash, last = name.rpartition("/")
    last, _, tag = last.partition(":")
    if version is not None:
        tag, _, digest = version.partition("@")
        if tag.startswith("sha256:"):
            tag, digest = "", tag
    entry = {"name": "django", "newName": head + slash + last}
    return entry | ({"newTag": tag} if tag else {}) | ({"digest": digest} if digest else {})


def _fields(path: str, *kinds: str, create: bool = True) -> list[Body]:
    return [{"path": path, "kind": kind, **({"create": True} if create else {})} for kind in kinds]


_TEMPLATES = [
    *_fields("spec/template/metadata/labels", "Deployment", "StatefulSet", "Job"),
    *_fields("spec/jobTemplate/metadata/labels", "CronJob"),
    *_fields("spec/jobTemplate/spec/template/metadata/labels", "CronJob"),
]
"""Labels of pods. Not those of volume claim templates, which can never change."""
_SELECTORS = [
    *_fields("spec/selector/matchLabels", "Deployment", "StatefulSet"),
    # Where there is one: a Service without a selector has endpoints made by hand, an empty podSelector means all pods.
    *_fields("spec/selector", "Service", create=False),
    *_fields("spec/selector/matchLabels", "PodDisruptionBudget", create=False),
    *_fields("spec/podSelector/matchLabels", "NetworkPolicy", create=False),
]
"""What objects of the user's select among their own pods. Not peers of a NetworkPolicy, who are often others'."""


def _stamp(site: Site, below: str, *, scaled: bool) -> tuple[Document, ...]:
    sheet = Sheet(site)
    at = ("metadata", "name")
    sheet.add("resources", below, at)
    if scaled:
        # Names that a custom resource refers to are mended only where they are told of, once, and at the end.
        sheet.add("configurations", _SCALED_OBJECTS, ("spec", "overlays"))
    if site.namespace is not None:
        sheet.set("namespace", site.namespace, ("metadata", "namespace"))
    sheet.set("namePrefix", f"{site.name}-", at)
    sheet.add("labels", {"pairs": {names.INSTANCE: site.name}, "fields": [*_TEMPLATES, *_SELECTORS]}, at)
    sheet.add("labels", {"pairs": {names.PART_OF: site.name}, "fields": _TEMPLATES}, at)
    # The user's own objects too: the operator watches and prunes by it.
    sheet.add("labels", {"pairs": {names.MANAGED_BY: "django-operator"}}, at)
    return sheet.documents()
