"""What to write in place of a value of another type, or of a field that is not there. Only for messages.

Reads the shapes of the spec, and knows a few habits of people who come from Compose, Helm or a bare Deployment.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from django_operator.engine.errors import near
from django_operator.engine.hints import listed, scalar, words
from django_operator.stack import formats, spec
from django_operator.stack.shape import Shape, fields_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msgspec import Struct

    from django_operator.engine.paths import Body, Json

_MANAGE = re.compile(r"^(?:(?:\S*/)?python[0-9.]*\s+)?(?:\S*/)?manage\.py\s+")
_YES, _NO = ("yes", "on", "true", "1", "y"), ("no", "off", "false", "0", "n")
_DEEP = 3
_MANY = 12


def unknown(name: str, shape: Shape) -> str:
    """Return what to write for a field that a part of the resource has not."""
    fields = shape.fields
    other = formats.ALIASES.get(name, name)
    if other in fields:
        return f"did you mean {other}?"
    if name in formats.MOVED:
        return formats.MOVED[name]
    if shape.cls is spec.Django and name in fields_of(spec.DjangoSpec):
        return "it belongs under spec: indent it as far as image"
    if found := _below(other, shape):
        return f"did you mean {', '.join(found)}?"
    close = near(name, fields)
    if not close.startswith("did") and other in fields_of(spec.DjangoSpec):
        return f"it belongs right under spec: {other}"
    return close


def _below(name: str, shape: Shape) -> list[str]:
    """Return where below a part a field of this name is, as near as possible."""
    level: list[tuple[str, Shape]] = [("", shape)]
    for _ in range(_DEEP):
        level = [
            (f"{path}{field}{more}.", inner)
            for path, each in level
            for field, part in each.fields.items()
            for more, inner in _object_in(part.shape)
        ]
        if found := [f"{path}{name}" for path, each in level if name in each.fields]:
            return found[:_DEEP]
    return []


def _object_in(shape: Shape) -> Iterator[tuple[str, Shape]]:
    while shape.kind in ("list", "map") and shape.item is not None:
        yield from (
            (("[]" if shape.kind == "list" else ".<name>") + more, each) for more, each in _object_in(shape.item)
        )
        return
    if shape.cls is not None and shape.cls is not spec.SecretKeyRef:
        yield "", shape


def instead(value: Json, shape: Shape) -> str:  # noqa: PLR0911 - one for each kind of shape
    """Return what to write instead of a value of another type than its shape has; empty where nobody can tell."""
    match shape.kind:
        case "string":
            return _text(value, shape)
        case "integer" | "mixed":
            return _number(value)
        case "boolean":
            word = json.dumps(value).strip('"').lower()
            return "write true" if word in _YES else "write false" if word in _NO else ""
        case "list":
            return _list(value, shape.item or Shape("any"))
        case "map":
            return _map(value, shape.item or Shape("any"))
        case "object" if shape.cls is not None:
            return _object(value, shape.cls)
    return ""


def _text(value: Json, shape: Shape) -> str:
    if isinstance(value, dict | list):
        inner = [each for each in (value.values() if isinstance(value, dict) else value) if isinstance(each, str)]
        return f"write {scalar(inner[0])}" if len(inner) == len(value) == 1 else ""
    if shape.form == "duration" and not isinstance(value, bool):
        return f"write {value}s for seconds"
    if shape.form == "quantity" and not isinstance(value, bool):
        return f"write {value}Mi or {value}Gi"
    if shape.form == "cron":
        return formats.SCHEDULE
    return f'put it in quotes: "{json.dumps(value)}"'


def _number(value: Json) -> str:
    if isinstance(value, float) and value.is_integer():
        return f"write {int(value)}"
    found = re.fullmatch(r"(-?[0-9]+) ?(s|sec|seconds|%|)", value) if isinstance(value, str) else None
    if found is None:
        return ""
    return f"write {int(found[1])} without quotes" if not found[2] else f"write {int(found[1])}, without {found[2]}"


def _list(value: Json, item: Shape) -> str:
    if isinstance(value, dict):
        return "start each item with - and a blank" if item.cls else ""
    if not isinstance(value, str):
        return f"write {listed([json.dumps(value)])}" if item.kind == "string" and not isinstance(value, list) else ""
    if item.cls is not None:
        return f"write [{made}]" if (made := _made(value, item.cls)) else ""
    if item.form == "host":
        value = re.sub("[a-z]+://|/(?=[,\\s]|$)", "", value)
    # A command line is parted as a shell would; names stand between commas or blanks.
    command = item.kind == "string" and not item.form and (item.longest or 0) > 253  # noqa: PLR2004 - see k8stypes.Word
    return f"write {listed(words(value) if command else value.replace(',', ' ').split())}"


def _map(value: Json, item: Shape) -> str:
    if isinstance(value, list):
        names = [each.get("name") if isinstance(each, dict) else each for each in value]
        shown = [scalar(name) for name in names if isinstance(name, str)] or ["<name>"]
        entries = ", ".join(f"{name}: {'{...}' if item.cls else '...'}" for name in shown)
        return f"write a map by name: {{{entries}}}"
    if item.cls is spec.Worker and isinstance(value, int) and not isinstance(value, bool):
        return f"write {{default: {{replicas: {value}}}}}"
    return ""


def _object(value: Json, cls: type[Struct]) -> str:
    fields = fields_of(cls)
    hint = ""
    if isinstance(value, bool):
        hint = f"write {{enabled: {json.dumps(value)}}}" if "enabled" in fields else ""
    elif isinstance(value, str):
        hint = _from_text(value, cls)
    elif isinstance(value, list):
        if cls is spec.Step and value and all(isinstance(word, str) for word in value):
            hint = f"write {{args: {listed(value)}}}"
        elif len(value) == 1 and isinstance(value[0], dict):
            hint = "take the - away: it is one, not a list"
    return hint or (f"it has {', '.join(sorted(fields))}" if len(fields) <= _MANY else "")


def _from_text(value: str, cls: type[Struct]) -> str:
    fields = fields_of(cls)
    if found := re.fullmatch(r"([A-Za-z]+):(\S.*)", value):
        if found[1] in fields:
            return f"a blank is missing: {found[1]}: {found[2]}"
        if found[2].startswith("//") and "external" in fields:
            return "put the URL into a Secret under the key url, and write {external: {secretRef: {name: ...}}}"
    made = _made(value, cls)
    return f"write {made}" if made and not made.startswith("a step") else made


def _made(value: str, cls: type[Struct]) -> str:
    """Return an object that a text stands for: a command, a reference by name, a built-in overlay."""
    if cls is spec.Step:
        lines = [_MANAGE.sub("", line.strip()) for line in re.split(r"&&|;", value)]
        steps = [f"{{args: {listed(words(line))}}}" for line in lines if line]
        return steps[0] if len(steps) == 1 else f"a step for each: {', '.join(steps)}" if steps else ""
    if cls is spec.Overlay:
        return f"{{builtin: {scalar(value)}}}"
    required = [name for name, field in fields_of(cls).items() if field.required]
    return f"{{name: {scalar(value)}}}" if required == ["name"] else ""


def pool(name: str, value: Json, shape: Shape) -> str:
    """Return what to write where a map by name was given a field of its items; empty where it was not."""
    cls = shape.item.cls if shape.item else None
    if cls is None or name not in fields_of(cls) or isinstance(value, dict):
        return ""
    written = f"{name}: {listed(map(str, value)) if isinstance(value, list) else json.dumps(value)}"
    return f"a name is missing above it: {{default: {{{written}}}}}"


def patch(value: Body) -> bool:
    """Tell whether an item of `patches` is the patch itself, without its field around it."""
    return "patch" not in value and bool({"apiVersion", "kind", "metadata", "spec", "op"} & value.keys())


def kubernetes(field: str, value: Json) -> str:  # noqa: PLR0911 - one for each mistake
    """Return what to write for a value of a Kubernetes type, or an item of such a list; empty where it may be right."""
    match field, value:
        case "env", dict() if value and "name" not in value and all(_is_env(*pair) for pair in value.items()):
            return ", ".join(_variable(*pair) for pair in value.items())
        case "env", str() if found := re.fullmatch(r"([A-Za-z_]\w*)[=:]\s*(.*)", value):
            return _variable(found[1], found[2])
        case "envFrom", str():
            return f"{{secretRef: {{name: {scalar(value)}}}}}"
        case "envFrom", dict() if isinstance(value.get("name"), str) and len(value) == 1:
            return f"{{secretRef: {{name: {scalar(value['name'])}}}}} or {{configMapRef: ...}}"
        case "imagePullSecrets", str():
            return f"{{name: {scalar(value)}}}"
        case "volumes", str():
            return f"{{name: {scalar(value)}, secret: {{secretName: ...}}}} or another kind"
        case "volumeMounts", str() if found := re.fullmatch(r"([^:]+):(/[^:]*)(:ro|:rw)?", value):
            return f"{{name: {scalar(found[1])}, mountPath: {scalar(found[2])}}}"
        case "resources", dict() if {"cpu", "memory"} & value.keys():
            inner = ", ".join(f"{name}: {json.dumps(value[name])}" for name in ("cpu", "memory") if name in value)
            return f"{{requests: {{{inner}}}}}, or limits"
    return ""


def _is_env(name: str, value: Json) -> bool:
    return re.fullmatch("[A-Z_][A-Z0-9_]*", name) is not None and not isinstance(value, dict | list)


def _variable(name: str, value: Json) -> str:
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value)
    return f"{{name: {name}, value: {scalar(text)}}}"


def required(path: tuple[str | int, ...]) -> str:
    """Return an example for a field that must be given."""
    name = path[-1]
    if path in formats.EXAMPLES:
        return formats.EXAMPLES[path]
    return formats.EXAMPLES.get((name,), "") if len(path) > 1 else ""
