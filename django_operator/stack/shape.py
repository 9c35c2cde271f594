"""The Structs of `spec` as a tree of shapes, which the checks, the CRD and the reference are made from.

Reads annotations only. Knows nothing of manifests, and of Kubernetes only how to name an embedded type.
"""

from __future__ import annotations

import functools
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from msgspec import NODEFAULT, Meta, Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCALARS = {str: "string", int: "integer", bool: "boolean", float: "number"}


class Shape(Struct, frozen=True):
    """What a value may be.

    `kind` is object (fields of `cls`), list (of `item`), map (of `key` to `item`), string, integer, boolean, mixed (an
    integer as `item` says, or a string as `key` says), k8s (as the field `embedded` of a Kubernetes type), or any.
    """

    kind: str
    cls: type[Struct] | None = None
    item: Shape | None = None
    key: Shape | None = None
    embedded: tuple[str, str] | None = None
    enum: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    shortest: int | None = None
    longest: int | None = None
    pattern: str | None = None
    form: str = ""
    unique: bool = False
    keys: tuple[str, ...] = ()

    @property
    def fields(self) -> Mapping[str, Field]:
        """Return the fields of an object by their names in YAML."""
        return fields_of(self.cls) if self.cls else {}


class Field(Struct, frozen=True):
    """A field of a Struct: its names in YAML and in Python, its shape, and whether it must be given."""

    name: str
    attribute: str
    shape: Shape
    required: bool


@functools.cache
def fields_of(cls: type[Struct]) -> Mapping[str, Field]:
    """Return the fields of a Struct by their names in YAML, in the order they were written (inherited ones first)."""
    annotations: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        annotations.update(vars(base).get("__annotations__", {}))
    names, encoded = cls.__struct_fields__, cls.__struct_encode_fields__
    # Defaults stand for the last fields only; those of keyword-only required fields are NODEFAULT.
    defaults = (NODEFAULT,) * (len(names) - len(cls.__struct_defaults__)) + cls.__struct_defaults__
    return {
        name: Field(name, attribute, shape_of(annotations[attribute]), default is NODEFAULT)
        for attribute, name, default in zip(names, encoded, defaults, strict=True)
    }


def shape_of(annotation: Any) -> Shape:  # noqa: C901, PLR0911 - one for each kind of annotation
    """Return the shape of an annotation. `X | None` has the shape of X: null is as good as absent."""
    metas: list[Meta] = []
    while hasattr(annotation, "__metadata__"):
        metas.extend(meta for meta in annotation.__metadata__ if isinstance(meta, Meta))
        annotation = annotation.__origin__
    extra: dict[str, Any] = {}
    for meta in metas:
        extra.update(meta.extra or {})
    if extra.get("any"):
        return Shape("any", form="object" if get_origin(annotation) is dict else "")
    args = get_args(annotation)
    if get_origin(annotation) in (Union, UnionType):
        parts = [part for part in args if part is not NoneType]
        if len(parts) == 1:
            return shape_of(parts[0])
        number, text = map(shape_of, parts)
        return Shape("mixed", item=number, key=text)
    if "k8s" in extra:
        return Shape("k8s", embedded=extra["k8s"], **_bounds(metas))
    match get_origin(annotation):
        case None if isinstance(annotation, type) and issubclass(annotation, Struct):
            return Shape("object", cls=annotation)
        case None:
            return Shape(_SCALARS.get(annotation, "any"), form=extra.get("is", ""), **_bounds(metas))
        case origin if origin is Literal:
            return Shape("string", enum=args)
        case origin if origin is list:
            return Shape(
                "list",
                item=shape_of(args[0]),
                unique=extra.get("set", False),
                keys=tuple(extra.get("keys", ())),
                **_bounds(metas),
            )
        case _:
            return Shape("map", key=shape_of(args[0]), item=shape_of(args[1]), **_bounds(metas))


_BOUNDS = {"low": "ge", "high": "le", "shortest": "min_length", "longest": "max_length"}


def _bounds(metas: list[Meta]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for meta in metas:
        if meta.extra and "pattern" in meta.extra:
            found["pattern"] = meta.extra["pattern"]
        found.update({ours: value for ours, theirs in _BOUNDS.items() if (value := getattr(meta, theirs)) is not None})
    return found
