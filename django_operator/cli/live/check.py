"""`django-operator check`: what a cluster lacks for the operator, or for a resource."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from django_operator.cli import arguments

if TYPE_CHECKING:
    import argparse

    from django_operator.apply.client import Client
    from django_operator.cli.inputs import Input
    from django_operator.cli.live.findings import Finding
    from django_operator.cli.live.needs import Need

EXAMPLES = """\
examples:
  django-operator check                       is this cluster ready for the operator?
  django-operator check sample.yaml           and has it what this resource needs?
  django-operator check shop -n web           or this one, which is there already

Exit codes: 0 nothing that is needed is missing; 1 something is, or the cluster cannot be asked.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("what", metavar="FILE|NAME", nargs="*", help="file with resources, or a resource there")
    parser.add_argument("-f", "--filename", metavar="FILE", action="append", default=[], help="file with resources")
    parser.add_argument(
        "-n", "--namespace", metavar="NAME", type=arguments.namespace, help="namespace (default: the kubeconfig's)"
    )
    arguments.add_cluster(parser)


def run(args: argparse.Namespace) -> int:
    """Check everything."""
    from django_operator.cli import inputs  # noqa: PLC0415 - help needs none of it
    from django_operator.cli.live import session  # noqa: PLC0415 - as above

    files = [*args.filename, *filter(_is_file, args.what)]
    given = inputs.read(files, args.namespace) if files else []
    return session.run(args, lambda client: _check(client, args, given))


def _is_file(word: str) -> bool:
    return word == "-" or os.sep in word or word.endswith((".yaml", ".yml", ".json")) or os.path.exists(word)  # noqa: PTH110 - pathlib costs 4 ms of start-up


async def _check(client: Client, args: argparse.Namespace, given: list[Input]) -> int:
    from django_operator.cli.live import cluster_checks, needs, site_checks, uploads  # noqa: PLC0415 - as above

    wanted: list[Need] = [await needs.of_input(client, each) for each in uploads.in_namespace(given, client.namespace)]
    wanted += [await needs.of_name(client, each) for each in args.what if not _is_file(each)]
    found = await cluster_checks.run(client, [each.namespace for each in wanted] or [client.namespace])
    for each in wanted:
        found += await site_checks.run(client, each)
    return _show(found)


def _show(found: list[Finding]) -> int:
    from django_operator.cli import console  # noqa: PLC0415 - as above
    from django_operator.cli.live.screen import aligned  # noqa: PLC0415 - as above

    styles = {"ok": "green", "missing": "red", "differs": "yellow", "unknown": "yellow"}
    shown = list(dict.fromkeys(found))
    for text, each in zip(aligned((e.state, e.what, e.text) for e in shown), shown, strict=True):
        head, rest = text[: len(each.state)], text[len(each.state) :]
        sys.stdout.write(f"{console.paint(head, styles[each.state], sys.stdout)}{console.escaped(rest)}\n")
        if each.hint and each.state != "ok":
            sys.stdout.write(console.paint(f"    hint: {console.escaped(each.hint)}", "dim", sys.stdout) + "\n")
    sys.stdout.flush()
    missing = sum(each.state == "missing" for each in shown)
    if missing:
        console.note(f"{missing} missing", "red")
    return 1 if missing else 0
