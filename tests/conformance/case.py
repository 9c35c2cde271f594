"""A case: the files of a kustomization, and how the engine's result relates to kustomize's.

The files stand in one text, each under a line `== path`; what stands before the first such line is kustomization.yaml.
A YAML file that a kustomization names and the case does not give comes from library/, by its base name.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.oracle import Json

LIBRARY: Final = {path.name: path.read_text() for path in (Path(__file__).parent / "library").glob("*.yaml")}
"""Ordinary objects that most cases start from."""

KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")

_NAMED = re.compile(r"[\w./-]+\.yaml")


class Outcome:
    """How a build ended, when not with objects."""

    def __init__(self, name: str) -> None:
        """Name it, for failures of the test."""
        self.name = name

    def __repr__(self) -> str:
        """Return the name."""
        return self.name


FAILS: Final = Outcome("FAILS")
"""The build is refused."""
ABSENT: Final = Outcome("ABSENT")
"""The object, or the field in it, is not there."""


@dataclass(frozen=True)
class Equal:
    """Both give the same objects in the same order; `ordered` off: the order of `env` and initContainers aside."""

    ordered: bool = True


@dataclass(frozen=True)
class BothFail:
    """Both refuse; ours says `says`."""

    says: str = ""


@dataclass(frozen=True)
class Refused:
    """We refuse, saying `says`; kustomize is not asked, as it would go and fetch something."""

    says: str


@dataclass(frozen=True)
class Differs:
    """They differ, for the reason in the row `row` of docs/kustomize.md: at `at` ours gives `ours`, kustomize `theirs`.

    `at` is an object and a path in it, `Deployment/web spec.template.spec.containers.*.name`.
    """

    row: str
    at: str
    ours: Json
    theirs: Json


Verdict = Equal | BothFail | Refused | Differs


@dataclass(frozen=True)
class Case:
    """Files, and a verdict on the two builds of them."""

    files: Mapping[str, str]
    verdict: Verdict = Equal()
    root: str = "."


def case(text: str, verdict: Verdict | None = None, *, root: str = ".") -> Case:
    """Return the case that a text stands for."""
    files: dict[str, str] = {}
    for part in re.split(r"^== ", "== kustomization.yaml\n" + dedent(text).lstrip("\n"), flags=re.MULTILINE)[1:]:
        name, _, content = part.partition("\n")
        if content.strip() or name.strip() != "kustomization.yaml":
            files[name.strip()] = content
    return Case(_complete(files), verdict or Equal(), root)


def _complete(files: Mapping[str, str]) -> dict[str, str]:
    """Return the files with those of the library that the kustomizations among them name."""
    complete = dict(files)
    for path, content in files.items():
        folder, name = posixpath.split(path)
        if name not in KUSTOMIZATIONS:
            continue
        for named in _NAMED.findall(content):
            text = LIBRARY.get(posixpath.basename(named))
            if text is not None and not named.startswith(("/", "..")):
                complete.setdefault(posixpath.normpath(posixpath.join(folder, named)), text)
    return complete


def fails(text: str, says: str = "", *, root: str = ".") -> Case:
    """Return a case that both refuse."""
    return case(text, BothFail(says), root=root)


def refused(text: str, says: str) -> Case:
    """Return a case that we refuse; kustomize is not asked."""
    return case(text, Refused(says))


def differs(row: str, text: str, at: str, *, ours: Json, theirs: Json) -> Case:
    """Return a case on which we differ from kustomize."""
    return case(text, Differs(row, at, ours, theirs))


def unordered(text: str) -> Case:
    """Return a case that is equal but for the order of items in keyed lists."""
    return case(text, Equal(ordered=False))


def pick(objects: list[Json], at: str) -> Json:
    """Return what stands at `Kind/name path`; `*` in the path goes over a list, `"a.b"` is one step."""
    identity, _, path = at.partition(" ")
    kind, _, name = identity.partition("/")
    if identity == "*":
        return [f"{each['kind']}/{each['metadata'].get('name', '')}" for each in objects]
    for body in objects:
        if body.get("kind") == kind and body["metadata"].get("name", "") == name:
            return _walk(body, [step.strip('"') for step in re.findall(r'"[^"]*"|[^."]+', path)])
    return ABSENT


def _walk(value: Json, steps: list[str]) -> Json:
    if not steps:
        return value
    if steps[0] == "*":
        return [_walk(each, steps[1:]) for each in value]
    if isinstance(value, list) and steps[0].isdigit() and int(steps[0]) < len(value):
        return _walk(value[int(steps[0])], steps[1:])
    if isinstance(value, dict) and steps[0] in value:
        return _walk(value[steps[0]], steps[1:])
    return ABSENT


def table(field: str, cases: Mapping[str, Case | str]) -> dict[str, Case]:
    """Return cases under the names `<field>-<what>`; a bare text is a case that is equal."""
    return {f"{field}-{what}": case(each) if isinstance(each, str) else each for what, each in cases.items()}
