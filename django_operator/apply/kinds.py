"""Where objects of a kind are in the API: known beforehand for all that a stack is made of, asked for otherwise.

Never guessed from the kind's name. Knows nothing of objects.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from django_operator.apply.errors import NO_SUCH_KIND, ApiError
from django_operator.engine.schema import builtin
from django_operator.stack.confine import ALLOWED
from django_operator.stack.install import PLURALS
from django_operator.stack.spec import GROUP

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from django_operator.engine.paths import Body

KNOWN_FOR, UNKNOWN_FOR = 600.0, 30.0
"""Seconds for which an answer holds: that a group has a kind; that it has not, as a CRD may come at any time."""


class Place(NamedTuple):
    """The part of a kind's URLs that all its objects share."""

    plural: str
    namespaced: bool


class Kinds:
    """What is known of kinds, and a way to ask for the rest."""

    def __init__(self, ask: Callable[[str], Awaitable[Body]], clock: Callable[[], float] = time.monotonic) -> None:
        """Take a GET of a path, and a clock in seconds."""
        self._ask = ask
        self._clock = clock
        self._found: dict[str, tuple[float, dict[str, Place]]] = {}

    async def place(self, api_version: str, kind: str) -> Place:
        """Return where a kind is. Raises ApiError: NoSuchKind where the server has none of it, or why it can't tell."""
        known = static(api_version, kind) or await self._discovered(api_version, kind)
        if known is None:
            raise ApiError(404, NO_SUCH_KIND, f"the server has no kind {kind} in {api_version}")
        return known

    async def _discovered(self, api_version: str, kind: str) -> Place | None:
        until, kinds = self._found.get(api_version, (0.0, {}))
        if self._clock() >= until:
            kinds = await self._discover(api_version)
            self._found[api_version] = (self._clock() + (KNOWN_FOR if kind in kinds else UNKNOWN_FOR), kinds)
        elif kind not in kinds:
            # Known for long is only what is there: a kind that was added to the group since is looked for soon.
            soon = min(until, self._clock() + UNKNOWN_FOR)
            self._found[api_version] = (soon, kinds)
        return kinds.get(kind)

    async def _discover(self, api_version: str) -> dict[str, Place]:
        try:
            answer = await self._ask(collection(api_version))
        except ApiError as error:
            if error.not_found:
                return {}
            raise
        return {
            each["kind"]: Place(each["name"], each["namespaced"])
            for each in answer.get("resources") or ()
            if "/" not in each["name"]
        }


def static(api_version: str, kind: str) -> Place | None:
    """Return the place of a kind that a stack is made of, or of one of Kubernetes' own; None for others."""
    plural, namespaced = builtin().plural(api_version, kind), builtin().namespaced(api_version, kind)
    if plural is not None and namespaced is not None:
        return Place(plural, namespaced)
    group = api_version.rpartition("/")[0]
    if (group, kind) in ALLOWED and kind in PLURALS:
        return Place(PLURALS[kind], namespaced=True)
    return Place("djangos", namespaced=True) if (group, kind) == (GROUP, "Django") else None


def collection(api_version: str, place: Place | None = None, namespace: str | None = None) -> str:
    """Return the path of a group's version, of all objects of a kind, or of those in a namespace."""
    root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
    inner = f"/namespaces/{quote(namespace, safe='')}" if namespace else ""
    return f"{root}{inner}/{place.plural}" if place else root


def path(api_version: str, place: Place, namespace: str | None, name: str, subresource: str = "") -> str:
    """Return the path of one object. Raises ValueError for a namespace too many or too few, or for no name."""
    if not name:
        raise ValueError(f"a {place.plural} of {api_version} without a name has no path")
    if place.namespaced != bool(namespace):
        fault = f"needs a namespace: {name}" if place.namespaced else f"has no namespace: {namespace}/{name}"
        raise ValueError(f"{place.plural} of {api_version} {fault}")
    end = f"/{subresource}" if subresource else ""
    return f"{collection(api_version, place, namespace)}/{quote(name, safe='')}{end}"
