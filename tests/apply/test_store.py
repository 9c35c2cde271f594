"""What is known of a cluster, and which resources a change of it concerns."""

from __future__ import annotations

from typing import Any

from django_operator.apply.objects import Key
from django_operator.apply.store import GRAVES, SiteKey, Store
from tests.apply.stacks import living, plain, resource

SHOP = SiteKey("web", "shop")
APP = plain("Deployment", "shop-app", spec={"replicas": 1})


def of(body: dict[str, Any], version: int, uid: str = "1") -> dict[str, Any]:
    """Return an object at a version."""
    return {**body, "metadata": {**body["metadata"], "resourceVersion": str(version), "uid": uid}}


def test_an_object_wakes_its_resource_when_it_changes() -> None:
    """And not when nothing that anybody looks at is different, nor for what is older than what is known."""
    store = Store()
    assert store.put_child(of(APP, 10)) == {SHOP}
    assert store.put_child(of(APP, 11)) == frozenset()
    assert store.put_child(of({**APP, "spec": {"replicas": 2}}, 12)) == {SHOP}
    assert store.put_child(of(APP, 9)) == frozenset()
    assert [each.replicas for each in store.children(SHOP)] == [2]


def test_status_wakes_where_readiness_looks_at_it() -> None:
    """The others' bookkeeping does not."""
    store = Store()
    store.put_live(living(APP, version=1, readyReplicas=0))
    assert store.put_live(living(APP, version=2, readyReplicas=1)) == {SHOP}
    assert store.put_live(living(APP, version=3, readyReplicas=1, collisionCount=7)) == frozenset()


def test_a_label_taken_off_or_changed_wakes_whose_it_was() -> None:
    """And whose it is now."""
    store = Store()
    store.put_child(of(APP, 1))
    other = of({**APP, "metadata": {**APP["metadata"], "labels": {"app.kubernetes.io/instance": "other"}}}, 2)
    assert store.put_child(other) == {SHOP, SiteKey("web", "other")}
    assert store.children(SHOP) == []


def test_what_is_gone_is_forgotten_but_no_other_of_its_name() -> None:
    """A deletion that is told late does not forget what came after."""
    store = Store()
    store.put_child(of(APP, 1))
    key = Key("apps", "Deployment", "web", "shop-app")
    assert store.drop_child(key, "another") == frozenset()
    assert store.drop_child(key, "1") == {SHOP}
    assert store.drop_child(key, "1") == frozenset()
    assert store.live(key) is None


def test_data_wakes_its_readers() -> None:
    """Those that read it now."""
    store, key = Store(), Key("", "Secret", "web", "mail")
    secret = of(plain("Secret", "mail", "v1"), 1)
    assert store.put_data(secret, "Secret") == frozenset()
    store.reads(SHOP, [key])
    assert store.put_data(secret, "Secret") == frozenset()
    assert store.put_data(of(secret, 2), "Secret") == {SHOP}
    assert store.drop_data(key) == {SHOP}
    store.reads(SHOP, [])
    assert store.put_data(of(secret, 3), "Secret") == frozenset()


def test_a_resource_is_not_made_older() -> None:
    """The answer to our own write may come before the watch tells of the state it replaced."""
    store = Store()
    assert store.put_site(of(resource(), 5)) == {SHOP}
    assert store.put_site(of(resource(image="old"), 4)) == frozenset()
    assert store.sites[SHOP]["spec"]["image"] == "example.com/shop:1"


def test_an_answer_that_is_read_after_the_object_went() -> None:
    """Somebody deletes what we have just made: the watch tells of that first, and our answer does not bring it back."""
    store, key = Store(), Key("apps", "Deployment", "web", "shop-app")
    assert store.drop_child(key, "1", "7") == frozenset()
    assert store.put_child(of(APP, 6)) == frozenset()
    assert store.live(key) is None
    # no longer chosen by the watch's selector, and looked at then: that state is no older than the event
    assert store.put_child(of(APP, 7)) == {SHOP}


def test_late_answers_of_data_and_resources() -> None:
    """The same for the generated Secrets, and for the status that we have written."""
    store, key = Store(), Key("", "Secret", "web", "mail")
    secret, site = of(plain("Secret", "mail", "v1"), 6), of(resource(), 6)
    store.drop_data(key, secret["metadata"]["uid"], "7")
    store.put_data(secret, "Secret")
    assert store.version(key) == ""
    store.drop_site(SHOP, site["metadata"]["uid"], "7")
    store.put_site(site)
    assert store.sites == {}


def test_a_whole_list_is_the_truth() -> None:
    """What we have made and a watch never told of is gone when a list does not have it; what is newer is not."""
    store = Store()
    other = plain("Deployment", "shop-other", spec={"replicas": 1})
    elsewhere = {**APP, "metadata": {**APP["metadata"], "namespace": "elsewhere"}}
    service = plain("Service", "shop-app", "v1")
    bare = {**other, "metadata": {**other["metadata"], "name": "bare", "labels": {}}}
    for body, version, uid in (
        (APP, 5, "gone"), (other, 5, "here"), (elsewhere, 5, "2"), (service, 5, "3"), (bare, 5, "4"),
        (plain("Deployment", "shop-new"), 7, "new"), (plain("Deployment", "shop-late"), 6, "late"),
    ):  # fmt: skip
        store.put_child(of(body, version, uid))
    assert store.only("apps", "Deployment", "web", frozenset({"here"}), "6") == {SHOP}
    assert {each.key.name for each in store.children(SHOP)} == {"shop-other", "shop-app", "shop-new"}
    assert store.live(Key("apps", "Deployment", "elsewhere", "shop-app")) is not None
    assert store.live(Key("apps", "Deployment", "web", "bare")) is not None  # not chosen by the list's selector
    assert store.only("apps", "Deployment", None, frozenset({"here", "new"}), "9") == {SiteKey("elsewhere", "shop")}
    assert store.only("apps", "Deployment", None, frozenset({"here", "new"}), "9") == frozenset()


def test_a_whole_list_of_data() -> None:
    """Likewise: it wakes who reads it."""
    store, key = Store(), Key("", "Secret", "web", "mail")
    store.put_data(of(plain("Secret", "mail", "v1"), 5, "a"), "Secret")
    store.put_data(of(plain("Secret", "new", "v1"), 7, "b"), "Secret")
    store.put_data(of(plain("ConfigMap", "mail", "v1"), 5, "c"), "ConfigMap")
    store.reads(SHOP, [key])
    assert store.only("", "Secret", "web", frozenset(), "6", data=True) == {SHOP}
    assert store.version(key) == ""
    assert store.version(Key("", "Secret", "web", "new")) == "b/7"
    assert store.version(Key("", "ConfigMap", "web", "mail")) == "c/5"


def test_graves_are_not_kept_for_ever() -> None:
    """The first ones are forgotten."""
    store, key = Store(), Key("apps", "Deployment", "web", "shop-app")
    store.drop_child(key, "1", "7")
    for number in range(GRAVES):
        store.drop_child(key, f"other-{number}", "7")
    assert store.put_child(of(APP, 6)) == {SHOP}
