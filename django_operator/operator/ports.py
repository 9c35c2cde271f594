"""What the runtime needs of apply/: shapes only, for which tests put others in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Collection

    from django_operator.engine.paths import Body


class Outcome(Protocol):
    """What a reconcile came to."""

    @property
    def requeue_after(self) -> float | None:
        """Seconds after which to look again, though nothing happens; None: never."""


class Reconciler(Protocol):
    """Brings one resource's stack to what it should be."""

    async def reconcile(self, namespace: str, name: str, /) -> Outcome:
        """Do it, whatever woke it. Raises ApiError for what is worth a retry."""


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
    as_user: str = ""

    def __str__(self) -> str:
        """Return a name for people."""
        return f"{self.kind} (versions)" if self.metadata_only else self.kind


class Informer(Protocol):
    """A watch that lasts."""

    @property
    def synced(self) -> asyncio.Event:
        """Set once all that is there was told of."""

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
        on_listed: Callable[[frozenset[str], str], None],
    ) -> Informer:
        """Return it, not running yet."""
