"""A plain client of the Kubernetes API for the tests themselves: JSON over HTTP/1.1, nothing but the standard library.

It shares no code with what is tested. Knows nothing of Django.
"""

from __future__ import annotations

import functools
import http.client
import json
import ssl
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Object = dict[str, Any]

APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"


class ApiError(Exception):
    """The server refused; `code`, `reason` and `message` as in its Status."""

    def __init__(self, code: int, status: Object) -> None:
        self.code, self.status = code, status
        self.reason: str = status.get("reason", "")
        self.message: str = status.get("message", "")
        super().__init__(f"{code} {self.reason}: {self.message}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered: the object and the texts of its Warning headers."""

    code: int
    body: Any
    warnings: tuple[str, ...]


@dataclass
class Client:
    """A client for one user; may be used from several threads.

    Every call raises ApiError when the server refuses, OSError or http.client.HTTPException when there is no answer.
    """

    url: str
    token: str = ""
    ca: str | None = None
    certificate: str | None = None
    agent: str = "tests"
    timeout: float = 30.0
    """Seconds without a byte after which a call fails."""
    _kinds: dict[str, dict[str, tuple[str, bool]]] = field(default_factory=dict)

    def send(
        self, method: str, path: str, body: Any = None, *, media: str = "application/json", **params: Any
    ) -> Answer:
        """Send a request; parameters that are None or False are left out, True is written as `true`."""
        # a connection for each: nothing is left open, and no request is sent twice
        connection = self._connect(self.timeout)
        try:
            response = self._request(connection, method, path, body, media, params)
            text = response.read()
        finally:
            connection.close()
        answer = json.loads(text) if response.headers.get_content_type() == "application/json" else text.decode()
        if response.status >= http.HTTPStatus.BAD_REQUEST:
            raise ApiError(response.status, answer if isinstance(answer, dict) else {"message": answer})
        warnings = [each.split(" ", 2)[2].strip('"') for each in response.headers.get_all("Warning") or ()]
        return Answer(response.status, answer, tuple(warnings))

    def path(self, api_version: str, kind: str, namespace: str | None = None, name: str = "", sub: str = "") -> str:
        """Return the path of a kind, of an object, or of one of its subresources; kinds are looked up by discovery.

        Raises:
            ApiError: the server does not know the kind (404).
        """
        root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        if kind not in self._kinds.get(root, {}):
            found = self.send("GET", root).body["resources"]
            self._kinds[root] = {r["kind"]: (r["name"], r["namespaced"]) for r in found if "/" not in r["name"]}
        if kind not in self._kinds[root]:
            raise ApiError(404, {"reason": "NotFound", "message": f"no kind {kind} in {api_version}"})
        plural, namespaced = self._kinds[root][kind]
        middle = f"namespaces/{namespace}/" if namespaced and namespace else ""
        return "/".join(part for part in (f"{root}/{middle}{plural}", name, sub) if part)

    def path_of(self, body: Object, sub: str = "") -> str:
        """Return the path of an object."""
        meta = body["metadata"]
        return self.path(body["apiVersion"], body["kind"], meta.get("namespace"), meta["name"], sub)

    def get(self, path: str, **params: Any) -> Any:
        """Return what is at a path."""
        return self.send("GET", path, **params).body

    def find(self, path: str) -> Any:
        """Return what is at a path, or None when nothing is."""
        try:
            return self.get(path)
        except ApiError as error:
            if error.code != http.HTTPStatus.NOT_FOUND:
                raise
            return None

    def wait(self, path: str, ready: Callable[[Any], object], seconds: float = 30.0) -> Any:
        """Return what is at a path as soon as it is as wanted; `ready` is given None while nothing is there.

        Raises:
            TimeoutError: it never was; the message shows how it is.
        """
        deadline = time.monotonic() + seconds
        while not ready(found := self.find(path)):
            if time.monotonic() > deadline:
                message = f"{path} is not as wanted after {seconds} s: {json.dumps(found)[:2000]}"
                raise TimeoutError(message)
            time.sleep(0.02)
        return found

    def items(self, path: str, **params: Any) -> list[Object]:
        """Return the objects of a list, each with its apiVersion and kind, which lists leave out."""
        found = self.get(path, **params)
        common = {"apiVersion": found["apiVersion"], "kind": found["kind"].removesuffix("List")}
        return [common | each for each in found["items"]]

    def apply(self, body: Object, manager: str = "tests", *, force: bool = True, sub: str = "", **params: Any) -> Any:
        """Apply an object on the server's side, strictly."""
        params = {"fieldManager": manager, "force": force, "fieldValidation": "Strict", **params}
        return self.send("PATCH", self.path_of(body, sub), body, media=APPLY, **params).body

    def create(self, body: Object, **params: Any) -> Any:
        """Create an object by POST."""
        meta = body["metadata"]
        path = self.path(body["apiVersion"], body["kind"], meta.get("namespace"))
        return self.send("POST", path, body, **params).body

    def patch(self, path: str, body: Any, media: str = MERGE, **params: Any) -> Any:
        """Patch what is at a path."""
        return self.send("PATCH", path, body, media=media, **params).body

    def replace(self, body: Object, sub: str = "", **params: Any) -> Any:
        """Replace an object, as `kubectl replace` and `kubectl edit` do."""
        return self.send("PUT", self.path_of(body, sub), body, **params).body

    def delete(self, path: str, **options: object) -> Any:
        """Delete what is at a path (`options` of metav1.DeleteOptions)."""
        return self.send("DELETE", path, options or None).body

    def watch(self, path: str, version: str = "", *, seconds: float | None = None, **params: Any) -> Iterator[Object]:
        """Yield the events of a watch from a resourceVersion on, until the server ends it or is silent for `seconds`.

        An ERROR event, such as 410, is raised as ApiError, silence as TimeoutError.
        """
        connection = self._connect(seconds or self.timeout)
        params = {"watch": True, "resourceVersion": version or None, **params}
        try:
            response = self._request(connection, "GET", path, None, "", params)
            if response.status >= http.HTTPStatus.BAD_REQUEST:
                raise ApiError(response.status, json.loads(response.read()))
            rest = b""
            # not readline, which takes a broken stream for its end
            while piece := response.read1():
                *lines, rest = (rest + piece).split(b"\n")
                for event in map(json.loads, lines):
                    if event["type"] == "ERROR":
                        raise ApiError(event["object"].get("code", 0), event["object"])
                    yield event
        finally:
            connection.close()

    @functools.cached_property
    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.ca)
        if self.certificate:
            context.load_cert_chain(self.certificate)
        return context

    def _connect(self, timeout: float) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        if parts.scheme == "http":
            return http.client.HTTPConnection(parts.netloc, timeout=timeout)
        return http.client.HTTPSConnection(parts.netloc, timeout=timeout, context=self._tls)

    def _request(  # noqa: PLR0913, PLR0917 - the parts of a request
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        body: Any,
        media: str,
        params: Mapping[str, object],
    ) -> http.client.HTTPResponse:
        query = {key: "true" if value is True else value for key, value in params.items() if value not in (None, False)}
        headers = {"Accept": "application/json", "User-Agent": self.agent}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            headers["Content-Type"] = media
        # an apply is read as YAML, which does not know JSON's escapes of surrogate pairs
        text = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        connection.request(method, f"{path}?{urlencode(query)}" if query else path, text, headers)
        return connection.getresponse()
