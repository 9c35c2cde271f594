"""`django-operator validate`: every fault of a resource, and of what it renders to. Knows nothing of the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.cli import arguments

if TYPE_CHECKING:
    import argparse

    from django_operator.stack.render import Rendered

EXAMPLES = """\
examples:
  django-operator validate sample.yaml
  django-operator validate sites/*.yaml --overlay overlays/production

Exit code 1 when there is any fault; all are listed, each with its place and what to write instead.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    arguments.add_inputs(parser)


def run(args: argparse.Namespace) -> int:
    """Check everything; a line for each resource that is well."""
    from django_operator.cli import console, inputs  # noqa: PLC0415 - help needs none of it
    from django_operator.cli.render import render_all  # noqa: PLC0415 - as above
    from django_operator.engine.errors import RenderError  # noqa: PLC0415 - as above

    found, faults = inputs.gather(inputs.paths(args), args.namespace)
    stacks: list[Rendered] = []
    local: tuple[str, ...] = ()
    try:
        local = inputs.overlays(args)
    except RenderError as error:
        faults.extend(error.faults)
    try:
        stacks = render_all(found, local, initialized=args.initialized)
    except RenderError as error:
        faults.extend(error.faults)
    if faults:
        console.print_faults(faults)
        count = len(dict.fromkeys(faults))
        console.note(f"{count} fault{'s' if count > 1 else ''}")
        return 1
    rows = [
        (f"Django/{each.site.name}", each.site.document.source, f"{len(each.resources)} objects", "ok")
        for each in stacks
    ]
    console.print_table(rows, ("bold", "", "dim", "green"))
    return 0
