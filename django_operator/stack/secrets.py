"""Which Secrets a stack reads but does not hold, and who makes them. Knows nothing of their content."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django_operator.engine.paths import get
from django_operator.stack.derive import data, web
from django_operator.stack.names import PODS, names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django_operator.engine.paths import Body, Json
    from django_operator.stack.site import Site


class SecretNeed(NamedTuple):
    """A Secret that must exist: its name, the keys read, and why; `made_by` is empty when the user makes it."""

    name: str
    keys: tuple[str, ...]
    why: str
    made_by: str = ""


def generated(site: Site) -> tuple[SecretNeed, ...]:
    """Return the Secrets that the operator makes once and never again; without it, `django-operator secrets` does."""
    called, found = names(site), []
    if site.spec.secret_key is None:
        found.append(SecretNeed(called.secret_key, ("secret-key",), "Django's SECRET_KEY", "operator"))
    if data.managed_redis(site) is not None:
        found.append(SecretNeed(called.redis, ("password",), "password of the managed Redis", "operator"))
    if data.managed_database(site) is not None:
        found.append(SecretNeed(called.postgres, ("password",), "password of the managed database", "operator"))
    return tuple(found)


def required(site: Site, objects: Iterable[Body]) -> tuple[SecretNeed, ...]:
    """Return every Secret that is read and that is not among the objects, generated ones first."""
    bodies = list(objects)
    held = {body["metadata"]["name"] for body in bodies if body["kind"] == "Secret"}
    made = {each.name: each for each in generated(site)}
    for name, maker in _made_elsewhere(site):
        made[name] = SecretNeed(name, (), "", maker)
    keys: dict[str, set[str]] = {}
    users: dict[str, str] = {}
    for body in bodies:
        for name, key in _read(body):
            keys.setdefault(name, set()).update({key} if key else ())
            users.setdefault(name, f"{body['kind']}/{body['metadata']['name']}")
    found = [need for need in made.values() if need.made_by == "operator" and need.name not in held]
    found += [
        SecretNeed(name, tuple(sorted(keys[name])), f"read by {users[name]}")
        for name in sorted(keys)
        if name not in held and name not in made
    ]
    return tuple(found)


def _made_elsewhere(site: Site) -> Iterator[tuple[str, str]]:
    if web.has_certificate(site):
        tls = web.tls_of(site)
        yield (tls.secret_name if tls and tls.secret_name else names(site).tls), "cert-manager"
    if data.makes_cluster(site):
        yield f"{names(site).postgres}-app", "CloudNativePG"


def _read(body: Body) -> Iterator[tuple[str, str]]:
    """Yield (name, key) of each Secret that an object has Kubernetes read: its pods, the way in, a ServiceAccount.

    What custom resources call so may be what they make: a Certificate's secretName.
    """
    kind, spec = body["kind"], body.get("spec") or {}
    if kind in PODS:
        yield from _references(get(body, *PODS[kind]))
    elif kind == "Ingress":
        yield from _references(spec.get("tls"))
    elif kind == "ServiceAccount":
        yield from _references({"imagePullSecrets": body.get("imagePullSecrets")})


def _references(value: Json) -> Iterator[tuple[str, str]]:
    """Yield (name, key) of each Secret that a value refers to; optional ones are left out, and those without a name."""
    if isinstance(value, list):
        for item in value:
            yield from _references(item)
    if not isinstance(value, dict):
        return
    for field, item in value.items():
        if field in ("secretKeyRef", "secretRef", "secret") and isinstance(item, dict):
            name = item.get("secretName" if field == "secret" else "name") or item.get("name")
            if name and not item.get("optional"):
                yield name, item.get("key") or ""
        elif field == "imagePullSecrets" and isinstance(item, list):
            yield from ((each["name"], "") for each in item if each.get("name"))
        elif field == "secretName" and isinstance(item, str):
            yield item, ""
        else:
            yield from _references(item)
