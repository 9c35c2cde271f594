"""`django-operator status`: how the stacks of a cluster are doing, and why."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from django_operator.cli import arguments

if TYPE_CHECKING:
    import argparse

    from django_operator.apply.client import Client
    from django_operator.apply.store import SiteKey
    from django_operator.cli.live.picture import Picture
    from django_operator.cli.live.progress import Line

EXAMPLES = """\
examples:
  django-operator status                    the stacks of a namespace; a single one as a tree
  django-operator status shop -w            a stack as a tree, drawn anew when it changes
  django-operator status -A                 all stacks of the cluster
  django-operator status shop -o json | jq .ready

Exit codes: 0 shown; 1 there is no such resource, or the cluster cannot be read.
"""

PACE = 2.0
"""Seconds between two looks."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("names", metavar="NAME", nargs="*", help="Django resources (default: all of the namespace)")
    parser.add_argument(
        "-n", "--namespace", metavar="NAME", type=arguments.namespace, help="namespace (default: the kubeconfig's)"
    )
    parser.add_argument("-A", "--all-namespaces", action="store_true", help="resources of all namespaces")
    parser.add_argument("-w", "--watch", action="store_true", help="draw it anew when it changes, until Ctrl-C")
    parser.add_argument("-o", "--output", choices=("json",), help="everything, for programs")
    arguments.add_cluster(parser)


def run(args: argparse.Namespace) -> int:
    """Show."""
    from django_operator.cli.live import session  # noqa: PLC0415 - help needs none of it

    if args.names and args.all_namespaces:
        raise arguments.UsageError("a name, and all namespaces", "leave one of them out")
    if args.watch and args.output:
        raise arguments.UsageError("--watch draws for people", "leave out -o, or -w")
    return session.run(args, lambda client: _status(client, args))


async def _status(client: Client, args: argparse.Namespace) -> int:
    import asyncio  # noqa: PLC0415 - as above

    from django_operator.apply.errors import ApiError  # noqa: PLC0415 - as above
    from django_operator.cli.live.progress import Line  # noqa: PLC0415 - as above
    from django_operator.cli.live.screen import Screen  # noqa: PLC0415 - as above

    keys = await _keys(client, args)
    if args.output:
        return _print(await _pictures(client, keys))
    screen = Screen()
    screen.draw(await _lines(client, args, keys))
    while args.watch:
        await asyncio.sleep(PACE)
        try:
            screen.draw(await _lines(client, args, keys))
        except ApiError as error:
            if not error.transient:
                raise
            screen.draw([Line(f"the cluster does not answer at the moment: {error.message}", "yellow")])
    return 0


async def _keys(client: Client, args: argparse.Namespace) -> list[SiteKey]:
    from django_operator.cli.live import sites  # noqa: PLC0415 - as above
    from django_operator.cli.live.session import Refusal  # noqa: PLC0415 - as above

    if args.names:
        return [sites.key(client, each) for each in args.names]
    found = await sites.every(client, _namespace(client, args))
    if not found:
        where = "any namespace" if args.all_namespaces else client.namespace
        raise Refusal(f"there is no Django resource in {where}", "" if args.all_namespaces else "-A looks everywhere")
    return [sites.key_of(each) for each in found]


def _namespace(client: Client, args: argparse.Namespace) -> str | None:
    return None if args.all_namespaces else client.namespace


async def _pictures(client: Client, keys: list[SiteKey]) -> list[Picture]:
    from django_operator.cli.live import sites  # noqa: PLC0415 - as above
    from django_operator.cli.live.picture import picture  # noqa: PLC0415 - as above

    found = []
    for key in keys:
        whole = await picture(client, key)
        if whole is None:
            raise await sites.absent(client, key)
        found.append(whole)
    return found


async def _lines(client: Client, args: argparse.Namespace, keys: list[SiteKey]) -> list[Line]:
    """Return trees of named resources or of a single one, else a table."""
    import datetime as dt  # noqa: PLC0415 - as above

    from django_operator.cli.live import sites, tree  # noqa: PLC0415 - as above

    now = dt.datetime.now(dt.UTC)
    if args.names or len(keys) == 1:
        return [line for each in await _pictures(client, keys) for line in tree.lines(each, now)]
    return tree.table(await sites.every(client, _namespace(client, args)), now)


def _print(found: list[Picture]) -> int:
    import json  # noqa: PLC0415 - as above

    from django_operator.cli.live.tree import data  # noqa: PLC0415 - as above

    shown = [data(each) for each in found]
    sys.stdout.write(json.dumps(shown[0] if len(shown) == 1 else shown, indent=2, ensure_ascii=False) + "\n")
    return 0
