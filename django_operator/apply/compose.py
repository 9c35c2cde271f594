"""A resource as the cluster has it made the objects that are to be enforced: rendered and bound. Never writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from django_operator.apply import revisions
from django_operator.apply.bind import Bound, bind
from django_operator.apply.facts import Facts
from django_operator.apply.objects import digest
from django_operator.stack.library import library
from django_operator.stack.render import render
from django_operator.stack.workloads import post_name, post_steps, release_name, release_steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django_operator.apply.sources import Sources
    from django_operator.engine.paths import Body
    from django_operator.engine.yamlio import Document
    from django_operator.stack.site import Site

UPGRADE = "django-operator.io/upgrade"
"""Annotation of the resource: another value takes what a new version of the operator renders differently."""


class Composed(NamedTuple):
    """What a resource stands for.

    `name` and `input` as in `revisions`; `rendered` are the objects but the Jobs of a release, `bound` the same as they
    are applied; `reads` hashes what pods read.
    """

    site: Site
    name: str
    input: str
    rendered: tuple[Body, ...]
    bound: tuple[Bound, ...]
    release: Bound | None
    post: Bound | None
    reads: Mapping[tuple[str, str], str]


async def compose(site: Site, uid: str, sources: Sources) -> Composed:
    """Return what a resource stands for. Raises RenderError for its faults, ApiError where it cannot read."""
    maps = await sources.overlays(site)
    objects = render(site, library(), references=maps).objects
    jobs = {f"{site.name}-{name}" for name in _jobs(site)}
    rendered = tuple(each for each in objects if each["kind"] != "Job" or each["metadata"]["name"] not in jobs)
    bare = bind(objects, site, Facts(uid))
    sources.watch(site, bare)
    reads = await sources.hashes({each for one in bare for each in one.reads}, objects)
    bound = bind(rendered, site, Facts(uid, reads))
    made = {each.key.name: each for each in bind([each for each in objects if each["kind"] == "Job"], site, Facts(uid))}
    return Composed(
        site,
        revisions.name_of(site, rendered),
        _input(site, maps),
        rendered,
        bound,
        made.get(f"{site.name}-{release_name(site)}") if release_steps(site) else None,
        made.get(f"{site.name}-{post_name(site)}") if post_steps(site) else None,
        reads,
    )


async def rebind(objects: Iterable[Body], site: Site, uid: str, sources: Sources) -> tuple[Bound, ...]:
    """Return the objects of a kept revision as they are applied. Secrets are left out: their values are not kept."""
    kept = [each for each in objects if each["kind"] != "Secret"]
    reads = await sources.hashes({each for one in bind(kept, site, Facts(uid)) for each in one.reads}, kept)
    return bind(kept, site, Facts(uid, reads))


def _jobs(site: Site) -> tuple[str, ...]:
    return (release_name(site), post_name(site))


def _input(site: Site, maps: Mapping[str, Document]) -> str:
    """Return a hash of what the user gave: the spec, overlays' ConfigMaps, the annotation that takes an upgrade."""
    spec = msgspec.to_builtins(site.spec)
    spec.pop("paused", None)
    data = {name: each.value.get("data") for name, each in maps.items()}
    token = (site.metadata.annotations or {}).get(UPGRADE)
    return digest([site.name, site.namespace, spec, data, token])


def config_maps(bound: Iterable[Bound]) -> tuple[str, ...]:
    """Return the ConfigMaps of a stack."""
    return tuple(sorted(each.key.name for each in bound if each.key.kind == "ConfigMap"))


def version_of(site: Site) -> str:
    """Return the version that a resource names, by itself or as the tag of its image."""
    if site.spec.version is not None:
        return site.spec.version
    head, _, digest_ = site.spec.image.partition("@")
    tag = head.rpartition("/")[2].partition(":")[2]
    return tag or digest_ or "latest"
