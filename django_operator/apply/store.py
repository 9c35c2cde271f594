"""What is known of a cluster: the resources, their objects, and versions of what their pods read. In memory.

Filled by watches and by the answers to our own writes; each call says which resources there is reason to look at again.
Knows nothing of requests.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from django_operator.apply.objects import Key, Live, live
from django_operator.stack.names import INSTANCE, MANAGED_BY

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from django_operator.apply.foreign import ForeignKind
    from django_operator.engine.paths import Body


class SiteKey(NamedTuple):
    """What names a Django resource."""

    namespace: str
    name: str

    def __str__(self) -> str:
        """Return `namespace/name`."""
        return f"{self.namespace}/{self.name}"


GRAVES = 10_000
"""Objects gone of which that is remembered: many times what goes while one request is under way."""


class Store:
    """The one place of mutable knowledge; belongs to one event loop."""

    def __init__(self) -> None:
        """Start with nothing; `tracks_data` is set where versions of ConfigMaps and Secrets are watched."""
        self.tracks_data = False
        self.sites: dict[SiteKey, Body] = {}
        self.foreign: dict[SiteKey, frozenset[ForeignKind]] = {}
        """Watches that single resources need, by resource."""
        self._live: dict[Key, Live] = {}
        self._of_site: dict[SiteKey, set[Key]] = defaultdict(set)
        self._versions: dict[Key, str] = {}
        self._readers: dict[Key, set[SiteKey]] = defaultdict(set)
        self._reads: dict[SiteKey, frozenset[Key]] = {}
        self._gone: OrderedDict[str, str] = OrderedDict()
        """The resourceVersion at which an object went, by UID. What goes right after we have written it may be told of
        before our own answer is read, which would make it live for ever."""

    # --- Resources

    def put_site(self, body: Body) -> frozenset[SiteKey]:
        """Take a resource as it is now."""
        key = SiteKey(body["metadata"]["namespace"], body["metadata"]["name"])
        old, meta = self.sites.get(key), body["metadata"]
        if old is not None and _older(meta.get("resourceVersion"), old["metadata"].get("resourceVersion")):
            return frozenset()
        if self._is_late(meta.get("uid"), meta.get("resourceVersion")):
            return frozenset()
        self.sites[key] = body
        return frozenset({key})

    def drop_site(self, key: SiteKey, uid: str = "", version: str = "") -> frozenset[SiteKey]:
        """Forget a resource that is gone, since a resourceVersion where that is known."""
        self._bury(uid, version)
        self.sites.pop(key, None)
        self.foreign.pop(key, None)
        self.reads(key, ())
        return frozenset({key})

    # --- Their objects

    def put_child(self, body: Body) -> frozenset[SiteKey]:
        """Take an object as it is now; what the memory of it does not hold wakes nobody."""
        return self.put_live(live(body))

    def put_live(self, new: Live) -> frozenset[SiteKey]:
        """Take an object as it is now, unless a newer state of it is known."""
        old = self._live.get(new.key)
        if old is not None and old.uid == new.uid and _older(new.resource_version, old.resource_version):
            return frozenset()
        if self._is_late(new.uid, new.resource_version):
            return frozenset()
        self._live[new.key] = new
        woken = set()
        for each in (old, new):
            if (site := _site_of(each)) is not None:
                woken.add(site)
        for each, change in ((old, set.discard), (new, set.add)):
            if (site := _site_of(each)) is not None:
                change(self._of_site[site], new.key)
        return frozenset() if old is not None and _same(old, new) else frozenset(woken)

    def drop_child(self, key: Key, uid: str = "", version: str = "") -> frozenset[SiteKey]:
        """Forget an object that is gone, since a resourceVersion where that is known; with a UID, only that one."""
        self._bury(uid, version)
        old = self._live.get(key)
        if old is None or (uid and old.uid != uid):
            return frozenset()
        del self._live[key]
        site = _site_of(old)
        if site is None:
            return frozenset()
        self._of_site[site].discard(key)
        return frozenset({site})

    def live(self, key: Key) -> Live | None:
        """Return what is remembered of an object."""
        return self._live.get(key)

    def children(self, site: SiteKey) -> list[Live]:
        """Return all objects that carry the labels of a resource, its former ones included."""
        return [self._live[key] for key in sorted(self._of_site.get(site, ()))]

    # --- What pods read

    def put_data(self, body: Body, kind: str) -> frozenset[SiteKey]:
        """Take the version of a ConfigMap or Secret."""
        meta = body["metadata"]
        key = Key("", kind, meta["namespace"], meta["name"])
        version = f"{meta.get('uid')}/{meta.get('resourceVersion')}"
        if self._versions.get(key) == version or self._is_late(meta.get("uid"), meta.get("resourceVersion")):
            return frozenset()
        self._versions[key] = version
        return frozenset(self._readers.get(key, ()))

    def drop_data(self, key: Key, uid: str = "", version: str = "") -> frozenset[SiteKey]:
        """Forget a ConfigMap or Secret that is gone, since a resourceVersion where that is known."""
        self._bury(uid, version)
        self._versions.pop(key, None)
        return frozenset(self._readers.get(key, ()))

    def version(self, key: Key) -> str:
        """Return the version of a ConfigMap or Secret, empty where there is none."""
        return self._versions.get(key, "")

    def read_by(self, site: SiteKey) -> frozenset[Key]:
        """Return what a resource depends on."""
        return self._reads.get(site, frozenset())

    def reads(self, site: SiteKey, keys: Iterable[Key]) -> None:
        """Note what ConfigMaps and Secrets a resource depends on: a change of them wakes it."""
        new, old = frozenset(keys), self._reads.get(site, frozenset())
        for key in old - new:
            self._readers[key].discard(site)
            if not self._readers[key]:
                del self._readers[key]
        for key in new - old:
            self._readers[key].add(site)
        if new:
            self._reads[site] = new
        else:
            self._reads.pop(site, None)

    # --- What is gone

    def only(  # noqa: PLR0913 - what was listed, and what came of it
        self, group: str, kind: str, namespace: str | None, here: Container[str], version: str, *, data: bool = False
    ) -> frozenset[SiteKey]:
        """Forget what a whole list of a kind does not have: `here` are its UIDs, `version` is its resourceVersion.

        What we have made and somebody has deleted before a watch told of either is known to the list alone. What is
        newer than the list may have been made since. With `data` that is about the versions of all objects of a kind,
        without it about those that carry our labels.
        """

        def gone(key: Key, uid: str, at: str) -> bool:
            there = (key.group, key.kind, namespace or key.namespace) == (group, kind, key.namespace)
            return there and uid not in here and at.isdecimal() and not _older(version, at)

        if data:
            known = [(key, *each.partition("/")[::2]) for key, each in self._versions.items()]
            drops = [self.drop_data(key, uid, version) for key, uid, at in known if gone(key, uid, at)]
        else:
            ours = [each for each in self._live.values() if each.labels.get(MANAGED_BY) == "django-operator"]
            found = [each for each in ours if gone(each.key, each.uid, each.resource_version)]
            drops = [self.drop_child(each.key, each.uid, version) for each in found]
        return frozenset().union(*drops)

    def _bury(self, uid: str, version: str) -> None:
        if uid and version:
            self._gone[uid] = version
            if len(self._gone) > GRAVES:
                self._gone.popitem(last=False)

    def _is_late(self, uid: str | None, version: str | None) -> bool:
        """Tell whether a state is from before the object went. What a selector let go of may come back, newer."""
        return _older(version, self._gone.get(uid or ""))


def _site_of(each: Live | None) -> SiteKey | None:
    name = each.labels.get(INSTANCE) if each else None
    return SiteKey(each.key.namespace, name) if each and name else None


def _same(old: Live, new: Live) -> bool:
    """Tell whether two states differ in nothing that anybody looks at."""
    return (
        old.uid == new.uid
        and old.fingerprint == new.fingerprint
        and old.generation == new.generation
        and old.deleting == new.deleting
        and old.state == new.state
    )


def _older(new: str | None, old: str | None) -> bool:
    """Tell whether a resourceVersion is from before another one.

    They are numbers that grow: https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/5504-comparable-resource-version
    """
    return bool(new and old and new.isdecimal() and old.isdecimal() and int(new) < int(old))
