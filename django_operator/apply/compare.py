"""Where two states of an object differ in what people and controllers write. Pure; values of Secrets are not shown.

Made for a live object and the server's answer to a dry run: what the server adds is in both then, so that plain
equality decides. Knows nothing of who wrote what.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from django_operator.engine.diff import gaps
from django_operator.engine.paths import Json, Path, dotted, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.engine.paths import Body

_METADATA = ("labels", "annotations", "ownerReferences", "finalizers")
_IDENTITY = ("apiVersion", "kind", "metadata", "status")
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
BEFORE, AFTER = "*** (before)", "*** (after)"
"""What stands for values that are not shown, as in `kubectl diff`."""


class Difference(NamedTuple):
    """One place that differs; None stands for nothing.

    Indices of lists are those of the old list, of the new one for what is only there.
    """

    path: Path
    old: Json
    new: Json

    def __str__(self) -> str:
        """Return `path: old -> new`."""
        return f"{dotted(self.path)}: {_shown(self.old)} -> {_shown(self.new)}"


class _Nothing:
    """What is not there; another thing than null inside a list."""


_NOTHING: Final = _Nothing()


def differences(live: Body, wanted: Body) -> list[Difference]:
    """Return the places where two states of one object differ, outside of status and of the server's metadata.

    Null counts as nothing, as it does for the API server. Lists are aligned: an item that is moved, added or taken out
    is no difference of those around it.
    """
    hide = live.get("kind") == "Secret" or wanted.get("kind") == "Secret"
    found: list[Difference] = []
    old, new = live.get("metadata") or {}, wanted.get("metadata") or {}
    for name in _METADATA:
        found += _walk(_of(old, name), _of(new, name), ("metadata", name))
    for name in (*live, *(key for key in wanted if key not in live)):
        if name not in _IDENTITY:
            found += _walk(_of(live, name), _of(wanted, name), (name,))
    return [_masked(each) for each in found] if hide else found


def _of(value: Body, key: str) -> Json:
    found = value.get(key)
    return _NOTHING if found is None else found


def _walk(old: Json, new: Json, path: Path) -> Iterator[Difference]:
    if old is new or same(old, new):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in (*old, *(key for key in new if key not in old)):
            yield from _walk(_of(old, key), _of(new, key), (*path, key))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _lists(old, new, path)
    elif not (_is_bare(old) and _is_bare(new)):
        yield Difference(path, _value(old), _value(new))


def _lists(old: list[Json], new: list[Json], path: Path) -> Iterator[Difference]:
    for left, right in gaps(old, new):
        both = min(len(left), len(right))
        for one, other in zip(left, right, strict=False):
            yield from _walk(old[one], new[other], (*path, one))
        for one in left[both:]:
            yield Difference((*path, one), old[one], None)
        for other in right[both:]:
            yield Difference((*path, other), None, new[other])


def _is_bare(value: Json) -> bool:
    """Tell whether a value says nothing: it is not there, or a map of nothing but nulls."""
    return value is _NOTHING or (isinstance(value, dict) and bool(value) and all(map(_is_null, value.values())))


def _is_null(value: Json) -> bool:
    return value is None


def _value(value: Json) -> Json:
    return None if value is _NOTHING else value


def _masked(found: Difference) -> Difference:
    """Return a difference without a Secret's values; a copy of them may stand in an annotation of kubectl."""
    if found.path[0] not in ("data", "stringData") and _LAST_APPLIED not in found.path:
        if found.path != ("metadata", "annotations"):
            return found
        return found._replace(old=_without(found.old, BEFORE), new=_without(found.new, AFTER))
    return found._replace(old=_mask(found.old, BEFORE), new=_mask(found.new, AFTER))


def _without(annotations: Json, mark: str) -> Json:
    if isinstance(annotations, dict) and _LAST_APPLIED in annotations:
        return {**annotations, _LAST_APPLIED: mark}
    return annotations


def _mask(value: Json, mark: str) -> Json:
    if value is None:
        return None
    return dict.fromkeys(value, mark) if isinstance(value, dict) else mark


def _shown(value: Json) -> str:
    from django_operator.engine.jsontext import quoted  # noqa: PLC0415 - only where it is told

    return "nothing" if value is None else quoted(value)
