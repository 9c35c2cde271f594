"""A stack as it is in the cluster: its resource, its objects and how they do, the pods in trouble. Reads only.

Knows nothing of how it is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django_operator.apply import components
from django_operator.apply.readiness import assess
from django_operator.apply.scope import gather
from django_operator.apply.snapshot import refresh
from django_operator.apply.store import Store
from django_operator.cli.live import pods
from django_operator.stack.names import COMPONENT, INSTANCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django_operator.apply.client import Client
    from django_operator.apply.objects import Live
    from django_operator.apply.store import SiteKey
    from django_operator.engine.paths import Body

ORDER = ("app", "worker", "beat", "cron", "redis", "postgres", "release", "post", "media", "common")
"""Parts in the order in which they are shown; what is the user's own comes last."""
MAX_PODS = 5
"""Pods of one workload that are shown."""
_HAVE_PODS = frozenset({"Deployment", "StatefulSet", "Job"})
_GENERATED = 58
"""Characters of a pod's name that its controller takes from the workload's (names.go, maxGeneratedNameLength)."""


class Item(NamedTuple):
    """An object, a pod or a step of a release: its name, a state in a word, why, and what is below it."""

    name: str
    state: str
    why: str = ""
    below: tuple[Item, ...] = ()


class Part(NamedTuple):
    """A part of the stack: `ready` is ready pods of wanted ones, empty where it has none."""

    name: str
    ready: str
    objects: tuple[Item, ...]


class Picture(NamedTuple):
    """A resource and its parts."""

    body: Body
    parts: tuple[Part, ...]


async def picture(client: Client, key: SiteKey) -> Picture | None:
    """Return a stack as it is now; None where there is no such resource."""
    store = Store()
    await refresh(client, store, key)
    body = store.sites.get(key)
    if body is None:
        return None
    children = [each for each in store.children(key) if each.key.kind != "ControllerRevision"]
    troubled = [each for each in children if each.key.kind in _HAVE_PODS and assess(each).state != "ready"]
    owned: Mapping[str, list[Body]] = {}
    if troubled:
        found = await pods.of(client, key.namespace, f"{INSTANCE}={key.name}")
        owned = by_workload([each.key.name for each in children if each.key.kind in _HAVE_PODS], found)
    items = await gather(_item(client, each, owned.get(each.key.name, [])) for each in children)
    return Picture(body, tuple(parts(children, items)))


def parts(children: Iterable[Live], items: Iterable[Item]) -> Iterable[Part]:
    """Yield the parts of a stack in order; `items` are those of `children`."""
    found: dict[str, list[Item]] = {}
    all_children = list(children)
    for live, item in zip(all_children, items, strict=True):
        name = live.labels.get(COMPONENT, "")
        found.setdefault(name if name in ORDER else "", []).append(item)
    counts = components.of(all_children)
    for name in (*ORDER, ""):
        if name in found:
            count = counts.get("workers" if name == "worker" else name, "")
            yield Part({"worker": "workers", "": "others"}.get(name, name), count, tuple(found[name]))


def by_workload(names: Iterable[str], found: Iterable[Body]) -> dict[str, list[Body]]:
    """Return pods by the name of the workload that they are of, which is how theirs begin."""
    longest = sorted(names, key=len, reverse=True)
    owned: dict[str, list[Body]] = {}
    for pod in found:
        name = pod["metadata"]["name"]
        of = next((each for each in longest if name.startswith(f"{each}-"[:_GENERATED])), "")
        owned.setdefault(of, []).append(pod)
    return owned


async def _item(client: Client, live: Live, found: list[Body]) -> Item:
    verdict = assess(live)
    if verdict.state == "ready":
        state = "done" if live.key.kind == "Job" else "ready" if live.state else ""
        return Item(str(live.key), state)
    below: Iterable[Item] = ()
    if live.key.kind == "Job":
        below = _steps(found[-1]) if found else ()
    elif live.key.kind in _HAVE_PODS:
        unready = [each for each in found if not pods.is_ready(each)]
        below = await gather(_pod(client, each) for each in unready[:MAX_PODS])
        if len(unready) > MAX_PODS:
            below = [*below, Item(f"and {len(unready) - MAX_PODS} more", "")]
    return Item(str(live.key), verdict.state, verdict.why, tuple(below))


def _steps(pod: Body) -> list[Item]:
    """Return the containers of a Job's pod, which are its steps; of one that waits for nothing special, its trouble."""
    found = [Item(each.name, each.state, each.why) for each in pods.containers(pod)]
    trouble = pods.trouble(pod)
    return [Item(f"Pod/{pod['metadata']['name']}", "waiting", trouble), *found] if trouble else found


async def _pod(client: Client, pod: Body) -> Item:
    """Return a pod that is not ready, with why, or else with what it wrote last."""
    name, why = f"Pod/{pod['metadata']['name']}", pods.summary(pod)
    talking = [each for each in pods.containers(pod) if not each.is_init and each.state != "waiting" and not each.why]
    words = [line async for line in pods.tail(client, pod, talking[0].name, 1)] if talking else []
    return Item(name, "not ready", f"{why}; last words: {words[-1]}" if words else why)
