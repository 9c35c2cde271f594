"""Rules of volumes and mounts: each mount has its volume, and no name stands for two."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django_operator.engine.errors import near
from django_operator.engine.paths import dotted, get
from django_operator.stack import spec
from django_operator.stack.rules.rule import Rule, has
from django_operator.stack.rules.site import pools_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.engine.paths import Body, Path


class _Pod(NamedTuple):
    """Pods of one kind: where they stand in the spec, and the volumes of their own."""

    at: Path
    volumes: list[str]


def _pods(self: Body) -> Iterator[_Pod]:
    """Yield all kinds of pods that run the image. Whether beat or a release runs does not matter for mounts."""
    parts: list[Path] = [("app",), *(("workers", name) for name in pools_of(self)), ("beat",), ("release",)]
    parts += [("cronJobs", name) for name in self.get("cronJobs") or {}]
    for path in parts:
        yield _Pod(path, [volume["name"] for volume in get(self, *path, "volumes") or ()])


def _common_volumes(self: Body) -> list[str]:
    found = [volume["name"] for volume in self.get("volumes") or ()]
    return [*found, "tmp", *(("media",) if has(self, "media") else ())]


def _runs_too(self: Body, pod: _Pod) -> bool:
    """Tell whether pods are made at all, as far as that is plain."""
    if pod.at == ("beat",):
        return (self.get("beat") or {}).get("enabled") is not False and bool(pools_of(self))
    given = self.get("release") or {}
    return pod.at != ("release",) or any(given.get(steps) for steps in ("preDeploy", "fixtures", "init", "postDeploy"))


def _mounts_of_nothing(self: Body) -> Iterator[Path]:
    if any(has(each, "patches") or has(each, "configMapRef") for each in self.get("overlays") or ()):
        return  # which may add the volume
    common, pods = _common_volumes(self), list(_pods(self))
    for index, mount in enumerate(self.get("volumeMounts") or ()):
        if any(mount["name"] not in (*common, *pod.volumes) for pod in pods if _runs_too(self, pod)):
            yield ("volumeMounts", index, "name")
    for pod in pods:
        for index, mount in enumerate(get(self, *pod.at, "volumeMounts") or ()):
            if mount["name"] not in (*common, *pod.volumes):
                yield (*pod.at, "volumeMounts", index, "name")


def _volume_hint(self: Body, place: Path) -> str:
    name = get(self, *place)
    own = [pod for pod in _pods(self) if name in pod.volumes]
    if own and place[0] == "volumeMounts":
        return f"only {dotted(own[0].at)} has this volume: move it to spec.volumes, or the mount to {dotted(own[0].at)}"
    if own:
        return f"{dotted(own[0].at)} has it alone: move it to spec.volumes"
    if name == "media":
        return "write media: {storage: ...} for a volume of uploaded files"
    here = [volume for pod in _pods(self) if pod.at == place[: len(pod.at)] for volume in pod.volumes]
    return near(name, [*_common_volumes(self), *here])


def _volumes_twice(self: Body) -> Iterator[Path]:
    common = {volume.get("name") for volume in self.get("volumes") or ()}
    parts: list[tuple[Path, Body]] = [(("app",), self.get("app") or {})]
    parts += [(("workers", name), pool or {}) for name, pool in (self.get("workers") or {}).items()]
    for path, part in parts:
        for index, volume in enumerate(part.get("volumes") or ()):
            if volume.get("name") in common:
                yield (*path, "volumes", index, "name")


RULES: tuple[Rule, ...] = (
    Rule(
        "volume-twice",
        spec.DjangoSpec,
        "",
        "a volume of this name is among the common ones",
        lambda self: tuple(_volumes_twice(self)),
        hint="give it another name",
        only="comparing lists of embedded volumes goes beyond the server's cost budget",
    ),
    Rule(
        "volume-there",
        spec.DjangoSpec,
        "",
        "a mount of a volume that is nowhere",
        lambda self: tuple(_mounts_of_nothing(self)),
        only="comparing lists of embedded volumes goes beyond the server's cost budget",
        advise=_volume_hint,
    ),
)
