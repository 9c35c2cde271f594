"""`django-operator manage`: a management command with the image and settings of the web pods, in a Job of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.cli import arguments

if TYPE_CHECKING:
    import argparse

    from django_operator.apply.client import Client
    from django_operator.engine.paths import Body

EXAMPLES = """\
examples:
  django-operator manage shop -- showmigrations --plan
  django-operator manage shop -- loaddata countries
  django-operator manage shop --command sh -- -c 'env | sort'     another program than manage.py

The Job is removed when the command has ended, and on Ctrl-C. There is no stdin: commands that ask need --noinput.

Exit codes: that of the command itself; 1 it could not be run; 3 its pod did not start in time.
"""

REST = True


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = f"{parser.prog} NAME [options] -- ARGUMENT ..."
    parser.add_argument("name", metavar="NAME", help="Django resource")
    parser.add_argument("words", metavar="ARGUMENT", nargs="*", help="of manage.py; behind `--` if they have options")
    parser.add_argument("--command", metavar="PROGRAM", help="run this in place of manage.py")
    parser.add_argument(
        "-n", "--namespace", metavar="NAME", type=arguments.namespace, help="namespace (default: the kubeconfig's)"
    )
    parser.add_argument(
        "--timeout",
        metavar="TIME",
        type=arguments.duration,
        default=300.0,
        help="for the pod to start (default: 5m); the command itself may take as long as it likes",
    )
    parser.add_argument("--keep", action="store_true", help="leave the Job where it is, to be looked at")
    arguments.add_cluster(parser)


def run(args: argparse.Namespace) -> int:
    """Run it and return its exit code."""
    from django_operator.cli.live import session  # noqa: PLC0415 - help needs none of it

    argv = [*args.words, *(args.rest or ())]
    if not argv and not args.command:
        raise arguments.UsageError(
            "no management command given", "write NAME -- COMMAND, as in: shop -- migrate --plan"
        )
    return session.run(args, lambda client: _manage(client, args, argv))


async def _manage(client: Client, args: argparse.Namespace, words: list[str]) -> int:
    import secrets  # noqa: PLC0415 - as above

    from django_operator.cli import console  # noqa: PLC0415 - as above
    from django_operator.cli.live import oneoff, sites  # noqa: PLC0415 - as above
    from django_operator.cli.live.runner import Runner  # noqa: PLC0415 - as above
    from django_operator.cli.live.session import MANAGER  # noqa: PLC0415 - as above
    from django_operator.stack.names import LIMIT, shorten  # noqa: PLC0415 - as above

    key = sites.key(client, args.name)
    site = await sites.get(client, key)
    argv = [*([args.command] if args.command else oneoff.manage(site)), *words]
    name = f"{shorten(key.name, LIMIT - 14)}-manage-{secrets.token_hex(3)}"
    body = oneoff.job(site, await _app(client, site), argv, name)
    made = await client.create(body, manager=MANAGER)
    try:
        return await Runner(client, made, args.timeout).end()
    finally:
        if args.keep:
            console.note(f"Job/{name} is kept for {oneoff.KEPT_FOR // 60} minutes after its end")
        else:
            await client.delete("batch/v1", "Job", key.namespace, name, uid=made["metadata"]["uid"])


async def _app(client: Client, site: Body) -> Body:
    from django_operator.cli.live import oneoff  # noqa: PLC0415 - as above
    from django_operator.cli.live.session import Refusal  # noqa: PLC0415 - as above
    from django_operator.stack.names import COMPONENT, INSTANCE, MANAGED_BY  # noqa: PLC0415 - as above

    meta = site["metadata"]
    labels = f"{INSTANCE}={meta['name']},{COMPONENT}=app,{MANAGED_BY}=django-operator"
    found = oneoff.chosen((await client.list("apps/v1", "Deployment", meta["namespace"], labels=labels)).items)
    if found is None:
        hint = f"it is made once the release is through: django-operator status {meta['name']} -n {meta['namespace']}"
        raise Refusal(f"Django/{meta['name']} has no web Deployment yet, whose image and settings are taken", hint)
    return found
