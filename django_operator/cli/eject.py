"""`django-operator eject`: the way out, an ordinary kustomization that gives what `render` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.cli import arguments

if TYPE_CHECKING:
    import argparse

EXAMPLES = """\
examples:
  django-operator eject sample.yaml out
  kubectl kustomize out            # the same objects as: django-operator render sample.yaml
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = "%(prog)s [options] FILE... DIR"
    parser.add_argument(
        "-f", "--filename", metavar="FILE", action="append", default=[], help="a further file; - is stdin"
    )
    parser.add_argument(
        "words", metavar="FILE... DIR", nargs="+", help="files with one Django resource; the folder to write"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="do not list the patches that were translated")
    arguments.add_namespace(parser)


def run(args: argparse.Namespace) -> int:
    """Write the kustomization."""
    from django_operator.cli import console, folder, inputs  # noqa: PLC0415 - help needs none of it
    from django_operator.cli.render import full_name, render_all  # noqa: PLC0415 - as above
    from django_operator.engine.errors import fail  # noqa: PLC0415 - as above
    from django_operator.stack.eject import eject  # noqa: PLC0415 - as above

    names, target = [*args.filename, *args.words[:-1]], args.words[-1]
    if not names or not target:
        raise arguments.UsageError("no folder given", "write FILE DIR")
    found = inputs.read(names, args.namespace)
    if len(found) > 1:
        raise fail(
            f"{len(found)} Django resources, and a kustomization is of one",
            found[1].document.origin(),
            "eject each into a folder of its own",
        )
    (stack,) = render_all(found, inputs.overlays(args), initialized=args.initialized)
    name = stack.site.name
    ejected = eject(
        stack.files, stack.objects, f"The stack of Django/{name}. Build it with `kubectl kustomize` or kustomize."
    )
    folder.write(target, ejected.files, f"eject {full_name(stack)}")
    console.warn_of_secrets(stack.objects)
    if not args.quiet:
        for line in ejected.notes:
            console.note(line)
    return 0
