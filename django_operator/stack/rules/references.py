"""Rules of names: that of the resource's namespace, and names in a spec that are those of the stack's own objects.

Overlays speak of base names, a spec of names as they are on the cluster. One that is a base name would be taken for it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django_operator.stack import spec
from django_operator.stack.limits import LABEL
from django_operator.stack.rules.rule import Rule, at, has

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.engine.paths import Body, Json, Path

CONFIG_MAP = "django"
CLAIM = "media"

_CONFIG_MAPS = ("configMapRef", "configMapKeyRef", "configMap")


def _own_names(self: Body) -> Iterator[Path]:
    for name, part in self.items():
        if name != "overlays":
            yield from _inside(part, (name,), claim=has(self, "media"))


def _inside(value: Json, path: Path, *, claim: bool) -> Iterator[Path]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _inside(item, (*path, index), claim=claim)
    elif isinstance(value, dict):
        for field, item in value.items():
            if field in _CONFIG_MAPS and isinstance(item, dict) and item.get("name") == CONFIG_MAP:
                yield (*path, field, "name")
            elif field == "claimName" and item == CLAIM and claim:
                yield (*path, field)
            else:
                yield from _inside(item, (*path, field), claim=claim)


def _advice(_: Body, place: Path) -> str:
    if place[-1] == "claimName":
        return "its volume, media, is in every pod: mount that, or give a claim of yours another name"
    return "every pod of the image reads it already; give a ConfigMap of yours another name"


RULES: tuple[Rule, ...] = (
    Rule(
        "own-name",
        spec.DjangoSpec,
        "",
        "the stack's own object has this name",
        lambda self: tuple(_own_names(self)),
        only="what is embedded goes beyond the server's cost budget",
        advise=_advice,
    ),
    Rule(
        "namespace",
        spec.Metadata,
        "namespace",
        "a namespace is called by at most 63 lower-case letters, digits and -, with a letter or digit at both ends",
        at("namespace", lambda self: bool(self.get("namespace")) and not re.fullmatch(LABEL, self["namespace"])),
        only="the server knows its namespaces",
    ),
)
