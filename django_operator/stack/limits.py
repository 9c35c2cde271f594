"""What the API server refuses of embedded Kubernetes values whose fields and types are right.

Follows k8s.io/kubernetes pkg/apis/core/validation (1.36), and only where that is plain: what it lets pass, passes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from django_operator.engine.jsontext import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from django_operator.engine.paths import Body, Json, Path

Refused: TypeAlias = "tuple[Path, str, str]"
"""Path inside the value, problem and hint."""

LABEL = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
"""What namespaces and volumes are called by."""
_PORT_NAME = "(?!.*--)(?=.*[a-z])[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?"
_PORTS = range(1, 65_536)
_BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50, "Ei": 2**60}
_LARGE = {"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}
_SMALL = {"n": 1e9, "u": 1e6, "m": 1e3}
_ROUNDING = 1e-9
_TIMES = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")


def refused(field: str, value: Json) -> Iterator[Refused]:
    """Yield what the API server refuses of the value of a field (`env`, `liveness` ...)."""
    check = _CHECKS.get(field)
    if check is not None:
        yield from check(value)


def amount(quantity: str | int) -> float:
    """Return the number that a well-formed quantity stands for, to fifteen digits or so."""
    text = str(quantity)
    if text[-2:] in _BINARY:
        return float(text[:-2]) * _BINARY[text[-2:]]
    if text[-1] in _LARGE:
        return float(text[:-1]) * _LARGE[text[-1]]
    return float(text[:-1]) / _SMALL[text[-1]] if text[-1] in _SMALL else float(text)


def _env(value: list[Body]) -> Iterator[Refused]:
    for index, each in enumerate(value):
        yield from _env_name(each["name"], (index, "name"))
        source = each.get("valueFrom")
        if source is None:
            continue
        if not any(part is not None for part in source.values()):
            yield (index, "valueFrom"), "says nothing", "write secretKeyRef: {name: ..., key: ...} or another source"
        for kind in ("secretKeyRef", "configMapKeyRef"):
            if source.get(kind) is not None and not source[kind].get("name"):
                yield (index, "valueFrom", kind, "name"), "is required", ""


def _env_name(name: str, at: Path) -> Iterator[Refused]:
    if not name:
        yield at, "is empty", ""
    elif not all(" " <= letter <= "~" for letter in name) or "=" in name:
        yield at, f"{quoted(name)} is not the name of an environment variable", "letters, digits and _"


def _env_from(value: list[Body]) -> Iterator[Refused]:
    for index, each in enumerate(value):
        if each.get("secretRef") is None and each.get("configMapRef") is None:
            yield (index,), "says nothing", "write secretRef: {name: ...} or configMapRef: {name: ...}"
        if each.get("prefix"):
            yield from _env_name(each["prefix"], (index, "prefix"))
        for kind in ("secretRef", "configMapRef"):
            if each.get(kind) is not None and not each[kind].get("name"):
                yield (index, kind, "name"), "is required", ""


_NAMED = {"secret": "secretName", "configMap": "name", "persistentVolumeClaim": "claimName"}


def _volumes(value: list[Body]) -> Iterator[Refused]:
    for index, each in enumerate(value):
        if not re.fullmatch(LABEL, each["name"]):
            problem = f"{quoted(each['name'])} is not a name of lower-case letters, digits and -"
            yield (index, "name"), problem, "start and end with a letter or digit, at most 63"
        for kind, name in _NAMED.items():
            if each.get(kind) is not None and not each[kind].get(name):
                yield (index, kind, name), "is required", ""


def _mounts(value: list[Body]) -> Iterator[Refused]:
    for index, each in enumerate(value):
        if not each["mountPath"]:
            yield (index, "mountPath"), "is empty", ""
        if each.get("subPath") and each.get("subPathExpr"):
            yield (index, "subPathExpr"), "subPath and subPathExpr are both set", "leave out one of them"
        for field in ("subPath", "subPathExpr"):
            inner = each.get(field) or ""
            if inner.startswith("/") or ".." in inner.split("/"):
                yield (index, field), f"{quoted(inner)} is not a path inside the volume", "without / at the start"


def _resources(value: Body) -> Iterator[Refused]:
    limits, requests = value.get("limits") or {}, value.get("requests") or {}
    for kind, given in (("limits", limits), ("requests", requests)):
        for name, quantity in given.items():
            if quantity is not None and amount(quantity) < 0:
                yield (kind, name), f"{quantity} is less than 0", ""
    for name in requests:
        request, limit = requests[name], limits.get(name)
        if request is not None and limit is not None and amount(request) > amount(limit) * (1 + _ROUNDING):
            yield ("requests", name), f"{request} is more than the limit of {limit}", "a request is at most its limit"


def _handler(value: Body, at: Path = ()) -> Iterator[Refused]:
    if value.get("exec") is not None and not value["exec"].get("command"):
        yield (*at, "exec", "command"), "is required", "write command: [the program, its arguments]"
    for kind in ("httpGet", "tcpSocket", "grpc"):
        inner = value.get(kind) or {}
        if (port := inner.get("port")) is not None:
            place = (*at, kind, "port")
            if isinstance(port, int) and port not in _PORTS:
                yield place, f"{port} is not a port", "1 to 65535"
            elif isinstance(port, str) and not re.fullmatch(_PORT_NAME, port):
                hint = f"write {port} without quotes" if port.isdigit() else "e.g. http, or a number"
                yield place, f"{quoted(port)} is not the name of a port", hint
        if inner.get("scheme") not in (None, "", "HTTP", "HTTPS"):
            yield (*at, kind, "scheme"), f"{quoted(inner['scheme'])} is not one of HTTP, HTTPS", ""


def _probe(value: Body) -> Iterator[Refused]:
    for field in _TIMES:
        if (value.get(field) or 0) < 0:
            yield (field,), f"{value[field]} is less than 0", ""
    grace = value.get("terminationGracePeriodSeconds")
    if grace is not None and grace <= 0:
        yield ("terminationGracePeriodSeconds",), f"{grace} is less than 1", ""
    yield from _handler(value)


def _readiness(value: Body) -> Iterator[Refused]:
    yield from _probe(value)
    if value.get("terminationGracePeriodSeconds") is not None:
        yield ("terminationGracePeriodSeconds",), "a readiness probe ends nothing", "it belongs to liveness or startup"


def _ending(value: Body) -> Iterator[Refused]:
    yield from _probe(value)
    if (value.get("successThreshold") or 0) > 1:
        yield ("successThreshold",), f"{value['successThreshold']} is not 1", "only readiness counts successes"


def _lifecycle(value: Body) -> Iterator[Refused]:
    for name in ("postStart", "preStop"):
        handler = value.get(name)
        if handler is None:
            continue
        if not any(handler.get(kind) is not None for kind in ("exec", "httpGet", "tcpSocket", "sleep")):
            yield (name,), "names no handler", "write exec: {command: [...]} or sleep: {seconds: ...}"
        yield from _handler(handler, (name,))
        if ((handler.get("sleep") or {}).get("seconds") or 0) < 0:
            yield (name, "sleep", "seconds"), f"{handler['sleep']['seconds']} is less than 0", ""


def _tolerations(value: list[Body]) -> Iterator[Refused]:
    for index, each in enumerate(value):
        operator, effect = each.get("operator") or "Equal", each.get("effect")
        if operator not in ("Equal", "Exists", "Lt", "Gt"):
            yield (index, "operator"), f"{quoted(operator)} is not one of Equal, Exists", ""
        if not each.get("key") and operator != "Exists":
            yield (index,), "has no key", "write key: the taint's, or operator: Exists for every taint"
        if operator == "Exists" and each.get("value"):
            yield (index, "value"), "Exists takes no value", "leave it out, or write operator: Equal"
        if effect not in (None, "", "NoSchedule", "PreferNoSchedule", "NoExecute"):
            problem = f"{quoted(effect)} is not one of NoExecute, NoSchedule, PreferNoSchedule"
            yield (index, "effect"), problem, ""
        elif each.get("tolerationSeconds") is not None and effect != "NoExecute":
            yield (index, "tolerationSeconds"), "needs effect: NoExecute", ""


def _spread(value: list[Body]) -> Iterator[Refused]:
    for index, each in enumerate(value):
        if each["maxSkew"] < 1:
            yield (index, "maxSkew"), f"{each['maxSkew']} is less than 1", ""
        if not each["topologyKey"]:
            yield (index, "topologyKey"), "is empty", "e.g. topology.kubernetes.io/zone or kubernetes.io/hostname"
        if each["whenUnsatisfiable"] not in ("DoNotSchedule", "ScheduleAnyway"):
            problem = f"{quoted(each['whenUnsatisfiable'])} is not one of DoNotSchedule, ScheduleAnyway"
            yield (index, "whenUnsatisfiable"), problem, ""


def _aliases(value: list[Body]) -> Iterator[Refused]:
    import ipaddress  # noqa: PLC0415 - few resources have one

    for index, each in enumerate(value):
        try:
            ipaddress.ip_address(each["ip"])
        except ValueError:
            yield (index, "ip"), f"{quoted(each['ip'])} is not an IP address", "e.g. 10.0.0.7"


_CHECKS: Mapping[str, Callable[[Json], Iterator[Refused]]] = {
    "env": _env,
    "envFrom": _env_from,
    "hostAliases": _aliases,
    "lifecycle": _lifecycle,
    "liveness": _ending,
    "readiness": _readiness,
    "resources": _resources,
    "startup": _ending,
    "tolerations": _tolerations,
    "topologySpreadConstraints": _spread,
    "volumeMounts": _mounts,
    "volumes": _volumes,
}
