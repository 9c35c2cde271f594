"""`django-operator diff`: what `apply` would change in the cluster, object by object, without changing anything."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from django_operator.cli import arguments

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from django_operator.apply.client import Client
    from django_operator.cli.inputs import Input
    from django_operator.cli.live.preview import Change

EXAMPLES = """\
examples:
  django-operator diff sample.yaml
  django-operator diff sample.yaml | less -R

Every object is composed as the operator would, and tried on the server: what it fills in is no difference. Values of
Secrets are not shown: `***` and a mark that changes with the value, another one in each run.

Exit codes: 0 no differences; 1 some; 2 and above: it could not be told.
"""

_ERROR = 2


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    arguments.add_inputs(parser, overlays=False)
    parser.add_argument("--force-conflicts", action="store_true", help="take fields for ours that others have set")
    arguments.add_cluster(parser)


def run(args: argparse.Namespace) -> int:
    """Compare."""
    from django_operator.cli import console, inputs  # noqa: PLC0415 - help needs none of it
    from django_operator.cli.live import session, uploads  # noqa: PLC0415 - as above
    from django_operator.engine.errors import RenderError  # noqa: PLC0415 - as above

    try:
        found = uploads.read(inputs.paths(args), args.namespace)
    except RenderError as error:
        console.print_faults(error.faults)
        return _ERROR
    return session.run(args, lambda client: _diff(client, args, found), failed=_ERROR)


async def _diff(client: Client, args: argparse.Namespace, given: list[Input]) -> int:
    from django_operator.apply.objects import Key, key_of  # noqa: PLC0415 - as above
    from django_operator.cli import console  # noqa: PLC0415 - as above
    from django_operator.cli.live import preview, uploads  # noqa: PLC0415 - as above
    from django_operator.cli.live.session import say  # noqa: PLC0415 - as above
    from django_operator.stack.spec import GROUP, KIND  # noqa: PLC0415 - as above

    found = uploads.in_namespace(given, client.namespace)
    done = await uploads.tried(client, uploads.bodies(found), force=args.force_conflicts)
    changes = [preview.Change(key_of(each.after), each.before, each.after) for each in done]
    sites = {key_of(each.after): each.after for each in done}
    for each in found:
        meta = each.document.value["metadata"]
        key = Key(GROUP, KIND, meta.get("namespace") or each.namespace, meta["name"])
        result = await preview.preview(client, sites[key], each.references)
        changes += result.changes
        for note in result.notes:
            console.note(f"{each.name}: {note}")
    faults = [f"{each.key}: {each.fault}" for each in changes if each.fault]
    code = _show(changes)
    if faults:
        say("\n".join(faults), "the cluster would refuse these, and nothing would be changed")
        return _ERROR
    return code


def _show(changes: Iterable[Change]) -> int:
    import secrets  # noqa: PLC0415 - as above

    from django_operator.cli import console  # noqa: PLC0415 - as above
    from django_operator.cli.live import texts  # noqa: PLC0415 - as above

    salt, counts = secrets.token_bytes(16), dict.fromkeys(("created", "changed", "removed"), 0)
    for each in changes:
        if each.fault or (each.before and each.after and texts.same(each.before, each.after)):
            continue
        counts["created" if not each.before else "changed" if each.after else "removed"] += 1
        for line in texts.unified(f"{each.key.namespace}/{each.key}", each.before, each.after, salt):
            text = console.escaped(line.text)
            sys.stdout.write((console.paint(text, line.style, sys.stdout) if line.style else text) + "\n")
    sys.stdout.flush()
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    console.note(told or "no differences", "bold")
    return 1 if told else 0
