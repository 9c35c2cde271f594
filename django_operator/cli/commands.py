"""The list of commands, and running one of them. Each command is a module with `SUMMARY`, `configure` and `run`.

Adding a command takes a module and a line here; help and completion follow.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from typing import TYPE_CHECKING, NoReturn, Protocol, cast

from django_operator.cli.console import escaped

if TYPE_CHECKING:
    from collections.abc import Callable

COMMANDS = {
    "render": "print the whole stack of a Django resource",
    "validate": "find every fault of a resource, and of what it renders to",
    "explain": "tell which layer wrote each field of an object",
    "secrets": "make the Secrets that the operator would make",
    "eject": "write the stack as an ordinary kustomization",
    "build": "build a kustomization, as kustomize does",
    "apply": "hand resources to the cluster and follow them until they serve",
    "diff": "show what apply would change in the cluster",
    "status": "show how the stacks of a cluster are doing, and why",
    "logs": "print the logs of a stack's pods",
    "manage": "run a management command with the app's image and settings",
    "rollback": "go back to the image and version of an earlier revision",
    "delete": "delete a stack, and say what of it stays",
    "check": "find out what a cluster lacks",
    "run": "run the operator: keep all stacks of a cluster as their resources say",
    "crd": "print the CustomResourceDefinition",
    "install": "print the manifests of the operator",
    "completion": "print a completion script for a shell",
    "version": "print the version",
}
"""Commands and what each does, in the order of the help."""

LIVE = frozenset({"apply", "check", "delete", "diff", "logs", "manage", "rollback", "status"})
"""Those that talk to a cluster: in `cli/live/`, which nothing else may import."""

EXAMPLES = """\
examples:
  django-operator render sample.yaml                    the stack as YAML
  django-operator render sample.yaml | kubectl apply --server-side -f -
  django-operator render sample.yaml -o dir:deploy      a folder a stage, for GitOps
  django-operator explain sample.yaml Deployment/app    who wrote which field
  django-operator eject sample.yaml out                 a plain kustomization, without us
  django-operator build overlays/production             kustomize's build
  django-operator apply sample.yaml                     to the cluster, followed until it serves
  django-operator status shop                           how it is doing, and why

Each command has more: django-operator render --help
"""


class Command(Protocol):
    """What a command's module has."""

    EXAMPLES: str
    """Shown below its help; a module with `REST = True` gets the words after `--` as `args.rest`."""

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""

    def run(self, args: argparse.Namespace) -> int:
        """Do it and return the exit code."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are plain lines."""

    def error(self, message: str) -> NoReturn:
        """Print what is wrong with the command line and leave with 2."""
        self.exit(2, f"{escaped(message)}\n  hint: {self.prog} --help\n")


def run(argv: list[str]) -> int:
    """Run a command line. SystemExit, with its code, for help and for a wrong command line."""
    name = argv[0] if argv else "--help"
    if name in COMMANDS:
        module = load(name)
        # Intermixed: options may stand between file names.
        given, rest = _parted(argv[1:]) if getattr(module, "REST", False) else (argv[1:], None)
        args = parser_of(name, module).parse_intermixed_args(given)
        args.rest = rest
        return module.run(args)
    if name == "help":
        return run([*argv[1:2], "--help"])
    if name == "--version":
        return run(["version"])
    parser = top_parser()
    if not name.startswith("-"):
        from django_operator.engine.errors import near  # noqa: PLC0415 - on the way to an error

        parser.exit(2, f"no command {escaped(name)}\n  hint: {near(name, COMMANDS)}\n")
    if not argv:
        parser.print_help(sys.stderr)
        return 2
    parser.parse_args(argv)
    return parser.error("which command?")


def _parted(argv: list[str]) -> tuple[list[str], list[str]]:
    """Return the words before a `--` and those after it, which belong to another program."""
    end = argv.index("--") if "--" in argv else len(argv)
    return argv[:end], argv[end + 1 :]


def load(name: str) -> Command:
    """Import a command's module."""
    return cast("Command", importlib.import_module(f"django_operator.cli.{'live.' if name in LIVE else ''}{name}"))


def parser_of(name: str, module: Command) -> argparse.ArgumentParser:
    """Return the parser of one command."""
    parser = Parser(
        prog=f"{program()} {name}",
        description=f"{COMMANDS[name][0].upper()}{COMMANDS[name][1:]}.",
        epilog=module.EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.configure(parser)
    return parser


def top_parser() -> argparse.ArgumentParser:
    """Return the parser that shows the help of all commands."""
    width = max(map(len, COMMANDS))
    listed = "\n".join(f"  {name:<{width}}  {summary}" for name, summary in COMMANDS.items())
    parser = Parser(
        prog=program(),
        usage="%(prog)s COMMAND ...",
        description="Layers Kubernetes manifests, and runs a whole Django stack with them.\n\ncommands:\n" + listed,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="store_true", help="print the version")
    return parser


def program() -> str:
    """Return what the user called: the program, the plugin of kubectl, or the module."""
    folder, called = os.path.split(sys.argv[0])
    if called == "kubectl-django":
        return "kubectl django"
    return "python -m django_operator" if folder.endswith("django_operator") else "django-operator"


def checked(check: Callable[[str], str]) -> Callable[[str], str]:
    """Return an argument type whose ValueError is the message a user reads."""

    def convert(text: str) -> str:
        try:
            return check(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return convert
