"""The only door to the API server: what is asked and answered is plain data.

Knows nothing of what the objects are for, nor of when to write what.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from django_operator.apply import errors, kinds, wire
from django_operator.apply.connection import Connection
from django_operator.apply.credentials import SERVICE_ACCOUNT
from django_operator.apply.reader import Reader
from django_operator.apply.wire import READ, Call

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django_operator.apply.connection import Requests
    from django_operator.engine.paths import Body

MANAGER = "django-operator"
"""The field manager of all children."""
_POSTED_TO = {"token": "serviceaccounts", "eviction": "pods", "binding": "pods"}
_QUESTIONS = ("authentication.k8s.io/", "authorization.k8s.io/")
"""Groups whose objects are questions: creating one changes nothing."""
_OTHER_UID = re.compile(r"UID in (the )?precondition")
"""How the server says that the name is another object's by now (registry/rest/delete.go, storage/interfaces.go)."""
_APPLY, _JSON_PATCH = "application/apply-patch+yaml", "application/json-patch+json"


class Applied(NamedTuple):
    """What an object became, whether it was not there before, and what the server warns of."""

    body: Body
    created: bool
    warnings: tuple[str, ...] = ()


class Client(Reader):
    """Requests to one API server. Made by `connect`, held for the life of the process, ended by `close`.

    What writes to the cluster raises NotLeader where `may_write` says no; it is asked before each attempt.
    """

    def __init__(self, connection: Connection, may_write: Callable[[], bool]) -> None:
        """Take a connection; use `connect`."""
        super().__init__(connection)
        self._may_write = may_write

    @classmethod
    async def connect(  # noqa: PLR0913 - each has a default
        cls,
        *,
        kubeconfig: str | None = None,
        context: str | None = None,
        namespace: str | None = None,
        user_agent: str,
        telemetry: Requests | None = None,
        may_write: Callable[[], bool] = lambda: True,
        serviceaccount: str = SERVICE_ACCOUNT,
        limit: float | None = None,
    ) -> Client:
        """Read the credentials that kubectl would take, else the pod's own; send nothing. Raises NoCredentials.

        `limit` is the most seconds that one attempt of a request may take.
        """
        connection = Connection(
            kubeconfig=kubeconfig,
            context=context,
            namespace=namespace,
            serviceaccount=serviceaccount,
            user_agent=user_agent,
            requests=telemetry,
            limit=limit,
        )
        await connection.connect()
        return cls(connection, may_write)

    async def apply(  # noqa: PLR0913 - each has a default
        self,
        body: Body,
        *,
        manager: str = MANAGER,
        force: bool = True,
        dry_run: bool = False,
        subresource: str = "",
        as_user: str = "",
    ) -> Applied:
        """Apply an object (server-side), which makes it where it is not there. Unknown fields are errors."""
        api_version, kind, metadata = body["apiVersion"], body["kind"], body["metadata"]
        place = await self._kinds.place(api_version, kind)
        where = kinds.path(api_version, place, metadata.get("namespace"), metadata.get("name", ""), subresource)
        params = {"fieldManager": manager, "fieldValidation": "Strict", "force": str(force).lower()}
        if dry_run:
            params["dryRun"] = "All"
        guard = None if dry_run else self._check
        call = Call(
            "apply", "PATCH", where, params, wire.headers_of(as_user, _APPLY), msgspec.json.encode(body), guard=guard
        )  # fmt: skip
        answer = await self._connection.request(call)
        return Applied(wire.decoded(answer), answer.code == 201, wire.warnings(answer.headers))  # noqa: PLR2004 - HTTP's

    async def create(self, body: Body, *, manager: str = MANAGER, subresource: str = "", as_user: str = "") -> Body:
        """Create an object; with `subresource` (token, eviction) one that is posted to the object it is named after.

        Raises ApiError with `conflict` where it is there. Sent again only where it can't have reached the server.
        """
        api_version, metadata = body["apiVersion"], body.get("metadata") or {}
        if subresource:
            place = kinds.Place(_POSTED_TO[subresource], namespaced=True)
            where = kinds.path("v1", place, metadata.get("namespace"), metadata.get("name", ""), subresource)
        else:
            place = await self._kinds.place(api_version, body["kind"])
            where = kinds.collection(api_version, place, metadata.get("namespace") if place.namespaced else None)
        params = {"fieldManager": manager, "fieldValidation": "Strict"}
        call = Call(
            "create", "POST", where, params, wire.headers_of(as_user, "application/json"), msgspec.json.encode(body),
            safe=False, guard=None if api_version.startswith(_QUESTIONS) else self._check,
        )  # fmt: skip
        return wire.decoded(await self._connection.request(call))

    async def patch(  # noqa: PLR0913 - an object's four names
        self,
        api_version: str,
        kind: str,
        namespace: str | None,
        name: str,
        ops: Sequence[Mapping[str, Any]],
        *,
        manager: str = MANAGER,
        subresource: str = "",
        as_user: str = "",
    ) -> Body:
        """Apply a JSON patch. Raises ApiError with `invalid` where it does not fit, a `test` that fails included.

        It may be sent twice where the first answer is lost: let it begin with a `test` of the resourceVersion.
        """
        place = await self._kinds.place(api_version, kind)
        where = kinds.path(api_version, place, namespace, name, subresource)
        headers = wire.headers_of(as_user, _JSON_PATCH)
        content = msgspec.json.encode(ops)
        call = Call("patch", "PATCH", where, {"fieldManager": manager}, headers, content, guard=self._check)
        return wire.decoded(await self._connection.request(call))

    async def delete(  # noqa: PLR0913 - an object's five names
        self,
        api_version: str,
        kind: str,
        namespace: str | None,
        name: str,
        *,
        uid: str,
        propagation: str = "Background",
        resource_version: str | None = None,
        as_user: str = "",
    ) -> bool:
        """Ask for the deletion of the very object that has this UID; False where that one is gone already.

        With finalizers, or with `Foreground`, it goes later. Raises ApiError with `conflict` where it is no longer at
        `resource_version`.
        """
        place = await self._kinds.place(api_version, kind)
        conditions = {"uid": uid} | ({"resourceVersion": resource_version} if resource_version else {})
        options = {"propagationPolicy": propagation, "preconditions": conditions}
        where, headers = kinds.path(api_version, place, namespace, name), wire.headers_of(as_user, "application/json")
        call = Call("delete", "DELETE", where, {}, headers, msgspec.json.encode(options), guard=self._check)
        try:
            await self._connection.request(call)
        except errors.ApiError as error:
            if error.not_found or (error.conflict and _OTHER_UID.search(error.message)):
                return False
            raise
        return True

    async def raw(  # noqa: PLR0913 - each has a default
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = READ,  # noqa: ASYNC109 - of one attempt; retries go on beyond
        retries: bool = True,
    ) -> Any:
        """Send a request that no other method makes; JSON is decoded, other text is not. `may_write` is not asked."""
        sent = {"Content-Type": "application/json"} if body is not None else {}
        answer = await self._connection.request(
            Call(
                "raw", method, path, params or {}, {**sent, **(headers or {})},
                None if body is None else msgspec.json.encode(body),
                safe=method in ("GET", "HEAD"), retries=retries, read=timeout, total=timeout * 2,
            )
        )  # fmt: skip
        return wire.decoded(answer) if "json" in answer.headers.get("content-type", "") else answer.content.decode()

    def _check(self) -> None:
        if not self._may_write():
            raise errors.NotLeader("a write was held back: the Lease is not held")
