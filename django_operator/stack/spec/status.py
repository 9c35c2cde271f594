"""The status of a resource, as its schema: the operator writes it, nothing here reads it."""

from typing import Annotated, Literal

from msgspec import Meta

from django_operator.stack import k8stypes as k
from django_operator.stack.spec.base import Spec


class MigrationHead(Spec, frozen=True, kw_only=True):
    """The newest migration of an app that a release has applied."""

    app: str
    """Label of the Django app; `*` for those that there was no room for."""
    name: str
    """Name of the migration, or its number where there was no room for the name."""


class ReleaseStatus(Spec, frozen=True, kw_only=True):
    """A release: what ran, and when."""

    key: str | None = None
    """Hash of image, version, commands and retry token; one Job for each."""
    version: str | None = None
    """Version released."""
    image: str | None = None
    """Image released, with tag or digest."""
    migration_heads: Annotated[list[MigrationHead], Meta(extra={"keys": ["app"]})] | None = None
    """Newest migration of each app in the database, as the release left it; not known of other than PostgreSQL."""
    started_at: k.Time | None = None
    """When its Job started."""
    completed_at: k.Time | None = None
    """When its Job was done."""


class Revision(Spec, frozen=True, kw_only=True):
    """A state that was enforced once."""

    revision: int
    """Number of the ControllerRevision."""
    version: str | None = None
    """Its version."""
    image: str | None = None
    """Its image."""
    outcome: Literal["Serving", "Replaced", "Failed", "RolledBack"] | None = None
    """What became of it; `Failed` is one that never served, and is asked for no more."""
    started_at: k.Time | None = None
    """When it was begun."""
    completed_at: k.Time | None = None
    """When it served, or failed."""
    message: str | None = None
    """Why it failed."""


class InventoryEntry(Spec, frozen=True, kw_only=True):
    """An object that belongs to the resource."""

    group: str
    """API group; empty for the core group."""
    version: str
    """API version."""
    kind: str
    """Kind."""
    name: str
    """Name."""
    uid: str | None = None
    """UID of the object that was made."""
    verified: str | None = None
    """Hash of what was last applied and of what lived then; while both stay so, a new operator need not ask."""


class Status(Spec, frozen=True, kw_only=True):
    """What the operator found and did."""

    observed_generation: int | None = None
    """Generation of the spec that the status tells of."""
    conditions: k.Conditions | None = None
    """Ready, Reconciling, Stalled, Released, Available, OverlaysApplied, Contended, Paused."""
    version: str | None = None
    """Version that serves."""
    release: ReleaseStatus | None = None
    """The last release that was done."""
    stage: str | None = None
    """Stage that is worked on: config, data, release, serve, switch, beat or post; empty at rest."""
    components: dict[str, str] | None = None
    """Ready pods of those wanted: app, workers (all pools), worker-<pool>, beat, redis, postgres; e.g. 3/3."""
    inventory: Annotated[list[InventoryEntry], Meta(extra={"keys": ["group", "kind", "name"]})] | None = None
    """Objects that belong to the resource."""
    history: Annotated[list[Revision], Meta(max_length=100, extra={"keys": ["revision"]})] | None = None
    """Revisions, the newest first."""
