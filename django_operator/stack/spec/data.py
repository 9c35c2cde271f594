"""Where data lives: Redis, the database, media files, the secret key; and the names under which Django gets them."""

from typing import Annotated, Literal

from msgspec import Meta

from django_operator.stack import k8stypes as k
from django_operator.stack.spec.base import SecretKeyRef, Spec

Policy = Literal["Retain", "Delete"]
Address = Annotated[
    str, Meta(min_length=3, max_length=260, extra={"is": "host:port", "pattern": r"^[^\s:/@]+:[0-9]{1,5}$"})
]


class ManagedRedis(Spec, frozen=True, kw_only=True):
    """A Redis of the stack's own: one pod with a volume and a generated password."""

    image: k.Image | None = None
    """Image of Redis or Valkey, with tag."""
    storage: k.Quantity | None = None
    """Size of the volume. Cannot be changed."""
    storage_class_name: k.ObjectName | None = None
    """Class of the volume. Cannot be changed."""
    resources: k.Resources | None = None
    """CPU and memory requested and allowed."""
    maxmemory: k.Word | None = None
    """Redis' own limit of its data, e.g. 200mb; below the container's memory limit."""
    maxmemory_policy: (
        Literal[
            "noeviction", "allkeys-lru", "allkeys-lfu", "allkeys-random",
            "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl",
        ]
        | None
    ) = None  # fmt: skip
    """What is thrown away at that limit. Anything but noeviction can lose tasks of Celery."""


class ExternalRedis(Spec, frozen=True, kw_only=True):
    """A Redis that is there already, by the URL in a Secret."""

    secret_ref: SecretKeyRef
    """Secret with the URL, under `url` unless a key is named."""
    broker_secret_ref: SecretKeyRef | None = None
    """Secret with the URL of Celery's broker (key `url`), where it is not the same Redis."""
    address: Address | None = None
    """host:port of the broker, for autoscaling by `queueLength`: KEDA cannot read a URL."""
    password_key: k.DataKey | None = None
    """Key of the same Secret with the password alone, for autoscaling by `queueLength`."""
    tls: bool | None = None
    """Whether KEDA speaks TLS to the address."""


class Redis(Spec, frozen=True, kw_only=True):
    """The cache and Celery's broker. Without this field: a managed one."""

    enabled: bool | None = None
    """False makes no Redis and injects no URL. Left out: true."""
    managed: ManagedRedis | None = None
    """A Redis of the stack's own."""
    external: ExternalRedis | None = None
    """A Redis that is there already."""


class ManagedDatabase(Spec, frozen=True, kw_only=True):
    """A PostgreSQL of the stack's own: one pod with a volume and a generated password."""

    image: k.Image | None = None
    """Image of PostgreSQL, with tag."""
    storage: k.Quantity | None = None
    """Size of the volume. Cannot be changed."""
    storage_class_name: k.ObjectName | None = None
    """Class of the volume. Cannot be changed."""
    resources: k.Resources | None = None
    """CPU and memory requested and allowed."""


class ExternalDatabase(Spec, frozen=True, kw_only=True):
    """A database that is there already, by the URL in a Secret."""

    secret_ref: SecretKeyRef
    """Secret with the URL, under `url` unless a key is named."""
    release_secret_ref: SecretKeyRef | None = None
    """Secret with the URL that release commands use (key `url`): past a PgBouncer, or of another role."""


class CloudNativePG(Spec, frozen=True, kw_only=True):
    """A database run by the CloudNativePG operator: an existing cluster, or one made here."""

    cluster_name: k.Label | None = None
    """An existing Cluster in the same namespace; nothing is made, its Secret `<name>-app` is read."""
    instances: Annotated[int, Meta(ge=1, le=50)] | None = None
    """PostgreSQL servers: one primary, the others replicas."""
    image: k.Image | None = None
    """Image of PostgreSQL for CloudNativePG."""
    storage: k.Quantity | None = None
    """Size of each server's volume; it can grow only."""
    storage_class_name: k.ObjectName | None = None
    """Class of the volumes. Cannot be changed."""
    resources: k.Resources | None = None
    """CPU and memory requested and allowed."""


class Database(Spec, frozen=True, kw_only=True):
    """The database. Without this field: a managed one."""

    enabled: bool | None = None
    """False makes no database and injects no URL. Left out: true."""
    managed: ManagedDatabase | None = None
    """A PostgreSQL of the stack's own."""
    external: ExternalDatabase | None = None
    """A database that is there already."""
    cloudnativepg: CloudNativePG | None = None
    """A database run by the CloudNativePG operator."""


class SecretKey(Spec, frozen=True, kw_only=True):
    """Django's SECRET_KEY. Without this field it is generated once and kept."""

    secret_ref: SecretKeyRef
    """Secret with the key, under `secret-key` unless a key is named."""


class Media(Spec, frozen=True, kw_only=True):
    """A volume for uploaded files, shared by the pods."""

    storage: k.Quantity | None = None
    """Size of the volume. Cannot be changed."""
    access_modes: k.AccessModes | None = None
    """How the volume may be mounted. Cannot be changed."""
    storage_class_name: k.ObjectName | None = None
    """Class of the volume. Cannot be changed."""
    mount_path: k.AbsolutePath | None = None
    """Where it appears in the containers; MEDIA_ROOT."""


class EnvNames(Spec, frozen=True, kw_only=True):
    """Names of the injected environment variables, for settings that read others. An empty name injects nothing."""

    secret_key: k.EnvName | None = None
    """SECRET_KEY unless given."""
    database_url: k.EnvName | None = None
    """DATABASE_URL unless given."""
    redis_url: k.EnvName | None = None
    """REDIS_URL unless given."""
    celery_broker_url: k.EnvName | None = None
    """CELERY_BROKER_URL unless given."""
    celery_result_backend: k.EnvName | None = None
    """Not injected unless given; the same URL as `redisUrl`."""
    allowed_hosts: k.EnvName | None = None
    """ALLOWED_HOSTS unless given: `hosts`, with commas between."""
    csrf_trusted_origins: k.EnvName | None = None
    """CSRF_TRUSTED_ORIGINS unless given: `hosts` with https:// (http:// without TLS), with commas between."""
    component: k.EnvName | None = None
    """DJANGO_OPERATOR_COMPONENT unless given: app, worker, beat, release or cron."""
    redis_password: k.EnvWord | None = None
    """REDIS_PASSWORD unless given (never empty, the URLs refer to it); the password of a managed Redis,
    and of an external one with `passwordKey`."""
    database_password: k.EnvWord | None = None
    """POSTGRES_PASSWORD unless given (never empty); the password of a managed database."""


class DeletionPolicy(Spec, frozen=True, kw_only=True):
    """What becomes of volumes (and of the Secrets that open them) when the resource is deleted."""

    database: Policy | None = None
    """The database's volume. Left out: Retain."""
    redis: Policy | None = None
    """Redis' volume. Left out: Delete."""
    media: Policy | None = None
    """The uploaded files. Left out: Retain."""
