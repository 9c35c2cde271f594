"""The README's quick start, run as it stands there: the commands work, and print what it shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.node.shell import Shell
from tests.node.site import tell
from tests.shipped import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.node.elsewhere import Elsewhere
    from tests.node.node import Node

pytestmark = pytest.mark.e2e

SECTION = "## On a cluster"

VARIES = (
    # ends of pods' names; ages and times; what an installation that is there already says
    (re.compile(r"\b(demo-\w+(?:-default)?)-[0-9a-z]{6,10}-\w{5}\b"), r"\1-0-0"),
    (re.compile(r"\b(\d+[hms])+\b"), "1s"),
    (re.compile(r" (created|configured|unchanged|serverside-applied)$"), " created"),
    (re.compile(r"  +"), "  "),
)

UNDERWAY = re.compile(r"\w+: (stage|waiting) |Waiting for ")
"""What is told on the way: which of it depends on how quick a machine is."""


class Step(NamedTuple):
    """A command of the README, and what it shows of it."""

    command: str
    shown: list[str]


def steps(text: str) -> Iterator[Step]:
    """Yield the commands of a section's console blocks, from its first `kubectl apply` on."""
    section = text.split(f"\n{SECTION}\n")[1].partition("\n## ")[0]
    for block in re.findall(r"```console\n(.*?)```", section, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *shown = part.splitlines()
            yield Step(command, [each for each in shown if each])


def plain(text: str) -> list[str]:
    """Return the lines of an output without what differs from run to run."""
    lines = [each.rstrip() for each in text.splitlines() if each.strip() and each != "..." and not UNDERWAY.match(each)]
    for pattern, common in VARIES:
        lines = [pattern.sub(common, each) for each in lines]
    return lines


@pytest.mark.usefixtures("operator")
def test_the_quick_start(node: Node | Elsewhere, loaded: dict[str, str], namespace: str) -> None:
    """Every line that the README shows is printed, in its order, and every command works."""
    assert list(loaded.values()) == list(loaded), "the README is of a cluster that has the images by their own names"
    shell = Shell(node.plane.kubeconfig(namespace=namespace))
    ran = 0
    for step in steps((ROOT / "README.md").read_text(encoding="utf-8")):
        if "make " in step.command:
            # this is such a node, with the images
            continue
        done = shell.run("bash", "-c", step.command)
        assert done.returncode == 0, f"$ {step.command}\n{done.stdout}{done.stderr}"
        printed = plain((done.stdout + done.stderr).replace(namespace, "default"))
        wanted = plain("\n".join(step.shown))
        rest = iter(printed)
        lacking = [each for each in wanted if each not in rest]
        assert not lacking, f"$ {step.command}\n{done.stdout}{done.stderr}\nlacks {lacking}"
        ran += 1
    assert ran > 5
    tell(f"README: {ran} commands print what it shows")
