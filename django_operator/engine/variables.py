"""`vars`, which kustomize has replaced by `replacements`: `$(NAME)` in well-known fields becomes a value of an object.

The rules, and the fields, are those of kustomize v5.8.1 (api/filters/refvar); `varReference` in a configuration adds
fields. Knows nothing of when it runs, which is after names have got their final form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from django_operator.engine.errors import Fault, Origin, RenderError, fail
from django_operator.engine.fieldpaths import MISSING, look_up, read_path, text_of
from django_operator.engine.fieldspecs import FieldSpec, Gvk, path_of
from django_operator.engine.paths import Json, update
from django_operator.engine.resources import split_api_version
from django_operator.engine.target import near_objects

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django_operator.engine.accumulator import Accumulator
    from django_operator.engine.resources import ResId, Resource
    from django_operator.engine.yamlio import Document

_REFERENCE = re.compile(r"\$(?:\$|\(([^)]*)\))")
_NUMBERS = (FieldSpec(("spec", "ports", "port")), FieldSpec(("spec", "ports", "targetPort")))
_TEMPLATES = {
    "Pod": "",
    "Deployment": "spec/template/",
    "DaemonSet": "spec/template/",
    "Job": "spec/template/",
    "ReplicaSet": "spec/template/",
    "StatefulSet": "spec/template/",
    "CronJob": "spec/jobTemplate/spec/template/",
}
_OTHERS = {
    "Deployment": ("spec/template/metadata/annotations",),
    "Ingress": ("spec/rules/host", "spec/tls/hosts", "spec/tls/secretName"),
    "PersistentVolume": ("spec/nfs/server",),
    "": ("metadata/labels", "metadata/annotations"),
}


@cache
def text_fields() -> frozenset[FieldSpec]:
    """Return the fields that kustomize looks into without being told; all of them hold strings."""
    pods = {
        kind: (
            *(f"{start}spec/{place}/{field}" for place in ("containers", "initContainers") for field in _IN_CONTAINERS),
            # kustomize's rows for the other two name fields that those kinds do not have.
            *((f"{start}spec/volumes/nfs/server",) if kind not in ("CronJob", "StatefulSet") else ()),
        )
        for kind, start in _TEMPLATES.items()
    }
    rows = [(kind, path) for table in (pods, _OTHERS) for kind, paths in table.items() for path in paths]
    return frozenset(FieldSpec(path_of(path), Gvk(kind=kind)) for kind, path in rows)


_IN_CONTAINERS = ("args", "command", "env/value", "volumeMounts/mountPath")


def resolve(acc: Accumulator) -> tuple[str, ...]:
    """Put the values of `acc.variables` into every field that may refer to them; return the names never used.

    References to unknown names stay as they are: the kubelet may know them. Raises RenderError: a name given twice, no
    object or several for a variable, no scalar in the field.
    """
    values = _Values(_values(acc), acc)

    def change(resource: Resource) -> Resource:
        body = resource.body
        for spec in text_fields():
            if spec.of.fits(resource.id):
                body = update(body, spec.path, lambda old: _each(old, values.expand))
        numbers = _NUMBERS if resource.id.kind == "Service" else ()
        for spec in (*numbers, *acc.specs.fitting("variables", resource.id)):
            body = update(body, spec.path, lambda old: _each(old, values.typed))
        return resource.with_body(body)

    if values.held:
        acc.resources.map(change, acc.variables[0])
    return tuple(sorted(values.held.keys() - values.used))


def _each(value: Json, change: Callable[[str], Json]) -> Json:
    """Return a field with `change` applied to its text, or to each text of a list or map."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        items = [change(item) if isinstance(item, str) else item for item in value]
        return value if items == value else items
    if isinstance(value, dict):
        pairs = {key: change(item) if isinstance(item, str) else item for key, item in value.items()}
        return value if pairs == value else pairs
    return value


@dataclass
class _Values:
    """The values of all variables, and which of them were used; each use is charged to the build."""

    held: Mapping[str, Json]
    acc: Accumulator
    used: set[str] = field(default_factory=set)

    def expand(self, text: str) -> str:
        """Return a text with its references resolved; `$$` stands for a dollar sign."""
        if "$" not in text:
            return text
        end = text.rfind(")") + 1  # a reference that does not end would be looked for in all the rest, again and again
        return _REFERENCE.sub(self._written, text[:end]) + text[end:].replace("$$", "$")

    def typed(self, text: str) -> Json:
        """Return what `expand` does, save that a text of nothing but one reference becomes the value as it is."""
        name = text[2:-1]
        if text == f"$({name})" and name in self.held:
            return self._use(name)
        return self.expand(text)

    def _written(self, match: re.Match[str]) -> str:
        name = match[1]
        if name is None:
            return "$"
        if name not in self.held:
            return match[0]
        return text_of(self._use(name))

    def _use(self, name: str) -> Json:
        self.used.add(name)
        value = self.held[name]
        if isinstance(value, str):
            self.acc.budget.spend(len(value), lambda: self._at(name))
        return value

    def _at(self, name: str) -> Origin:
        return next(each for each in self.acc.variables if each.value["name"] == name).origin()


def _values(acc: Accumulator) -> dict[str, Json]:
    values: dict[str, Json] = {}
    places: dict[str, Origin] = {}
    faults: list[Fault] = []
    for document in acc.variables:
        name = document.value.get("name") or ""
        if not name:
            faults.append(Fault(document.origin(), "a var needs a name"))
        elif name in places:
            faults.append(Fault(document.origin(("name",)), f"var {name} is given twice", f"first at {places[name]}"))
        else:
            places[name] = document.origin()
            try:
                values[name] = _value(document, acc)
            except RenderError as error:
                faults.extend(error.faults)
    if faults:
        raise RenderError(*faults)
    return values


def _value(document: Document, acc: Accumulator) -> Json:
    resource = _source(document, acc)
    reference = document.value.get("fieldref") or {}
    text = reference.get("fieldpath") or reference.get("fieldPath") or "metadata.name"
    at = document.origin(("fieldref",))
    try:
        steps = read_path(re.sub(r"(?<=[^.])\[", ".[", text))
    except ValueError as error:
        raise fail(str(error), at) from error
    value = look_up(resource.body, steps)
    if value is MISSING or value is None or isinstance(value, dict | list):
        problem = "nothing" if value is MISSING or value is None else "no scalar"
        raise fail(f"{resource.original} has {problem} at {text}", at)
    return value


def _source(document: Document, acc: Accumulator) -> Resource:
    wanted = document.value.get("objref") or {}
    found = [each for each in acc.resources if any(_is_meant(wanted, known) for known in each.ids)]
    if len(found) > 1:
        # Equal names of sibling kustomizations: a var means the object of its own.
        folder = document.source.rpartition("/")[0]
        found = [each for each in found if each.document.source.startswith(folder + "/")] or found
    if len(found) == 1:
        return found[0]
    kind, name = wanted.get("kind") or "", wanted.get("name") or ""
    hint = ", ".join(str(each.id) for each in found) or near_objects(kind, name, acc.resources)
    problem = f"{len(found)} objects fit" if found else "there is no"
    raise fail(f"{problem} {kind}/{name} for var {document.value['name']}", document.origin(("objref",)), hint)


def _is_meant(wanted: Mapping[str, str], known: ResId) -> bool:
    fields = {field: wanted[field] for field in ("group", "version", "kind", "name") if wanted.get(field)}
    if wanted.get("apiVersion"):
        fields["group"], fields["version"] = split_api_version(wanted["apiVersion"])
    if wanted.get("namespace") and wanted["namespace"] != (known.namespace or "default"):
        return False
    return all(getattr(known, field) == text for field, text in fields.items())
