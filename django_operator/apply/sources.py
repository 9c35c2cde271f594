"""What a site's spec and pods refer to, read from the cluster when its version changed. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.apply.objects import Key, digest, live
from django_operator.apply.ownership import claim
from django_operator.apply.record import Record, key_of_record, read_record
from django_operator.engine.paths import get
from django_operator.engine.yamlio import Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django_operator.apply.bind import Bound
    from django_operator.apply.client import Client
    from django_operator.apply.objects import Live
    from django_operator.apply.references import Reference
    from django_operator.apply.store import SiteKey, Store
    from django_operator.engine.paths import Body
    from django_operator.stack.site import Site


_KINDS = frozenset({"ConfigMap", "Secret"})
_NONE = ("", Record())
"""What is remembered where there was no record: only we make one, so it was not asked for in vain."""


class Sources:
    """ConfigMaps and Secrets of one resource, each asked for once a version."""

    def __init__(self, client: Client, store: Store, site: SiteKey) -> None:
        """Remember nothing."""
        self._client, self._store, self._site = client, store, site
        self._hashes: dict[Key, tuple[str, str | None]] = {}
        self._maps: dict[Key, tuple[str, Document | None]] = {}
        self._revision: tuple[str, Body] | None = None
        self._record: tuple[str, Record] | None = None

    def versions(self, site: Site) -> tuple[str, ...]:
        """Return the versions of the ConfigMaps that overlays refer to; empty where one is not known."""
        return tuple(self._store.version(key) for key in overlay_maps(site))

    async def overlays(self, site: Site) -> dict[str, Document]:
        """Return the ConfigMaps that overlays refer to, by name; those that are not there are left out."""
        found = {}
        for key in overlay_maps(site):
            version = self._store.version(key)
            known = self._maps.get(key)
            if known is None or known[0] != version or not version:
                body = await self._get(key)
                known = (version, Document(body, str(key)) if body is not None else None)
                self._maps[key] = known
            if known[1] is not None:
                found[key.name] = known[1]
        return found

    async def hashes(self, references: Iterable[Reference], made: Iterable[Body]) -> dict[tuple[str, str], str]:
        """Return a hash of the data of each ConfigMap and Secret, by (kind, name); those not there are left out.

        `made` are the objects of the stack itself, of which the cluster need not be asked.
        """
        found = {(each["kind"], each["metadata"]["name"]): _hash(each) for each in made if each["kind"] in _KINDS}
        for each in sorted(references):
            if (each.kind, each.name) in found:
                continue
            key = Key("", each.kind, self._site.namespace, each.name)
            version = self._store.version(key)
            known = self._hashes.get(key)
            if known is None or known[0] != version or not version:
                body = await self._get(key)
                known = (version, _hash(body) if body is not None else None)
                self._hashes[key] = known
            if known[1] is not None:
                found[each.kind, each.name] = known[1]
        return found

    def learn(self, body: Body) -> None:
        """Take a ConfigMap or Secret that was just made."""
        key = Key("", body["kind"], self._site.namespace, body["metadata"]["name"])
        self._store.put_data(body, body["kind"])
        self._hashes[key] = (self._store.version(key), _hash(body))

    def expect(self, site: Site) -> None:
        """Ask to be woken as well when a ConfigMap of an overlay comes or changes: it may be what is missing."""
        self._store.reads(self._site, self._store.read_by(self._site) | set(overlay_maps(site)))

    def watch(self, site: Site, references: Iterable[Reference]) -> None:
        """Ask to be woken when something that is referred to changes, and no longer for anything else."""
        found = {Key("", each.kind, self._site.namespace, each.name) for each in references}
        self._store.reads(self._site, found | set(overlay_maps(site)))

    async def record(self, uid: str) -> Record:
        """Return what the data has been through; nothing where there is no record of it."""
        key = key_of_record(self._site.namespace, self._site.name)
        there = self._store.live(key)
        if there is None:
            # Somebody may have taken its labels off, by which it is watched: what it says holds all the same.
            body = await self._get(key) if self._record != _NONE else None
            if body is None:
                self._record = _NONE
                return Record()
            there = live(body)
            self._store.put_live(there)
        if claim(there, uid, self._site.name) in ("foreign", "former"):
            return Record()
        if self._record is None or self._record[0] != there.fingerprint:
            body = await self._client.get("v1", key.kind, key.namespace, key.name)
            self._record = (there.fingerprint, read_record(body))
        return self._record[1]

    def learn_record(self, there: Live, record: Record) -> None:
        """Take the record that was just written."""
        self._record = (there.fingerprint, record)

    async def revision(self, name: str) -> Body | None:
        """Return a kept revision, packed as it is. What it holds never changes, so it is asked for once."""
        if self._revision is None or self._revision[0] != name:
            body = await self._client.get("apps/v1", "ControllerRevision", self._site.namespace, name)
            if body is None:
                return None
            self._revision = (name, body)
        return self._revision[1]

    async def _get(self, key: Key) -> Body | None:
        if self._store.tracks_data and not self._store.version(key):
            return None
        return await self._client.get("v1", key.kind, key.namespace, key.name)


def overlay_maps(site: Site) -> list[Key]:
    """Return the keys of the ConfigMaps that overlays refer to."""
    # As it is written: of a resource with faults there is no spec to be asked.
    overlays = get(site.document.value, "spec", "overlays")
    named = {get(each, "configMapRef", "name") for each in overlays} if isinstance(overlays, list) else set()
    names = sorted(each for each in named if isinstance(each, str))
    return [Key("", "ConfigMap", site.namespace or "", name) for name in names]


def _hash(body: Body) -> str:
    return digest([body.get("data") or {}, body.get("binaryData") or {}])


def missing(bound: Iterable[Bound], held: Mapping[tuple[str, str], str]) -> list[tuple[Key, str]]:
    """Return what pods read that is not there, optional ones aside, and which object reads it."""
    made = {(each.key.kind, each.key.name) for each in bound}
    found: dict[Key, str] = {}
    for one in bound:
        for each in sorted(one.reads):
            if not each.optional and (each.kind, each.name) not in held and (each.kind, each.name) not in made:
                key = Key("", each.kind, one.key.namespace, each.name)
                found.setdefault(key, f"is not there; {one.key} reads it")
    return list(found.items())
