"""Kubernetes objects with their history, and the set of them that a build works on. Knows nothing of files or fields.

Objects are immutable values; the set is the one mutable thing, made and dropped by a single build.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from django_operator.engine.errors import Origin, fail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from django_operator.engine.paths import Body
    from django_operator.engine.yamlio import Document


class ResId(NamedTuple):
    """What tells one object from another. An empty namespace means the same as `default`."""

    group: str
    version: str
    kind: str
    namespace: str
    name: str

    @property
    def api_version(self) -> str:
        """Return `group/version`, or the version alone for the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def __str__(self) -> str:
        """Return `Kind/name`, with the namespace between when there is one."""
        return "/".join(filter(None, (self.kind, self.namespace, self.name)))


def split_api_version(api_version: str) -> tuple[str, str]:
    """Return (group, version) of an apiVersion; the core group is empty."""
    group, _, version = api_version.rpartition("/")
    return group, version


def id_of(body: Body) -> ResId:
    """Return an object's id; an object without a name (generateName, a List) has an empty one."""
    group, version = split_api_version(body.get("apiVersion") or "")
    meta = body.get("metadata") or {}
    return ResId(group, version, body.get("kind") or "", meta.get("namespace") or "", meta.get("name") or "")


@dataclass(frozen=True, slots=True)
class Resource:
    """One object on its way through a build.

    `previous` are the ids it had before, oldest first: patches and references may use any of them. `prefixes` and
    `suffixes` tell equal names of sibling kustomizations apart when references are mended. `hashed` marks a generated
    ConfigMap or Secret whose final name gets a hash of its content; `behavior` how it combines with one that exists.
    """

    body: Body
    document: Document
    id: ResId
    previous: tuple[ResId, ...] = ()
    prefixes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    hashed: bool = False
    behavior: str = ""

    @property
    def origin(self) -> Origin:
        """Return where the object was written."""
        return self.document.origin()

    @property
    def original(self) -> ResId:
        """Return the id that the object was written with."""
        return self.previous[0] if self.previous else self.id

    @property
    def ids(self) -> tuple[ResId, ...]:
        """Return every id that the object has or had."""
        return (*self.previous, self.id)

    def with_body(self, body: Body) -> Resource:
        """Return this resource with another body, its id followed up."""
        if body is self.body:
            return self
        now, previous = self.id, self.previous
        if body.get("metadata") is not self.body.get("metadata") or body.get("kind") != now.kind:
            now = id_of(body)
            if now != self.id:
                previous = (*previous, self.id)
        # The constructor, not dataclasses.replace, which takes three times as long; this runs for every change.
        return Resource(body, self.document, now, previous, self.prefixes, self.suffixes, self.hashed, self.behavior)


Observer = "Callable[[Resource | None, Resource | None, Document], None]"
"""Told of each change: the object before and after (None: not there), and the document that caused it."""


class ResourceSet:
    """The objects of one build, in order. Each lookup is a dict access, so that growth stays linear."""

    def __init__(self, observer: Callable[[Resource | None, Resource | None, Document], None] | None = None) -> None:
        """Start empty; `observer` is told of each change."""
        self._items: dict[ResId, Resource] = {}
        self._by_any: dict[ResId, tuple[ResId, ...]] | None = {}
        self._observer = observer

    def __iter__(self) -> Iterator[Resource]:
        """Iterate over the objects in their order."""
        return iter(self._items.values())

    def __len__(self) -> int:
        """Return how many objects there are."""
        return len(self._items)

    def add(self, resource: Resource, cause: Document | None = None) -> None:
        """Append an object. Raises RenderError when its id is taken, naming both places."""
        key = _key(resource.id)
        if key in self._items:
            other = self._items[key]
            raise fail(f"duplicate object {resource.id}", resource.origin, f"it is written at {other.origin} as well")
        self._items[key] = resource
        self._note(resource, key)
        if self._observer:
            self._observer(None, resource, cause or resource.document)

    def find(self, wanted: ResId) -> list[Resource]:
        """Return the objects that have or had this very id."""
        if self._by_any is None:
            self._by_any = {}
            for key, resource in self._items.items():
                self._note(resource, key)
        return [self._items[key] for key in self._by_any.get(_key(wanted), ())]

    def replace(self, old: Resource, new: Resource | None, cause: Document) -> None:
        """Put `new` in the place of `old`, or drop it when None. Raises RenderError when a new id is taken."""
        if new is old:
            return
        key = _key(old.id)
        if new is None:
            del self._items[key]
            self._by_any = None
        elif (changed := _key(new.id)) == key:
            self._items[key] = new
            if len(new.previous) != len(old.previous):
                self._by_any = None
        else:
            if changed in self._items:
                raise _clash(new, self._items[changed], cause)
            self._items = {changed if at == key else at: new if at == key else item for at, item in self._items.items()}
            self._by_any = None
        if self._observer:
            self._observer(old, new, cause)

    def map(self, change: Callable[[Resource], Resource], cause: Document) -> None:
        """Change every object. Names may move as long as they end up distinct."""
        items: dict[ResId, Resource] = {}
        for old in self._items.values():
            new = change(old)
            key = _key(new.id)
            if key in items:
                raise _clash(new, items[key], cause)
            items[key] = new
            if new is not old and self._observer:
                self._observer(old, new, cause)
        self._items = items
        self._by_any = None

    def extend(self, others: Iterable[Resource]) -> None:
        """Append the objects of another set, whose changes the same observer has seen."""
        observer, self._observer = self._observer, None
        try:
            for resource in others:
                self.add(resource)
        finally:
            self._observer = observer

    def child(self) -> ResourceSet:
        """Return an empty set with the same observer."""
        return ResourceSet(self._observer)

    def sort(self, key: Callable[[Resource], object]) -> None:
        """Order the objects."""
        self._items = {_key(item.id): item for item in sorted(self._items.values(), key=key)}  # type: ignore[arg-type]  # any ordered key will do
        self._by_any = None

    def _note(self, resource: Resource, key: ResId) -> None:
        if self._by_any is None:
            return
        for known in {_key(each) for each in resource.ids}:
            self._by_any[known] = (*self._by_any.get(known, ()), key)


def _key(wanted: ResId) -> ResId:
    return wanted._replace(namespace="") if wanted.namespace == "default" else wanted


def _clash(new: Resource, other: Resource, cause: Document) -> Exception:
    return fail(f"two objects become {new.id}", cause.origin(), f"from {new.origin} and from {other.origin}")
