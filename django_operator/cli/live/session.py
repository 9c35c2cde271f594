"""A command's way to a cluster: connect, run, and say in a line what went wrong. Knows nothing of what commands do."""

from __future__ import annotations

import asyncio
import gc
import json
from typing import TYPE_CHECKING

from django_operator.apply.client import Client
from django_operator.apply.credentials import NoCredentials
from django_operator.apply.errors import ApiError, Unreachable
from django_operator.cli import console, report
from django_operator.engine.version import version

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable

MANAGER = "django-operator-cli"
"""The field manager of what the command line writes."""
FAILED, TIMED_OUT = 1, 3
"""Exit codes: the cluster said no, or what was waited for did not happen in time."""


class Refusal(Exception):  # noqa: N818 - says what cannot be done, not that something is broken
    """What is asked for cannot be done: a problem, and a hint."""

    def __init__(self, problem: str, hint: str = "") -> None:
        """Take both."""
        super().__init__(problem)
        self.problem, self.hint = problem, hint


def run(args: argparse.Namespace, work: Callable[[Client], Awaitable[int]], *, failed: int = FAILED) -> int:
    """Run a command with a client and return its exit code, `failed` where it could not be done."""
    gc.enable()
    try:
        return asyncio.run(_connected(args, work))
    except Refusal as refusal:
        say(refusal.problem, refusal.hint)
    except NoCredentials as error:
        say(str(error), "name a cluster: --kubeconfig FILE, --context NAME, or KUBECONFIG=FILE in the environment")
    except ApiError as error:
        say(*explained(error))
    except BrokenPipeError:  # whoever read our output has gone: told by its own exit code
        raise
    except Exception as error:  # noqa: BLE001 - told as by any command; only the code differs
        return max(report(error), failed)
    return failed


async def _connected(args: argparse.Namespace, work: Callable[[Client], Awaitable[int]]) -> int:
    client = await Client.connect(
        kubeconfig=args.kubeconfig,
        context=args.context,
        namespace=args.namespace,
        user_agent=f"django-operator-cli/{version()}",
        limit=args.request_timeout,
    )
    async with client:
        try:
            # Once and without patience: a cluster that is not there is told of at once, not after retries.
            await client.raw("GET", "/version", retries=False, timeout=args.request_timeout or 10.0)
        except Unreachable as error:
            hint = "is it the right cluster? see --kubeconfig and --context; `kubectl cluster-info` asks it as well"
            raise Refusal(f"the cluster at {client.server} does not answer: {error.message}", hint) from error
        except ApiError as error:
            # Others, such as a 403, or a 429 of a server that starts: the command's own requests are tried again.
            if error.code == 401:  # noqa: PLR2004 - HTTP's
                raise
        return await work(client)


def say(problem: str, hint: str = "") -> None:
    """Print a problem to stderr, and a hint."""
    for line in problem.splitlines():
        console.note(line, "red")
    if hint:
        console.note(f"  hint: {hint}", "dim")


def explained(error: ApiError, what: str = "") -> tuple[str, str]:
    """Return what an error of the API server means to a person, and what to do about it; `what` was to be written."""
    head = f"{what}: " if what else ""
    if error.no_such_kind:
        where = error.message if error.message != error.reason else "the CustomResourceDefinition is missing"
        return f"{head}the cluster does not know this kind: {where}", _INSTALL
    if error.code == 401:  # noqa: PLR2004 - HTTP's
        return f"{head}the cluster does not accept these credentials: {error.message}", "log in again; see --context"
    if error.fields_owned:
        lines = (f"{head}{each.field or 'a field'}: {each.message}" for each in error.causes)
        return "\n".join(lines), "--force-conflicts takes these fields over; or leave them out of the file"
    if error.forbidden:
        return f"{head}{error.message}", "django-operator check tells which rights are missing"
    if error.not_found and error.message.startswith("namespaces "):
        return f"{head}{error.message}", "make it first: kubectl create namespace NAME"
    return f"{head}{error.message}", _emptied(error)


def _emptied(error: ApiError) -> str:
    """Return what to do about a map that had fields and is `{}` now, of which the server makes null; empty elsewhere.

    https://github.com/kubernetes/kubernetes/issues/135841
    """
    fields = [each.field for each in error.causes if _EMPTIED in each.message]
    if not fields:
        return ""
    patch = json.dumps([{"op": "replace", "path": f"/{each.replace('.', '/')}", "value": {}} for each in fields])
    way = f"kubectl patch django NAME --type=json -p '{patch}'"
    return f"server-side apply cannot empty what had fields: leave it out, or empty it beforehand: {way}"


_EMPTIED = 'must be of type object: "null"'
_INSTALL = "install it: django-operator install | kubectl apply --server-side -f -"
