"""What the operator itself needs of a cluster, and what the caller may do there. Reads only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django_operator.apply.errors import ApiError
from django_operator.apply.scope import gather
from django_operator.cli.live import operators
from django_operator.cli.live.findings import Finding
from django_operator.engine.paths import get
from django_operator.stack.install import NAME, NAMESPACE, rules
from django_operator.stack.spec import API_VERSION, GROUP

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django_operator.apply.client import Client
    from django_operator.engine.paths import Body

OLDEST, NEWEST = 30, 36
"""Minor versions of Kubernetes 1 that the project is tested with."""
CRD = f"djangos.{GROUP}"
INSTALL = "django-operator install | kubectl apply --server-side -f -"
_VERBS = ("create", "delete", "list", "patch", "watch")
"""Verbs that are asked for of those that the operator has; the others come with them."""


async def run(client: Client, namespaces: Iterable[str]) -> list[Finding]:
    """Return what was found, for the namespaces that are to be served."""
    found = [await server(client), await crd(client)]
    for namespace in dict.fromkeys(namespaces):
        found.append(await _namespace(client, namespace))
        operator, finding = await _operator(client, namespace)
        found.append(finding)
        found.append(await _caller(client, namespace))
        found.append(await _rights(client, operator.where or NAMESPACE, namespace))
    return found


async def server(client: Client) -> Finding:
    """Tell whether the server is of a version that is tested."""
    version = str((await client.raw("GET", "/version")).get("gitVersion") or "")
    numbers = re.match(r"v?(\d+)\.(\d+)", version)
    tested = f"tested are 1.{OLDEST} to 1.{NEWEST}"
    if numbers and numbers[1] == "1" and int(numbers[2]) < OLDEST:
        return Finding("missing", "Kubernetes", f"{version} is too old", tested)
    if numbers and numbers[1] == "1" and int(numbers[2]) <= NEWEST:
        return Finding("ok", "Kubernetes", f"{version} at {client.server}")
    return Finding("differs", "Kubernetes", f"{version} is newer than what is known here", tested)


async def crd(client: Client) -> Finding:
    """Tell whether the CRD is there, and is the one of this version."""
    what = f"CustomResourceDefinition {CRD}"
    try:
        body = await client.raw("GET", f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{CRD}")
    except ApiError as error:
        if error.not_found:
            return Finding("missing", what, "is not installed", INSTALL)
        if error.forbidden:
            return await _served(client, what)
        raise
    from django_operator.stack.crd import crd as made  # noqa: PLC0415 - 20 ms, rarely needed

    if schemas(body) == schemas(made()):
        return Finding("ok", what, "of this version")
    hint = f"let both be of one version: {INSTALL}"
    return Finding("differs", what, "is another one than this version's: fields may be refused or dropped", hint)


def schemas(body: Body) -> dict[str, Body]:
    """Return the schemas of a CRD by version."""
    return {each["name"]: get(each, "schema", "openAPIV3Schema") or {} for each in get(body, "spec", "versions") or ()}


async def _served(client: Client, what: str) -> Finding:
    try:
        await client.raw("GET", f"/apis/{API_VERSION}")
    except ApiError as error:
        if error.not_found:
            return Finding("missing", what, "is not installed", INSTALL)
        raise
    return Finding("ok", what, "is served; whether of this version cannot be read")


async def _namespace(client: Client, namespace: str) -> Finding:
    what = f"Namespace {namespace}"
    try:
        body = await client.get("v1", "Namespace", None, namespace)
    except ApiError as error:
        if error.forbidden:
            return Finding("unknown", what, "cannot be read")
        raise
    if body is None:
        return Finding("missing", what, "is not there", f"kubectl create namespace {namespace}")
    if body["metadata"].get("deletionTimestamp"):
        return Finding("missing", what, "is being deleted")
    return Finding("ok", what)


async def _operator(client: Client, namespace: str) -> tuple[operators.Operator, Finding]:
    found = await operators.find(client, namespace)
    state = {"running": "ok", "unknown": "unknown"}.get(found.state, "missing")
    hint = f"{INSTALL}; or work without: django-operator apply --local"
    return found, Finding(state, "operator", found.why, hint)  # type: ignore[arg-type] # of the three of the line above


async def _caller(client: Client, namespace: str) -> Finding:
    """Tell whether the caller may do what `apply` and `status` do."""
    asked = [(GROUP, "djangos", verb) for verb in ("get", "patch", "create")] + [("", "configmaps", "patch")]
    denied = []
    for group, resource, verb in asked:
        spec = {"resourceAttributes": _attributes(namespace, group, resource, verb)}
        answer = await client.create(_review("SelfSubjectAccessReview", spec))
        if not get(answer, "status", "allowed"):
            denied.append(f"{verb} {resource}")
    what = f"your rights in {namespace}"
    if denied:
        return Finding("missing", what, f"not allowed: {', '.join(denied)}", "the ClusterRole `edit` has them")
    return Finding("ok", what, "apply, diff, rollback")


async def _rights(client: Client, where: str, namespace: str) -> Finding:
    """Tell whether the operator's ServiceAccount has the rights that `install` gives it."""
    user, what = f"system:serviceaccount:{where}:{NAME}", f"the operator's rights in {namespace}"
    asked = list(_asked())
    spec = {"user": user, "groups": ["system:serviceaccounts", f"system:serviceaccounts:{where}"]}
    try:
        answers = await gather(
            client.create(_review("SubjectAccessReview", {**spec, "resourceAttributes": _attributes(namespace, *each)}))
            for each in asked
        )
    except ApiError as error:
        if error.forbidden:
            return Finding("unknown", what, "you may not ask: create subjectaccessreviews")
        raise
    denied = [each for each, answer in zip(asked, answers, strict=True) if not get(answer, "status", "allowed")]
    if not denied:
        return Finding("ok", what, user)
    shown = ", ".join(f"{verb} {resource}" for _, resource, verb in denied[:5])
    more = f" and {len(denied) - 5} more" if len(denied) > 5 else ""  # noqa: PLR2004 - a line
    return Finding("missing", what, f"{user} may not {shown}{more}", INSTALL)


def _asked() -> Iterator[tuple[str, str, str]]:
    """Yield (group, resource, verb) of what the operator's role gives."""
    for rule in rules():
        for resource in rule["resources"]:
            yield from ((rule["apiGroups"][0], resource, verb) for verb in rule["verbs"] if verb in _VERBS)


def _attributes(namespace: str, group: str, resource: str, verb: str) -> Body:
    name, _, sub = resource.partition("/")
    made = {"namespace": namespace, "group": group, "resource": name, "verb": verb}
    return {**made, "subresource": sub} if sub else made


def _review(kind: str, spec: Body) -> Body:
    return {"apiVersion": "authorization.k8s.io/v1", "kind": kind, "metadata": {}, "spec": spec}
