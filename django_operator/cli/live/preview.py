"""What a resource would change in the cluster: composed as the operator would, tried object by object, never written.

Knows nothing of how it is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django_operator.apply import generated, inventory
from django_operator.apply.compose import Composer
from django_operator.apply.errors import ApiError
from django_operator.apply.events import Recorder
from django_operator.apply.executor import Executor
from django_operator.apply.history import History
from django_operator.apply.objects import Key
from django_operator.apply.passing import kept
from django_operator.apply.releasing import Releases
from django_operator.apply.report import Reporter
from django_operator.apply.scope import Scope, gather
from django_operator.apply.snapshot import refresh
from django_operator.apply.sources import Sources, overlay_maps
from django_operator.apply.store import SiteKey, Store
from django_operator.apply.telemetry import Silent
from django_operator.engine.paths import get, put
from django_operator.stack.workloads import post_steps, release_name, release_steps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_operator.apply.bind import Bound
    from django_operator.apply.client import Client
    from django_operator.engine.paths import Body
    from django_operator.engine.yamlio import Document
    from django_operator.stack.site import Site


class Change(NamedTuple):
    """An object before and after; None where it is not there. `fault` says why the server would refuse it."""

    key: Key
    before: Body | None
    after: Body | None
    fault: str = ""


class Preview(NamedTuple):
    """All objects of a resource; `notes` tell what would happen besides."""

    changes: tuple[Change, ...]
    notes: tuple[str, ...]


class _Given(Sources):
    """ConfigMaps from files, before those of the cluster."""

    def __init__(self, client: Client, store: Store, site: SiteKey, maps: Mapping[str, Document]) -> None:
        super().__init__(client, store, site)
        self._given = maps

    async def overlays(self, site: Site) -> dict[str, Document]:
        """Return the ConfigMaps that overlays refer to."""
        named = {key.name for key in overlay_maps(site)}
        found = await super().overlays(site)
        return found | {name: document for name, document in self._given.items() if name in named}


async def preview(client: Client, body: Body, maps: Mapping[str, Document]) -> Preview:
    """Return what a resource would change. `body` is it as the server would have it, with the UID that its objects get.

    Raises RenderError for its faults.
    """
    scope = await _scope(client, body, maps)
    releases = Releases(scope, await scope.sources.record(scope.uid))
    composed = await scope.composer.compose(body, initialized=releases.record.initialized)
    site = composed.site
    if site.spec.paused:
        return Preview((), ("it is paused: nothing is changed until spec.paused is taken away",))
    history = History(scope, composed)
    await history.read()
    jobs = releases.ahead(composed)
    changes = await gather(_tried(scope, each) for each in (*history.target, *jobs))
    changes += [_made(body_) for body_ in generated.made(site, scope.uid) if not await _is_there(client, body_)]
    noted = inventory.read(get(body, "status", "inventory"))
    keep = kept(history, releases, composed)
    for each in inventory.stale(noted, keep, scope.store.children(scope.key), scope.uid):
        changes.append(Change(each.key, await _get(client, each.key, each.api_version), None))
    return Preview(
        tuple(changes),
        tuple(filter(None, (history.held, *(_runs(each, site) for each in jobs if each.key.kind == "Job")))),
    )


async def _scope(client: Client, body: Body, maps: Mapping[str, Document]) -> Scope:
    key, store = SiteKey(body["metadata"]["namespace"], body["metadata"]["name"]), Store()
    await refresh(client, store, key)
    telemetry = Silent()
    executor = Executor(client, store, telemetry, body["metadata"]["uid"], key.name)
    reporter = Reporter(client, store, Recorder(client, str, ""), str)
    sources = _Given(client, store, key, maps)
    return Scope(client, store, telemetry, executor, sources, Composer(sources), reporter, key, body)


async def _tried(scope: Scope, bound: Bound) -> Change:
    """Return what applying an object would make of it; of what lives is known whether it is ours to change."""
    look = await scope.executor.look(bound)
    before = await _get(scope.client, bound.key, bound.body["apiVersion"], bound.user)
    if look.fault:
        return Change(bound.key, before, before, look.fault)
    if look.action == "recreate":
        return Change(bound.key, before, bound.body)
    body = bound.body if before is None else put(bound.body, ("metadata", "uid"), before["metadata"]["uid"])
    try:
        after = (await scope.client.apply(body, dry_run=True, as_user=bound.user)).body
    except ApiError as error:
        if error.transient:
            raise
        return Change(bound.key, before, before, error.message)
    return Change(bound.key, before, after)


async def _get(client: Client, key: Key, api_version: str, as_user: str = "") -> Body | None:
    try:
        return await client.get(api_version, key.kind, key.namespace, key.name, as_user=as_user)
    except ApiError as error:
        if error.no_such_kind:
            return None
        raise


async def _is_there(client: Client, body: Body) -> bool:
    meta = body["metadata"]
    return await client.get("v1", "Secret", meta["namespace"], meta["name"]) is not None


def _made(body: Body) -> Change:
    """Return a Secret that is to be made; its values are of no worth, each run has others."""
    meta = body["metadata"]
    values = dict.fromkeys(body.get("data") or (), "made when it is applied")
    return Change(Key("", "Secret", meta["namespace"], meta["name"]), None, {**body, "data": values})


def _runs(job: Bound, site: Site) -> str:
    steps = release_steps(site) if job.key.name.endswith(release_name(site)) else post_steps(site)
    return f"{job.key} is to run: {', '.join(each.name for each in steps)}"
