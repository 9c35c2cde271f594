"""`django-operator delete`: a stack deleted, and what of it stays told before and after."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from django_operator.cli import arguments

if TYPE_CHECKING:
    import argparse

    from django_operator.apply.client import Client
    from django_operator.apply.store import SiteKey
    from django_operator.cli.inputs import Input
    from django_operator.cli.live.fate import Fate
    from django_operator.engine.paths import Body

EXAMPLES = """\
examples:
  django-operator delete shop --dry-run       what would go, and what would stay
  django-operator delete shop --wait
  django-operator delete -f sample.yaml

What stays (volumes, the Secrets that open them, the record of releases: spec.deletionPolicy) is taken up again by a
resource of the same name. The command that removes it is printed.

Exit codes: 0 deleted; 1 there is no such resource, or it is refused; 3 with --wait: something is still there.
"""

PACE = 1.0
"""Seconds between two looks."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("names", metavar="NAME", nargs="*", help="Django resources")
    parser.add_argument(
        "-f", "--filename", metavar="FILE", action="append", default=[], help="file with the resources to delete"
    )
    parser.add_argument(
        "-n", "--namespace", metavar="NAME", type=arguments.namespace, help="namespace (default: the kubeconfig's)"
    )
    parser.add_argument("--dry-run", action="store_true", help="only tell what would go and what would stay")
    parser.add_argument("--ignore-not-found", action="store_true", help="what is not there is no error")
    parser.add_argument("--wait", action="store_true", help="until all that goes is gone")
    parser.add_argument(
        "--timeout", metavar="TIME", type=arguments.duration, default=300.0, help="wait no longer (default: 5m)"
    )
    arguments.add_cluster(parser)


def run(args: argparse.Namespace) -> int:
    """Delete."""
    from django_operator.cli import inputs  # noqa: PLC0415 - help needs none of it
    from django_operator.cli.live import session  # noqa: PLC0415 - as above

    if not args.names and not args.filename:
        raise arguments.UsageError("nothing to delete is named", "name a Django resource, or a file: -f FILE")
    given = inputs.read(args.filename, args.namespace) if args.filename else []
    return session.run(args, lambda client: _delete(client, args, given))


async def _delete(client: Client, args: argparse.Namespace, given: list[Input]) -> int:
    from django_operator.cli.live import sites, uploads  # noqa: PLC0415 - as above
    from django_operator.cli.live.session import Refusal  # noqa: PLC0415 - as above

    wanted = [sites.key(client, each) for each in args.names]
    bodies = uploads.bodies(uploads.in_namespace(given, client.namespace))
    wanted += [sites.key_of(each) for each in bodies if each["kind"] == "Django"]
    found: list[tuple[Body, Fate]] = []
    missing: list[Refusal] = []
    for key in dict.fromkeys(wanted):
        try:
            body = await sites.get(client, key)
        except Refusal as refusal:
            missing.append(refusal)
            continue
        found.append((body, await _fate(client, key, body)))
    if missing and not args.ignore_not_found:
        raise Refusal("\n".join(each.problem for each in missing), missing[0].hint)
    for body, fate in found:
        _tell(body, fate, dry=args.dry_run)
        if not args.dry_run:
            await _send(client, body)
    sys.stdout.flush()
    if args.dry_run or not args.wait:
        return 0
    return await _wait(client, found, args.timeout)


async def _fate(client: Client, key: SiteKey, body: Body) -> Fate:
    from django_operator.apply.children import children  # noqa: PLC0415 - as above
    from django_operator.apply.errors import ApiError  # noqa: PLC0415 - as above
    from django_operator.cli.live.fate import fate  # noqa: PLC0415 - as above
    from django_operator.stack.names import INSTANCE  # noqa: PLC0415 - as above

    objects: list[Body] = []
    for api_version, kind in children():
        try:
            # Not by managed-by: volumes of StatefulSets carry the labels of their selector only.
            objects += (await client.list(api_version, kind, key.namespace, labels=f"{INSTANCE}={key.name}")).items
        except ApiError as error:
            if not error.no_such_kind:
                raise
    return fate(body, (each for each in objects if each["kind"] != "ControllerRevision"))


def _tell(body: Body, fate: Fate, *, dry: bool) -> None:
    from django_operator.cli import console  # noqa: PLC0415 - as above
    from django_operator.cli.live.fate import removal  # noqa: PLC0415 - as above

    meta = body["metadata"]
    head = f"Django/{meta['name']} in {meta['namespace']} {'would be' if dry else 'is'} deleted"
    rows = [("goes", str(each)) for each in fate.goes] + [("stays", str(each)) for each in fate.stays]
    sys.stdout.write(console.paint(head, "bold", sys.stdout) + "\n")
    if rows:
        console.print_table(rows, ("dim", ""))
    if fate.stays:
        console.note(f"what stays is taken up again by a resource of the name {meta['name']}; to remove it for ever:")
        console.note(f"  {removal(meta['namespace'], fate.stays)}")


async def _send(client: Client, body: Body) -> None:
    meta = body["metadata"]
    await client.delete(body["apiVersion"], body["kind"], meta["namespace"], meta["name"], uid=meta["uid"])


async def _wait(client: Client, found: list[tuple[Body, Fate]], timeout: float) -> int:  # noqa: ASYNC109 - ends with an answer
    import asyncio  # noqa: PLC0415 - as above
    import time  # noqa: PLC0415 - as above

    from django_operator.cli.live import progress, session, sites  # noqa: PLC0415 - as above
    from django_operator.cli.live.screen import Screen  # noqa: PLC0415 - as above

    began, screen = time.monotonic(), Screen()
    while True:
        left: list[str] = []
        for body, fate in found:
            key = sites.key_of(body)
            now = await _fate(client, key, body)
            there = {*now.goes, *now.stays} & {*fate.goes}
            left += sorted(map(str, there))
        spent = time.monotonic() - began
        if not left:
            screen.draw([progress.Line(f"all of it is gone ({progress.clock(spent)})", "green")])
            return 0
        shown = ", ".join(left[:5]) + (f" and {len(left) - 5} more" if len(left) > 5 else "")  # noqa: PLR2004 - a line
        screen.draw([progress.Line(f"still there: {shown}")])
        if spent >= timeout:
            session.say(f"{len(left)} objects are still there after {progress.clock(timeout)}")
            return session.TIMED_OUT
        await asyncio.sleep(PACE)
