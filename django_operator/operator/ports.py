"""What the runtime needs of apply/: shapes only, so that its tests can stand in for a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from django_operator.engine.paths import Body

SiteKey: TypeAlias = tuple[str, str]
"""Namespace and name of a Django resource; a `store.SiteKey` is one."""


class Outcome(Protocol):
    """What a reconcile came to."""

    @property
    def requeue_after(self) -> float | None:
        """Seconds after which to look again, though nothing happens; None: never."""


class Reconciler(Protocol):
    """Brings one resource's stack to what it should be."""

    async def reconcile(self, namespace: str, name: str, /) -> Outcome:
        """Do it, whatever woke it. Raises ApiError for what is worth a retry."""


class Store(Protocol):
    """What is known of the cluster. Each change says which resources there is reason to look at."""

    @property
    def sites(self) -> Mapping[Any, Body]:
        """The resources by SiteKey."""

    def put_site(self, body: Body, /) -> Iterable[SiteKey]:
        """Take a resource."""

    def drop_site(self, key: Any, /) -> Iterable[SiteKey]:
        """Forget a resource."""

    def put_child(self, body: Body, /) -> Iterable[SiteKey]:
        """Take an object of a stack."""

    def drop_child(self, key: Any, uid: str, /) -> Iterable[SiteKey]:
        """Forget an object of a stack."""

    def put_data(self, body: Body, kind: str, /) -> Iterable[SiteKey]:
        """Take the version of a ConfigMap or Secret."""

    def drop_data(self, key: Any, /) -> Iterable[SiteKey]:
        """Forget a ConfigMap or Secret."""


class Listed(Protocol):
    """The answer to a list."""

    @property
    def items(self) -> Collection[Body]:
        """The objects."""


class Lists(Protocol):
    """What of the client it takes to look for resources."""

    async def list(
        self, api_version: str, kind: str, namespace: str | None = None, /, *, labels: str, metadata_only: bool
    ) -> Listed:
        """Return all objects of a kind."""

    async def get(self, api_version: str, kind: str, namespace: str, name: str, /) -> Body | None:
        """Return one object."""


class Watch(NamedTuple):
    """What to watch: a kind, and what of it."""

    api_version: str
    kind: str
    labels: str = ""
    metadata_only: bool = False

    def __str__(self) -> str:
        """Return a name for people."""
        return f"{self.kind} (versions)" if self.metadata_only else self.kind


class Informer(Protocol):
    """A watch that lasts."""

    async def run(self) -> None:
        """Watch for ever."""


class Informers(Protocol):
    """Makes an Informer of a watch in a namespace, or in all where that is None."""

    def __call__(
        self,
        watch: Watch,
        namespace: str | None,
        /,
        *,
        on_upsert: Callable[[Body], None],
        on_delete: Callable[[Body], None],
        on_synced: Callable[[], None],
    ) -> Informer:
        """Return it, not running yet."""
