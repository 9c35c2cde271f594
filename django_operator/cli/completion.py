"""`django-operator completion`: a script for a shell, made from the commands' own parsers, asking nothing later."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import argparse

EXAMPLES = """\
examples:
  source <(django-operator completion bash)                                    # in ~/.bashrc
  django-operator completion zsh > "${fpath[1]}/_django-operator"
  django-operator completion fish > ~/.config/fish/completions/django-operator.fish
  django-operator completion kubectl > ~/.local/bin/kubectl_complete-django    # and chmod +x: for kubectl django
"""


class Option(NamedTuple):
    """An option of a command: its names, help, and the words that may follow (none: a file; None: nothing follows)."""

    names: tuple[str, ...]
    help: str
    words: tuple[str, ...] | None


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("shell", choices=("bash", "zsh", "fish", "kubectl"), help="the shell")


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    sys.stdout.write({"bash": bash, "zsh": zsh, "fish": fish, "kubectl": kubectl}[args.shell]())
    return 0


def tree() -> dict[str, tuple[str, tuple[Option, ...], tuple[str, ...]]]:
    """Return, for each command, its summary, its options, and the words that may stand as its arguments."""
    from django_operator.cli import commands  # noqa: PLC0415 - it imports this module
    from django_operator.stack.stages import STAGES  # noqa: PLC0415 - no help needs the engine

    told = {("render", "stage"): STAGES, ("render", "output"): ("yaml", "json", "dir:")}
    found = {}
    for name, summary in commands.COMMANDS.items():
        actions = commands.parser_of(name, commands.load(name))._actions  # noqa: SLF001 - argparse has no other way to ask
        options = tuple(
            Option(
                tuple(each.option_strings),
                each.help or "",
                None if each.nargs == 0 else tuple(each.choices or told.get((name, each.dest), ())),
            )
            for each in actions
            if each.option_strings
        )
        words = tuple(str(word) for each in actions if not each.option_strings for word in each.choices or ())
        found[name] = (summary, options, words)
    return found


def bash() -> str:
    """Return the script for bash."""
    cases: list[str] = []
    for name, (_, options, words) in tree().items():
        cases.extend(
            f'    {"|".join(f"{name}:{each}" for each in option.names)}) words="{" ".join(option.words)}" ;;'
            for option in options
            if option.words
        )
        flags = " ".join(each for option in options for each in option.names)
        cases.append(f'    {name}:*) if [[ $cur == -* ]]; then words="{flags}"; else words="{" ".join(words)}"; fi ;;')
    body = "\n".join(cases)
    return f"""\
_django_operator() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} words=""
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W "{" ".join(tree())}" -- "$cur"))
    return
  fi
  case ${{COMP_WORDS[1]}}:$prev in
{body}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  if [[ ${{COMPREPLY[0]}} == *: ]]; then compopt -o nospace 2>/dev/null; fi
}}
complete -o default -F _django_operator django-operator kubectl-django
"""


def kubectl() -> str:
    """Return the program that kubectl asks for completions of its plugin: the words so far in, a word a line out."""
    return f"""\
#!/usr/bin/env bash
{bash()}\
COMP_WORDS=(django-operator "$@")
COMP_CWORD=$#
_django_operator
((${{#COMPREPLY[@]}})) && printf '%s\\n' "${{COMPREPLY[@]}}"
echo :0
"""


def zsh() -> str:
    """Return the script for zsh."""
    listed = "\n".join(f"    {_quoted(f'{name}:{summary}')}" for name, (summary, _, _) in tree().items())
    cases = []
    for name, (_, options, words) in tree().items():
        specs = [_zsh_option(each, option) for option in options for each in option.names]
        specs.append(_quoted(f"*:argument:({' '.join(words)})" if words else "*:file:_files"))
        cases.append(f"    {name}) _arguments {' '.join(specs)} ;;")
    body = "\n".join(cases)
    return f"""\
#compdef django-operator kubectl-django
_django_operator() {{
  local -a commands=(
{listed}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
{body}
  esac
}}
if [ "$funcstack[1]" = "_django_operator" ]
then _django_operator "$@"
else compdef _django_operator django-operator kubectl-django
fi
"""


def fish() -> str:
    """Return the script for fish."""
    lines = []
    for name, (summary, options, words) in tree().items():
        lines.append(f"complete -c django-operator -n __fish_use_subcommand -f -a {name} -d {_quoted(summary)}")
        inside = f"complete -c django-operator -n '__fish_seen_subcommand_from {name}'"
        if words:
            lines.append(f"{inside} -f -a '{' '.join(words)}'")
        for option in options:
            flags = " ".join(f"-l {each[2:]}" if each.startswith("--") else f"-s {each[1:]}" for each in option.names)
            follows = "" if option.words is None else f" -x -a '{' '.join(option.words)}'" if option.words else " -r"
            lines.append(f"{inside} {flags}{follows} -d {_quoted(option.help)}")
    lines.append("complete -c kubectl-django -w django-operator")
    return "\n".join(lines) + "\n"


def _zsh_option(name: str, option: Option) -> str:
    told = option.help.replace("[", "(").replace("]", ")").replace(":", " ")
    if option.words is None:
        return _quoted(f"{name}[{told}]")
    return _quoted(f"*{name}[{told}]:value:" + (f"({' '.join(option.words)})" if option.words else "_files"))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
