"""`django-operator install`: the manifests of the operator."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from django_operator.cli import arguments

if TYPE_CHECKING:
    import argparse

EXAMPLES = """\
examples:
  django-operator install | kubectl apply -f -
  django-operator install --namespaced --namespace web | kubectl apply -f -    a Role instead of ClusterRoles
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--namespaced", action="store_true", help="serve one namespace, with rights there only")
    parser.add_argument("-n", "--namespace", metavar="NAME", type=arguments.namespace, help="namespace of the operator")
    parser.add_argument(
        "--image", metavar="IMAGE", type=arguments.image, help="image of the operator (default: this version's)"
    )


def run(args: argparse.Namespace) -> int:
    """Print them."""
    from django_operator.cli import output  # noqa: PLC0415 - help needs none of it
    from django_operator.engine.version import version  # noqa: PLC0415 - as above
    from django_operator.stack.install import NAMESPACE, manifests  # noqa: PLC0415 - as above

    if args.namespaced and not args.namespace:
        raise arguments.UsageError("--namespaced needs --namespace NAME", "name the namespace that is to be served")
    image = args.image or f"django-operator:{version()}"
    objects = manifests(image, namespace=args.namespace or NAMESPACE, namespaced=args.namespaced)
    sys.stdout.write(output.text(objects, "yaml"))
    return 0
