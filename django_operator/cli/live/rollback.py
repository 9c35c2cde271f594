"""`django-operator rollback`: the image and version of an earlier revision, put into the resource again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from django_operator.cli import arguments

if TYPE_CHECKING:
    import argparse

    from django_operator.apply.client import Client
    from django_operator.apply.revisions import Revision
    from django_operator.apply.store import SiteKey
    from django_operator.engine.paths import Body

EXAMPLES = """\
examples:
  django-operator rollback shop --history      the revisions that are kept
  django-operator rollback shop                to the one that served before
  django-operator rollback shop --to 7 --wait
  django-operator rollback shop --dry-run

spec.image and spec.version go back; the rest of the spec stays as it is. Migrations are never reversed: the code of
then meets the database of now. If the resource comes from a repository, change it there as well.

Exit codes: 0 done, and Ready where waited for; 1 refused, or failed; 3 not Ready in time.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("name", metavar="NAME", help="Django resource")
    parser.add_argument(
        "--to", metavar="REVISION", type=arguments.count, help="revision (default: the last that served)"
    )
    parser.add_argument("--history", action="store_true", help="only show the revisions that are kept")
    parser.add_argument("--dry-run", action="store_true", help="let the server check it, and write nothing")
    parser.add_argument(
        "-n", "--namespace", metavar="NAME", type=arguments.namespace, help="namespace (default: the kubeconfig's)"
    )
    arguments.add_wait(parser, "follow it until it serves or has failed", "10m")
    arguments.add_cluster(parser)


def run(args: argparse.Namespace) -> int:
    """Go back."""
    from django_operator.cli.live import session  # noqa: PLC0415 - help needs none of it

    return session.run(args, lambda client: _rollback(client, args))


async def _rollback(client: Client, args: argparse.Namespace) -> int:
    from django_operator.cli import console  # noqa: PLC0415 - as above
    from django_operator.cli.live import follow, sites  # noqa: PLC0415 - as above
    from django_operator.cli.live.revert import choose, operations, rows  # noqa: PLC0415 - as above

    key = sites.key(client, args.name)
    body = await sites.get(client, key)
    kept = await _revisions(client, key)
    if args.history:
        console.print_table(rows(kept, body["spec"]), ("bold", "", "", "", ""))
        return 0
    chosen = choose(kept, body["spec"], args.to)
    await _patch(client, key, operations(body, chosen), dry=args.dry_run)
    done = "would go" if args.dry_run else "goes"
    sys.stdout.write(
        f"Django/{key.name} {done} back to revision {chosen.number}: {chosen.image}, version {chosen.version}\n"
    )
    sys.stdout.flush()
    console.note("migrations are not reversed: check that this version can work with the database as it is", "yellow")
    console.note("if the resource comes from a file, change it there as well: the next apply brings the file's back")
    waits = sys.stdout.isatty() if args.wait is None else args.wait
    if args.dry_run or not waits:
        return 0
    return await follow.follow(client, [follow.Wish(key)], args.timeout, follow.from_cluster(client))


async def _revisions(client: Client, key: SiteKey) -> list[Revision]:
    from django_operator.apply.objects import live  # noqa: PLC0415 - as above
    from django_operator.apply.revisions import revision  # noqa: PLC0415 - as above
    from django_operator.stack.names import INSTANCE, MANAGED_BY  # noqa: PLC0415 - as above

    labels = f"{INSTANCE}={key.name},{MANAGED_BY}=django-operator"
    found = await client.list("apps/v1", "ControllerRevision", key.namespace, labels=labels)
    return sorted((revision(live(each)) for each in found.items), key=lambda each: -each.number)


async def _patch(client: Client, key: SiteKey, ops: list[Body], *, dry: bool) -> None:
    from django_operator.cli.live.session import MANAGER  # noqa: PLC0415 - as above
    from django_operator.stack.spec import API_VERSION  # noqa: PLC0415 - as above

    path = f"/apis/{API_VERSION}/namespaces/{key.namespace}/djangos/{key.name}"
    params = {"fieldManager": MANAGER, "fieldValidation": "Strict", **({"dryRun": "All"} if dry else {})}
    headers = {"Content-Type": "application/json-patch+json"}
    await client.raw("PATCH", path, params=params, body=ops, headers=headers)
