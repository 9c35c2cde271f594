"""Which objects a patch or replacement is for: kustomize's target selectors. Knows nothing of what is done to them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django_operator.engine.errors import Fault, RenderError, fail, near
from django_operator.engine.pattern_syntax import PatternError
from django_operator.engine.patterns import Pattern
from django_operator.engine.schema import builtin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from django_operator.engine.resources import ResId, Resource, ResourceSet
    from django_operator.engine.schema import Schema
    from django_operator.engine.yamlio import Document

_KEY = re.compile(r"[\w./-]+", re.ASCII)
_VALUE = re.compile(r"[\w.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One part of a label selector: `key` must (or must not) have one of `values`; None stands for any value."""

    key: str
    values: frozenset[str] | None
    wanted: bool

    def fits(self, labels: Mapping[str, str]) -> bool:
        """Tell whether labels keep to this part. A key that is absent fits every refusal, as in Kubernetes."""
        if self.key not in labels:
            return not self.wanted
        return (self.values is None or labels[self.key] in self.values) is self.wanted


@dataclass(frozen=True, slots=True)
class Target:
    """A selector: regular expressions anchored at both ends, label and annotation requirements; empty fits anything."""

    group: Pattern | str
    version: Pattern | str
    kind: Pattern | str
    name: Pattern | str
    namespace: Pattern | str
    labels: tuple[Requirement, ...]
    annotations: tuple[Requirement, ...]
    schema: Schema
    """Tells which kinds are in no namespace."""

    def fits(self, resource: Resource) -> bool:
        """Tell whether an object is meant, by its present or by its original name and namespace."""
        return self._fits(resource.id, resource.original) and self._fits_marks(resource)

    def fits_any(self, resource: Resource) -> bool:
        """Tell whether an object is meant by any id it has or had; labels and annotations are those it has now."""
        return self._fits_marks(resource) and (
            self._fits(resource.id, resource.original) or any(self._fits(known, known) for known in resource.previous)
        )

    def _fits(self, now: ResId, first: ResId) -> bool:
        return (
            _fits(self.kind, now.kind)
            and (_fits(self.name, now.name) or _fits(self.name, first.name))
            and _fits(self.group, now.group)
            and _fits(self.version, now.version)
            and (
                not self.namespace
                or _fits(self.namespace, _namespace(now, self.schema))
                or _fits(self.namespace, _namespace(first, self.schema))
            )
        )

    def _fits_marks(self, resource: Resource) -> bool:
        return _fit_all(self.labels, resource, "labels") and _fit_all(self.annotations, resource, "annotations")


def _namespace(of: ResId, schema: Schema) -> str:
    """Return the namespace that an object is in; kinds that are in none are not in `default` either."""
    return of.namespace or ("" if schema.namespaced(of.api_version, of.kind) is False else "default")


def read_target(document: Document, schema: Schema | None = None) -> Target:
    """Return the selector written in a document; the schema (or the built-in one) knows which kinds have namespaces.

    Raises RenderError for a bad regular expression or requirement.
    """
    faults: list[Fault] = []

    def regex(field: str) -> Pattern | str:
        text = document.value.get(field) or ""
        if text.replace("-", "").replace("/", "").replace("_", "").isalnum() or not text:
            return str(text)  # most selectors are plain names, and these can be looked up
        try:
            return Pattern(text)
        except PatternError as error:
            faults.append(Fault(document.origin((field,)), f"{text!r} is no regular expression: {error}"))
            return ""

    def requirements(field: str) -> tuple[Requirement, ...]:
        text = document.value.get(field) or ""
        try:
            return parse_selector(text)
        except ValueError as error:
            hint = "write `key=value`, `key!=value`, `key in (a, b)`, `key` or `!key`, joined by commas"
            faults.append(Fault(document.origin((field,)), str(error), hint))
            return ()

    target = Target(
        regex("group"),
        regex("version"),
        regex("kind"),
        regex("name"),
        regex("namespace"),
        requirements("labelSelector"),
        requirements("annotationSelector"),
        schema or builtin(),
    )
    if faults:
        raise RenderError(*faults)
    return target


def parse_selector(text: str) -> tuple[Requirement, ...]:
    """Return the requirements of a label selector in Kubernetes' string form. Raises ValueError."""
    return tuple(_requirement(part.strip()) for part in _parts(text)) if text.strip() else ()


def _requirement(text: str) -> Requirement:
    key, rest = text.removeprefix("!").strip(), ""
    if found := _KEY.match(key):
        key, rest = found[0], key[found.end() :].strip()
    word, _, listed = rest.partition("(")
    values = listed.removesuffix(")")
    operator = next((each for each in ("==", "!=", "=") if rest.startswith(each)), "")
    if not found or (rest and text.startswith("!")):
        pass
    elif not rest:
        return Requirement(key, None, wanted=not text.startswith("!"))
    elif operator and _VALUE.fullmatch(value := rest[len(operator) :].strip()):
        return Requirement(key, frozenset([value]), wanted=operator != "!=")
    elif word.strip() in ("in", "notin") and listed.endswith(")") and not {"(", ")"} & set(values):
        return Requirement(key, frozenset(value.strip() for value in values.split(",")), wanted=word.strip() == "in")
    raise ValueError(f"{text!r} is no selector")


def _parts(text: str) -> Iterator[str]:
    """Yield what stands between the commas outside of parentheses."""
    held: list[str] = []
    inside = False
    for piece in text.split(","):
        held.append(piece)
        last = max(piece.rfind("("), piece.rfind(")"))
        inside = piece[last] == "(" if last >= 0 else inside
        if not inside:
            yield ",".join(held)
            held.clear()
    if held:
        yield ",".join(held)


def select(resources: ResourceSet, document: Document, schema: Schema | None = None) -> list[Resource]:
    """Return the objects that a selector fits. Raises RenderError for an empty selector, which would fit everything.

    See https://github.com/fluxcd/kustomize-controller/issues/464 for what an empty one did.
    """
    if not any((document.value or {}).values()):
        raise fail("the target is empty and would fit every object", document.origin(), "name at least a kind")
    target = read_target(document, schema)
    named = isinstance(target.name, str) and target.name
    return [resource for resource in (resources.named(named) if named else resources) if target.fits(resource)]


def describe(document: Document) -> str:
    """Return a selector as a person would say it, such as `Deployment/app`."""
    value = document.value
    name = "/".join(filter(None, (value.get("kind"), value.get("name"))))
    rest = [f"{field} {value[field]}" for field in value if field not in ("kind", "name") and value[field]]
    return " with ".join(filter(None, (name, ", ".join(rest)))) or "object"


def near_objects(kind: str, name: str, resources: Iterable[Resource]) -> str:
    """Return a hint: the objects whose names are nearest to the one that was not found."""
    known = {f"{each.id.kind}/{each.id.name}": each for each in resources}
    same_kind = {text for text, each in known.items() if each.id.kind == kind}
    return near(f"{kind}/{name}", same_kind or known)


def _fits(pattern: Pattern | str, text: str) -> bool:
    if isinstance(pattern, str):
        return not pattern or pattern == text
    return pattern.fits(text)


def _fit_all(requirements: tuple[Requirement, ...], resource: Resource, field: str) -> bool:
    if not requirements:
        return True
    held = (resource.body.get("metadata") or {}).get(field) or {}
    return all(each.fits(held) for each in requirements)
