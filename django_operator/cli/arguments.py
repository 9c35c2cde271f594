"""Arguments that several commands share. Imports nothing, for help and completion need no engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


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
    parser.add_argument("-n", "--namespace", metavar="NAME", default="", help="namespace of resources that name none")
    if overlays:
        parser.add_argument(
            "--overlay", metavar="DIR", action="append", default=[], help="folder with a kustomization laid on top"
        )
    else:
        parser.set_defaults(overlay=[])
