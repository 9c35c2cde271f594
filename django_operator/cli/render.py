"""`django-operator render`: the whole stack of a resource as YAML, JSON or folders. Knows nothing of how it is made."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from django_operator.cli import arguments, commands

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from django_operator.cli.inputs import Input
    from django_operator.engine.explain import Recorder
    from django_operator.engine.resources import ResId
    from django_operator.stack.render import Rendered
    from django_operator.stack.secrets import SecretNeed

EXAMPLES = """\
examples:
  django-operator render sample.yaml
  django-operator render sample.yaml --overlay overlays/production --stage serve
  django-operator render site.yaml overlays-configmap.yaml -o dir:deploy
  kubectl get django shop -o yaml | django-operator render -f -
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    arguments.add_inputs(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="yaml|json|dir:PATH",
        type=commands.checked(_form),
        default="yaml",
        help="YAML, one JSON List, or a folder a stage, each a kustomization (default: yaml)",
    )
    parser.add_argument("--stage", action="append", default=[], help="only this stage (may be repeated)")
    parser.add_argument("-q", "--quiet", action="store_true", help="say nothing of Secrets and warnings")


def _form(text: str) -> str:
    if text in ("yaml", "json") or (text.startswith("dir:") and text != "dir:"):
        return text
    raise ValueError(f"{text!r} is none of yaml, json, dir:PATH")


def run(args: argparse.Namespace) -> int:
    """Render and write."""
    from django_operator.cli import inputs, output  # noqa: PLC0415 - help needs none of it
    from django_operator.stack.stages import stage_of  # noqa: PLC0415 - as above

    stages = _stages(args.stage)
    given = inputs.read(inputs.paths(args), args.namespace)
    found = render_all(given, inputs.overlays(args), initialized=args.initialized)
    bodies = [body for each in found for body in each.objects if not stages or stage_of(body) in stages]
    if args.output.startswith("dir:"):
        from django_operator.cli import folder  # noqa: PLC0415 - as above

        purpose = " ".join(["render", *sorted(map(full_name, found)), *(f"--stage {each}" for each in sorted(stages))])
        folder.write(args.output.removeprefix("dir:"), folder.by_stage(bodies), purpose)
    else:
        sys.stdout.write(output.text(bodies, args.output))
    if not args.quiet:
        _tell(found, args)
    return 0


def full_name(stack: Rendered) -> str:
    """Return what tells a stack from all others."""
    return "/".join(filter(None, ("Django", stack.site.namespace, stack.site.name)))


def render_all(
    found: Iterable[Input],
    local: tuple[str, ...] = (),
    observer: Recorder | None = None,
    *,
    initialized: bool = False,
) -> list[Rendered]:
    """Return the stacks of all resources; `initialized` as in Site.

    Raises RenderError with the faults of all, clashes between them included.
    """
    from django_operator.engine.errors import Fault, RenderError  # noqa: PLC0415 - as above
    from django_operator.stack.library import library  # noqa: PLC0415 - as above
    from django_operator.stack.render import render_document  # noqa: PLC0415 - as above

    stacks: list[Rendered] = []
    faults: list[Fault] = []
    taken: dict[ResId, Rendered] = {}
    for each in found:
        try:
            stack = render_document(
                each.document,
                library(),
                namespace=each.namespace or None,
                initialized=initialized,
                references=each.references,
                local=local,
                observer=observer,
            )
        except RenderError as error:
            faults.extend(error.faults)
            continue
        stacks.append(stack)
        clashes: dict[str, tuple[Rendered, ResId]] = {}
        for resource in stack.resources:
            other = taken.setdefault(resource.id, stack)
            if other is not stack:
                clashes.setdefault(full_name(other), (other, resource.id))
        for other, made in clashes.values():
            problem = f"{full_name(stack)} and {full_name(other)} both make {made}"
            hint = f"rename one of them; the other is at {other.site.document.origin()}"
            faults.append(Fault(each.document.origin(), problem, hint))
    if faults:
        raise RenderError(*faults)
    return stacks


def _stages(names: list[str]) -> frozenset[str]:
    from django_operator.engine.errors import near  # noqa: PLC0415 - as above
    from django_operator.stack.stages import STAGES  # noqa: PLC0415 - as above

    for name in names:
        if name not in STAGES:
            hint = near(name, STAGES) or f"there is {', '.join(STAGES)}"
            raise arguments.UsageError(f"--stage: no stage {name}", hint)
    return frozenset(names)


def _tell(stacks: Iterable[Rendered], args: argparse.Namespace) -> None:
    """Say which Secrets must exist, for they are no part of what is printed, and what only the operator does."""
    from django_operator.cli import console  # noqa: PLC0415 - as above
    from django_operator.stack.secrets import required  # noqa: PLC0415 - as above

    made = False
    for stack in stacks:
        console.warn_of_secrets(stack.objects)
        needs = required(stack.site, stack.objects)
        where = f" in namespace {stack.site.namespace}" if stack.site.namespace else ""
        for text, ours in (("made by the operator", True), ("that must exist", False)):
            wanted = [_shown(each) for each in needs if (each.made_by == "operator") is ours]
            if wanted:
                console.note(f"Secrets {text}{where}: {', '.join(wanted)}")
        if once := _once(stack):
            console.note(once)
        made = made or any(each.made_by == "operator" for each in needs)
    if made:
        import shlex  # noqa: PLC0415 - as above

        given = [*args.files, *args.filename]
        # What was read from a pipe cannot be read again.
        names = "FILE" if any(not os.path.isfile(name) for name in given) else " ".join(map(shlex.quote, given))  # noqa: PTH113 - pathlib costs 4 ms of start-up
        console.note(f"  without an operator, once: {commands.program()} secrets {names} | kubectl create -f -")


def _once(stack: Rendered) -> str:
    """Say what of a release is meant to run once, for only the operator remembers that it did."""
    release = stack.site.spec.release
    found = [name for name in ("init", "fixtures") if release and getattr(release, name)]
    if not found or stack.site.initialized:
        return ""
    names = " and ".join(f"release.{name}" for name in found)
    runs = f"{names} run{'s' if len(found) == 1 else ''} with every release"
    return f"{full_name(stack)}: without an operator, {runs}; --initialized leaves out what has run"


def _shown(need: SecretNeed) -> str:
    return f"{need.name} ({', '.join(need.keys)})" if need.keys else need.name
