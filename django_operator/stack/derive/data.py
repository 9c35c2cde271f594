"""Where data lives: the managed Redis and database, CloudNativePG, uploaded files, the ServiceAccount's annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django_operator.stack.change import Op, Put, Ref
from django_operator.stack.derive.pods import resources
from django_operator.stack.names import names
from django_operator.stack.spec import Database, ManagedDatabase, ManagedRedis, Redis

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.engine.paths import Path
    from django_operator.stack.change import Change
    from django_operator.stack.site import Site

_REDIS = Ref("apps/v1", "StatefulSet", "redis")
_POSTGRES = Ref("apps/v1", "StatefulSet", "postgres")
_CLUSTER = Ref("postgresql.cnpg.io/v1", "Cluster", "postgres")
_MEDIA = Ref("v1", "PersistentVolumeClaim", "media")
_ACCOUNT = Ref("v1", "ServiceAccount", "django")
_POD: Path = ("spec", "template", "spec")
_CONTAINER: Path = (*_POD, "containers", 0)
_CLAIM = "/spec/volumeClaimTemplates/0/spec"


def managed_redis(site: Site) -> ManagedRedis | None:
    """Return the managed Redis where there is one: unless told otherwise."""
    given = site.spec.redis or Redis()
    return None if given.enabled is False or given.external is not None else given.managed or ManagedRedis()


def managed_database(site: Site) -> ManagedDatabase | None:
    """Return the managed database where there is one: unless told otherwise."""
    given = site.spec.database or Database()
    if given.enabled is False or given.external is not None or given.cloudnativepg is not None:
        return None
    return given.managed or ManagedDatabase()


def makes_cluster(site: Site) -> bool:
    """Tell whether a CloudNativePG Cluster is made, rather than one that is there used."""
    given = site.spec.database or Database()
    return given.enabled is not False and given.cloudnativepg is not None and given.cloudnativepg.cluster_name is None


def redis(site: Site) -> Iterator[Change]:
    """Yield the managed Redis: image, password, limits, volume."""
    given = managed_redis(site)
    if given is None:
        return
    at: Path = ("spec", "redis", "managed")
    yield from _data_server(_REDIS_SERVER, names(site).redis, given, at)
    yield from _pull_secrets(site, _REDIS, _POD)
    arguments = {
        "--maxmemory": (given.maxmemory, "maxmemory"),
        "--maxmemory-policy": (given.maxmemory_policy, "maxmemoryPolicy"),
    }
    for option, (value, field) in arguments.items():
        if value is not None:
            # A repeated option of redis-server: the last one counts.
            for word in (option, value):
                operation = {"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": word}
                yield Op(_REDIS, operation, (*at, field))


def postgres(site: Site) -> Iterator[Change]:
    """Yield the managed database: image, password, volume."""
    given = managed_database(site)
    if given is not None:
        at: Path = ("spec", "database", "managed")
        yield from _data_server(_POSTGRES_SERVER, names(site).postgres, given, at)
        yield from _pull_secrets(site, _POSTGRES, _POD)


def _pull_secrets(site: Site, ref: Ref, holder: Path) -> Iterator[Put]:
    """Yield how to log in to the registry: images of data servers come from a mirror of the user's, too."""
    if site.spec.image_pull_secrets:
        yield Put(ref, (*holder, "imagePullSecrets"), site.spec.image_pull_secrets, ("spec", "imagePullSecrets"))


class _Server(NamedTuple):
    """A data server of bases/: its object, its container, and the variable that holds its password."""

    ref: Ref
    container: str
    variable: str


_REDIS_SERVER = _Server(_REDIS, "redis", "REDISCLI_AUTH")
_POSTGRES_SERVER = _Server(_POSTGRES, "postgres", "POSTGRES_PASSWORD")


def _data_server(server: _Server, secret: str, given: ManagedRedis | ManagedDatabase, at: Path) -> Iterator[Change]:
    ref = server.ref
    yield Put(ref, (*_CONTAINER, "name"), server.container, at)
    source = {"name": server.variable, "valueFrom": {"secretKeyRef": {"name": secret, "key": "password"}}}
    yield Put(ref, (*_CONTAINER, "env"), [source], at)
    if given.image is not None:
        yield Put(ref, (*_CONTAINER, "image"), given.image, (*at, "image"))
    yield from resources(ref, _CONTAINER, given.resources, (*at, "resources"))
    if given.storage is not None:
        path = f"{_CLAIM}/resources/requests/storage"
        yield Op(ref, {"op": "replace", "path": path, "value": given.storage}, (*at, "storage"))
    if given.storage_class_name is not None:
        operation = {"op": "add", "path": f"{_CLAIM}/storageClassName", "value": given.storage_class_name}
        yield Op(ref, operation, (*at, "storageClassName"))


def cloudnativepg(site: Site) -> Iterator[Put]:
    """Yield the Cluster of CloudNativePG."""
    database = site.spec.database
    given = database.cloudnativepg if database else None
    if given is None or not makes_cluster(site):
        return
    at: Path = ("spec", "database", "cloudnativepg")
    fields: dict[Path, tuple[object, str]] = {
        ("spec", "instances"): (given.instances, "instances"),
        ("spec", "imageName"): (given.image, "image"),
        ("spec", "storage", "size"): (given.storage, "storage"),
        ("spec", "storage", "storageClass"): (given.storage_class_name, "storageClassName"),
        ("spec", "resources"): (given.resources, "resources"),
    }
    for path, (value, field) in fields.items():
        if value is not None:
            yield Put(_CLUSTER, path, value, (*at, field))
    yield from _pull_secrets(site, _CLUSTER, ("spec",))


def media(site: Site) -> Iterator[Put]:
    """Yield the claim of the uploaded files."""
    given = site.spec.media
    if given is None:
        return
    at: Path = ("spec", "media")
    if given.storage is not None:
        yield Put(_MEDIA, ("spec", "resources", "requests", "storage"), given.storage, (*at, "storage"))
    if given.access_modes is not None:
        yield Put(_MEDIA, ("spec", "accessModes"), given.access_modes, (*at, "accessModes"))
    if given.storage_class_name is not None:
        yield Put(_MEDIA, ("spec", "storageClassName"), given.storage_class_name, (*at, "storageClassName"))


def service_account(site: Site) -> Iterator[Put]:
    """Yield the annotations of the ServiceAccount that is made, and whether it hands out tokens."""
    given = site.spec.service_account
    if given is None or site.spec.service_account_name is not None:
        return
    at: Path = ("spec", "serviceAccount")
    if given.annotations:
        yield Put(_ACCOUNT, ("metadata", "annotations"), given.annotations, (*at, "annotations"))
    if given.automount_token is not None:
        yield Put(_ACCOUNT, ("automountServiceAccountToken",), given.automount_token, (*at, "automountToken"))
