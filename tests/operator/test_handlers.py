"""How kopf is tamed: settings, and waits without end."""

from __future__ import annotations

import itertools

import kopf

from django_operator.apply.store import Store
from django_operator.operator import handlers
from django_operator.operator.feed import Feed
from django_operator.operator.metrics import Metrics
from django_operator.operator.queue import Queue
from django_operator.operator.settings import Settings


def test_waits_never_end_and_stay_bounded() -> None:
    """0.5 s at first, doubled up to half a minute; each request counts anew."""
    waits = handlers.Forever()
    for _ in range(2):
        found = list(itertools.islice(waits, 2000))
        for wait, want in zip(found, [0.5, 1, 2, 4, 8, 16, 30, 30], strict=False):
            assert 0.8 * want <= wait <= 1.2 * want
        assert max(found) <= 36


def test_one_handler_and_no_other() -> None:
    """Any but on.event would write finalizers or annotations."""
    feed = Feed(Store(), Queue(), Metrics("1"))
    made = handlers.registry(feed, lambda: None, "tests")  # type: ignore[arg-type, return-value] # nobody logs in
    assert [each.id.split(".")[-1] for each in made._watching.get_all_handlers()] == ["event"]
    assert [each.id.split(".")[-1] for each in made._activities.get_all_handlers()] == ["login"]
    for other in (made._spawning, made._changing, made._indexing, made._webhooks):
        assert not other.get_all_handlers()


def test_settings() -> None:
    """Nothing of kopf that writes, watches more, or ends the process is on; the server chooses by labels."""
    made = handlers.configured(Settings(selector="team=shop"))
    assert made.scanning.disabled
    assert made.peering.standalone
    assert not made.posting.enabled
    assert made.process.ultimate_exiting_timeout is None
    assert "kopf" not in made.persistence.finalizer
    assert list(made.watching.label_selectors.values()) == ["team=shop"]
    assert not list(handlers.configured(Settings()).watching.label_selectors)


def test_storages_store_nothing() -> None:
    """Kopf asks them for each event."""
    made, patch, body = handlers.configured(Settings()).persistence, kopf.Patch(), kopf.Body({"spec": {"a": 1}})
    assert made.diffbase_storage.build(body=body) == {}
    assert made.diffbase_storage.fetch(body=body) is None
    made.diffbase_storage.store(body=body, patch=patch, essence={})
    assert made.progress_storage.fetch(key="event", body=body) is None  # type: ignore[arg-type] # a plain id
    made.progress_storage.touch(body=body, patch=patch, value="x")
    assert not patch
