"""The generated Secrets of a site: made once, never again, and kept with the data that they open. Makes no requests."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django_operator.apply.bind import owned, owner
from django_operator.apply.objects import RETAINED_FOR, Key
from django_operator.stack.generated import secret
from django_operator.stack.names import names
from django_operator.stack.secrets import generated
from django_operator.stack.spec import DeletionPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.apply.objects import Live
    from django_operator.engine.paths import Body
    from django_operator.stack.site import Site

REGENERATE = "django-operator.io/regenerate"
"""Annotation of the resource: `true` has Secrets made anew that were there and are gone."""
MAKER = "django-operator-generated"
"""Field manager of the values. Not the one that applies: what that one stops applying goes, and values must never."""


def made(site: Site, uid: str) -> Iterator[Body]:
    """Yield each generated Secret with new values; to be created, and not where one of that name is there."""
    for need in generated(site):
        yield owned(secret(site, need, secrets.choice), site, uid, retained=_is_retained(site, need.name))


def keys(site: Site) -> list[Key]:
    """Return the keys of the generated Secrets."""
    return [Key("", "Secret", site.namespace or "", need.name) for need in generated(site)]


def handed_over(live: Live, site: Site, uid: str) -> list[Body]:
    """Return the JSON patch that makes a Secret of ours stay, or go with its resource.

    Empty where it does already, and where it is none of ours.
    """
    retained = _is_retained(site, live.key.name)
    ours = live.owner == uid or live.labels.get(RETAINED_FOR) == site.name
    if not ours or retained == (not live.owner):
        return []
    label = "/metadata/labels/" + RETAINED_FOR.replace("/", "~1")
    test: Body = {"op": "test", "path": "/metadata/resourceVersion", "value": live.resource_version}
    if retained:
        return [
            test,
            {"op": "remove", "path": "/metadata/ownerReferences"},
            {"op": "add", "path": label, "value": site.name},
        ]
    owners = [owner(site.name, uid)]
    return [test, {"op": "add", "path": "/metadata/ownerReferences", "value": owners}, {"op": "remove", "path": label}]


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
