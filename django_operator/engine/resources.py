"""Kubernetes objects with their history, and the set of them that a build works on. Knows nothing of files or fields.

Objects are immutable values; the set is the one mutable thing, made and dropped by a single build.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import is_
from typing import TYPE_CHECKING, NamedTuple

from django_operator.engine.budget import Budget
from django_operator.engine.errors import Origin, fail
from django_operator.engine.object_check import check_object
from django_operator.engine.paths import get

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from django_operator.engine.paths import Body, Json, Path
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
    group, version = split_api_version(_text(body.get("apiVersion")))
    meta = body.get("metadata")
    if not isinstance(meta, dict):
        meta = {}
    return ResId(group, version, _text(body.get("kind")), _text(meta.get("namespace")), _text(meta.get("name")))


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


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
        if _may_be_renamed(self.body, body) and not _is_called(body, now):
            now = id_of(body)
            if now != self.id:
                previous = (*previous, self.id)
        # The constructor, not dataclasses.replace, which takes three times as long; this runs for every change.
        return Resource(body, self.document, now, previous, self.prefixes, self.suffixes, self.hashed, self.behavior)


_IDENTITY = ("apiVersion", "kind", "metadata")


def _may_be_renamed(old: Body, new: Body) -> bool:
    """Tell whether what an object is called, or labelled, can be another than before."""
    return not all(map(is_, map(old.get, _IDENTITY), map(new.get, _IDENTITY)))


def _is_called(body: Body, known: ResId) -> bool:
    """Tell whether an object has an id, the usual case: labels change more often than names."""
    meta = body.get("metadata")
    return (
        meta.__class__ is dict
        and meta.get("name") == known.name
        and (meta.get("namespace") or "") == known.namespace
        and body.get("kind") == known.kind
        and body.get("apiVersion") == known.api_version
    )


class ResourceSet:
    """The objects of one build, in order. Each lookup and each change is a dict access, so that growth stays linear."""

    def __init__(self, observer: Callable[[Resource | None, Resource | None, Document], None] | None = None) -> None:
        """Start empty; `observer` is told of each change: the object before and after, and what caused it."""
        self._items: dict[int, Resource] = {}
        """By place: a number that an object keeps whatever it is called; places are in order."""
        self._places: dict[ResId, int] = {}
        """By what objects are called now."""
        self._index: dict[ResId | str, set[int]] | None = None
        """Places by any id, and by any name, that objects have or had; made when it is first needed."""
        self._next = 0
        self.budget = Budget()
        """What may be copied into these objects; of a whole build, where there is one."""
        self._observer = observer

    def observe(self, observer: Callable[[Resource | None, Resource | None, Document], None]) -> None:
        """Have another one told of each change, before there is any."""
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
        if key in self._places:
            other = self._items[self._places[key]]
            raise fail(f"duplicate object {resource.id}", resource.origin, f"it is written at {other.origin} as well")
        place = self._next
        self._next += 1
        self._items[place] = resource
        self._places[key] = place
        self._note(resource, place)
        if self._observer:
            self._observer(None, resource, cause or resource.document)

    def find(self, wanted: ResId) -> list[Resource]:
        """Return the objects that have or had this very id."""
        return self._indexed(_key(wanted))

    def named(self, name: str) -> list[Resource]:
        """Return the objects that have or had this name."""
        return self._indexed(name)

    def replace(self, old: Resource, new: Resource | None, cause: Document) -> None:
        """Put `new` in the place of `old`, or drop it when None.

        Raises RenderError when a new id is taken, or when what is left is no Kubernetes object.
        """
        if new is old:
            return
        key = _key(old.id)
        place = self._places[key]
        if new is None:
            self._forget(old, place)
            del self._items[place], self._places[key]
        else:
            _check_changed(old, new, cause)
            changed = _key(new.id)
            if changed != key:
                if changed in self._places:
                    raise _clash(new, self._items[self._places[changed]], cause)
                del self._places[key]
                self._places[changed] = place
            if len(new.previous) != len(old.previous):
                self._forget(old, place)
                self._note(new, place)
            self._items[place] = new
        if self._observer:
            self._observer(old, new, cause)

    def map(self, change: Callable[[Resource], Resource], cause: Document) -> None:
        """Change every object. Names may move as long as they end up distinct. Raises RenderError as `replace` does."""
        items: dict[int, Resource] = {}
        places: dict[ResId, int] = {}
        for place, old in self._items.items():
            new = change(old)
            key = _key(new.id)
            if key in places:
                raise _clash(new, items[places[key]], cause)
            items[place] = new
            places[key] = place
            if new is not old:
                _check_changed(old, new, cause)
                if len(new.previous) != len(old.previous):
                    self._index = None
                if self._observer:
                    self._observer(old, new, cause)
        self._items, self._places = items, places

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
        self._items = dict(enumerate(sorted(self._items.values(), key=key)))  # type: ignore[arg-type]  # any ordered key will do
        self._places = {_key(item.id): place for place, item in self._items.items()}
        self._index = None

    def _indexed(self, wanted: ResId | str) -> list[Resource]:
        if self._index is None:
            self._index = {}
            for place, resource in self._items.items():
                self._note(resource, place)
        return [self._items[place] for place in sorted(self._index.get(wanted, ()))]

    def _note(self, resource: Resource, place: int) -> None:
        if self._index is not None:
            for known in resource.ids:
                self._index.setdefault(_key(known), set()).add(place)
                self._index.setdefault(known.name, set()).add(place)

    def _forget(self, resource: Resource, place: int) -> None:
        if self._index is not None:
            for known in resource.ids:
                self._index[_key(known)].discard(place)
                self._index[known.name].discard(place)


def _key(wanted: ResId) -> ResId:
    return wanted._replace(namespace="") if wanted.namespace == "default" else wanted


def _check_changed(old: Resource, new: Resource, cause: Document) -> None:
    if _may_be_renamed(old.body, new.body):
        check_object(new.body, lambda path: _changed_at(cause, path))


def _changed_at(cause: Document, path: Path) -> Origin:
    """Return where a cause speaks of a field of the object, if it does so under the same path."""
    return cause.origin(path if get(cause.value, *path) is not None else ())


def _clash(new: Resource, other: Resource, cause: Document) -> Exception:
    return fail(f"two objects become {new.id}", cause.origin(), f"from {new.origin} and from {other.origin}")
