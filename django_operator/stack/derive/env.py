"""The environment of the user's containers: what is injected, then the common `env`, then the component's own.

Each component gets its whole list in one patch, in the order in which `$(NAME)` can refer back.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from django_operator.stack.change import Put
from django_operator.stack.derive.web import tls_of
from django_operator.stack.names import names
from django_operator.stack.spec import EnvNames, Ingress, SecretKeyRef

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.engine.paths import Body, Path
    from django_operator.stack.site import Site
    from django_operator.stack.workloads import Workload

DATABASE = "django"
"""Database and user of the managed database, as bases/postgres makes them."""
BROKER_DATABASE = 1
"""Celery's database in the managed Redis, not the cache's: `cache.clear()` empties a database (FLUSHDB), tasks and all.
https://github.com/django/django/blob/main/django/core/cache/backends/redis.py"""
CONFIG_MAP = "django"
"""The ConfigMap of bases/common that every such container reads first."""


_REFERENCE = re.compile(r"\$\(([^()$]+)\)")


class _Item(NamedTuple):
    body: Body
    at: Path


def environment(site: Site, workload: Workload) -> Iterator[Put]:
    """Yield the `env` and `envFrom` of a workload's container."""
    items = [_Item(item, at) for item, at in (*_injected(site, workload), *_written(site, workload))]
    for index, each in enumerate(_ordered(items)):
        yield Put(workload.ref, (*workload.container, "env", index), each.body, each.at)
    common = [(item, ("spec", "envFrom", index)) for index, item in enumerate(site.spec.env_from or ())]
    own = [(item, (*workload.at, "envFrom", index)) for index, item in enumerate(workload.section.env_from or ())]
    if common or own:
        sources = [({"configMapRef": {"name": CONFIG_MAP}}, ("spec", "envFrom")), *common, *own]
        for index, (item, at) in enumerate(sources):
            yield Put(workload.ref, (*workload.container, "envFrom", index), item, at)


def _ordered(items: list[_Item]) -> list[_Item]:
    """Return the last item of each name, in the place of the first, but behind what it refers to with `$(NAME)`.

    So a password that is given anew is there before the URL that refers to it, and a URL that is given anew behind what
    it is made of: a container expands only what stands above.
    """
    first: dict[str, int] = {}
    last: dict[str, _Item] = {}
    for index, item in enumerate(items):
        first.setdefault(item.body["name"], index)
        last[item.body["name"]] = item
    ends = {item.body["name"]: index for index, item in enumerate(items)}
    ordered: dict[str, _Item] = {}
    begun: set[str] = set()

    def place(name: str) -> None:
        if name in begun:
            return
        begun.add(name)
        for other in _REFERENCE.findall(last[name].body.get("value") or ""):
            if first.get(other, len(items)) < ends[name]:
                place(other)
        ordered[name] = last[name]

    for name in first:
        place(name)
    return list(ordered.values())


def _written(site: Site, workload: Workload) -> Iterator[tuple[Body, Path]]:
    for index, item in enumerate(site.spec.env or ()):
        yield item, ("spec", "env", index)
    for index, item in enumerate(workload.section.env or ()):
        yield item, (*workload.at, "env", index)


def _injected(site: Site, workload: Workload) -> Iterator[tuple[Body, Path]]:
    known = site.spec.env_names or EnvNames()
    yield from _value(known.component, "DJANGO_OPERATOR_COMPONENT", workload.component, ("spec", "envNames"))
    yield from _secret_key(site, known)
    yield from _database(site, workload, known)
    yield from _redis(site, known)
    yield from _hosts(site, known)
    soft = getattr(workload.section, "soft_shutdown_seconds", None)
    if soft is not None:
        # QUIT starts the soft shutdown: https://docs.celeryq.dev/en/stable/userguide/workers.html#soft-shutdown
        yield {"name": "REMAP_SIGTERM", "value": "SIGQUIT"}, (*workload.at, "softShutdownSeconds")


def _value(chosen: str | None, default: str, value: str, at: Path) -> Iterator[tuple[Body, Path]]:
    name = default if chosen is None else chosen
    if name:
        yield {"name": name, "value": value}, at


def _from_secret(
    chosen: str | None, default: str, ref: SecretKeyRef, key: str, at: Path
) -> Iterator[tuple[Body, Path]]:
    name = default if chosen is None else chosen
    if name:
        source = {"name": ref.name, "key": ref.key or key}
        yield {"name": name, "valueFrom": {"secretKeyRef": source}}, at


def _secret_key(site: Site, known: EnvNames) -> Iterator[tuple[Body, Path]]:
    own = site.spec.secret_key
    ref = own.secret_ref if own else SecretKeyRef(name=names(site).secret_key)
    yield from _from_secret(known.secret_key, "SECRET_KEY", ref, "secret-key", ("spec", "secretKey"))


def _database(site: Site, workload: Workload, known: EnvNames) -> Iterator[tuple[Body, Path]]:
    database, called = site.spec.database, names(site)
    at: Path = ("spec", "database")
    if database is not None and database.enabled is False:
        return
    if database is not None and database.external is not None:
        ref = database.external.secret_ref
        if workload.component in ("release", "post") and database.external.release_secret_ref is not None:
            ref = database.external.release_secret_ref
        yield from _from_secret(known.database_url, "DATABASE_URL", ref, "url", (*at, "external"))
    elif database is not None and database.cloudnativepg is not None:
        # The Secret that CloudNativePG makes for the application's user.
        # https://cloudnative-pg.io/documentation/current/applications/#secrets
        ref = SecretKeyRef(name=f"{database.cloudnativepg.cluster_name or called.postgres}-app")
        yield from _from_secret(known.database_url, "DATABASE_URL", ref, "uri", (*at, "cloudnativepg"))
    else:
        password = "POSTGRES_PASSWORD" if not known.database_password else known.database_password
        yield from _from_secret(password, "", SecretKeyRef(name=called.postgres), "password", at)
        url = f"postgres://{DATABASE}:$({password})@{called.postgres}:5432/{DATABASE}"
        yield from _value(known.database_url, "DATABASE_URL", url, at)


def _redis(site: Site, known: EnvNames) -> Iterator[tuple[Body, Path]]:
    redis, called = site.spec.redis, names(site)
    at: Path = ("spec", "redis")
    if redis is not None and redis.enabled is False:
        return
    password = "REDIS_PASSWORD" if not known.redis_password else known.redis_password
    if redis is not None and (external := redis.external) is not None:
        at = (*at, "external")
        broker = external.broker_secret_ref or external.secret_ref
        if external.password_key is not None:
            ref = SecretKeyRef(name=broker.name, key=external.password_key)
            yield from _from_secret(password, "", ref, "password", at)
        yield from _from_secret(known.redis_url, "REDIS_URL", external.secret_ref, "url", at)
        yield from _from_secret(known.celery_broker_url, "CELERY_BROKER_URL", broker, "url", at)
        yield from _from_secret(known.celery_result_backend, "", external.secret_ref, "url", at)
        return
    url = f"redis://:$({password})@{called.redis}:6379"
    yield from _from_secret(password, "", SecretKeyRef(name=called.redis), "password", at)
    yield from _value(known.redis_url, "REDIS_URL", f"{url}/0", at)
    yield from _value(known.celery_broker_url, "CELERY_BROKER_URL", f"{url}/{BROKER_DATABASE}", at)
    yield from _value(known.celery_result_backend, "", f"{url}/0", at)


def _hosts(site: Site, known: EnvNames) -> Iterator[tuple[Body, Path]]:
    hosts = site.spec.hosts
    if not hosts:
        return
    ingress = site.spec.ingress or Ingress()
    scheme = "https" if tls_of(site) is not None or ingress.gateway is not None else "http"
    # A leading dot is Django's own wildcard: https://docs.djangoproject.com/en/stable/ref/settings/#allowed-hosts
    allowed = ",".join(host.removeprefix("*") for host in hosts)
    origins = ",".join(f"{scheme}://{host}" for host in hosts)
    yield from _value(known.allowed_hosts, "ALLOWED_HOSTS", allowed, ("spec", "hosts"))
    yield from _value(known.csrf_trusted_origins, "CSRF_TRUSTED_ORIGINS", origins, ("spec", "hosts"))
