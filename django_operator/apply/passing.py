"""The way of one pass: read the resource, compose, look at everything, apply stage by stage, prune, remember."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django_operator.apply import components, generated, heads, inventory, provision, revisions
from django_operator.apply.bind import acting_as
from django_operator.apply.compose import Composed, bare, version_of
from django_operator.apply.errors import ApiError
from django_operator.apply.foreign import foreign
from django_operator.apply.history import Former, History, last_good
from django_operator.apply.obstacles import obstacle
from django_operator.apply.progress import Problem, Progress
from django_operator.apply.readiness import assess
from django_operator.apply.releasing import Releases
from django_operator.apply.revisions import TooLarge
from django_operator.apply.scope import gather
from django_operator.apply.staging import Staging
from django_operator.engine.errors import RenderError
from django_operator.engine.paths import get
from django_operator.stack.confine import ALLOWED
from django_operator.stack.names import COMPONENT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_operator.apply.bind import Bound
    from django_operator.apply.executor import Look
    from django_operator.apply.objects import Key, Live
    from django_operator.apply.scope import Scope
    from django_operator.stack.site import Site


OWN = ALLOWED | {("apps", "ControllerRevision")}
"""Kinds that the operator has rights to itself."""
_EMPTY = "overlays leave nothing of the stack; to take it away, delete the resource"


async def run(scope: Scope) -> Progress:
    """Set a resource right as far as that goes now, and return what was found.

    Raises ApiError for what is worth another try.
    """
    start = _start(scope)
    try:
        return await _run(scope, start)
    except ApiError as error:
        problem = obstacle(error)
    # What was noted on the way stays noted: else it would be noted anew, and taken back, in each pass.
    noted = inventory.read(get(scope.store.sites.get(scope.key), "status", "inventory"))
    return replace(start, inventory=noted, problem=problem)


async def _run(scope: Scope, start: Progress) -> Progress:
    releases = Releases(scope, await scope.sources.record(scope.uid))
    try:
        composed = await scope.composer.compose(scope.body, initialized=releases.record.initialized)
    except RenderError as error:
        await _repair_last(scope)
        # Some of it cannot be read, maybe: what can be is told as ever.
        paused, overlays = get(scope.body, "spec", "paused") is True, get(scope.body, "spec", "overlays")
        count = len(overlays) if isinstance(overlays, list) else 0
        return replace(start, overlays=count, paused=paused, problem=Problem("InvalidSpec", str(error)))
    site = composed.site
    start = replace(start, overlays=len(site.spec.overlays or ()), paused=bool(site.spec.paused))
    lost = provision.lost(scope, site, start.inventory)
    if lost is None and not site.spec.paused:
        lost = await provision.generate(scope, site)
    history = History(scope, composed)
    await history.read()
    if site.spec.paused:
        looks = await scope.look(history.target)
        pending = tuple(str(each.bound.key) for each in looks if each.action != "none" or each.fault)
        return replace(start, pending=pending, unready=_unready(scope, history.target))
    if not history.target:
        await _repair_last(scope)
        return replace(start, problem=Problem("EmptyStack", _EMPTY))
    noted = await _note(scope, start, (*history.target, *releases.unrecorded(composed)))
    scope.store.foreign[scope.key] = foreign(site, history.target, noted)
    record = await scope.executor.look(releases.kept(site))
    looks = await scope.look((*history.target, *releases.ahead(composed)))
    refused = lost or _refused((record, *looks))
    if refused is None:
        refused = await _begin(scope, site, history, releases, is_noted=record.action == "none")
    staging = Staging(scope, history, releases, composed, is_open=refused is None)
    stopped = await staging.walk(looks)
    problem = refused or stopped
    if staging.is_through and problem is None:
        await history.complete()
        left = await _prune(scope, noted, history, releases, composed) if scope.prunes else None
        problem = history.problem or staging.aftermath or left
    problem = problem or history.problem
    return _found(scope, start, noted, composed, history, releases, staging, problem)


def _start(scope: Scope) -> Progress:
    status = scope.body.get("status") or {}
    children = scope.store.children(scope.key)
    return Progress(
        inventory=inventory.read(status.get("inventory")),
        version=str(status.get("version") or ""),
        available=_available(children),
        components=components.of(children),
        revisions=revisions.of(children, scope.uid),
    )


def _available(children: Iterable[Live]) -> bool | None:
    """Tell whether a web pod serves; None where there is no web server yet."""
    apps = [each for each in children if each.key.kind == "Deployment" and each.labels.get(COMPONENT) == "app"]
    return any(each.state.get("availableReplicas") for each in apps) if apps else None


def _refused(looks: Iterable[Look]) -> Problem | None:
    """Return why nothing new is written: all that the server would refuse, in one."""
    faults = [each for each in looks if each.fault]
    if not faults:
        return None
    text = "\n".join(f"{each.bound.key}: {each.fault}" for each in faults)
    if all(each.passes for each in faults):
        return Problem("Waiting", text, final=False)
    return Problem("Rejected", text)


def _unready(scope: Scope, bounds: Iterable[Bound]) -> tuple[tuple[Key, str], ...]:
    """Return what is there and does not work, of a resource that is left alone."""
    lives = [live for each in bounds if (live := scope.store.live(each.key)) is not None]
    return tuple((live.key, verdict.why) for live in lives if (verdict := assess(live)).state != "ready")


async def _begin(scope: Scope, site: Site, history: History, releases: Releases, *, is_noted: bool) -> Problem | None:
    """Write what comes before anything of a new revision. Return why that cannot be: then nothing new passes."""
    try:
        await history.begin()
        await provision.hand_over(scope, site)
        if not is_noted:
            await releases.keep_record(site)
    except (TooLarge, Former, ApiError) as error:
        return obstacle(error)
    return None


async def _repair_last(scope: Scope) -> None:
    """Keep what served last as it was, while the resource itself cannot be read."""
    site = bare(scope.body)
    if site is None:
        return
    looks = await scope.look(await last_good(scope, site))
    await gather(scope.executor.ensure(each.bound) for each in looks if each.action != "none" and not each.fault)


async def _note(scope: Scope, start: Progress, bounds: Iterable[Bound]) -> tuple[inventory.Entry, ...]:
    """Note in the status all that may be made, before the first of it is."""
    new = [inventory.entry(each.key, each.body["apiVersion"]) for each in bounds]
    whole = inventory.superset(start.inventory, new)
    if len(whole) > len(start.inventory):
        await scope.reporter.report(scope.body, replace(start, inventory=whole, stage="config"))
    return whole


async def _prune(
    scope: Scope, noted: Iterable[inventory.Entry], history: History, releases: Releases, composed: Composed
) -> Problem | None:
    """Remove what is wanted no longer; nothing where the inventory was lost and is only being found again.

    Return what the server does not let go.
    """
    if not inventory.read(get(scope.body, "status", "inventory")):
        return None
    keep = kept(history, releases, composed)
    site = composed.site
    faults = await _recall(scope, site, (each for each in noted if each.key(scope.key.namespace) not in keep))
    children = scope.store.children(scope.key)
    faults += [
        f"{each.kind}/{each.name}: to remove it takes a ServiceAccount's rights: name it in overlayServiceAccountName"
        for each in noted
        if site.spec.overlay_service_account_name is None
        and (each.group, each.kind) not in OWN
        and each.key(scope.key.namespace) not in keep
    ]
    for each in reversed(inventory.stale(noted, keep, children, scope.uid)):
        try:
            await scope.executor.remove(each, as_user=acting_as(each.key, site))
        except ApiError as error:
            faults.append(f"{each.key}: {obstacle(error).message}")
            continue
        scope.telemetry.applied(each.key.kind, "pruned")
        await scope.reporter.event(scope.key, "Pruned", f"{each.key} is part of the stack no longer")
    await history.forget()
    return Problem("PruneFailed", "\n".join(faults), final=False) if faults else None


def kept(history: History, releases: Releases, composed: Composed) -> frozenset[Key]:
    """Return the keys of all that is wanted, made or not."""
    target = {each.key for each in history.target}
    return frozenset(target.union(generated.keys(composed.site), releases.keep(composed), history.keep()))


async def _recall(scope: Scope, site: Site, entries: Iterable[inventory.Entry]) -> list[str]:
    """Look at objects of kinds that are not watched for all resources, before they are forgotten.

    Return why some cannot be looked at.
    """
    faults = []
    for each in entries:
        key = each.key(scope.key.namespace)
        user = acting_as(key, site)
        if user and scope.store.live(key) is None:
            try:
                body = await scope.client.get(each.api_version, key.kind, key.namespace, key.name, as_user=user)
            except ApiError as error:
                faults.append(f"{key}: {obstacle(error).message}")
                continue
            if body is not None:
                scope.store.put_child(body)
    return faults


def _found(  # noqa: PLR0913, PLR0917 - all that a pass has found, told once
    scope: Scope,
    start: Progress,
    noted: Iterable[inventory.Entry],
    composed: Composed,
    history: History,
    releases: Releases,
    staging: Staging,
    problem: Problem | None,
) -> Progress:
    children = scope.store.children(scope.key)
    pending = history.is_pending or releases.is_pending
    entries = inventory.found(
        noted, children, kept(history, releases, composed), scope.uid, scope.key.name, lost=not start.inventory
    )
    if not staging.is_through or problem:
        entries = inventory.superset(noted, entries)
    known = scope.executor.known
    version = version_of(composed.site)
    if pending or history.held or problem:
        version = history.good.version if history.good else ""
    return replace(
        start,
        stage=(staging.stage or releases.stage) if pending else "",
        waiting=(staging.waiting or releases.waiting) if pending else (),
        unready=staging.unready if pending else (*staging.waiting, *staging.unready),
        troubled=staging.troubled,
        again=staging.again,
        contended=staging.contended,
        problem=problem,
        release=releases.release,
        post=releases.post,
        available=_available(children),
        held=history.held,
        ahead=heads.ahead(releases.record, history.releases),
        heads=releases.heads,
        version=version,
        components=components.of(children),
        inventory=tuple(each._replace(verified=known.get(each.key(scope.key.namespace), "")) for each in entries),
        revisions=history.revisions(),
    )
