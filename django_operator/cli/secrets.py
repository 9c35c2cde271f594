"""`django-operator secrets`: the Secrets that the operator would make, for those without one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from django_operator.cli import arguments

if TYPE_CHECKING:
    import argparse

    from django_operator.engine.paths import Body

EXAMPLES = """\
examples:
  django-operator secrets sample.yaml | kubectl create -f -

`create`, not `apply`: each run makes new values, and those in use must stay as they are. Keep them with the backups of
the data they open.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    arguments.add_inputs(parser, overlays=False)


def run(args: argparse.Namespace) -> int:
    """Print new Secrets."""
    from secrets import choice  # noqa: PLC0415 - help needs none of it

    from django_operator.cli import console, inputs, output  # noqa: PLC0415 - as above
    from django_operator.stack import generated  # noqa: PLC0415 - as above
    from django_operator.stack.secrets import generated as needed  # noqa: PLC0415 - as above
    from django_operator.stack.site import read  # noqa: PLC0415 - as above

    found: list[Body] = []
    for each in inputs.read(inputs.paths(args), args.namespace):
        site = read(each.document, each.namespace or None)
        needs = needed(site)
        found.extend(generated.readable(generated.secret(site, need, choice)) for need in needs)
        if not needs:
            console.note(f"{each.name} needs no Secret of ours: it names its own")
    if found:
        sys.stdout.write(output.text(found, "yaml"))
    return 0
