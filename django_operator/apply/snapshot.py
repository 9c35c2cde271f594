"""What is known of one resource, read once: for command lines, which watch nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.apply.children import children
from django_operator.apply.errors import ApiError
from django_operator.apply.scope import gather
from django_operator.stack.names import INSTANCE, MANAGED_BY
from django_operator.stack.spec import API_VERSION, KIND

if TYPE_CHECKING:
    from django_operator.apply.client import Client
    from django_operator.apply.store import SiteKey, Store
    from django_operator.engine.paths import Body


async def refresh(client: Client, store: Store, key: SiteKey) -> None:
    """Make the store know a resource and all its objects as they are now. Raises ApiError when that can't be read.

    A kind whose CRD is not in the cluster has no objects.
    """
    body = await client.get(API_VERSION, KIND, key.namespace, key.name)
    if body is None:
        store.drop_site(key)
    else:
        store.put_site(body)
    labels = f"{INSTANCE}={key.name},{MANAGED_BY}=django-operator"
    found = await gather(_list(client, api_version, kind, key.namespace, labels) for api_version, kind in children())
    seen = set()
    for each in (item for items in found for item in items):
        store.put_child(each)
        seen.add(each["metadata"]["uid"])
    for live in store.children(key):
        if live.uid not in seen:
            store.drop_child(live.key, live.uid)


async def _list(client: Client, api_version: str, kind: str, namespace: str, labels: str) -> list[Body]:
    try:
        listed = await client.list(api_version, kind, namespace, labels=labels)
    except ApiError as error:
        if error.no_such_kind:
            return []
        raise
    return list(listed.items)
