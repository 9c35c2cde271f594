"""The generated Secrets of a site in a pass: made where there are none, kept or let go, and never guessed at.

What they hold, and how long they stay, is in `generated`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.apply import generated
from django_operator.apply.errors import ApiError
from django_operator.apply.objects import key_of
from django_operator.apply.obstacles import obstacle
from django_operator.apply.progress import Problem
from django_operator.apply.scope import create_if_absent
from django_operator.stack.names import names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_operator.apply.inventory import Entry
    from django_operator.apply.objects import Key
    from django_operator.apply.scope import Scope
    from django_operator.stack.site import Site


def lost(scope: Scope, site: Site, noted: Iterable[Entry]) -> Problem | None:
    """Return which generated Secrets are gone that data depends on: new values would open nothing.

    A database keeps the password that it was made with, and a new SECRET_KEY logs everybody out.
    """
    if (site.metadata.annotations or {}).get(generated.REGENERATE) == "true":
        return None
    known = {each.name for each in noted if each.kind == "Secret"}
    gone = [
        key.name
        for key in generated.keys(site)
        if key.name in known and key.name != names(site).redis and _is_absent(scope, key)
    ]
    if not gone:
        return None
    text = f"Secret {', '.join(gone)} is gone: restore it, or have new values made by the annotation "
    return Problem("SecretLost", f"{text}{generated.REGENERATE}=true (for a password: after resetting it in the data)")


async def generate(scope: Scope, site: Site) -> Problem | None:
    """Make the Secrets that are generated, where there is none of the name. Return why the server takes none."""
    for body in generated.made(site, scope.uid):
        if not _is_absent(scope, key_of(body)):
            continue
        try:
            made = await create_if_absent(scope.client, body, generated.MAKER)
        except ApiError as error:
            return obstacle(error)
        if made is not None:
            scope.store.put_child(made)
            scope.sources.learn(made)
    return None


def _is_absent(scope: Scope, key: Key) -> bool:
    """Tell whether a Secret is there neither with our labels nor without."""
    return scope.store.live(key) is None and not scope.store.version(key)


async def hand_over(scope: Scope, site: Site) -> None:
    """Make the generated Secrets stay or go with the resource as its deletionPolicy says now."""
    for key in generated.keys(site):
        live = scope.store.live(key)
        if live is not None and (operations := generated.handed_over(live, site, scope.uid)):
            body = await scope.client.patch(
                "v1", "Secret", key.namespace, key.name, operations, manager=generated.MAKER
            )
            scope.store.put_child(body)
