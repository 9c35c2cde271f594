"""Arguments that several commands share. Imports nothing of ours, for help and completion need no engine."""

from __future__ import annotations

import argparse
import re
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


def duration(text: str) -> float:
    """Return seconds, of `90s`, `10m`, `1h30m` or plain seconds, as an argument's type."""
    found = re.fullmatch(r"(?=.)(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?", text)
    if not found or not (seconds := sum(float(n or 0) * unit for n, unit in zip(found.groups(), (3600, 60, 1)))):  # noqa: B905 - three and three
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 90s, 10m or 1h30m")
    return seconds


def count(text: str) -> int:
    """Return a whole number from 0 on, as an argument's type."""
    if not (text.isascii() and text.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is no number")
    return int(text)


def add_cluster(parser: argparse.ArgumentParser) -> None:
    """Declare how a cluster is reached, as kubectl's users know it."""
    group = parser.add_argument_group("cluster")
    group.add_argument(
        "--kubeconfig", metavar="FILE", help="kubeconfig (default: $KUBECONFIG, ~/.kube/config, the pod)"
    )
    group.add_argument("--context", metavar="NAME", help="context of the kubeconfig (default: its current one)")
    group.add_argument(
        "--request-timeout", metavar="TIME", type=duration, help="give up on one request after so long (e.g. 10s)"
    )


def add_wait(parser: argparse.ArgumentParser, what: str, default: str) -> None:
    """Declare `--wait`, `--no-wait` and `--timeout`."""
    parser.add_argument(
        "--wait", action=argparse.BooleanOptionalAction, default=None, help=f"{what} (default: on a terminal)"
    )
    parser.add_argument(
        "--timeout",
        metavar="TIME",
        type=duration,
        default=duration(default),
        help=f"wait no longer (default: {default})",
    )
