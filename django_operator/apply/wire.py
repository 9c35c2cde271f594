"""One request and its answer as values, and what is read out of answers. Knows nothing of connections or of kinds."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from django_operator.apply.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from django_operator.engine.paths import Body

CONNECT, READ, TOTAL = 5.0, 30.0, 65.0
"""Seconds to wait for a connection, for the next bytes, for a whole answer; the server itself gives up after 60."""
_WARNING = re.compile(r'299 \S+ "((?:[^"\\]|\\.)*)"')


class Answer(NamedTuple):
    """A whole answer."""

    code: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True, slots=True)
class Call:
    """One request, and how it may be sent."""

    verb: str
    """Kubernetes' verb, for the count."""
    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    safe: bool = True
    """Whether it may reach the server twice."""
    retries: bool = True
    read: float = READ
    total: float | None = TOTAL
    guard: Callable[[], None] | None = None
    """Called before each attempt; may raise."""


def headers_of(as_user: str = "", content_type: str = "") -> dict[str, str]:
    """Return the headers of a request."""
    return ({"Impersonate-User": as_user} if as_user else {}) | ({"Content-Type": content_type} if content_type else {})


def selectors(labels: str, fields: str) -> dict[str, str]:
    """Return the parameters that choose among a kind's objects."""
    return ({"labelSelector": labels} if labels else {}) | ({"fieldSelector": fields} if fields else {})


def decoded(answer: Answer) -> Body:
    """Return an answer's object. Raises ApiError where it is none: whoever answered was not the API server."""
    try:
        return msgspec.json.decode(answer.content, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise ApiError(502, "BadAnswer", f"not an object of the API: {error}") from error


def typed(body: Body, api_version: str, kind: str) -> Body:
    """Return an object of a list or a watch with what those leave out, or call PartialObjectMetadata."""
    return {**body, "apiVersion": api_version, "kind": kind}


def warnings(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the texts of `Warning: 299 - "..."` headers (RFC 7234), joined by commas."""
    found = _WARNING.findall(headers.get("warning", ""))
    return tuple(text.replace('\\"', '"').replace("\\\\", "\\") for text in found)


async def lines(chunks: AsyncIterator[bytes], *, blank: bool = False) -> AsyncIterator[bytes]:
    """Yield lines, `blank` ones where they mean something.

    Only a line feed ends one: str.splitlines also takes U+0085 and U+2028, which JSON may hold.
    """
    rest: list[bytes] = []
    async for chunk in chunks:
        *whole, last = chunk.split(b"\n")
        for line in whole:
            rest.append(line)
            joined = b"".join(rest)
            rest.clear()
            if joined or blank:
                yield joined
        rest.append(last)
    if any(rest):
        yield b"".join(rest)
