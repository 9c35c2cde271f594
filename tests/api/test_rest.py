"""At rest an operator changes nothing and asks for nothing: a minute of it, or ten (`make soak`)."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from django_operator.stack.install import NAMESPACE
from tests.api.process import SOAK, installed, is_ready, until, user_of
from tests.api.site import WHOLE, Stack
from tests.api.test_install import KEYS, SECRETS, sample
from tests.cluster.workloads import Workloads

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.process import Process
    from tests.cluster.client import Client
    from tests.cluster.plane import ControlPlane

REST = 600 if SOAK else 60
"""Seconds."""
OURS = {"rest": "yes"}
"""Sites of other tests may be left on the server."""
COMPARISONS = REST // 540 + (REST % 540 > 0 and SOAK)
"""How often the resources may be listed: each ten minutes, give or take a tenth."""


def test_rest(own_plane: ControlPlane, start: Callable[..., Process]) -> None:
    """No resourceVersion of anything changes, and but watches and the Lease's renewals no request is sent."""
    admin = own_plane.client()
    places = [own_plane.namespace(), own_plane.namespace()]
    shop, blog = Stack(own_plane, places[0], "shop"), Stack(own_plane, places[1])
    operator = start(installed(own_plane, admin, NAMESPACE, namespaced=False), "one", "--selector=rest")
    for name in SECRETS:
        shop.give("Secret", name, stringData={KEYS.get(name, "key"): "value"})
    with Workloads(own_plane.client(agent="workloads"), places[0]), Workloads(own_plane.client(), places[1]):
        shop.apply(sample(), labels=OURS)
        blog.apply(WHOLE, labels=OURS)
        until(lambda: is_ready(shop.resource()) and is_ready(blog.resource()), 120)
        settled(operator)
        before, mark = versions(admin, places), own_plane.audit.mark()
        time.sleep(REST)  # what does not happen cannot be waited for
        after = versions(admin, places)
        requests = list(own_plane.audit.since(mark, user=user_of(NAMESPACE)))
    assert len(before) > 60
    assert after == before
    sent = Counter(f"{each.verb} {each.resource}" for each in requests if each.verb != "watch")
    assert sent.pop("update leases") >= REST / 3
    assert sent.pop("list djangos", 0) <= COMPARISONS
    assert sent == Counter()
    # a watch lasts five minutes at least, or a minute where nothing is heard of its kind
    watches = Counter(each.uri.partition("?")[0] + each.agent for each in requests if each.verb == "watch")
    assert all(count <= REST / 60 + 1 for count in watches.values()), watches
    assert [line for line in operator.lines() if line["level"] != "info"] == []
    assert operator.end() == 0
    restarts(own_plane, start, places, after)


def restarts(plane: ControlPlane, start: Callable[..., Process], places: list[str], before: dict[str, str]) -> None:
    """A second process, that remembers nothing, finds everything right without asking what an apply would do."""
    mark = plane.audit.mark()
    config = plane.kubeconfig(plane.service_account(NAMESPACE, "django-operator"), namespace=NAMESPACE)
    operator = start(config, "two", "--selector=rest")
    until(lambda: operator.metric("django_operator_reconcile_total", result="success") >= len(places), 60)
    settled(operator)
    assert versions(plane.client(), places) == before
    requests = list(plane.audit.since(mark, user=user_of(NAMESPACE)))
    assert [
        str(each) for each in requests if each.verb not in ("get", "list", "watch") and each.resource != "leases"
    ] == []
    # ConfigMaps and Secrets that pods read, and the records: their content is in no watch
    assert sum(each.verb == "get" and each.name != "" for each in requests) <= 40
    assert operator.end() == 0


def settled(operator: Process) -> None:
    """Wait until nothing is worked on, nor waits for its time."""

    def rests() -> bool:
        names = ("queue_depth", "queue_delayed", "reconciles_active")
        return not any(operator.metric(f"django_operator_{name}") for name in names)

    until(rests, 90)


def versions(admin: Client, places: list[str]) -> dict[str, str]:
    """Return the resourceVersions of all objects of all kinds in some namespaces."""
    found = {}
    for group in ["/api/v1", *groups(admin)]:
        for kind in admin.get(group)["resources"]:
            if "/" in kind["name"] or not kind["namespaced"] or "list" not in kind["verbs"]:
                continue
            for place in places:
                for each in admin.get(f"{group}/namespaces/{place}/{kind['name']}")["items"]:
                    found[f"{place} {kind['name']} {each['metadata']['name']}"] = each["metadata"]["resourceVersion"]
    return found


def groups(admin: Client) -> list[str]:
    """Return the paths of all groups at their preferred versions."""
    return [f"/apis/{each['preferredVersion']['groupVersion']}" for each in admin.get("/apis")["groups"]]
