"""Tables of the fields that hold names, labels, annotations, images and replicas. What is in them: `field_tables`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from django_operator.engine.errors import fail
from django_operator.engine.yamlio import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_operator.engine.resources import ResId
    from django_operator.engine.yamlio import Document


class Gvk(NamedTuple):
    """A group, version and kind; an empty part fits anything."""

    group: str = ""
    version: str = ""
    kind: str = ""

    def fits(self, wanted: ResId) -> bool:
        """Tell whether an object is of this kind."""
        return (
            self.kind in ("", wanted.kind) and self.group in ("", wanted.group) and self.version in ("", wanted.version)
        )


class FieldSpec(NamedTuple):
    """A field of some kinds: its path, and whether it is made where it is missing."""

    path: tuple[str, ...]
    of: Gvk = Gvk()
    create: bool = False


class Reference(NamedTuple):
    """Fields that hold the name of an object of the kind `to`."""

    to: Gvk
    fields: tuple[FieldSpec, ...]


class Fields(NamedTuple):
    """A tree of fields: those below this one, and the kinds whose objects it names itself."""

    below: dict[str, Fields]
    to: tuple[Gvk, ...]


@dataclass(frozen=True)
class FieldSpecs:
    """All tables of one build; `configurations` and `crds` of a kustomization add to them."""

    name_prefix: tuple[FieldSpec, ...]
    name_suffix: tuple[FieldSpec, ...]
    namespace: tuple[FieldSpec, ...]
    labels: tuple[FieldSpec, ...]
    template_labels: tuple[FieldSpec, ...]
    annotations: tuple[FieldSpec, ...]
    images: tuple[FieldSpec, ...]
    replicas: tuple[FieldSpec, ...]
    references: tuple[Reference, ...]
    variables: tuple[FieldSpec, ...]
    own_labels: tuple[FieldSpec, ...] = ()
    """Fields that a configuration adds to `labels`, whatever its flags."""
    _fitting: dict[tuple[str, str, str, str], tuple[FieldSpec, ...]] = field(
        default_factory=dict, compare=False, repr=False
    )
    _referring: dict[tuple[str, str, str], Fields] = field(default_factory=dict, compare=False, repr=False)

    def fitting(self, table: str, wanted: ResId) -> tuple[FieldSpec, ...]:
        """Return the specs of a table (an attribute name) that are for an object's kind; remembered per kind."""
        key = (table, *self._known(wanted))
        if key not in self._fitting:
            specs: tuple[FieldSpec, ...] = getattr(self, table)
            self._fitting[key] = tuple(spec for spec in specs if spec.of.fits(wanted))
        return self._fitting[key]

    def referring(self, wanted: ResId) -> Fields:
        """Return the fields of an object's kind that hold names, as a tree of their steps; remembered per kind."""
        key = self._known(wanted)
        if key not in self._referring:
            rows = (*self._rows.get(wanted.kind, ()), *self._rows.get("", ()))
            self._referring[key] = _tree((to, spec) for to, spec in rows if spec.of.fits(wanted))
        return self._referring[key]

    def _known(self, wanted: ResId) -> tuple[str, str, str]:
        """Return what of a kind the tables tell from others: that bounds what is remembered."""
        groups, versions, kinds = self._words
        return (
            wanted.group if wanted.group in groups else "",
            wanted.version if wanted.version in versions else "",
            wanted.kind if wanted.kind in kinds else "",
        )

    @cached_property
    def _words(self) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        """Return the groups, versions and kinds of all rows."""
        tables = [rows for name, rows in vars(self).items() if isinstance(rows, tuple) and name != "references"]
        specs = {spec.of for rows in tables for spec in rows}
        specs |= {spec.of for reference in self.references for spec in reference.fields}
        return (
            frozenset(of.group for of in specs),
            frozenset(of.version for of in specs),
            frozenset(of.kind for of in specs),
        )

    @cached_property
    def _rows(self) -> dict[str, list[tuple[Gvk, FieldSpec]]]:
        """Return the references by the kind whose field they are."""
        found: dict[str, list[tuple[Gvk, FieldSpec]]] = {}
        for reference in self.references:
            for spec in reference.fields:
                found.setdefault(spec.of.kind, []).append((reference.to, spec))
        return found

    def adding(self, **tables: Iterable[FieldSpec] | Iterable[Reference]) -> FieldSpecs:
        """Return these tables with more rows at their ends."""
        return self.having(**{name: (*getattr(self, name), *rows) for name, rows in tables.items()})

    def having(self, **tables: Any) -> FieldSpecs:
        """Return these tables with others in the place of some."""
        known = {key: rows for key, rows in self._fitting.items() if key[0] not in tables}
        return replace(self, **tables, _fitting=known, _referring={} if "references" in tables else {**self._referring})


def _tree(rows: Iterable[tuple[Gvk, FieldSpec]]) -> Fields:
    top = Fields({}, ())
    for to, spec in rows:
        at = top
        for step in spec.path[:-1]:
            at = at.below.setdefault(step.removesuffix("[]"), Fields({}, ()))
        last = spec.path[-1].removesuffix("[]")
        old = at.below.get(last) or Fields({}, ())
        at.below[last] = Fields(old.below, (*old.to, to))
    return top


def path_at(document: Document) -> tuple[str, ...]:
    """Return the steps of the `path` of a field spec. Raises RenderError for one deeper than objects can be."""
    path = path_of(document.value.get("path") or "")
    if len(path) > MAX_DEPTH:
        raise fail(f"a path of more than {MAX_DEPTH} steps", document.origin(("path",)))
    return path


def path_of(text: str) -> tuple[str, ...]:
    r"""Return the steps of a kustomize path: split at `/`, where `\/` stands for a slash inside a key."""
    return tuple(part.replace("\0", "/") for part in text.replace("\\/", "\0").split("/") if part)
