"""A folder of files written as a whole: beside its place first, then renamed. Nobody's files are lost.

A list of what was written, with checksums, and what for, stays in the folder: writing again replaces just that, and
refuses when something was edited or added, or when the folder is another command's or another resource's. Knows nothing
of the files' meaning.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from django_operator.cli.filenames import file_name, is_inside
from django_operator.engine.emit import dump
from django_operator.engine.errors import Fault, Origin, RenderError, fail
from django_operator.engine.resources import id_of
from django_operator.stack.stages import STAGES, stage_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from django_operator.engine.paths import Body

MARKER = ".django-operator"
"""Tells what a folder was written for, and lists what was written, in the form of sha256sum."""
MAX_LISTED = 20
"""Files of others that a message names; the folder may be somebody's home."""
_MAX_MARKER = 2**24


def write(place: str, files: Mapping[str, str], purpose: str) -> None:
    """Make `place` a folder of these files (path -> text).

    `purpose` is what the folder is for: the command and its resources, in a line. Raises RenderError when the place
    holds what others wrote, or what was written for another purpose, or when a path leads out of it.
    """
    for path in files:
        if not is_inside(path) or path == MARKER:
            raise fail(f"{path!r} cannot be a file of this folder", Origin(place))
    target = Path(os.path.realpath(place))
    _check(target, place, purpose)
    target.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f".{target.name[:100]}-", dir=target.parent))
    try:
        new.chmod(0o755)
        for path, text in files.items():
            (new / path).parent.mkdir(parents=True, exist_ok=True)
            (new / path).write_bytes(text.encode())
        marks = (f"{hashlib.sha256(text.encode()).hexdigest()}  {path}\n" for path, text in sorted(files.items()))
        (new / MARKER).write_bytes(f"# {purpose}\n{''.join(marks)}".encode())
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


def _check(target: Path, place: str, purpose: str) -> None:
    if not target.exists():
        if os.path.islink(place.rstrip("/")):  # noqa: PTH114 - as the user gave it
            raise fail("a link that leads nowhere", Origin(place), "give the name of a folder")
        return
    if not target.is_dir():
        raise fail("there is a file of this name", Origin(place), "give the name of a folder")
    mark = target / MARKER
    if not os.path.lexists(mark):
        if any(target.iterdir()):
            problem = "the folder is not empty, and was not written by this command"
            raise fail(problem, Origin(place), "give a new or empty folder")
        return
    before, known = _read(mark, place)
    if before != purpose:
        problem = f"the folder was written by {before or 'something else'}, and this is {purpose}"
        raise fail(problem, Origin(place), f"give another folder, or remove {place} first")
    found = list(islice(_strange(target, known), MAX_LISTED + 1))
    if found:
        hint = f"keep it elsewhere, or delete {place} to have all of it written anew"
        if len(found) > MAX_LISTED:
            found[MAX_LISTED:] = [("", "holds more that was not written here")]
        faults = [Fault(Origin(os.path.join(place, path) if path else place), problem) for path, problem in found]  # noqa: PTH118 - as the user gave it
        raise RenderError(*faults[:-1], faults[-1]._replace(hint=hint))


def _read(mark: Path, place: str) -> tuple[str, dict[str, str]]:
    """Return what a folder was written for, and the checksums of its files."""
    hint = f"remove {place} to have all of it written anew"
    if mark.is_symlink() or not mark.is_file() or mark.stat().st_size > _MAX_MARKER:
        raise fail("not written here", Origin(os.path.join(place, MARKER)), hint)  # noqa: PTH118 - as above
    head, *lines = mark.read_text(encoding="utf-8", errors="replace").split("\n")
    purpose = head[2:] if head.startswith("# ") else ""
    for number, line in enumerate(lines, 2):
        if line and not (line[64:66] == "  " and is_inside(line[66:])):
            origin = Origin(os.path.join(place, MARKER), number)  # noqa: PTH118 - as above
            raise fail(f"{line[66:]!r} is no file of this folder", origin, hint)
    return purpose, {line[66:]: line[:64] for line in lines if line}


def _strange(target: Path, known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the path of what is not as it was written, and what is wrong with it. Follows no links."""
    folders = {parent.as_posix() for path in known for parent in PurePosixPath(path).parents}
    for top, inside, files in os.walk(target):
        at = Path(top).relative_to(target)
        everything = {*inside, *files}
        inside[:] = sorted(
            name for name in inside if (at / name).as_posix() in folders and not (target / at / name).is_symlink()
        )
        for name in sorted(everything.difference(inside)):
            path, file = (at / name).as_posix(), target / at / name
            if path == MARKER:
                continue
            if path not in known or file.is_symlink() or not file.is_file():
                yield path, "not written here"
            elif hashlib.sha256(file.read_bytes()).hexdigest() != known[path]:
                yield path, "edited since it was written"


def by_stage(objects: Iterable[Body]) -> dict[str, str]:
    """Return the files of a folder a stage (`10-data/`), each a kustomization, under one that lists them in order."""
    files: dict[str, str] = {}
    listed: dict[str, list[str]] = {}
    for body in objects:
        stage = stage_of(body)
        folder = f"{STAGES.index(stage) * 10:02}-{stage}"
        each = id_of(body)
        names = listed.setdefault(folder, [])
        stem = f"{each.kind}-{each.name}"
        stems = (
            stem,
            "-".join(filter(None, (stem, each.namespace))),
            "-".join(filter(None, (stem, each.group or "core", each.namespace))),
        )
        name = next((name for wanted in stems if (name := file_name(wanted, set())) not in names), "")
        name = name or file_name(stems[-1], set(names))
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
