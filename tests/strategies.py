"""Whole valid resources, generated from the Structs: `django_bodies()`. For fuzzing whatever takes a resource.

What the types allow is drawn at random; what the rules forbid is then taken out, so that every body is valid.
"""

# ruff: noqa: E501 - a row for each value

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from django_operator.engine.paths import Body, Json, Path, get, put, remove
from django_operator.stack import spec
from django_operator.stack.check import check
from django_operator.stack.shape import Shape, fields_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hypothesis.strategies import SearchStrategy

WORDS: Mapping[str, tuple[str, ...]] = {
    "absolute path": ("/", "/healthz", "/srv/media files"),
    "cron": ("0 3 * * *", "*/5 0-6,22 1 jan-mar MON", "@daily"),
    "data key": ("url", "a.b_c-d"),
    "duration": ("90s", "10m", "1h30m"),
    "env name": ("SETTING", "_x1"),
    "host": ("shop.example.com", "*.example.com", "localhost", "xn--bcher-kva.example"),
    "host:port": ("redis.example.com:6379",),
    "image": ("shop", "reg.example.com:5000/a/shop", "valkey/valkey:8.1"),
    "label": ("mail", "fast-1", "0"),
    "label key": ("team", "example.com/team"),
    "label value": ("", "blue", "1.0_a"),
    "object name": ("shop", "a.b-c"),
    "package": ("mysite", "mysite.config"),
    "per cent": ("0%", "25%"),
    "quantity": ("1Gi", "500Mi"),
    "time zone": ("Europe/Berlin", "UTC"),
    "version": ("1.2.3", "v1_0", "sha256:" + "0a" * 32),
}
"""Texts of each form; the names are those of `formats`."""

TRICKY = (
    "",
    "plain",
    "yes",
    "null",
    "1",
    "0x1f",
    "a b",
    "--flag=x",
    "$(HOME)",
    "'q'",
    '"',
    "#",
    "- x",
    "{a}",
    "é",
    "two\nlines",
    ": ",
)
"""Texts that careless YAML or shell handling would change."""

_EXEC = {"exec": {"command": ["true"]}}
EMBEDDED: Mapping[str, tuple[Json, ...]] = {
    "affinity": ({"podAntiAffinity": {}},),
    "behavior": ({"scaleDown": {"stabilizationWindowSeconds": 60}},),
    "dnsConfig": ({"options": [{"name": "ndots", "value": "1"}]},),
    "env": ({"name": "A", "value": "1"}, {"name": "B", "value": "$(A) é"}, {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}),
    "envFrom": ({"secretRef": {"name": "site"}}, {"configMapRef": {"name": "site"}, "prefix": "X_"}),
    "hostAliases": ({"ip": "10.0.0.1", "hostnames": ["db"]},),
    "imagePullSecrets": ({"name": "registry"},),
    "lifecycle": ({"postStart": _EXEC}, {"preStop": _EXEC}),
    "livenessProbe": ({"periodSeconds": 7}, {**_EXEC, "failureThreshold": 2}, {"tcpSocket": {"port": "http"}}),
    "metrics": ({"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}},),
    "resources": ({"requests": {"cpu": "100m"}}, {"limits": {"memory": "1Gi"}, "requests": {"cpu": 1, "memory": "1Gi"}}),
    "securityContext": ({"runAsUser": 1000}, {"runAsNonRoot": True}),
    "tolerations": ({"key": "spot", "operator": "Exists"},),
    "topologySpreadConstraints": ({"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"},),
    "volumeMounts": ({"name": "certs", "mountPath": "/certs", "readOnly": True}, {"name": "tmp", "mountPath": "/scratch", "subPath": "s"}),
    "volumes": ({"name": "certs", "secret": {"secretName": "certs"}}, {"name": "work", "emptyDir": {}}),
    "accessModes": ("ReadWriteMany",),
}  # fmt: skip
"""Values of embedded Kubernetes types by field; those of list fields are items."""

_LISTS = frozenset(
    {
        "env", "envFrom", "hostAliases", "imagePullSecrets", "metrics", "tolerations", "topologySpreadConstraints",
        "volumeMounts", "volumes", "accessModes",
    }
)  # fmt: skip


@cache
def values(shape: Shape) -> SearchStrategy[Any]:
    """Return a strategy of values of a shape."""
    return _STRATEGIES[shape.kind](shape)


def _embedded(shape: Shape) -> SearchStrategy[Any]:
    field = shape.embedded[1] if shape.embedded else ""
    items = st.sampled_from(EMBEDDED[field])
    return st.lists(items, unique_by=str, min_size=shape.shortest or 0, max_size=3) if field in _LISTS else items


def _object(shape: Shape) -> SearchStrategy[Any]:
    fields = shape.fields
    required = {name: values(field.shape) for name, field in fields.items() if field.required}
    optional = {name: values(field.shape) for name, field in fields.items() if not field.required}
    return (
        st.lists(st.sampled_from(sorted(optional)), unique=True, max_size=5).flatmap(
            lambda names: st.fixed_dictionaries({**required, **{name: optional[name] for name in names}})
        )
        if optional
        else st.fixed_dictionaries(required)
    )


def _text(shape: Shape) -> SearchStrategy[Any]:
    if shape.enum:
        return st.sampled_from(shape.enum)
    words = st.sampled_from(WORDS.get(shape.form, TRICKY))
    return words.filter(lambda word: (shape.shortest or 0) <= len(word) <= (shape.longest or 10_000))


def _list(shape: Shape) -> SearchStrategy[Any]:
    return st.lists(
        values(shape.item or Shape("any")),
        min_size=shape.shortest or 0,
        max_size=min(shape.longest or 3, 3),
        unique_by=str if shape.unique else None,
    )


def _map(shape: Shape) -> SearchStrategy[Any]:
    return st.dictionaries(values(shape.key or Shape("string")), values(shape.item or Shape("any")), max_size=2)


def _free(_shape: Shape) -> SearchStrategy[Any]:
    return st.just(
        {
            "type": "cron",
            "metadata": {"timezone": "UTC", "start": "0 8 * * *", "end": "0 20 * * *", "desiredReplicas": "3"},
        }
    )


_STRATEGIES: Mapping[str, Callable[[Shape], SearchStrategy[Any]]] = {
    "object": _object,
    "k8s": _embedded,
    "mixed": lambda shape: values(shape.item or Shape("any")) | values(shape.key or Shape("any")),
    "any": _free,
    "string": _text,
    "list": _list,
    "map": _map,
    "integer": lambda shape: st.integers(shape.low or 0, min(shape.high or 100, (shape.low or 0) + 100)),
    "boolean": lambda _shape: st.booleans(),
}


@st.composite
def django_bodies(draw: st.DrawFn, *, overlays: bool = False) -> Body:
    """Return a strategy of valid resources, as plain JSON.

    Without `overlays`: whether an overlay fits is known only when the objects it patches are.
    """
    shapes = {name: field.shape for name, field in fields_of(spec.DjangoSpec).items()}
    given = {"image": "reg.example.com/shop", "version": draw(values(shapes["version"])), "project": "mysite"}
    names = sorted(shapes.keys() - given.keys() - (set() if overlays else {"overlays"}))
    chosen = draw(st.lists(st.sampled_from(names), unique=True, max_size=8))
    body = {
        "apiVersion": spec.API_VERSION,
        "kind": spec.KIND,
        "metadata": {
            "name": draw(st.sampled_from(("shop", "a", "a-site-with-a-name-of-40-characters-long"))),
            "namespace": "sites",
        },
        "spec": {**given, **{name: draw(values(shapes[name])) for name in chosen}},
    }
    return mended(body)


def mended(body: Body) -> Body:
    """Return a body of right types without the fields that break a rule."""
    while faults := check(body):
        path = faults[0].path
        if path == ("spec", "hosts") and not get(body, *path):
            body = put(body, path, ["shop.example.com"])
        else:
            body = remove(body, _removable(body, path))
    sections: list[Path] = [
        ("spec", "app"),
        *(("spec", "workers", name) for name in get(body, "spec", "workers") or {}),
    ]
    for section in sections:
        given = get(body, *section, "autoscaling") or {}
        if (given.get("minReplicas") or 0) > (given.get("maxReplicas") or MOST):
            body = remove(body, (*section, "autoscaling", "minReplicas"))
    return body


MOST = 10
"""maxReplicas of the bases: more at least is a fault when the stack is rendered."""


def _removable(body: Body, path: Path) -> Path:
    """Return the part to take out for a fault: the nearest one that is there, and never the whole spec."""
    while get(body, *path) is None or (isinstance(path[-1], int) and len(get(body, *path[:-1])) == 1):
        path = path[:-1]
    assert len(path) > 1, path
    return path
