"""Formats of texts: what is wrong with one, and what to write instead. Knows nothing of where a text stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django_operator.engine.errors import near
from django_operator.engine.jsontext import quoted

if TYPE_CHECKING:
    from django_operator.engine.paths import Path

EXAMPLES: dict[Path, str] = {
    ("apiVersion",): "write apiVersion: django-operator.io/v1alpha1",
    ("kind",): "write kind: Django",
    ("metadata", "name"): "write metadata: {name: ...}",
    ("spec",): "write spec: {image: ...}",
    ("spec", "image"): "write image: the site's image, e.g. registry.example.com/shop",
    ("port",): "write port: http (the web server's), or a number",
    ("schedule",): 'write schedule: "0 3 * * *" or schedule: "@daily"',
    ("secretRef",): "write secretRef: {name: ...}, a Secret that holds it",
    ("patch",): "write patch: a part of the object, or a list of operations",
}
"""What to write for a field that must be given, by its place, or by its name wherever it is."""

ALIASES: dict[str, str] = {
    "readinessProbe": "readiness",
    "livenessProbe": "liveness",
    "startupProbe": "startup",
    "ingressClassName": "className",
    "ingressClass": "className",
    "min": "minReplicas",
    "max": "maxReplicas",
    "targetCPUUtilizationPercentage": "cpu",
    "targetCPU": "cpu",
    "containerPort": "port",
    "healthcheck": "probes",
    "healthCheck": "probes",
    "entrypoint": "command",
    "size": "storage",
    "cron": "schedule",
    "timezone": "timeZone",
    "tag": "version",
}
"""Names from elsewhere that mean just the same."""

MOVED: dict[str, str] = {
    "host": "write hosts: [...]",
    "clusterIssuer": "write ingress.tls.issuerRef: {name: ...}",
    "initManageCommands": "write release.preDeploy: [{args: [...]}] (every version) or release.init (once)",
    "alwaysRunMigrations": "write release.always",
    "migrate": "write release.preDeploy: [{args: [migrate, --noinput]}]",
    "autoscalers": "write autoscaling under app and under each pool of workers",
    "worker": "write workers: a map of pools, e.g. {default: {...}}",
    "pools": "write the pools right under workers, e.g. {default: {...}}",
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
    "namespace": "everything is in the resource's own namespace, metadata.namespace: leave it out here",
    "secretName": "write secretRef: {name: ...}",
    "url": "a URL holds a password: put it into a Secret, and write secretRef: {name: ...}",
    "environment": "write env: [{name: ..., value: ...}]",
    "domain": "write hosts: [...]",
    "domains": "write hosts: [...]",
    "migrations": "write release.preDeploy: [{args: [migrate, --noinput]}]",
    "cronjobs": "write cronJobs: a map by name, e.g. {clean: {schedule: ..., args: [...]}}",
    "httpGet": "write path for all three probes, or readiness: {httpGet: {...}}",
    "celery": "write workers: {default: {...}} and beat",
}
"""Where a thing is that people look for under another name (the forerunner's fields, a pod's own fields)."""

SCHEDULE = 'five fields: minute hour day month weekday, e.g. "0 3 * * *"; or "@daily"'

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
    "cron": ("a schedule", SCHEDULE),
    "time zone": ("a time zone", "e.g. Europe/Berlin or UTC; an abbreviation such as CEST is none"),
}


def fault(form: str, value: str, *, well: bool) -> tuple[str, str]:  # noqa: PLR0911 - one for each mistake
    """Return the problem and the hint of a text; both empty when it is right. `well` tells that its pattern fits."""
    if form == "cron":
        problem = cron_fault(value)
        return (f"{quoted(value)} is not a schedule: {problem}", _cron_hint(value)) if problem else ("", "")
    if form == "time zone" and not _is_zone(value):
        well = False
    if well and form == "image" and (path := _repository(value)) != path.lower():
        return f"{quoted(value)} is not an image", f"names of images are in lower case: {path.lower()}"
    if well and form == "duration" and not re.search("[1-9]", value):
        return f"{quoted(value)} is no time at all", _SHAPES["duration"][1]
    if well and form == "quantity" and not re.search("[1-9]", value):
        return f"{quoted(value)} is no size at all", _SHAPES["quantity"][1]
    if well:
        return "", ""
    if form == "host":
        return f"{quoted(value)} is not a host name", _host_hint(value)
    what, hint = _SHAPES.get(form, ("of the right form", ""))
    return f"{quoted(value)} is not {what}", _meant(form, value) or hint


def _meant(form: str, value: str) -> str:  # noqa: PLR0911 - one for each mistake
    """Return what a text was meant as, empty where nobody can tell."""
    from django_operator.engine.hints import sized  # noqa: PLC0415 - on the way to an error

    close = value.strip()
    if form == "duration":
        found = re.fullmatch(r"([0-9]+) ?(s|m|h|)[a-z]*", close)
        unit = found[2] if found else ""
        return f"write {found[1]}{unit or 's'}{'' if unit else ' for seconds'}" if found else ""
    if form == "quantity":
        return f"write {meant}" if (meant := sized(close)) else ""
    if form == "image" and "://" in close:
        return f"without scheme: {close.split('://', 1)[1]}"
    if form in ("label", "name"):
        made = re.sub("[^a-z0-9]+", "-", re.sub("([a-z])([A-Z])", r"\1-\2", close).lower()).strip("-")
        return f"e.g. {made}" if made and (form == "label" or made[0].isalpha()) else ""
    if form == "package" and (found := re.match(r"([A-Za-z_][\w.]*)\.[aw]sgi\b", close)):
        return f"write {found[1]}"
    if form == "package" and re.fullmatch(r"[A-Za-z_][-\w.]*", close):
        return f"the name that Python imports, perhaps {close.replace('-', '_')}"
    together = "".join(value.split())
    return f"take out the blanks: {together}" if together != value else ""


def _repository(image: str) -> str:
    """Return the name of an image without registry, tag and digest. The first part is a registry as Docker sees it."""
    first, slash, rest = image.partition("@")[0].partition("/")
    registry = bool(slash) and (first == "localhost" or any(mark in first for mark in ".:"))
    return (rest if registry else first + slash + rest).partition(":")[0]


_AREAS = (
    "Africa America Antarctica Arctic Asia Atlantic Australia Brazil Canada Chile Etc Europe Indian Mexico Pacific US"
)
_ZONES = (
    "CET CST6CDT Cuba EET EST EST5EDT Egypt Eire GB GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich HST Hongkong Iceland Iran "
    "Israel Jamaica Japan Kwajalein Libya MET MST MST7MDT NZ NZ-CHAT Navajo PRC PST8PDT Poland Portugal ROC ROK "
    "Singapore Turkey UCT UTC Universal W-SU WET Zulu"
)


def _is_zone(value: str) -> bool:
    """Tell whether a text may be a time zone. The zones of an area change with each release of tz: not listed here."""
    area, slash, _ = value.partition("/")
    return area in _AREAS.split() if slash else value in _ZONES.split()


def _host_hint(value: str) -> str:  # noqa: PLR0911 - one for each mistake
    if "://" in value:
        rest = value.split("://", 1)[1].split("/", maxsplit=1)[0]
        return f"a name alone, without scheme: {rest}"
    if re.search(r":[0-9]+$", value):
        return f"a name alone, without port: {value.rsplit(':', 1)[0]}"
    if "/" in value:
        return f"a name alone, without path: {value.split('/', maxsplit=1)[0]}; the path goes to ingress.path"
    if value.startswith("."):
        return f"write *{value} for all names under it"
    close = value.strip(" .\"'\u201c\u201d\u2018\u2019").lower()
    if close != value and re.fullmatch(r"(\*\.)?[-a-z0-9]+(\.[-a-z0-9]+)*", close):
        return f"write {close}"
    if value == "*":
        return "write the names themselves: no Ingress can be made for all there are"
    if "_" in value:
        return "there is no _ in the name of a host"
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


def _cron_hint(value: str) -> str:
    macro = f"@{value.strip().lstrip('@').lower()}"
    if macro in _MACROS:
        return f'write "{macro}"'
    if value.startswith("@"):
        return near(macro, _MACROS)
    parts = value.split()
    if len(parts) == len(_FIELDS) + 1 and not cron_fault(" ".join(parts[1:])):
        return f'there are no seconds: write "{" ".join(parts[1:])}"'
    if len(parts) == len(_FIELDS):
        day = re.sub("[A-Za-z]{4,}", lambda found: found[0][:3].upper(), parts[4].replace("7", "0"))
        if not cron_fault(meant := " ".join([*parts[:4], day])):
            return f'write "{meant}"'
    return SCHEDULE


def cron_fault(value: str) -> str:
    """Return what is wrong with a schedule of robfig/cron, as CronJobs have it; empty when nothing is."""
    if value.startswith("@"):
        known = value in _MACROS or re.fullmatch(r"@every ([0-9]+(\.[0-9]+)?(h|m|s|ms))+", value)
        return "" if known else "there is no such word"
    if value.startswith(("TZ=", "CRON_TZ=")):
        return "the time zone goes to timeZone"
    parts = value.split()
    if len(parts) != len(_FIELDS):
        return f"{len(parts)} field{'s' if len(parts) > 1 else ''} instead of 5"
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
