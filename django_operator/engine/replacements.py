"""`replacements`: copying a value from one object, or a text, into fields of others.

As in kustomize v5.8.1 (api/filters/replacement), save that a target that selects nothing is an error and that a path
means exactly what it says (see `fieldpaths`).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from django_operator.engine.errors import Fault, Origin, RenderError, StopError, fail, near, note
from django_operator.engine.fieldpaths import (
    MISSING,
    Match,
    Step,
    holds_text,
    look_up,
    read_path,
    scalar,
    text_of,
    typed,
    write,
)
from django_operator.engine.files import join
from django_operator.engine.kustomization import REPLACEMENT, check_shape
from django_operator.engine.paths import depth
from django_operator.engine.target import describe, near_objects, read_target
from django_operator.engine.yamlio import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from django_operator.engine.files import Files
    from django_operator.engine.kustomization import Kustomization
    from django_operator.engine.paths import Body, Json
    from django_operator.engine.resources import ResId, Resource, ResourceSet
    from django_operator.engine.schema import Schema
    from django_operator.engine.yamlio import Document

At: TypeAlias = "Callable[[], Origin]"
"""A place that is looked for when an error asks."""

_IDENTITY = ("group", "version", "kind", "name", "namespace")


class Giver(NamedTuple):
    """Where a value is copied from: an object as it was then, and a path of it."""

    resource: Resource
    steps: tuple[Step, ...]


class _New(NamedTuple):
    """What is written: a value, whether it was given as text (sourceValue), and the options of the target."""

    value: Json
    is_text: bool
    options: Body


def load_replacements(kustomization: Kustomization, files: Files) -> Iterator[Document]:
    """Yield each replacement of a kustomization, the ones that its `path` entries name included."""
    for entry in kustomization.each("replacements"):
        yield from read_entry(entry, kustomization.folder, files)


def read_entry(entry: Document, folder: str, files: Files) -> Iterator[Document]:
    """Yield the replacements that one entry stands for. Raises RenderError for a file of anything else."""
    if not entry.value.get("path"):
        yield entry
        return
    at = entry.origin(("path",))
    if len(entry.value) > 1:
        raise fail("a replacement has either a path or its own fields", at)
    for document in files.documents(join(folder, entry.value["path"]), folder, at):
        listed = isinstance(document.value, list)
        for found in (document.at(index) for index in range(len(document.value))) if listed else (document,):
            if found.value is None:
                raise fail("empty list item", found.origin())
            if faults := tuple(check_shape(found.value, REPLACEMENT, found, ())):
                raise RenderError(*faults)
            yield found


def apply_replacement(
    document: Document, resources: ResourceSet, *, lenient: bool = False, schema: Schema | None = None
) -> None:
    """Copy the value of one replacement into its targets; `lenient` passes over targets that select nothing.

    Raises RenderError: no source or several, no value there, no target, a field that is not there (without `create`), a
    value that the field's type does not allow.
    """
    value = document.value
    if (value.get("source") is None) == (value.get("sourceValue") is None):
        raise fail("a replacement needs either source or sourceValue", document.origin())
    if not value.get("targets"):
        raise fail("a replacement needs targets", document.origin())
    giver: Giver | None = None
    if value.get("source") is None:
        new, is_text = value["sourceValue"], True
    else:
        giver = _giver(document.at("source"), resources)
        new, is_text = _source_value(document.at("source"), giver), False
    faults: list[Fault] = []
    for index in range(len(value["targets"])):
        try:
            target = replace(document.at("targets", index), giver=giver)
            _fill(target, _New(new, is_text, {}), resources, lenient=lenient, schema=schema)
        except StopError:
            raise
        except RenderError as error:
            note(faults, *error.faults)
    if faults:
        raise RenderError(*faults)


def _giver(source: Document, resources: ResourceSet) -> Giver:
    called = _called(source.value.get("name"), resources)
    found = [each for each in called if any(_is_source(source.value, known) for known in each.ids)]
    if len(found) != 1:
        name = describe(source)
        names = ", ".join(str(each.id) for each in found)
        kind, wanted = source.value.get("kind") or "", source.value.get("name") or ""
        hint = f"it fits {names}" if found else near_objects(kind, wanted, resources)
        raise fail(f"{'several objects fit' if found else 'there is no'} {name}", source.origin(), hint)
    text = source.value.get("fieldPath") or "metadata.name"
    return Giver(found[0], _steps(text, partial(source.origin, ("fieldPath",))))


def _called(name: object, resources: ResourceSet) -> Iterable[Resource]:
    """Return the objects that have or had a name, or all where it is none, or a pattern."""
    return resources.named(name) if isinstance(name, str) and name else resources


def _source_value(source: Document, giver: Giver) -> Json:
    at, (resource, steps) = partial(source.origin, ("fieldPath",)), giver
    value = look_up(resource.body, steps)
    if value is MISSING or value is None or value in ({}, []):
        text = source.value.get("fieldPath") or "metadata.name"
        raise fail(f"{resource.original} has nothing at {text}", at(), _near_field(resource.body, text))
    options = source.value.get("options") or {}
    _check_encoding(source)
    if not options.get("delimiter"):
        return value
    parts = _scalar_text(value, at).split(options["delimiter"])
    index = options.get("index") or 0
    if not 0 <= index < len(parts):
        problem = f"{text_of(value)!r} has {len(parts)} parts between {options['delimiter']!r}, there is no {index}"
        raise fail(problem, source.origin(("options", "index")), "parts count from 0")
    return parts[index]


def _is_source(source: Body, known: ResId) -> bool:
    if source.get("kind") not in (None, "", known.kind):
        return False
    wanted = {field: source[field] for field in _IDENTITY if source.get(field)}
    if wanted.get("namespace") == "default":
        wanted["namespace"] = known.namespace if known.namespace in ("", "default") else "default"
    return all(getattr(known, field) == text for field, text in wanted.items())


def _fill(target: Document, new: _New, resources: ResourceSet, *, lenient: bool, schema: Schema | None) -> None:
    select = target.value.get("select")
    if not select or not any(select.values()):
        raise fail("the target selects nothing in particular", target.origin(), "write select: {kind: ...}")
    chosen = read_target(target.at("select"), schema)
    rejects = [
        read_target(target.at("reject", index), schema) for index in range(len(target.value.get("reject") or ()))
    ]
    called = _called(chosen.name, resources)
    found = [each for each in called if chosen.fits_any(each) and not any(reject.fits_any(each) for reject in rejects)]
    if not found and not lenient:
        hint = near_objects(select.get("kind") or "", select.get("name") or "", resources)
        raise fail(f"no {describe(target.at('select'))} to write to", target.at("select").origin(), hint)
    _check_encoding(target)
    options = target.value.get("options") or {}
    given = new._replace(options=options)
    paths = target.value.get("fieldPaths") or ("metadata.name",)
    for resource in found:
        body = resource.body
        for index, text in enumerate(paths):
            at = partial(target.origin, ("fieldPaths", index))
            steps = _steps(text, at)

            def change(old: Json, steps: tuple[Step, ...] = steps, at: At = at) -> Json:
                made = _placed(old, given, steps, at)
                if isinstance(made, dict | list) and depth(made) + len(steps) > MAX_DEPTH:
                    raise fail(f"nested deeper than {MAX_DEPTH} levels", at())
                resources.budget.copy(made, at)
                return made

            body, hits = write(body, steps, change, create=bool(options.get("create")))
            if not hits:
                hint = _near_field(body, text) or "`options: {create: true}` makes what is missing"
                raise fail(f"{resource.original} has no field {text}", at(), hint)
        resources.replace(resource, resource.with_body(body), target)


def _placed(old: Json, given: _New, steps: tuple[Step, ...], at: At) -> Json:
    """Return what a field becomes. A scalar keeps its type; a field that is made gets the type its text reads as."""
    new = given.value
    if given.options.get("delimiter"):
        new = _joined("" if old is MISSING else _scalar_text(old, at), _scalar_text(new, at), given.options)
    if isinstance(new, dict | list):
        if holds_text(steps) or not (old is MISSING or old is None or isinstance(old, dict | list)):
            raise fail("a map or list cannot take the place of a scalar", at(), "let fieldPath lead to a scalar in it")
        return new
    text = text_of(new)
    if old is MISSING or isinstance(old, str):
        return scalar(text, old, steps)
    if old is None or isinstance(old, dict | list):
        return typed(text) if given.is_text else new
    value = typed(text)
    allowed = (int, float) if type(old) is float else (type(old),)
    if type(value) not in allowed:
        what = "true or false" if isinstance(old, bool) else "a number"
        raise fail(f"the field holds {what}, and {text!r} is none", at())
    return value


def _joined(old: str, new: str, options: Body) -> str:
    parts, index = old.split(options["delimiter"]), options.get("index") or 0
    if index < 0:
        parts.insert(0, new)
    elif index >= len(parts):
        parts.append(new)
    else:
        parts[index] = new
    return str(options["delimiter"]).join(parts)


def _scalar_text(value: Json, at: At) -> str:
    if isinstance(value, dict | list):
        raise fail("a delimiter is for scalars, and this is a map or list", at())
    return text_of(value)


def _check_encoding(part: Document) -> None:
    encoding = (part.value.get("options") or {}).get("encoding") or "none"
    if encoding.lower() != "none":
        at = part.origin(("options", "encoding"))
        raise fail(f"encoding {encoding!r} is not supported", at, "kustomize ignores it; leave it out")


def _steps(text: str, at: At) -> tuple[Step, ...]:
    try:
        return read_path(text)
    except ValueError as error:
        raise fail(str(error), at(), r"write `a.b.[name=c].0.*`, and `\.` for a dot inside a key") from error


def _near_field(body: Body, text: str) -> str:
    """Return a hint naming the fields beside the first step of a path that leads nowhere."""
    value: Json = body
    for step in read_path(text):
        if isinstance(step, Match) and step.is_pattern:
            return f"[{step.field}={step.value}] means that very text and no regular expression; `*` is every item"
        held = look_up(value, (step,))
        if held is MISSING:
            return near(step, value) if isinstance(value, dict) and isinstance(step, str) else ""
        value = held
    return ""
