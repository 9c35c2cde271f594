"""`django-operator secrets`: the Secrets that the operator would make, for those without one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from django_operator.cli import arguments

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from django_operator.engine.paths import Body
    from django_operator.stack.secrets import SecretNeed
    from django_operator.stack.site import Site

EXAMPLES = """\
examples:
  django-operator secrets sample.yaml | kubectl create -f -

`create`, not `apply`: each run makes new values, and those in use must stay as they are. Keep them with the backups of
the data they open.
"""

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
"""Safe in URLs, shells and YAML."""
LENGTHS = {"secret-key": 64, "password": 32}
"""Characters by key: 381 and 190 bits. Django asks for 50 characters at least (check security.W009)."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    arguments.add_inputs(parser, overlays=False)


def run(args: argparse.Namespace) -> int:
    """Print new Secrets."""
    import secrets  # noqa: PLC0415 - the standard library's; help needs none of it

    from django_operator.cli import console, inputs, output  # noqa: PLC0415 - as above
    from django_operator.stack.secrets import generated  # noqa: PLC0415 - as above
    from django_operator.stack.site import read  # noqa: PLC0415 - as above

    found: list[Body] = []
    for each in inputs.read(inputs.paths(args), args.namespace):
        site = read(each.document, each.namespace or None)
        needs = generated(site)
        found.extend(manifest(site, need, secrets.choice) for need in needs)
        if not needs:
            console.note(f"{each.name} needs no Secret of ours: it names its own")
    if found:
        sys.stdout.write(output.text(found, "yaml"))
    return 0


def manifest(site: Site, need: SecretNeed, choose: Callable[[str], str]) -> Body:
    """Return one Secret with values made of random letters."""
    values = {key: "".join(choose(LETTERS) for _ in range(LENGTHS[key])) for key in need.keys}
    labels = {
        "app.kubernetes.io/name": "django",
        "app.kubernetes.io/instance": site.name,
        "app.kubernetes.io/part-of": site.name,
        "app.kubernetes.io/managed-by": "django-operator",
    }
    namespace = {"namespace": site.namespace} if site.namespace else {}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": need.name, **namespace, "labels": labels},
        "type": "Opaque",
        "stringData": values,
    }
