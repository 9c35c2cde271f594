"""`django-operator run`: the operator itself."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

EXAMPLES = """\
examples:
  django-operator run                                   all namespaces, as a pod or with a kubeconfig
  django-operator run --namespace shop                  one namespace; its rights can be a Role
  django-operator run --selector team=shop --lease-name shop

Every option can be given in the environment, too: DJANGO_OPERATOR_LOG_LEVEL=debug, DJANGO_OPERATOR_NAMESPACE=a,b.
Operators that share work by --namespace or --selector need a Lease each; those of one Lease stand by for each other.

/healthz, /readyz and /metrics are served on --port. SIGTERM ends it in good order with 0, a lost Lease at once with 1.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments; what is not given is None, as defaults and the environment are not looked at here."""
    scope = parser.add_argument_group("what it serves")
    scope.add_argument(
        "-n", "--namespace", dest="namespaces", metavar="NAME", action="append", help="only this one; repeatable"
    )
    scope.add_argument("-l", "--selector", metavar="LABELS", help="only Django resources with these labels")
    work = parser.add_argument_group("how it works")
    work.add_argument("--workers", metavar="N", type=int, help="reconciles at a time (default: 8)")
    work.add_argument("--timeout", metavar="SECONDS", type=float, help="for one reconcile (default: 300)")
    work.add_argument("--resync", metavar="SECONDS", type=float, help="between looks for missed events (default: 600)")
    work.add_argument("--stall", metavar="SECONDS", type=float, help="of silence end a watch (default: 90)")
    work.add_argument("--grace", metavar="SECONDS", type=float, help="for reconciles when it stops (default: 20)")
    lease = parser.add_argument_group("who works")
    lease.add_argument("--lease-name", metavar="NAME", help="(default: django-operator)")
    lease.add_argument("--lease-namespace", metavar="NAME", help="(default: its own)")
    told = parser.add_argument_group("what it tells")
    told.add_argument("--port", metavar="N", type=int, help="of probes and metrics (default: 8080)")
    told.add_argument("--log-format", metavar="FORM", help="json or text (default: text on a terminal)")
    told.add_argument("--log-level", metavar="LEVEL", help="debug, info, warning or error (default: info)")
    cluster = parser.add_argument_group("which cluster")
    cluster.add_argument("--kubeconfig", metavar="FILE", help="(default: as kubectl; in a pod its ServiceAccount)")
    cluster.add_argument("--context", metavar="NAME", help="of the kubeconfig (default: its current one)")


def run(args: argparse.Namespace) -> int:
    """Run it until it is told to stop."""
    import importlib  # noqa: PLC0415 - help needs none of it

    from django_operator.cli.arguments import UsageError  # noqa: PLC0415 - as above

    gc.enable()
    # By name: neither side may import the other, and offline commands must not reach kopf and kr8s.
    operator = importlib.import_module("django_operator.operator.main")
    try:
        settings = operator.read(vars(args))
    except ValueError as error:
        raise UsageError("; ".join(str(error).splitlines()), "django-operator run --help") from error
    return int(operator.run(settings))
