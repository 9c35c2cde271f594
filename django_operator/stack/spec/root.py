"""The resource as a whole: group django-operator.io, version v1alpha1, kind Django."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from django_operator.stack import k8stypes as k
from django_operator.stack.spec.base import Spec
from django_operator.stack.spec.data import Database, DeletionPolicy, EnvNames, Media, Redis, SecretKey
from django_operator.stack.spec.overlays import Overlay
from django_operator.stack.spec.pods import PodTemplate
from django_operator.stack.spec.processes import App, Beat, CronJob, Worker
from django_operator.stack.spec.release import Release, Rollout
from django_operator.stack.spec.web import Ingress

GROUP = "django-operator.io"
VERSION = "v1alpha1"
KIND = "Django"
API_VERSION = "django-operator.io/v1alpha1"


class ServiceAccount(Spec, frozen=True, kw_only=True):
    """The ServiceAccount made for the pods."""

    annotations: k.Annotations | None = None
    """Annotations, e.g. the cloud role that the pods act as."""
    automount_token: bool | None = None
    """True gives pods a token for the API server."""


class DjangoSpec(Spec, frozen=True, kw_only=True):
    """A Django site with everything it needs. Only `image` must be given; what is left out is taken from bases/."""

    image: k.Image
    """Image of the site. Its tag is `version`, or stands here."""
    version: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=256,
                extra={
                    "is": "version",
                    "pattern": r"^([A-Za-z0-9_][-A-Za-z0-9_.]{0,127}(@sha256:[a-f0-9]{64})?|sha256:[a-f0-9]{64})$",
                },
            ),
        ]
        | None
    ) = None
    """Tag or digest (sha256:...) of the image. A new one is a new release."""
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] | None = None
    """When nodes ask the registry."""
    image_pull_secrets: k.ImagePullSecrets | None = None
    """Secrets with passwords of registries."""
    project: (
        Annotated[
            str,
            Meta(min_length=1, max_length=128, extra={"is": "package", "pattern": r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$"}),
        ]
        | None
    ) = None
    """Python package of the site, with wsgi.py and celery.py; gives the commands of app, workers and beat."""
    manage: Annotated[list[k.Text], Meta(min_length=1, max_length=16)] | None = None
    """The manage command. Left out: [python, manage.py]."""
    paused: bool | None = None
    """True leaves everything as it is, until it is taken away."""
    hosts: Annotated[list[k.Host], Meta(max_length=64, extra={"set": True})] | None = None
    """Names the site answers to, e.g. shop.example.com or *.example.com."""
    ingress: Ingress | None = None
    """How requests reach the site."""
    env: k.Env | None = None
    """Environment of every container that runs the image."""
    env_from: k.EnvFrom | None = None
    """ConfigMaps and Secrets read whole into the environment of every such container."""
    env_names: EnvNames | None = None
    """Names of the injected variables."""
    volumes: k.Volumes | None = None
    """Volumes of every pod that runs the image."""
    volume_mounts: k.VolumeMounts | None = None
    """Where volumes appear in every such container."""
    service_account_name: k.ObjectName | None = None
    """A ServiceAccount that is there already. Left out, one without rights is made."""
    service_account: ServiceAccount | None = None
    """The ServiceAccount that is made."""
    pod_template: PodTemplate | None = None
    """Surroundings of every pod that runs the image."""
    app: App | None = None
    """The web server."""
    workers: Annotated[dict[k.ShortLabel, Worker], Meta(max_length=20)] | None = None
    """Pools of Celery workers by name. Left out: one called default; an empty map: none."""
    beat: Beat | None = None
    """Celery's scheduler, exactly one."""
    redis: Redis | None = None
    """The cache and Celery's broker. Left out: a managed one."""
    database: Database | None = None
    """The database. Left out: a managed PostgreSQL."""
    secret_key: SecretKey | None = None
    """Django's SECRET_KEY. Left out, it is generated once and kept."""
    media: Media | None = None
    """A volume for uploaded files. Left out: none."""
    release: Release | None = None
    """Commands run once for each new version."""
    rollout: Rollout | None = None
    """How a new version takes over."""
    cron_jobs: Annotated[dict[k.ShortLabel, CronJob], Meta(max_length=50)] | None = None
    """Commands run by the clock, by name."""
    overlays: Annotated[list[Overlay], Meta(max_length=32)] | None = None
    """Layers laid over everything else, in this order."""
    overlay_service_account_name: k.ObjectName | None = None
    """A ServiceAccount of this namespace as which objects of further kinds are applied, with its rights and no others.
    The operator must be allowed to impersonate it, by a Role of this namespace."""
    deletion_policy: DeletionPolicy | None = None
    """What becomes of data when the resource is deleted."""


class Metadata(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The metadata that is read. Whatever else a server adds is passed over here."""

    name: k.SiteName
    namespace: str | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    uid: str | None = None
    generation: int | None = None
    deletion_timestamp: str | None = None


class Django(Spec, frozen=True, kw_only=True):
    """A Django site with web server, workers, beat, Redis, database, releases and the way in."""

    api_version: Literal["django-operator.io/v1alpha1"]
    kind: Literal["Django"]
    metadata: Metadata
    spec: DjangoSpec
    status: k.Anything = None

    @property
    def name(self) -> str:
        """Return the resource's name."""
        return self.metadata.name

    @property
    def namespace(self) -> str | None:
        """Return the resource's namespace, None when the document names none."""
        return self.metadata.namespace
