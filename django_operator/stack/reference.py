"""docs/reference.md, made from the same Structs, rules and bases as everything else. Only its script comes here."""

from __future__ import annotations

import re
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, TypeAlias

from django_operator.engine.paths import get
from django_operator.engine.yamlio import parse
from django_operator.stack import spec
from django_operator.stack.describe import describe
from django_operator.stack.library import library
from django_operator.stack.rules import RULES
from django_operator.stack.rules.changes import CHANGES
from django_operator.stack.shape import Field, Shape, fields_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msgspec import Struct

    from django_operator.engine.paths import Json

Places: TypeAlias = "dict[type[Struct], list[str]]"

_POD = ("spec", "template", "spec")
_DJANGO = (*_POD, "containers", 0)
_VOLUME = ("spec", "volumeClaimTemplates", 0, "spec", "resources", "requests", "storage")
_SCALER = "app-autoscaler/horizontalpodautoscaler.yaml"
_CPU = ("spec", "metrics", 0, "resource", "target", "averageUtilization")

DEFAULTS: dict[tuple[type[Struct], str], tuple[str, tuple[str | int, ...]]] = {
    (spec.App, "port"): ("app/deployment.yaml", (*_DJANGO, "ports", 0, "containerPort")),
    (spec.App, "replicas"): ("app/deployment.yaml", ("spec", "replicas")),
    (spec.App, "preStopSeconds"): ("app/deployment.yaml", (*_DJANGO, "lifecycle", "preStop", "sleep", "seconds")),
    (spec.App, "terminationGracePeriodSeconds"): ("app/deployment.yaml", (*_POD, "terminationGracePeriodSeconds")),
    (spec.WebProbes, "path"): ("app/deployment.yaml", (*_DJANGO, "readinessProbe", "httpGet", "path")),
    (spec.Worker, "replicas"): ("worker/deployment.yaml", ("spec", "replicas")),
    (spec.Worker, "terminationGracePeriodSeconds"): (
        "worker/deployment.yaml",
        (*_POD, "terminationGracePeriodSeconds"),
    ),
    (spec.Beat, "terminationGracePeriodSeconds"): ("beat/statefulset.yaml", (*_POD, "terminationGracePeriodSeconds")),
    (spec.CronJob, "timeZone"): ("cron/cronjob.yaml", ("spec", "timeZone")),
    (spec.CronJob, "concurrencyPolicy"): ("cron/cronjob.yaml", ("spec", "concurrencyPolicy")),
    (spec.CronJob, "backoffLimit"): ("cron/cronjob.yaml", ("spec", "jobTemplate", "spec", "backoffLimit")),
    (spec.CronJob, "timeout"): ("cron/cronjob.yaml", ("spec", "jobTemplate", "spec", "activeDeadlineSeconds")),
    (spec.CronJob, "startingDeadlineSeconds"): ("cron/cronjob.yaml", ("spec", "startingDeadlineSeconds")),
    (spec.CronJob, "successfulJobsHistoryLimit"): ("cron/cronjob.yaml", ("spec", "successfulJobsHistoryLimit")),
    (spec.CronJob, "failedJobsHistoryLimit"): ("cron/cronjob.yaml", ("spec", "failedJobsHistoryLimit")),
    (spec.Autoscaling, "minReplicas"): (_SCALER, ("spec", "minReplicas")),
    (spec.Autoscaling, "maxReplicas"): (_SCALER, ("spec", "maxReplicas")),
    (spec.Autoscaling, "cpu"): (_SCALER, _CPU),
    (spec.QueueAutoscaling, "minReplicas"): ("worker-autoscaler/horizontalpodautoscaler.yaml", ("spec", "minReplicas")),
    (spec.QueueAutoscaling, "maxReplicas"): ("worker-autoscaler/horizontalpodautoscaler.yaml", ("spec", "maxReplicas")),
    (spec.QueueAutoscaling, "cpu"): ("worker-autoscaler/horizontalpodautoscaler.yaml", _CPU),
    (spec.Disruption, "maxUnavailable"): ("app-disruption/poddisruptionbudget.yaml", ("spec", "maxUnavailable")),
    (spec.ManagedRedis, "image"): ("redis/statefulset.yaml", (*_DJANGO, "image")),
    (spec.ManagedRedis, "storage"): ("redis/statefulset.yaml", _VOLUME),
    (spec.ManagedDatabase, "image"): ("postgres/statefulset.yaml", (*_DJANGO, "image")),
    (spec.ManagedDatabase, "storage"): ("postgres/statefulset.yaml", _VOLUME),
    (spec.CloudNativePG, "instances"): ("cloudnativepg/cluster.yaml", ("spec", "instances")),
    (spec.CloudNativePG, "storage"): ("cloudnativepg/cluster.yaml", ("spec", "storage", "size")),
    (spec.Media, "storage"): ("media/persistentvolumeclaim.yaml", ("spec", "resources", "requests", "storage")),
    (spec.Media, "accessModes"): ("media/persistentvolumeclaim.yaml", ("spec", "accessModes")),
    (spec.Ingress, "path"): ("ingress/ingress.yaml", ("spec", "rules", 0, "http", "paths", 0, "path")),
    (spec.Ingress, "pathType"): ("ingress/ingress.yaml", ("spec", "rules", 0, "http", "paths", 0, "pathType")),
    (spec.Release, "timeout"): ("release/job.yaml", ("spec", "activeDeadlineSeconds")),
    (spec.Release, "backoffLimit"): ("release/job.yaml", ("spec", "backoffLimit")),
    (spec.Rollout, "progressDeadline"): ("app/deployment.yaml", ("spec", "progressDeadlineSeconds")),
}
"""Where in bases/ the value stands that holds when a field is left out."""

SECRETS = (
    ("`secretKey.secretRef`", "`secret-key`", "Django's SECRET_KEY"),
    ("`redis.external.secretRef`", "`url`", "`redis://:password@host:6379/0`"),
    ("`redis.external.brokerSecretRef`", "`url`", "the same, for Celery's broker"),
    ("`redis.external.passwordKey`", "as named", "the password alone, in the Secret of the broker's URL; for KEDA"),
    (
        "`database.external.secretRef`",
        "`url`",
        "`postgres://user:password@host:5432/name`, specials in the password as %40",
    ),
    ("`database.external.releaseSecretRef`", "`url`", "the same, for release commands"),
    ("`database.cloudnativepg`", "`uri`", "in the Secret `<cluster>-app` that CloudNativePG makes"),
    ("`ingress.tls.secretName`", "`tls.crt`, `tls.key`", "certificate and key"),
    ("made: `<name>-django`", "`secret-key`", "SECRET_KEY, generated once"),
    ("made: `<name>-redis`", "`password`", "password of the managed Redis, generated once"),
    ("made: `<name>-postgres`", "`password`", "password of the managed database, generated once"),
)
_INTRO = """# The `Django` resource

<!-- Written by scripts/reference.py from the typed spec; a test fails when it is stale. -->

Group `{group}`, version `{version}`, short name `dj`. Every field but `spec.image` may be left out; what is left out is
as [bases/](../bases) have it, shown here under "default" where it is one value. The name of a resource has at most 40
lower-case letters, digits and `-`, and starts with a letter. Fields that are not listed are errors.

Types in italics are Kubernetes' own, with all their fields. Sizes are written `500Mi` or `10Gi`, durations `90s`, `10m`
or `1h30m`.
"""


def reference() -> str:
    """Return docs/reference.md."""
    places = _places()
    parts = [_INTRO.format(group=spec.GROUP, version=spec.VERSION)]
    parts += [_section(cls, places) for cls in places]
    parts += [_secrets(), _rules(places)]
    return "\n".join(parts)


def _places() -> Places:
    """Return all Structs of the spec in the order they are met, each with the paths it stands at."""
    found: Places = {}
    todo: list[tuple[Shape, str]] = [(Shape("object", cls=spec.DjangoSpec), "spec")]
    while todo:
        shape, path = todo.pop(0)
        if shape.item is not None and shape.kind in ("list", "map"):
            todo.insert(0, (shape.item, f"{path}[]" if shape.kind == "list" else f"{path}.<name>"))
        elif shape.cls is not None:
            first = shape.cls not in found
            found.setdefault(shape.cls, []).append(path)
            if first or shape.cls is not spec.SecretKeyRef:
                todo[:0] = [(field.shape, f"{path}.{name}") for name, field in shape.fields.items()]
    return found


def _section(cls: type[Struct], places: Places) -> str:
    where = places[cls]
    title = where[0].replace("<", "\\<").replace("[]", "\\[\\]")
    lines = [f"## {title}\n", f"{describe(cls)}\n"]
    if len(where) > 1:
        lines.append(f"Also {', '.join(f'`{path}`' for path in where[1:])}.\n")
    lines += ["| field | type | default | |", "|---|---|---|---|"]
    for name, field in fields_of(cls).items():
        text = describe(cls, field.attribute).replace("|", "\\|").replace("<", "\\<")
        lines.append(f"| `{name}` | {_type(field.shape, places)} | {_default(cls, name, field)} | {text} |")
    return "\n".join([*lines, ""])


def _anchor(path: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^-_a-z0-9]", "", path.lower())


def _type(shape: Shape, places: Places) -> str:  # noqa: PLR0911 - one for each kind of shape
    match shape.kind:
        case "object":
            return f"[object](#{_anchor(places[shape.cls][0])})" if shape.cls else "object"
        case "list":
            return f"list of {_type(shape.item, places)}" if shape.item else "list"
        case "map":
            return f"map of {_type(shape.item, places)}" if shape.item else "map"
        case "mixed" if shape.key is not None and shape.item is not None:
            return f"{_type(shape.item, places)} or {_type(shape.key, places)}"
        case "k8s":
            type_, field = shape.embedded or ("", "")
            return f"*{type_.rsplit('.', 1)[-1]}.{field}*"
        case "any":
            return "object" if shape.form == "object" else "anything"
        case "string" if shape.enum:
            return ", ".join(f"`{word}`" for word in shape.enum)
        case kind:
            return shape.form or kind


def _default(cls: type[Struct], name: str, field: Field) -> str:
    if field.required:
        return "**required**"
    if (cls, name) not in DEFAULTS:
        return ""
    value = default(cls, name)
    shown = (
        ", ".join(value) if isinstance(value, list) else f"{value}s" if field.shape.form == "duration" else f"{value}"
    )
    return f"`{shown}`"


def default(cls: type[Struct], name: str) -> Json:
    """Return the value in bases/ that holds when a field of DEFAULTS is left out. LookupError where there is none."""
    file, path = DEFAULTS[cls, name]
    value = get(_base(file), *path)
    if value is None:
        raise LookupError(f"bases/{file} has no {path}")
    return value


def _base(file: str) -> object:
    path = FilePath(library().folder, "bases", file)
    return parse(path.read_text(), f"bases/{file}")[0].value


def _secrets() -> str:
    lines = [
        "## Secrets\n",
        "Keys that are read when `secretRef.key` names no other.\n",
        "| Secret | key | holds |",
        "|---|---|---|",
    ]
    return "\n".join([*lines, *(f"| {where} | {key} | {what} |" for where, key, what in SECRETS), ""])


def _rules(places: Places) -> str:
    return "\n".join(["## What else is checked\n", *_rule_lines(places), ""])


def _rule_lines(places: Places) -> Iterator[str]:
    seen: set[tuple[str, str]] = set()
    for rule in RULES:
        if (rule.name, rule.message) not in seen:
            seen.add((rule.name, rule.message))
            where = places.get(rule.on, ["metadata"])[0]
            path = f"{where}.{rule.field}" if rule.field else where
            server = "" if rule.cel else " (not by the API server)"
            yield f"- `{path}`: {rule.message}{server}"
    yield from (f"- `spec.{change.field}`: cannot be changed" for change in CHANGES)


def is_stale(path: FilePath) -> bool:
    """Tell whether a file is not what `reference` would write."""
    return not path.exists() or path.read_text() != reference()
