"""`django-operator apply`: resources handed to the cluster by server-side apply, and followed until they serve."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from django_operator.cli import arguments

if TYPE_CHECKING:
    import argparse

    from django_operator.apply.client import Client
    from django_operator.cli.inputs import Input
    from django_operator.cli.live.uploads import Upload

EXAMPLES = """\
examples:
  django-operator apply sample.yaml                     and follow it, on a terminal
  django-operator apply sites/*.yaml --wait --timeout 20m
  django-operator apply sample.yaml --dry-run=server    let the cluster check it, change nothing
  django-operator apply sample.yaml --local --prune     no operator needed: this process does its work

Exit codes: 0 applied, and Ready where waited for; 1 refused, or failed; 2 the command line; 3 not Ready in time.
The files are validated first, and everything is tried on the server before anything is written.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    arguments.add_inputs(parser, overlays=False)
    parser.add_argument("--dry-run", choices=("server",), help="let the server check everything, and write nothing")
    parser.add_argument("--force-conflicts", action="store_true", help="take over fields that others have set")
    arguments.add_wait(parser, "follow it until it serves or has failed", "10m")
    parser.add_argument("--local", action="store_true", help="do the operator's work here, until it serves")
    parser.add_argument("--prune", action="store_true", help="with --local: remove what is part of the stack no longer")
    arguments.add_cluster(parser)


def run(args: argparse.Namespace) -> int:
    """Apply and follow."""
    from django_operator.cli import inputs  # noqa: PLC0415 - help needs none of it
    from django_operator.cli.live import session, uploads  # noqa: PLC0415 - as above

    if args.prune and not args.local:
        raise arguments.UsageError("--prune needs --local", "the operator prunes by itself")
    if args.local and args.wait is False:
        raise arguments.UsageError("--local needs to wait", "nobody goes on with it when this process has ended")
    found = uploads.read(inputs.paths(args), args.namespace)
    return session.run(args, lambda client: _apply(client, args, found))


async def _apply(client: Client, args: argparse.Namespace, given: list[Input]) -> int:
    from django_operator.cli import console  # noqa: PLC0415 - as above
    from django_operator.cli.live import follow, local, uploads  # noqa: PLC0415 - as above

    wanted = uploads.bodies(uploads.in_namespace(given, client.namespace))
    if args.local and not args.dry_run:
        await local.check(client, [each["metadata"]["namespace"] for each in wanted])
    done = await uploads.tried(client, wanted, force=args.force_conflicts)
    if not args.dry_run:
        done = await uploads.written(client, done, force=args.force_conflicts)
    console.print_table([_row(each, dry=bool(args.dry_run)) for each in done], ("bold", "dim", ""))
    sys.stdout.flush()
    waits = sys.stdout.isatty() if args.wait is None else args.wait
    if args.dry_run or not (waits or args.local):
        return 0
    look = local.worker(client, prune=args.prune) if args.local else follow.from_cluster(client)
    return await follow.follow(client, uploads.wishes(done), args.timeout, look, local=args.local)


def _row(each: Upload, *, dry: bool) -> tuple[str, str, str]:
    meta = each.after["metadata"]
    return f"{each.after['kind']}/{meta['name']}", meta["namespace"], each.outcome + (" (dry run)" if dry else "")
