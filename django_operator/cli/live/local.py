"""The operator's work done by the command line: one pass after the other over a resource, without any watch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.apply.reconcile import Reconciler
from django_operator.apply.snapshot import refresh
from django_operator.apply.store import Store
from django_operator.cli.live import operators
from django_operator.cli.live.session import Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from django_operator.apply.client import Client
    from django_operator.apply.store import SiteKey
    from django_operator.engine.paths import Body


async def check(client: Client, namespaces: Iterable[str]) -> None:
    """Raise Refusal where an operator is at work: two at once would get in each other's way."""
    for namespace in dict.fromkeys(namespaces):
        found = await operators.find(client, namespace)
        if found.state == "running":
            hint = (
                f"leave --local out; or stop it: kubectl -n {found.where} scale deployment/django-operator --replicas 0"
            )
            raise Refusal(f"an operator is at work: {found.why}", hint)


def worker(client: Client, *, prune: bool) -> Callable[[SiteKey], Awaitable[Body | None]]:
    """Return a look, for `follow`, that sets a resource right as far as that goes and returns it as it is then."""
    store = Store()
    reconciler = Reconciler(client, store, instance="django-operator-cli", prunes=prune)

    async def work(key: SiteKey) -> Body | None:
        await refresh(client, store, key)
        await reconciler.reconcile(key.namespace, key.name)
        return store.sites.get(key)

    return work
