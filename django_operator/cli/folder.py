"""A folder of files written as a whole: beside its place first, then renamed. Nobody's files are lost.

A list of what was written, with checksums, stays in the folder: writing again replaces just that, and refuses when
something was edited or added. Knows nothing of the files' meaning.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from django_operator.engine.emit import dump
from django_operator.engine.errors import Fault, Origin, RenderError, fail
from django_operator.engine.resources import id_of
from django_operator.stack.stages import STAGES, stage_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django_operator.engine.paths import Body

MARKER = ".django-operator"
"""Lists what was written into a folder, in the form of sha256sum."""


def write(place: str, files: Mapping[str, str]) -> None:
    """Make `place` a folder of these files (path -> text). Raises RenderError when it holds what others wrote."""
    target = Path(os.path.realpath(place))
    _check(target, place)
    target.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        new.chmod(0o755)
        for path, text in files.items():
            (new / path).parent.mkdir(parents=True, exist_ok=True)
            (new / path).write_bytes(text.encode())
        marks = (f"{hashlib.sha256(text.encode()).hexdigest()}  {path}\n" for path, text in sorted(files.items()))
        (new / MARKER).write_text("".join(marks), encoding="utf-8")
        _exchange(new, target)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _exchange(new: Path, target: Path) -> None:
    """Put `new` in the place of `target`; what was there ends up in the place of `new`."""
    if not target.exists():
        new.rename(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    target.rename(old / "old")
    try:
        new.rename(target)
    except OSError:
        (old / "old").rename(target)
        raise
    shutil.rmtree(old)


def _check(target: Path, place: str) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise fail("there is a file of this name", Origin(place), "give the name of a folder")
    there = {
        str(path.relative_to(target)): path for path in target.rglob("*") if not path.is_dir() or path.is_symlink()
    }
    if not there:
        return
    mark = there.pop(MARKER, None)
    if mark is None:
        raise fail(
            "the folder is not empty, and was not written by this command", Origin(place), "give a new or empty folder"
        )
    known = {line[66:]: line[:64] for line in mark.read_text(encoding="utf-8").splitlines()}
    faults = [
        Fault(Origin(os.path.join(place, path)), "edited since it was written" if path in known else "not written here")  # noqa: PTH118 - as the user gave it
        for path, file in sorted(there.items())
        if path not in known or not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != known[path]
    ]
    if faults:
        hint = f"keep it elsewhere, or delete {place} to have all of it written anew"
        raise RenderError(*(Fault(each.at, each.problem, hint if each is faults[-1] else "") for each in faults))


def by_stage(objects: Iterable[Body]) -> dict[str, str]:
    """Return the files of a folder a stage (`10-data/`), each a kustomization, under one that lists them in order."""
    files: dict[str, str] = {}
    listed: dict[str, list[str]] = {}
    for body in objects:
        stage = stage_of(body)
        folder = f"{STAGES.index(stage) * 10:02}-{stage}"
        each = id_of(body)
        names = listed.setdefault(folder, [])
        stem = f"{each.kind}-{each.name}".lower()
        name = next(
            name
            for name in (
                f"{stem}.yaml",
                f"{stem}-{each.namespace}.yaml",
                f"{stem}-{each.group or 'core'}-{each.namespace}.yaml",
            )
            if name not in names
        )
        names.append(name)
        files[f"{folder}/{name}"] = dump([body])
    for folder, names in listed.items():
        files[f"{folder}/kustomization.yaml"] = dump([kustomization(names)])
    files["kustomization.yaml"] = dump([kustomization(sorted(listed))])
    return files


def kustomization(resources: Iterable[str]) -> Body:
    """Return a kustomization that keeps the order of what it lists."""
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": list(resources),
        "sortOptions": {"order": "fifo"},
    }
