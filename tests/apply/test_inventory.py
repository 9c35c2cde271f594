"""What belongs to a resource, and what of it may be pruned."""

from __future__ import annotations

from typing import Any

import pytest

from django_operator.apply import inventory
from django_operator.apply.inventory import Entry
from django_operator.apply.objects import RETAINED_FOR, Key
from tests.apply.stacks import NAMESPACE, UID, living, plain

POOL = Entry("apps", "v1", "Deployment", "shop-worker-mail", "1")
KEPT = Key("apps", "Deployment", NAMESPACE, "shop-app")
OWNED = {"ownerReferences": [{"uid": UID, "controller": True}]}


def child(kind: str = "Deployment", api: str = "apps/v1", uid: str = "1", **meta: Any) -> Any:
    """Return an object of the resource that is wanted no longer."""
    body = plain(kind, "shop-worker-mail", api)
    labels = {**body["metadata"]["labels"], **meta.pop("labels", {})}
    return living({**body, "metadata": {**body["metadata"], **OWNED, **meta, "labels": labels}}, uid=uid)


@pytest.mark.parametrize(
    ("live", "old", "pruned"),
    [
        (child(), [POOL], True),
        (child(), [POOL._replace(uid="")], True),  # a crash between making and noting it
        (child(), [], False),  # a lost inventory prunes nothing
        (child(uid="2"), [POOL], False),  # another object of that name
        (child(ownerReferences=[]), [POOL], False),
        (child(ownerReferences=[{"uid": "other", "controller": True}]), [POOL], False),
        (child(annotations={"django-operator.io/prune": "disabled"}), [POOL], False),
        (child(labels={RETAINED_FOR: "shop"}), [POOL], False),
        (child(deletionTimestamp="2026-01-01T00:00:00Z"), [POOL], False),
        (child("Secret", "v1"), [POOL._replace(group="", kind="Secret")], False),
        (child("PersistentVolumeClaim", "v1"), [POOL._replace(group="", kind="PersistentVolumeClaim")], False),
        (child("ConfigMap", "v1"), [POOL._replace(group="", kind="ConfigMap")], True),
    ],
)
def test_stale(live: Any, old: list[Entry], pruned: bool) -> None:
    """Each row: an object, the inventory, and whether it is pruned."""
    assert bool(inventory.stale(old, frozenset({KEPT}), [live], UID)) is pruned


def test_an_empty_stack_prunes_nothing() -> None:
    """It is taken for a mistake."""
    assert inventory.stale([POOL], frozenset(), [child()], UID) == []


def test_what_is_kept_is_not_stale() -> None:
    """Nor is it when the inventory knows it under no UID."""
    assert inventory.stale([POOL], frozenset({POOL.key(NAMESPACE)}), [child()], UID) == []


def test_superset_forgets_nothing_and_keeps_uids() -> None:
    """Entries of before and of what may be made now; a UID once known stays."""
    new = [POOL._replace(uid=""), Entry("apps", "v1", "Deployment", "shop-app")]
    assert set(inventory.superset([POOL], new)) == {POOL, new[1]}
    assert set(inventory.superset(new, [POOL])) == {POOL, new[1]}


def test_an_inventory_is_read_as_it_was_written() -> None:
    """In a fixed order, whatever the order of entries."""
    entries = [POOL, Entry("", "v1", "ConfigMap", "a")]
    assert inventory.written(entries) == inventory.written(reversed(entries))
    assert set(inventory.read(inventory.written(entries))) == set(entries)
