"""`django-operator crd`: the CustomResourceDefinition."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

EXAMPLES = """\
examples:
  django-operator crd | kubectl apply -f -
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("-o", "--output", choices=("yaml", "json"), default="yaml", help="form (default: yaml)")


def run(args: argparse.Namespace) -> int:
    """Print it."""
    from django_operator.engine.emit import dump  # noqa: PLC0415 - help needs none of it
    from django_operator.stack.crd import crd  # noqa: PLC0415 - as above

    if args.output == "json":
        import json  # noqa: PLC0415 - as above

        sys.stdout.write(json.dumps(crd(), indent=2, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(dump([crd()]))
    return 0
