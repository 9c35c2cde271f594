"""What a site's data has been through: releases done, initialized or not. Pure.

Kept in a ConfigMap that outlives the resource together with the data. Not in the status, which backups leave out, and
not on the Jobs, which people delete: running `init` twice costs data.
"""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from django_operator.apply.bind import owned
from django_operator.apply.objects import Key
from django_operator.engine.paths import get
from django_operator.stack import names
from django_operator.stack.derive import data
from django_operator.stack.spec import DeletionPolicy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_operator.apply.heads import Heads
    from django_operator.engine.paths import Body
    from django_operator.stack.site import Site

KEPT = 100
"""Releases that are remembered: going back to one of them runs nothing."""
HEADS = 50
"""Releases whose migrations are remembered: a record of all of them, at 4 KiB each, has room in a ConfigMap."""


class Record(NamedTuple):
    """`released` are the names of Jobs that are done, the newest last; `completed` when the newest was, RFC 3339.

    `heads` are the migrations that a Job left behind, by its name, where that is known.
    """

    initialized: bool = False
    released: tuple[str, ...] = ()
    completed: str = ""
    heads: Mapping[str, Heads] = MappingProxyType({})

    def with_release(self, job: str, when: str) -> Record:
        """Return the record after a release Job is done."""
        released = (*(each for each in self.released if each != job), job)[-KEPT:]
        return self._replace(initialized=True, released=released, completed=when)

    def with_post(self, job: str) -> Record:
        """Return the record after what follows a release is done."""
        return self._replace(released=(*(each for each in self.released if each != job), job)[-KEPT:])

    def with_heads(self, job: str, found: Heads) -> Record:
        """Return the record with the migrations that a Job left behind, none where it did not tell."""
        known = {**self.heads, job: found}
        return self._replace(heads={each: known[each] for each in self.released[-HEADS:] if known.get(each)})


def key_of_record(namespace: str, name: str) -> Key:
    """Return the key of the ConfigMap of a resource's record."""
    return Key("", "ConfigMap", namespace, f"{name}-release")


def read_record(body: Body | None) -> Record:
    """Return the record that a ConfigMap holds; what it does not say has not been."""
    found: Mapping[str, str] = get(body, "data") or {}
    released = tuple(found.get("released", "").split())
    heads = json.loads(found.get("heads") or "{}")
    return Record(found.get("initialized") == "true", released, found.get("completed", ""), heads)


def manifest(record: Record, site: Site, uid: str) -> Body:
    """Return the ConfigMap of a record. It goes with the resource only where the database does."""
    policy = site.spec.deletion_policy or DeletionPolicy()
    deleted = policy.database == "Delete" and data.managed_database(site) is not None
    meta = {
        "name": f"{site.name}-release",
        "namespace": site.namespace,
        "labels": {
            names.INSTANCE: site.name,
            names.MANAGED_BY: "django-operator",
            names.COMPONENT: "record",
        },
    }
    held = {
        "initialized": "true" if record.initialized else "false",
        "released": "\n".join(record.released),
        "completed": record.completed,
        **({"heads": json.dumps(record.heads, separators=(",", ":"))} if record.heads else {}),
    }
    body: Body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": held}
    return owned(body, site, uid, retained=not deleted)
