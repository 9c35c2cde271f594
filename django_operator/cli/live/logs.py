"""`django-operator logs`: what the pods of a stack write, part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.cli import arguments

if TYPE_CHECKING:
    import argparse

    from django_operator.apply.client import Client
    from django_operator.apply.store import SiteKey
    from django_operator.cli.live.streams import Source
    from django_operator.engine.paths import Body

EXAMPLES = """\
examples:
  django-operator logs shop                       all pods
  django-operator logs shop app -f --tail 20
  django-operator logs shop worker-mail           one pool; `worker` is all of them
  django-operator logs shop release               the last release, step by step
  django-operator logs shop app --previous        of the containers that were restarted

Parts: app, worker, worker-POOL, beat, cron, redis, postgres, release, post. Each line begins with its pod, and its
container where the pod has several.

Exit codes: 0 printed; 1 there are no such pods, or a log could not be read.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("name", metavar="NAME", help="Django resource")
    parser.add_argument("part", metavar="PART", nargs="?", help="part of the stack (default: all but releases)")
    parser.add_argument("-f", "--follow", action="store_true", help="go on with what comes, new pods included")
    parser.add_argument("--tail", metavar="N", type=arguments.count, help="only the last N lines of each container")
    parser.add_argument("-p", "--previous", action="store_true", help="of the run before the last restart")
    parser.add_argument("--no-prefix", action="store_true", help="only what was written")
    parser.add_argument(
        "-n", "--namespace", metavar="NAME", type=arguments.namespace, help="namespace (default: the kubeconfig's)"
    )
    arguments.add_cluster(parser)


def run(args: argparse.Namespace) -> int:
    """Print."""
    from django_operator.cli.live import session  # noqa: PLC0415 - help needs none of it

    if args.follow and args.previous:
        raise arguments.UsageError("what has ended cannot be followed", "leave out -f, or --previous")
    return session.run(args, lambda client: _logs(client, args))


async def _logs(client: Client, args: argparse.Namespace) -> int:
    from django_operator.cli.live import sites, streams  # noqa: PLC0415 - as above
    from django_operator.cli.live.session import Refusal  # noqa: PLC0415 - as above

    key = sites.key(client, args.name)
    found = await _pods(client, key)
    if not found:
        await sites.get(client, key)  # says so where the resource itself is not there
    sources = _sources(found, args)
    if not sources and not args.follow:
        raise Refusal(*streams.nothing(f"Django/{key.name}", found, args.part or "", previous=args.previous))
    printer = streams.Printer(client, tail=args.tail, previous=args.previous, plain=args.no_prefix)
    if not args.follow:
        return await printer.once(sources)

    async def look() -> list[Source]:
        return _sources(await _pods(client, key), args)

    return await printer.follow(look)


async def _pods(client: Client, key: SiteKey) -> list[Body]:
    from django_operator.cli.live import pods  # noqa: PLC0415 - as above
    from django_operator.stack.names import INSTANCE  # noqa: PLC0415 - as above

    return await pods.of(client, key.namespace, f"{INSTANCE}={key.name}")


def _sources(found: list[Body], args: argparse.Namespace) -> list[Source]:
    from django_operator.cli.live import streams  # noqa: PLC0415 - as above

    return streams.sources(found, args.part or "", previous=args.previous)
