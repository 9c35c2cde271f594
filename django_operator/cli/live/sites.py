"""Django resources of a cluster, by name. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.apply.store import SiteKey
from django_operator.cli.live.session import Refusal
from django_operator.engine.errors import near
from django_operator.stack.spec import API_VERSION, KIND

if TYPE_CHECKING:
    from django_operator.apply.client import Client
    from django_operator.engine.paths import Body


def key(client: Client, name: str) -> SiteKey:
    """Return the key of a resource in the namespace asked for; `django/shop` and `dj/shop` mean `shop`."""
    return SiteKey(client.namespace, name.rpartition("/")[2])


async def get(client: Client, wanted: SiteKey) -> Body:
    """Return a resource. Raises Refusal with near misses where it is not there."""
    body = await client.get(API_VERSION, KIND, wanted.namespace, wanted.name)
    if body is None:
        raise await absent(client, wanted)
    return body


async def absent(client: Client, wanted: SiteKey) -> Refusal:
    """Return the error of a resource that is not there."""
    others = [each["metadata"]["name"] for each in await every(client, wanted.namespace)]
    hint = near(wanted.name, others) or "another namespace? -n NAME; django-operator status -A shows all"
    return Refusal(f"there is no Django/{wanted.name} in {wanted.namespace}", hint)


async def every(client: Client, namespace: str | None) -> list[Body]:
    """Return the resources of a namespace, or of all, by name."""
    found = (await client.list(API_VERSION, KIND, namespace)).items
    return sorted(found, key=lambda each: (each["metadata"]["namespace"], each["metadata"]["name"]))


def key_of(body: Body) -> SiteKey:
    """Return the key of a resource."""
    return SiteKey(body["metadata"]["namespace"], body["metadata"]["name"])
