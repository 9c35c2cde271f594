"""What of a resource cannot be changed once it is there, in Python and in CEL. Knows nothing of how it is reported.

Kubernetes cannot change the storage of a StatefulSet, nor shrink a volume. Compared on the whole spec, so that adding
or dropping a block around the field counts too; a database that is moved elsewhere (managed -> external) is no change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from django_operator.engine.paths import get

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.engine.paths import Body


class Change(Struct, frozen=True):
    """A field (path from spec) that stays as it is while both the old and the new spec have `block` in use."""

    name: str
    field: str
    block: str
    others: tuple[str, ...] = ()
    optional: bool = False
    absent: str = "''"
    """What CEL takes for a field that is not there."""

    @property
    def message(self) -> str:
        """Return what the server and the offline check say."""
        return (
            f"{self.field} cannot be changed: the volume is there already; move the data to a resource of another name"
        )

    @property
    def cel(self) -> str:
        """Return the rule in CEL, for spec."""
        gone = [_cel_has(side, other) for other in self.others for side in ("self", "oldSelf")]
        if self.optional:
            gone += [f"!has({side}.{self.block})" for side in ("self", "oldSelf")]
        return " || ".join([*gone, f"{self._value('self')} == {self._value('oldSelf')}"])

    def _value(self, side: str) -> str:
        return f"({_cel_has(side, self.field)} ? {side}.{self.field} : {self.absent})"

    def holds(self, new: Body, old: Body) -> bool:
        """Tell whether a new spec leaves the field of the old one."""
        if any(get(side, *other.split(".")) is not None for other in self.others for side in (new, old)):
            return True
        if self.optional and (new.get(self.block) is None or old.get(self.block) is None):
            return True
        path = self.field.split(".")
        return bool(get(new, *path) == get(old, *path))


def _cel_has(side: str, field: str) -> str:
    """Return CEL that tells whether a nested field is there."""
    path, tests = side, []
    for step in field.split("."):
        path += f".{step}"
        tests.append(f"has({path})")
    return "(" + " && ".join(tests) + ")"


_REDIS = ("redis.external",)
_MANAGED = ("database.external", "database.cloudnativepg")
_CLUSTER = ("database.external", "database.managed")

CHANGES: tuple[Change, ...] = (
    Change("redis-storage", "redis.managed.storage", "redis", _REDIS),
    Change("redis-class", "redis.managed.storageClassName", "redis", _REDIS),
    Change("database-storage", "database.managed.storage", "database", _MANAGED),
    Change("database-class", "database.managed.storageClassName", "database", _MANAGED),
    Change("cluster-class", "database.cloudnativepg.storageClassName", "database", _CLUSTER),
    Change("media-storage", "media.storage", "media", optional=True),
    Change("media-class", "media.storageClassName", "media", optional=True),
    Change("media-access-modes", "media.accessModes", "media", optional=True, absent="[]"),
)


def broken(new: Body, old: Body) -> Iterator[Change]:
    """Yield the changes that a new spec makes and that cannot be made."""
    return (change for change in CHANGES if not change.holds(new, old))
