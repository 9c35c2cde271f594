"""A resource with all that it becomes, to see what it needs of a cluster. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django_operator.cli.live import sites
from django_operator.engine.yamlio import Document
from django_operator.stack.library import library
from django_operator.stack.render import render
from django_operator.stack.site import read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_operator.apply.client import Client
    from django_operator.cli.inputs import Input
    from django_operator.engine.paths import Body
    from django_operator.stack.site import Site


class Need(NamedTuple):
    """A resource and its objects; `namespace` is where it goes."""

    site: Site
    namespace: str
    objects: tuple[Body, ...]


async def of_input(client: Client, given: Input) -> Need:
    """Return the needs of a resource from a file. Raises RenderError with its faults."""
    return await _need(client, read(given.document, given.namespace or None), given.references)


async def of_name(client: Client, name: str) -> Need:
    """Return the needs of a resource of the cluster. Raises Refusal where it is not there."""
    return await _need(client, read(await sites.get(client, sites.key(client, name))), {})


async def _need(client: Client, site: Site, given: Mapping[str, Document]) -> Need:
    namespace = site.namespace or client.namespace
    maps = dict(given)
    for each in site.spec.overlays or ():
        if each.config_map_ref is not None and (name := each.config_map_ref.name) not in maps:
            body = await client.get("v1", "ConfigMap", namespace, name)
            if body is not None:
                maps[name] = Document(body, f"ConfigMap/{name}")
    return Need(site, namespace, tuple(render(site, library(), references=maps).objects))
