"""Descriptions of Structs and of their fields: docstrings, read from the source. Only generators come here."""

from __future__ import annotations

import ast
import functools
import inspect
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msgspec import Struct


@functools.cache
def _module(name: str) -> Mapping[str, Mapping[str, str]]:
    """Return, for each class of a module, the text under each of its fields; the class's own under ""."""
    tree = ast.parse(inspect.getsource(sys.modules[name]))
    return {node.name: _class(node) for node in tree.body if isinstance(node, ast.ClassDef)}


def _class(node: ast.ClassDef) -> Mapping[str, str]:
    texts = {"": inspect.cleandoc(ast.get_docstring(node) or "")}
    for field, text in zip(node.body, node.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
            and isinstance(text.value.value, str)
        ):
            texts[field.target.id] = inspect.cleandoc(text.value.value)
    return texts


def describe(cls: type[Struct], attribute: str = "") -> str:
    """Return the text of a Struct (or of one of its fields, inherited ones too) as one line; empty when it has none."""
    for base in cls.__mro__:
        text = (
            _module(base.__module__).get(base.__name__, {}).get(attribute, "")
            if "__annotations__" in vars(base)
            else ""
        )
        if text:
            return " ".join(text.split())
    return ""
