"""Formats of texts: what is wrong with one, and what to write instead. Knows nothing of where a text stands."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_operator.engine.paths import Path

EXAMPLES: dict[Path, str] = {
    ("apiVersion",): "write apiVersion: django-operator.io/v1alpha1",
    ("kind",): "write kind: Django",
    ("metadata", "name"): "write metadata: {name: ...}",
    ("spec", "image"): "write image: the site's image, e.g. registry.example.com/shop",
}
"""What to write for a field that must be given, by its place."""

MOVED: dict[str, str] = {
    "host": "write hosts: [...]",
    "clusterIssuer": "write ingress.tls.issuerRef: {name: ...}",
    "initManageCommands": "write release.preDeploy: [{args: [...]}] (every version) or release.init (once)",
    "alwaysRunMigrations": "write release.always",
    "migrate": "write release.preDeploy: [{args: [migrate, --noinput]}]",
    "autoscalers": "write autoscaling under app and under each pool of workers",
    "worker": "write workers: a map of pools, e.g. {default: {...}}",
    "commands": "write command and args under app, workers.<pool> and beat",
    "ports": "write app.port",
    "resourceRequests": "write resources under app, workers.<pool> and beat",
    "appProbeSpec": "write app.probes",
    "envFromSecretRefs": "write envFrom: [{secretRef: {name: ...}}]",
    "envFromConfigMapRefs": "write envFrom: [{configMapRef: {name: ...}}]",
    "initContainers": "write an overlay with a patch for the pods",
    "sidecars": "write an overlay with a patch for the pods",
    "affinity": "write podTemplate: {affinity: ...}",
    "nodeSelector": "write podTemplate: {nodeSelector: ...}",
    "tolerations": "write podTemplate: {tolerations: ...}",
    "postgres": "write database: {managed: {...}}",
    "celery": "write workers: {default: {...}} and beat",
}
"""Where a thing is that people look for under another name (the forerunner's fields, a pod's own fields)."""

_SHAPES: dict[str, tuple[str, str]] = {
    "label": ("a name of lower-case letters, digits and -", "start and end with a letter or digit, e.g. mail-fast"),
    "object name": ("a name of lower-case letters, digits, - and .", "start and end with a letter or digit"),
    "data key": ("a key of letters, digits, -, _ and .", ""),
    "label key": ("the key of a label or annotation", "a name, or domain/name, e.g. example.com/team"),
    "label value": ("the value of a label", "letters, digits, -, _ and ., at most 63; quote numbers"),
    "env name": ("the name of an environment variable", "letters, digits and _, no digit first"),
    "absolute path": ("an absolute path", "start with /"),
    "image": ("an image", "e.g. registry.example.com/shop:1.2"),
    "version": ("a tag or digest", "letters, digits, _ . and -, at most 128; or sha256: and 64 hexadecimal digits"),
    "package": ("a Python package", "e.g. mysite, or mysite.config"),
    "host:port": ("an address of the form host:port", "e.g. redis.example.com:6379"),
    "per cent": ("a number of per cent", "e.g. 25%"),
    "name": (
        "a name of lower-case letters, digits and - that starts with a letter",
        "it becomes part of the names of Services, which start with a letter",
    ),
    "duration": ("a duration", "e.g. 90s, 10m or 1h30m"),
    "quantity": ("a size", "e.g. 500Mi or 10Gi"),
    "cron": ("a schedule", "five fields: minute hour day month weekday, e.g. 0 3 * * *; or @daily"),
}


def fault(form: str, value: str, *, well: bool) -> tuple[str, str]:
    """Return the problem and the hint of a text; both empty when it is right. `well` tells that its pattern fits."""
    if form == "cron":
        problem = cron_fault(value)
        return (f"{json.dumps(value)} is not a schedule: {problem}", _SHAPES["cron"][1]) if problem else ("", "")
    if well and form == "duration" and not re.search("[1-9]", value):
        return f"{json.dumps(value)} is no time at all", _SHAPES["duration"][1]
    if well and form == "quantity" and not re.search("[1-9]", value):
        return f"{json.dumps(value)} is no size at all", _SHAPES["quantity"][1]
    if well:
        return "", ""
    if form == "host":
        return f"{json.dumps(value)} is not a host name", _host_hint(value)
    what, hint = _SHAPES.get(form, ("of the right form", ""))
    if form == "duration" and value.isdigit():
        hint = f"write {value}s for seconds"
    if form == "quantity" and value.lower().endswith("b"):
        hint = f"write {value[:-1]}i" if value[-2:-1] in "KMGTP" else hint
    return f"{json.dumps(value)} is not {what}", hint


def _host_hint(value: str) -> str:
    if "://" in value:
        rest = value.split("://", 1)[1].split("/", maxsplit=1)[0]
        return f"a name alone, without scheme: {rest}"
    if re.search(r":[0-9]+$", value):
        return f"a name alone, without port: {value.rsplit(':', 1)[0]}"
    if "/" in value:
        return f"a name alone, without path: {value.split('/', maxsplit=1)[0]}; the path goes to ingress.path"
    if value.startswith("."):
        return f"write *{value} for all names under it"
    if value != value.lower():
        return f"write {value.lower()}"
    return "letters, digits and - between dots; * only as the whole first part, as in *.example.com"


_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_FIELDS: tuple[tuple[str, int, int, list[str]], ...] = (
    ("minute", 0, 59, []),
    ("hour", 0, 23, []),
    ("day of the month", 1, 31, []),
    ("month", 1, 12, ["", *_MONTHS]),
    ("day of the week", 0, 6, _DAYS),
)  # fmt: skip
_MACROS = frozenset({"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"})


def cron_fault(value: str) -> str:
    """Return what is wrong with a schedule of robfig/cron, as CronJobs have it; empty when nothing is."""
    if value.startswith("@"):
        known = value in _MACROS or re.fullmatch(r"@every ([0-9]+(\.[0-9]+)?(h|m|s|ms))+", value)
        return "" if known else f"{value} is none of {', '.join(sorted(_MACROS))}"
    if value.startswith(("TZ=", "CRON_TZ=")):
        return "the time zone goes to timeZone"
    parts = value.split()
    if len(parts) != len(_FIELDS):
        return f"{len(parts)} fields instead of 5"
    for part, (name, low, high, words) in zip(parts, _FIELDS, strict=True):
        for item in part.split(","):
            if problem := _cron_item(item, low, high, words):
                return f"{name} {item}: {problem}"
    return ""


def _cron_item(item: str, low: int, high: int, words: list[str]) -> str:
    span, slash, step = item.partition("/")
    if slash and not (step.isdigit() and int(step) > 0):
        return "the step is a number above 0"
    if span in ("*", "?"):
        return ""
    ends = span.split("-")
    numbers = [
        int(end) if end.isdigit() else words.index(end.lower()) if end.lower() in words and end else -1 for end in ends
    ]
    if len(ends) > 2 or -1 in numbers:  # noqa: PLR2004 - from and to
        return "neither a number, a range nor *"
    if any(not low <= number <= high for number in numbers):
        return f"not between {low} and {high}"
    return "the range runs backwards" if numbers != sorted(numbers) else ""
