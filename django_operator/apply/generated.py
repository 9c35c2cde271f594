"""The generated Secrets of a site: made once, never again, and kept with the data that they open. Makes no requests."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django_operator.apply.bind import Bound, owned
from django_operator.apply.objects import CONTENT, Key, digest, key_of
from django_operator.engine.paths import put
from django_operator.stack.generated import secret
from django_operator.stack.names import names
from django_operator.stack.secrets import generated
from django_operator.stack.spec import DeletionPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.engine.paths import Body
    from django_operator.stack.site import Site

MAKER = "django-operator-generated"
"""Field manager of the values. Not the one that applies: what that one stops applying goes, and values must never."""


def made(site: Site, uid: str) -> Iterator[Body]:
    """Yield each generated Secret with new values; to be created, and not where one of that name is there."""
    for need in generated(site):
        yield owned(secret(site, need, secrets.choice), site, uid, retained=_is_retained(site, need.name))


def keys(site: Site) -> list[Key]:
    """Return the keys of the generated Secrets."""
    return [Key("", "Secret", site.namespace or "", need.name) for need in generated(site)]


def bound(site: Site, uid: str, key: Key) -> Bound:
    """Return what is applied to a generated Secret that is there: whose it is, and nothing of its values."""
    whole = next(secret(site, need, lambda _: "x") for need in generated(site) if need.name == key.name)
    bare = {name: value for name, value in whole.items() if name != "data"}
    body = owned(bare, site, uid, retained=_is_retained(site, key.name))
    mark = digest(bare, 12)
    return Bound(key_of(body), "config", put(body, ("metadata", "annotations", CONTENT), mark), mark, frozenset())


def _is_retained(site: Site, name: str) -> bool:
    """Tell whether a Secret is kept: with the volume whose password it is; SECRET_KEY with any data that is kept.

    A lost SECRET_KEY logs everybody out and makes signed values unreadable (django.core.signing).
    """
    policy, called = site.spec.deletion_policy or DeletionPolicy(), names(site)
    if name == called.redis:
        return policy.redis == "Retain"
    if name == called.postgres:
        return policy.database != "Delete"
    return policy.database != "Delete" or (site.spec.media is not None and policy.media != "Delete")
