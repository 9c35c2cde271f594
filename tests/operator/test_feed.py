"""Events to the queue: who is woken by what; which kinds are watched."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from django_operator.apply.children import OURS, api_version
from django_operator.apply.objects import Key
from django_operator.apply.store import SiteKey, Store
from django_operator.engine.yamlio import parse
from django_operator.operator.feed import SETTLE, Feed, ready
from django_operator.operator.metrics import Metrics
from django_operator.operator.ports import Watch
from django_operator.operator.queue import Queue
from django_operator.operator.watches import watches
from django_operator.stack.confine import ALLOWED
from tests import virtual
from tests.operator.fakes import child, site
from tests.operator.test_metrics import samples
from tests.shipped import ROOT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from django_operator.engine.paths import Body

DEPLOYMENTS, SECRETS = Watch("apps/v1", "Deployment", OURS), Watch("v1", "Secret", metadata_only=True)


class Scene:
    """A feed over a real store."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.metrics = Metrics("1")
        self.queue: Queue[SiteKey] = Queue()
        self.store = Store()
        self.feed = Feed(self.store, self.queue, self.metrics)

    async def woken(self) -> list[str]:
        """Return who is in line after things have settled."""
        await asyncio.sleep(SETTLE)
        names = []
        while len(self.queue):
            key = await self.queue.get()
            assert key is not None
            self.queue.done(key)
            names.append(key.name)
        return names

    @property
    def ready(self) -> dict[tuple[str, ...], float]:
        """The metric of readiness, by namespace and name."""
        return {key: value for (name, key), value in samples(self.metrics).items() if name.endswith("resource_ready")}


def play(act: Callable[[Scene], Awaitable[None]]) -> None:
    """Play a scene."""

    async def scene() -> None:
        await act(Scene())

    virtual.run(scene())


def test_resources() -> None:
    """A resource wakes itself at once; old news wake nobody."""

    async def act(scene: Scene) -> None:
        scene.feed.site(site("a", 5))
        assert len(scene.queue) == 1
        assert await scene.woken() == ["a"]
        scene.feed.site(site("a", 4))
        assert await scene.woken() == []
        scene.feed.site(site("a", 6), deleted=True)
        assert await scene.woken() == ["a"]
        assert not scene.store.sites

    play(act)


def test_a_deletion_of_a_former_one() -> None:
    """That comes after the new one of that name touches nothing."""

    async def act(scene: Scene) -> None:
        scene.feed.site(site("a", 9, "new", status="True"))
        await scene.woken()
        scene.feed.site(site("a", 8, "old"), deleted=True)
        assert await scene.woken() == []
        assert [body["metadata"]["uid"] for body in scene.store.sites.values()] == ["new"]
        assert scene.ready == {("a", "ns"): 1}

    play(act)


def test_readiness_is_a_metric() -> None:
    """1 for ready, 0 for not or not yet; gone with the resource."""

    async def act(scene: Scene) -> None:
        scene.feed.site(site("a", status="True"))
        scene.feed.site(site("b", status="False"))
        scene.feed.site(site("c"))
        assert scene.ready == {("a", "ns"): 1, ("b", "ns"): 0, ("c", "ns"): 0}
        scene.feed.site(site("a"), deleted=True)
        assert scene.ready == {("b", "ns"): 0, ("c", "ns"): 0}

    play(act)


def test_ready_is_of_the_present_generation() -> None:
    """What was ready before the last change does not count."""
    body = site("a", status="True")
    assert ready(body)
    body["metadata"]["generation"] = 2
    assert not ready(body)


def test_objects_wake_their_resource_once_they_have_settled() -> None:
    """Many changes in a short time are one."""

    async def act(scene: Scene) -> None:
        scene.feed.site(site("a"))
        await scene.woken()
        put, drop = scene.feed.of(DEPLOYMENTS)
        for version in range(1, 9):
            put(child("a-app", "a", version, status={"replicas": version}))
        assert len(scene.queue) == 0
        assert await scene.woken() == ["a"]
        assert scene.store.live(Key("apps", "Deployment", "ns", "a-app"))
        drop({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": child("a-app", "a")["metadata"]})
        assert await scene.woken() == ["a"]
        assert not scene.store.children(SiteKey("ns", "a"))

    play(act)


def test_an_object_that_was_made_and_deleted_while_nobody_watched() -> None:
    """We know of it by our own write, the watch of neither: the list that ends the gap is the truth."""

    async def act(scene: Scene) -> None:
        scene.feed.site(site("a"))
        await scene.woken()
        for name, version in (("a-app", 5), ("a-new", 9)):
            scene.store.put_child(child(name, "a", version))
        scene.feed.whole(DEPLOYMENTS, None)(frozenset(), "7")
        assert await scene.woken() == ["a"]
        assert [each.key.name for each in scene.store.children(SiteKey("ns", "a"))] == ["a-new"]
        scene.feed.whole(DEPLOYMENTS, None)(frozenset(), "7")
        assert await scene.woken() == []

    play(act)


def test_objects_of_resources_we_do_not_serve() -> None:
    """Another operator's: known, but they wake nobody."""

    async def act(scene: Scene) -> None:
        put, drop = scene.feed.of(DEPLOYMENTS)
        put(child("x-app", "x"))
        drop(child("x-app", "x"))
        assert await scene.woken() == []

    play(act)


def test_data() -> None:
    """A ConfigMap or Secret wakes who reads it, when it changes, comes or goes."""

    async def act(scene: Scene) -> None:
        for name in "ab":
            scene.feed.site(site(name))
        await scene.woken()
        scene.store.reads(SiteKey("ns", "a"), [Key("", "Secret", "ns", "s")])
        put, drop = scene.feed.of(SECRETS)
        meta = {"namespace": "ns", "name": "s", "uid": "1", "resourceVersion": "7"}
        secret: Body = {"apiVersion": "v1", "kind": "Secret", "metadata": meta}
        for act_ in (put, drop, put):
            act_(secret)
            assert await scene.woken() == ["a"]
        put(secret)
        assert await scene.woken() == []

    play(act)


def test_watched_kinds() -> None:
    """All that stacks are made of, ours by label, and the versions of all ConfigMaps and Secrets."""
    found = watches()
    assert len(set(found)) == len(found) == len(ALLOWED) + 3
    assert {(each.api_version, each.kind) for each in found if each.metadata_only} == {
        ("v1", "ConfigMap"),
        ("v1", "Secret"),
    }
    assert all(each.labels == ("" if each.metadata_only else OURS) for each in found)
    assert Watch("apps/v1", "ControllerRevision", OURS) in found


def test_watched_versions() -> None:
    """The versions that manifests have."""
    rendered = {
        (body["apiVersion"], body["kind"])
        for path in (ROOT / "tests/cases").glob("*/want.yaml")
        for body in (document.value for document in parse(path.read_text(encoding="utf-8"), str(path)))
    }
    assert len(rendered) > 15
    watched = {(each.api_version, each.kind) for each in watches()}
    # Kinds beyond the operator's rights are watched for single resources (operator/foreign.py).
    assert {each for each in rendered - watched if (each[0].rpartition("/")[0], each[1]) in ALLOWED} == set()


def test_a_kind_that_is_unknown() -> None:
    """Is no kind to watch."""
    with pytest.raises(KeyError):
        api_version("example.org", "Thing")
