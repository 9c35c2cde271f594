"""What asks an API server for objects, and changes nothing. Knows nothing of what the objects are for."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from django_operator.apply import errors, kinds, wire
from django_operator.apply.wire import READ, TOTAL, Call

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from types import TracebackType
    from typing import Self

    from django_operator.apply.connection import Connection
    from django_operator.apply.credentials import Credentials
    from django_operator.engine.paths import Body

STALL = 90.0
"""Seconds without a byte after which a watch counts as dead; the server sends a bookmark each minute."""
_WATCH = (300, 600)
"""Seconds that one watch lasts, at random, so that not all begin anew at once."""
_METADATA = "application/json;as=PartialObjectMetadata{};g=meta.k8s.io;v=v1"
_FOREVER = 3600.0


class Listed(NamedTuple):
    """All objects of a kind, each with apiVersion and kind, and the state of the cluster they are of."""

    items: list[Body]
    resource_version: str


class Watched(NamedTuple):
    """One event: ADDED, MODIFIED, DELETED, or BOOKMARK, whose body has a resourceVersion and nothing else of worth."""

    type: str
    body: Body


class Reader:
    """Requests that change nothing.

    All methods raise ApiError where the server refuses, and Unreachable where it does not answer. What may be sent
    again safely was sent a few times by then, within some ten seconds. `as_user` is a user to act as, such as
    `system:serviceaccount:<namespace>:<name>`.
    """

    def __init__(self, connection: Connection) -> None:
        """Take a connection."""
        self._connection = connection
        self._kinds = kinds.Kinds(self._discovery)

    async def __aenter__(self) -> Self:
        """Return this."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        await self.close()

    @property
    def namespace(self) -> str:
        """The namespace asked for, else the kubeconfig's, else the pod's."""
        return self._connection.credentials.namespace

    @property
    def server(self) -> str:
        """The URL of the API server."""
        return self._connection.credentials.server

    @property
    def credentials(self) -> Credentials:
        """What the next request proves itself with, for those who must make requests of their own."""
        return self._connection.current()

    async def namespaced(self, api_version: str, kind: str) -> bool:
        """Tell whether objects of a kind live in namespaces, as the server says. Raises ApiError NoSuchKind."""
        return (await self._kinds.place(api_version, kind)).namespaced

    async def get(
        self, api_version: str, kind: str, namespace: str | None, name: str, *, as_user: str = ""
    ) -> Body | None:
        """Return an object, None where it is not there. Raises ApiError NoSuchKind where its kind is not."""
        place = await self._kinds.place(api_version, kind)
        call = Call("get", "GET", kinds.path(api_version, place, namespace, name), headers=wire.headers_of(as_user))
        try:
            return wire.decoded(await self._connection.request(call))
        except errors.ApiError as error:
            if error.not_found and not error.no_such_kind:
                return None
            raise

    async def list(  # noqa: PLR0913 - each has a default
        self,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        *,
        labels: str = "",
        fields: str = "",
        metadata_only: bool = False,
        limit: int = 500,
        as_user: str = "",
    ) -> Listed:
        """Return all objects of a kind, in one namespace or in all; `limit` is of one page, 0 for no pages.

        `labels` and `fields` are selectors as the API has them. With `metadata_only` objects have nothing but metadata.
        """
        place = await self._kinds.place(api_version, kind)
        where, headers = kinds.collection(api_version, place, namespace), wire.headers_of(as_user)
        if metadata_only:
            headers["Accept"] = _METADATA.format("List")
        params = wire.selectors(labels, fields) | ({"limit": str(limit)} if limit else {})
        items: list[Body] = []
        while True:
            try:
                page = wire.decoded(await self._connection.request(Call("list", "GET", where, params, headers)))
            except errors.ApiError as error:
                if error.gone and "continue" in params:
                    # The state that the pages were of is compacted. All in one go, as client-go's pager does.
                    params, items = wire.selectors(labels, fields), []
                    continue
                raise
            items += (wire.typed(item, api_version, kind) for item in page.get("items") or ())
            token = page["metadata"].get("continue")
            if not token:
                return Listed(items, page["metadata"].get("resourceVersion", ""))
            params = {**params, "continue": token}

    async def watch(  # noqa: PLR0913 - each has a default
        self,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        *,
        labels: str = "",
        fields: str = "",
        metadata_only: bool = False,
        since: str,
        stall: float = STALL,
        as_user: str = "",
    ) -> AsyncGenerator[Watched, None]:
        """Yield what happens to objects of a kind after `since`, a resourceVersion, until the server ends it.

        One request. Raises ApiError with `gone` where `since` is too old, Unreachable where the stream breaks off or no
        byte came for `stall` seconds.
        """
        place = await self._kinds.place(api_version, kind)
        headers = wire.headers_of(as_user)
        if metadata_only:
            headers["Accept"] = _METADATA.format("")
        params = wire.selectors(labels, fields) | {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": since,
            "timeoutSeconds": str(random.randint(*_WATCH)),  # noqa: S311 - no secret
        }
        where = kinds.collection(api_version, place, namespace)
        async with self._connection.stream(Call("watch", "GET", where, params, headers, read=stall, total=None)) as got:
            async for line in wire.lines(got):
                try:
                    event = msgspec.json.decode(line)
                except msgspec.DecodeError as error:
                    raise errors.Unreachable(f"the watch broke off inside an event: {error}") from error
                if event["type"] == "ERROR":
                    raise errors.of_status(event["object"])
                yield Watched(event["type"], wire.typed(event["object"], api_version, kind))

    async def log(  # noqa: PLR0913 - each has a default
        self,
        namespace: str,
        pod: str,
        container: str,
        *,
        tail: int | None = None,
        previous: bool = False,
        follow: bool = False,
    ) -> AsyncGenerator[str, None]:
        """Yield the lines that a container wrote: the last `tail` ones, those of its run before, or on and on."""
        flags = {"container": container, "previous": str(previous).lower(), "follow": str(follow).lower()}
        params = flags | ({} if tail is None else {"tailLines": str(tail)})
        where = kinds.path("v1", kinds.Place("pods", namespaced=True), namespace, pod, "log")
        read, total = (_FOREVER, None) if follow else (READ, TOTAL)
        async with self._connection.stream(Call("log", "GET", where, params, read=read, total=total)) as chunks:
            async for line in wire.lines(chunks, blank=True):
                yield line.decode(errors="replace")

    async def close(self) -> None:
        """End the use of the client; connections of requests under way go with those."""
        await self._connection.close()

    async def _discovery(self, path: str) -> Body:
        return wire.decoded(await self._connection.request(Call("discovery", "GET", path)))
