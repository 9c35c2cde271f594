"""Arguments that several commands share. Imports nothing of ours, for help and completion need no engine."""

from __future__ import annotations

import argparse
import string

_LABEL = frozenset(string.ascii_lowercase + string.digits + "-")
_MAX_LABEL = 63


class UsageError(Exception):
    """The command line is wrong: a problem, and a hint."""

    def __init__(self, problem: str, hint: str) -> None:
        """Take both."""
        super().__init__(problem)
        self.problem = problem
        self.hint = hint


def namespace(text: str) -> str:
    """Return the name of a namespace, as an argument's type."""
    if not text or len(text) > _MAX_LABEL or not _LABEL.issuperset(text) or text[0] == "-" or text[-1] == "-":
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of a namespace")
    return text


def image(text: str) -> str:
    """Return the name of an image, as an argument's type; the registry knows better what it may be."""
    if not text or not text.isprintable() or " " in text:
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of an image")
    return text


def add_inputs(parser: argparse.ArgumentParser, *, overlays: bool = True) -> None:
    """Declare the arguments of a command that reads resources from any number of files."""
    parser.add_argument(
        "files", metavar="FILE", nargs="*", help="file with Django resources, and ConfigMaps for overlays"
    )
    parser.add_argument(
        "-f", "--filename", metavar="FILE", action="append", default=[], help="the same; `-f -` reads stdin"
    )
    add_namespace(parser, overlays=overlays)


def add_namespace(parser: argparse.ArgumentParser, *, overlays: bool = True) -> None:
    """Declare what is laid over the resources of any command."""
    parser.add_argument(
        "-n", "--namespace", metavar="NAME", type=namespace, help="namespace of resources that name none"
    )
    if overlays:
        parser.add_argument(
            "--overlay", metavar="DIR", action="append", default=[], help="folder with a kustomization laid on top"
        )
        parser.add_argument(
            "--initialized", action="store_true", help="leave out release.fixtures and release.init, which have run"
        )
    else:
        parser.set_defaults(overlay=[], initialized=False)
