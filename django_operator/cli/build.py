"""`django-operator build`: kustomize's build, on the engine. Knows nothing of Django."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from django_operator.cli import output

if TYPE_CHECKING:
    import argparse

    from django_operator.engine.paths import Body

EXAMPLES = """\
examples:
  django-operator build                          the kustomization of this folder
  django-operator build overlays/production -o all.yaml
  django-operator build overlays/production -o manifests/    a file an object

Nothing is fetched and nothing is run: remote resources, helm charts and plugins are refused.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare kustomize's flags, where they make sense."""
    parser.add_argument(
        "dir", metavar="DIR", nargs="?", default=".", help="folder with a kustomization.yaml (default: .)"
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE|DIR", default="", help="write there; into a folder: a file an object"
    )
    parser.add_argument("--format", choices=("yaml", "json"), default="yaml", help="json is one List (default: yaml)")
    parser.add_argument(
        "--load-restrictor",
        choices=("LoadRestrictionsRootOnly", "LoadRestrictionsNone"),
        default="LoadRestrictionsRootOnly",
        help="whether files may lie outside of the kustomization that names them",
    )


def run(args: argparse.Namespace) -> int:
    """Build and write."""
    from django_operator.cli import console  # noqa: PLC0415 - help needs none of it
    from django_operator.engine.build import build  # noqa: PLC0415 - as above
    from django_operator.engine.errors import Origin, fail  # noqa: PLC0415 - as above
    from django_operator.engine.files import DiskFiles  # noqa: PLC0415 - as above

    if not os.path.isdir(args.dir):  # noqa: PTH112 - pathlib costs 4 ms of start-up
        hint = "give the folder that holds kustomization.yaml"
        raise fail("no such folder", Origin(args.dir), hint if os.path.exists(args.dir) else "")  # noqa: PTH110 - as above
    files = DiskFiles(args.dir, free=args.load_restrictor == "LoadRestrictionsNone")
    objects = build(files, order="legacy")
    console.warn_of_secrets(objects)
    if not args.output or args.output == "-":
        sys.stdout.write(output.text(objects, args.format))
    elif os.path.isdir(args.output):  # noqa: PTH112 - as above
        top = os.path.realpath(args.output)
        for name, body in _named(objects):
            path = os.path.join(args.output, name)  # noqa: PTH118 - as above
            if os.path.dirname(os.path.realpath(path)) != top:  # noqa: PTH120 - as above
                raise fail(f"a link out of {args.output}", Origin(path), "remove it, or give another folder")
            output.write_file(path, output.text([body], args.format))
    else:
        output.write_file(args.output, output.text(objects, args.format))
    return 0


def _named(objects: list[Body]) -> list[tuple[str, Body]]:
    """Return objects with the names that kustomize gives to their files (kustomize/commands/build/writer.go).

    What could lead out of the folder, or is too long, is changed; of two alike the second gets a number.
    """
    from django_operator.cli.filenames import file_name  # noqa: PLC0415 - as above
    from django_operator.engine.resources import id_of  # noqa: PLC0415 - as above
    from django_operator.engine.schema import builtin  # noqa: PLC0415 - as above

    ids = [id_of(body) for body in objects]
    inside = [builtin().namespaced(each.api_version, each.kind) is not False for each in ids]
    several = len({each.namespace or "default" for each, is_inside in zip(ids, inside, strict=True) if is_inside}) > 1
    names = []
    taken: set[str] = set()
    for each, is_inside in zip(ids, inside, strict=True):
        parts = [each.group, each.version, each.kind, each.name]
        if several and is_inside:
            parts.insert(0, each.namespace or "default")
        names.append(file_name("_".join(filter(None, parts)), taken, also=":"))
    return list(zip(names, objects, strict=True))
