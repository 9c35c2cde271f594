"""The list of what belongs to a resource, and what of it may be pruned. Pure.

Written as a superset before the first write of a pass and as the exact set after the last prune, so that a crash at any
moment leaves nothing that nobody remembers (KEP-3659, ApplySet).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django_operator.apply.objects import RETAINED_FOR, Key
from django_operator.apply.ownership import claim

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_operator.apply.objects import Live
    from django_operator.engine.paths import Body

PRUNE = "django-operator.io/prune"
"""Annotation on an object: `disabled` keeps it when the resource no longer asks for it."""
_DATA = frozenset({"PersistentVolumeClaim", "Cluster"})
"""Kinds that hold what cannot be made again; they go by hand, or with their owner by its deletionPolicy. So do Secrets
that were generated; those of overlays can be made again."""


class Entry(NamedTuple):
    """An object that belongs to a resource. `uid` is empty as long as it may not have been made.

    `verified` is a hash of what was last applied and of the content that lived then: while both are the same, another
    process of ours need not ask the server either.
    """

    group: str
    version: str
    kind: str
    name: str
    uid: str = ""
    verified: str = ""

    @property
    def api_version(self) -> str:
        """Return the object's apiVersion."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def key(self, namespace: str) -> Key:
        """Return the object's key."""
        return Key(self.group, self.kind, namespace, self.name)


def read(entries: Iterable[Body] | None) -> tuple[Entry, ...]:
    """Return the inventory that a status holds."""
    return tuple(Entry(*(each.get(name) or "" for name in Entry._fields)) for each in entries or ())


def written(entries: Iterable[Entry]) -> list[Body]:
    """Return an inventory as a status holds it, in a fixed order."""
    return [
        {name: value for name, value in each._asdict().items() if value or name == "group"} for each in sorted(entries)
    ]


def entry(key: Key, api_version: str, uid: str = "") -> Entry:
    """Return the entry of an object."""
    return Entry(key.group, api_version.rpartition("/")[2], key.kind, key.name, uid)


def superset(old: Iterable[Entry], new: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return all entries of both; of one object the entry that knows its UID."""
    found: dict[tuple[str, str, str], Entry] = {}
    for each in (*old, *new):
        known = found.get((each.group, each.kind, each.name))
        if known is None or each.uid or not known.uid:
            found[each.group, each.kind, each.name] = each
    return tuple(found.values())


def found(  # noqa: PLR0913 - who is asked for, and what is known of it
    noted: Iterable[Entry], children: Iterable[Live], keep: frozenset[Key], uid: str, name: str, *, lost: bool
) -> tuple[Entry, ...]:
    """Return the exact inventory: of the objects that are there, those that are wanted and those that are yet to go.

    A copy of one of our objects that somebody has made, owner and all, is neither. `lost` is an inventory of which
    nothing is known: whatever is the resource's by labels and owner belongs to it then. What outlives the resource has
    no owner, and is noted all the same: it would be noted anew in each pass.
    """
    known = {(each.group, each.kind, each.name): each.uid for each in noted}
    return tuple(
        entry(each.key, each.api_version, each.uid)
        for each in children
        if claim(each, uid, name) not in ("foreign", "former")
        and (lost or each.key in keep or known.get((each.key.group, each.key.kind, each.key.name)) in ("", each.uid))
    )


def stale(old: Iterable[Entry], keep: frozenset[Key], children: Iterable[Live], uid: str) -> list[Live]:
    """Return the objects that are to be pruned.

    Each is in the old inventory under its own UID (or under none, when we crashed between making and noting it), is
    controlled by the resource, is wanted no longer, and is not of a kind that holds data. Nothing is stale where
    nothing is kept: an empty stack is taken for a mistake.
    """
    if not keep:
        return []
    noted = {(each.group, each.kind, each.name): each.uid for each in old}
    found = []
    for each in children:
        key = (each.key.group, each.key.kind, each.key.name)
        if each.key in keep or key not in noted or noted[key] not in ("", each.uid):
            continue
        if each.owner != uid or each.deleting or _is_data(each) or RETAINED_FOR in each.labels:
            continue
        if each.notes.get(PRUNE) != "disabled":
            found.append(each)
    return found


def _is_data(each: Live) -> bool:
    """Tell whether an object holds what cannot be made again; what was applied whole has a mark of its content."""
    return each.key.kind in _DATA or (each.key.kind == "Secret" and not each.content)
