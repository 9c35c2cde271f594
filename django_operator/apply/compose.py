"""A resource as the cluster has it made the objects that are to be enforced: rendered and bound. Never writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from django_operator.apply import revisions
from django_operator.apply.bind import Bound, bind
from django_operator.apply.facts import Facts
from django_operator.apply.objects import digest
from django_operator.engine.errors import RenderError
from django_operator.engine.paths import get
from django_operator.engine.yamlio import Document
from django_operator.stack.library import library
from django_operator.stack.render import render, render_document
from django_operator.stack.site import Site, read
from django_operator.stack.spec import DeletionPolicy, DjangoSpec, Metadata
from django_operator.stack.workloads import RETRY, post_name, post_steps, release_name, release_steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django_operator.apply.sources import Sources
    from django_operator.engine.paths import Body

UPGRADE = "django-operator.io/upgrade"
"""Annotation of the resource: another value takes what a new version of the operator renders differently."""


class Composed(NamedTuple):
    """What a resource stands for.

    `name` and `input` as in `revisions`; `rendered` are the objects but the Jobs of a release, which are `release` and
    `post`, as they are applied, and what only these read: `script`. No revision keeps it, so another one in another
    version of the operator changes nothing until the next release.
    """

    site: Site
    name: str
    input: str
    rendered: tuple[Body, ...]
    release: Bound | None
    post: Bound | None
    script: tuple[Bound, ...] = ()


class Composer:
    """Composes one resource, and remembers the last result: a roll-out takes many passes over the same spec."""

    def __init__(self, sources: Sources) -> None:
        """Take where ConfigMaps come from that overlays refer to."""
        self._sources = sources
        self._last: tuple[str, tuple[str, ...], Composed] | None = None

    async def compose(self, body: Body, *, initialized: bool) -> Composed:
        """Return what a resource stands for. Raises RenderError for its faults, ApiError where it cannot read."""
        meta = body["metadata"]
        given = digest([body.get("spec"), meta["uid"], meta.get("annotations"), initialized])
        if self._last is not None and self._last[0] == given:
            versions = self._sources.versions(self._last[2].site)
            if versions == self._last[1] and all(versions):
                return self._last[2]
        try:
            site = read(body, initialized=initialized)
        except RenderError as error:
            await self._refuse(body, initialized=initialized)
            raise error from None  # its namespace perhaps, of which nobody else speaks
        self._sources.expect(site)
        versions = self._sources.versions(site)
        made = _composed(site, meta["uid"], await self._sources.overlays(site))
        self._last = (given, versions, made)
        return made

    async def _refuse(self, body: Body, *, initialized: bool) -> None:
        """Raise RenderError with the faults of a resource that cannot be read, and those of its overlays.

        As `validate` does: whoever has mended the first ones only to be told of others has waited for nothing.
        """
        site = unread(body)
        self._sources.expect(site)
        maps = await self._sources.overlays(site)
        render_document(site.document, library(), initialized=initialized, references=maps)

    def forget(self) -> None:
        """Forget the last result; at rest a thousand of them are memory for nothing."""
        self._last = None


def _composed(site: Site, uid: str, maps: Mapping[str, Document]) -> Composed:
    objects = render(site, library(), references=maps).objects
    names = {f"{site.name}-{name}" for name in _jobs(site)}
    jobs = [each for each in objects if each["kind"] == "Job" and each["metadata"]["name"] in names]
    scripts = [each for each in objects if _is_script(each, site)]
    rendered = [each for each in objects if each not in (*jobs, *scripts)]
    made = {each.key.name: each for each in bind(jobs, site, Facts(uid))}
    return Composed(
        site,
        revisions.name_of(site, rendered),
        _input(site, maps),
        tuple(rendered),
        made.get(f"{site.name}-{release_name(site)}") if release_steps(site) else None,
        made.get(f"{site.name}-{post_name(site)}") if post_steps(site) else None,
        bind(scripts, site, Facts(uid)),
    )


def _is_script(body: Body, site: Site) -> bool:
    """Tell whether an object is the ConfigMap of bases/steps, whose name ends in a hash of its content."""
    name = str(body["metadata"]["name"])
    return body["kind"] == "ConfigMap" and name.rpartition("-")[0] == f"{site.name}-steps"


def releases(site: Site) -> tuple[str, ...]:
    """Return the names of the Jobs of a version's release, whether there is something to run or not."""
    return tuple(f"{site.name}-{name}" for name in _jobs(site))


def _jobs(site: Site) -> tuple[str, ...]:
    return (release_name(site), post_name(site))


def _input(site: Site, maps: Mapping[str, Document]) -> str:
    """Return a hash of what the user gave: the spec, overlays' ConfigMaps, the annotation that takes an upgrade."""
    spec = msgspec.to_builtins(site.spec)
    spec.pop("paused", None)
    data = {name: each.value.get("data") for name, each in maps.items()}
    tokens = [(site.metadata.annotations or {}).get(each) for each in (UPGRADE, RETRY)]
    return digest([site.name, site.namespace, spec, data, *tokens])


def data_of(bodies: Iterable[Body]) -> tuple[str, ...]:
    """Return the names of the ConfigMaps and Secrets of a stack."""
    return tuple(sorted({each["metadata"]["name"] for each in bodies if each["kind"] in ("ConfigMap", "Secret")}))


def bare(body: Body) -> Site | None:
    """Return as much of a resource that cannot be read as it takes to keep up what served; None where it is paused."""
    return None if get(body, "spec", "paused") is True else unread(body)


def unread(body: Body) -> Site:
    """Return a resource that cannot be read as a site of which nothing is known but what overlays are."""
    spec = body.get("spec") or {}
    account = spec.get("overlayServiceAccountName")
    try:
        policy = msgspec.convert(spec.get("deletionPolicy"), DeletionPolicy | None)
    except msgspec.ValidationError:
        policy = None
    made = DjangoSpec(
        image="", deletion_policy=policy, overlay_service_account_name=account if isinstance(account, str) else None
    )
    meta = body["metadata"]
    return Site(made, Metadata(name=meta["name"]), meta["namespace"], Document(body, f"Django/{meta['name']}"))


def version_of(site: Site) -> str:
    """Return the version that a resource names, by itself or as the tag of its image."""
    if site.spec.version is not None:
        return site.spec.version
    head, _, digest_ = site.spec.image.partition("@")
    tag = head.rpartition("/")[2].partition(":")[2]
    return tag or digest_ or "latest"
