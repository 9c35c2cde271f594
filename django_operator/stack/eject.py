"""A stack as an ordinary kustomization, without us: what `kubectl kustomize` builds equals what `render` prints.

Files are copied as they are wherever kustomize can read them. What is ours alone is translated: patches given as
objects become text, `expects` goes, `optional` patches that fit nothing go. A strategic patch that kustomize would not
apply as the engine does (see `kustomize`) becomes a JSON patch for each object. Knows nothing of folders on a disk.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django_operator.engine.build import build_resources
from django_operator.engine.emit import dump
from django_operator.engine.errors import Origin, fail
from django_operator.engine.files import MemoryFiles
from django_operator.engine.paths import same
from django_operator.engine.resources import id_of
from django_operator.stack.steps import Match, Watch, judge, operations
from django_operator.stack.survey import Entry, Folder, survey

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django_operator.engine.files import Files
    from django_operator.engine.paths import Body, Json
    from django_operator.engine.resources import ResId

EXTENSIONS = ("optional", "expects")
"""Fields of a patch that kustomize does not have."""

CLAIM_FLAG = "includeVolumeClaimTemplates"
"""A flag of labels that came after kustomize v5.8.1 (https://github.com/kubernetes-sigs/kustomize/pull/5831)."""
CLAIMS = {"group": "apps", "kind": "StatefulSet", "path": "spec/volumeClaimTemplates[]/metadata/labels", "create": True}
"""What stands for it."""


@dataclass(frozen=True, slots=True)
class Ejected:
    """The files of the kustomization by path, and what a person should know: the steps written otherwise, and why."""

    files: Mapping[str, str]
    notes: tuple[str, ...]


def eject(files: Files, objects: Iterable[Body], header: str = "") -> Ejected:
    """Return the kustomization at the root of `files`, which builds to `objects`, in kustomize's own terms.

    `header` is a comment for the top file. Raises RenderError where the result would not be the same.
    """
    folders, normal = survey(files)
    steps = {id(entry.value): entry.number for each in folders.values() for entry in each.entries}
    for each in folders.values():
        steps |= {id(target): copying.number for copying in each.copyings for target in copying.value["targets"]}
    watch = Watch(steps)
    build_resources(normal, observer=watch)
    judge(folders.values(), watch.matches)
    content: dict[str, str] = {}
    notes: list[str] = []
    for each in folders.values():
        _write(each, watch.matches, content, notes)
    if header:
        content["kustomization.yaml"] = (
            "".join(f"# {line}\n" for line in header.splitlines()) + content["kustomization.yaml"]
        )
    _check(content, objects)
    return Ejected(content, tuple(dict.fromkeys(notes)))


def _write(each: Folder, matches: Mapping[int, list[Match]], content: dict[str, str], notes: list[str]) -> None:
    """Add the files of one folder."""
    for path, text in each.copied.items():
        content.setdefault(path, text)
    copies, transformers = _copies(each, matches, content, notes)
    newer = any(CLAIM_FLAG in labels for labels in each.document.value.get("labels") or ())
    if (
        each.text
        and not (transformers or newer)
        and all(_is_fine(entry, matches.get(entry.number, [])) for entry in each.entries)
    ):
        for entry in each.entries:
            if entry.path:
                content.setdefault(entry.path, entry.text)
        content[each.file] = each.text
        return
    patches: list[Body] = []
    for entry in each.entries:
        patches.extend(_translated(each, entry, matches.get(entry.number, []), content, notes))
    rest = {
        name: value for name, value in each.document.value.items() if name not in ("patches", "patchesStrategicMerge")
    }
    rest = {name: _plain(name, value) for name, value in rest.items()}
    if transformers:
        rest["replacements"] = copies
        rest["transformers"] = [*transformers, *(rest.get("transformers") or ())]
    content[each.file] = dump([{**rest, **({"patches": patches} if patches else {})}])


def _plain(name: str, value: Json) -> Json:
    """Return a field of a kustomization as kustomize v5.8.1 reads it: patches as text, labels without newer flags."""
    if name == "patchesJson6902":
        return [
            {key: item if isinstance(item, str | dict) else dump([item]) for key, item in each.items()}
            for each in value
        ]
    if name != "labels":
        return value
    labels: list[Body] = []
    for each in value:
        fields = [*(each.get("fields") or ()), *([CLAIMS] if each.get(CLAIM_FLAG) else ())]
        rest = {key: item for key, item in each.items() if key not in (CLAIM_FLAG, "fields")}
        labels.append({**rest, **({"fields": fields} if fields else {})})
    return labels


def _is_fine(entry: Entry, found: list[Match]) -> bool:
    """Tell whether kustomize reads an entry as it is written."""
    if entry.is_object or entry.is_nameless or any(name in entry.entry for name in EXTENSIONS):
        return False
    if not found and not entry.is_json:
        return entry.entry.get("target") is not None
    return not any(match.outcome.reason for match in found)


def _translated(
    each: Folder, entry: Entry, found: list[Match], content: dict[str, str], notes: list[str]
) -> list[Body]:
    """Return the entries of `patches` that stand for one of ours."""
    if not found and (entry.entry.get("optional") or not entry.is_json):
        return []
    kept = {name: value for name, value in entry.entry.items() if name in ("target", "options")}
    reasons = {match.outcome.reason: None for match in found if match.outcome.reason}
    if not reasons:
        return [{**_place(each, entry, found, content), **kept}]
    made: dict[str, Body] = {}
    for match in found:
        ops = operations(match)
        if not ops:
            continue
        who = match.before.id
        name = each.path(f"patches/{entry.number:02}-{who.kind}-{who.name}.json-patch.yaml".lower())
        why = match.outcome.reason or next(iter(reasons))
        comment = f"# {entry.origin}\n# A JSON patch, because kustomize {why}.\n"
        text = comment + dump([ops])
        if content.setdefault(name, text) != text:
            problem = f"{entry.origin} does two things to {who}: it is laid over it in two places"
            raise fail(problem, entry.origin, "give each place a patch of its own")
        made[name] = {"path": each.relative(name), "target": _target(who)}
        notes.append(f"{entry.origin}: written as a JSON patch for {who.kind}/{who.name}, because kustomize {why}")
    return list(made.values())


def _copies(
    each: Folder, matches: Mapping[int, list[Match]], content: dict[str, str], notes: list[str]
) -> tuple[list[Body], list[str]]:
    """Return the replacements that stay, and transformers for those from the first on that kustomize gets wrong."""
    kept: list[Body] = []
    transformers: list[str] = []
    for copying in each.copyings:
        found = matches.get(copying.number, [])
        why = next((match.outcome.reason for match in found if match.outcome.reason), "")
        if not why and not transformers:
            kept.append(copying.value)
            continue
        for at, match in enumerate(found):
            who = match.before.id
            name = f"{copying.number:02}-{at}-{who.kind}-{who.name}".lower()
            plugin = {
                "apiVersion": "builtin",
                "kind": "PatchTransformer",
                "metadata": {"name": name},
                "target": _target(who),
                "patch": dump([operations(match)]),
            }
            reason = f"because kustomize {why}" if why else "to follow one that is a JSON patch"
            comment = f"# {copying.origin}\n# A replacement as a JSON patch, {reason}.\n"
            path = each.path(f"transformers/{name}.yaml")
            content[path] = comment + dump([plugin])
            transformers.append(each.relative(path))
            notes.append(f"{copying.origin}: written as a JSON patch for {who.kind}/{who.name}, {reason}")
    return kept, transformers


def _target(who: ResId) -> Body:
    """Return the selector of one object."""
    name = re.escape(who.name).replace(r"\-", "-")
    target = {"group": who.group, "version": who.version, "kind": who.kind, "name": name, "namespace": who.namespace}
    return {key: value for key, value in target.items() if value}


def _place(each: Folder, entry: Entry, found: list[Match], content: dict[str, str]) -> Body:
    """Return how an entry names its patch; one that was no text becomes a file."""
    if not entry.is_object and not entry.is_nameless:
        if not entry.path:
            return {"patch": entry.text}
        content.setdefault(entry.path, entry.text)
        return {"path": each.relative(entry.path)}
    target = entry.entry.get("target") or {}
    kind, name, patch = target.get("kind"), target.get("name"), entry.patch
    if not entry.is_json:
        who, named = found[0].before.id, id_of(patch)
        kind, name = named.kind or kind or who.kind, named.name or name
        identity: Body = {"apiVersion": who.api_version, "kind": who.kind, "metadata": {"name": who.name}}
        meta = {**identity["metadata"], **(patch.get("metadata") or {})}
        patch = {**identity, **patch, "metadata": meta}
    stem = re.sub(r"[^a-z0-9.]+", "-", "-".join(filter(None, (f"{entry.number:02}", kind, name))).lower())
    file = each.path(f"patches/{stem}.yaml")
    content[file] = f"# {entry.origin}\n" + dump([patch])
    return {"path": each.relative(file)}


def _check(content: Mapping[str, str], objects: Iterable[Body]) -> None:
    """Build what was written, and compare."""
    made = {id_of(each.body): each.body for each in build_resources(MemoryFiles(content))}
    wanted = {id_of(body): body for body in objects}
    wrong = [
        str(key)
        for key in {**made, **wanted}
        if key not in made or key not in wanted or not same(made[key], wanted[key])
    ]
    if wrong:
        raise fail(f"{', '.join(wrong)}: the ejected kustomization does not give the same", Origin("eject"), _REPORT)


_REPORT = "this is a fault of django-operator, please report it; nothing was written"
