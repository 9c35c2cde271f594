"""How the command line behaves whatever the command: help, errors, pipes, colour."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from django_operator.cli import PIPE_CLOSED, commands, console, main
from tests.shipped import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE = str(ROOT / "sample.yaml")


def outcome(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    """Return exit code, stdout and stderr of a command line."""
    code = main(list(argv))
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be in an empty folder."""
    monkeypatch.chdir(tmp_path)


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """The help lists all commands with examples; without a command it goes to stderr, as an error."""
    code, out, err = outcome(capsys, "--help")
    assert (code, err) == (0, "")
    assert all(f"\n  {name} " in out for name in commands.COMMANDS)
    assert "examples:" in out
    assert outcome(capsys) == (2, "", out)
    assert outcome(capsys, "help") == (0, out, "")


@pytest.mark.parametrize("name", commands.COMMANDS)
def test_help_of_each(capsys: pytest.CaptureFixture[str], name: str) -> None:
    """Each command has a help of its own."""
    code, out, err = outcome(capsys, name, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"usage: django-operator {name}")
    assert outcome(capsys, "help", name) == (0, out, "")


@pytest.mark.parametrize(
    ("argv", "code", "message"),
    [
        (["rendr", "x"], 2, "no command rendr\n  hint: did you mean render?\n"),
        (["--wat"], 2, "unrecognized arguments: --wat\n  hint: django-operator --help\n"),
        (["render", "--wat"], 2, "unrecognized arguments: --wat\n  hint: django-operator render --help\n"),
        (
            ["render", SAMPLE, "-o", "xml"],
            2,
            "argument -o/--output: 'xml' is none of yaml, json, dir:PATH\n  hint: django-operator render --help\n",
        ),
        (
            ["render", SAMPLE, "-o", "dir:"],
            2,
            "argument -o/--output: 'dir:' is none of yaml, json, dir:PATH\n  hint: django-operator render --help\n",
        ),
        (["render"], 2, "no file given\n  hint: name a file with a Django resource, or `-f -` for stdin\n"),
        (["render", SAMPLE, "--stage", "serv"], 2, "--stage: no stage serv\n  hint: did you mean serve?\n"),
        (["render", "no.yaml"], 1, "cannot read no.yaml: No such file or directory\n"),
        (["build", "nowhere"], 1, "nowhere: no such folder\n"),
        (["eject", "one"], 2, "no folder given\n  hint: write FILE DIR\n"),
        (["eject", SAMPLE, ""], 2, "no folder given\n  hint: write FILE DIR\n"),
        (["explain"], 2, "no file given\n  hint: name a file with a Django resource, or `-f -` for stdin\n"),
        (
            ["explain", "a", "b", "c", "d"],
            2,
            "'d' is one word too many\n  hint: write FILE KIND/NAME FIELD; -f names more files\n",
        ),
        (
            ["install", "--namespaced"],
            2,
            "--namespaced needs --namespace NAME\n  hint: name the namespace that is to be served\n",
        ),
        *(
            (
                [*command, "-n", name],
                2,
                (
                    f"argument -n/--namespace: {name!r} is not the name of a namespace\n"
                    f"  hint: django-operator {command[0]} --help\n"
                ),
            )
            for command in (["install"], ["render", SAMPLE])
            for name in ("", "A", "a b", "a-", "x" * 64)
        ),
        *(
            (
                ["install", "--image", name],
                2,
                f"argument --image: {name!r} is not the name of an image\n  hint: django-operator install --help\n",
            )
            for name in ("", "a b", "a\tb")
        ),
        (["rendr\x1b"], 2, "no command rendr\\x1b\n  hint: did you mean render?\n"),
        (["render", "--\x1bx"], 2, "unrecognized arguments: --\\x1bx\n  hint: django-operator render --help\n"),
        (["render", "\x1b[2J.yaml"], 1, "cannot read \\x1b[2J.yaml: No such file or directory\n"),
        (
            ["explain", SAMPLE, "Deployment/ap"],
            1,
            "no object Deployment/ap\n  hint: did you mean Deployment/shop-app, Deployment/shop-worker-mail?\n",
        ),
        (
            ["explain", SAMPLE, "Deployment/app", "spec.stratgy"],
            1,
            "spec has no stratgy\n  hint: did you mean strategy?\n",
        ),
    ],
)
@pytest.mark.usefixtures("elsewhere")
def test_errors(capsys: pytest.CaptureFixture[str], argv: list[str], code: int, message: str) -> None:
    """An error is a line that says what is wrong, and one that says what to do. 2: the command line, 1: the input."""
    assert outcome(capsys, *argv) == (code, "", message)


def test_last_resort(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that nobody expected is a line too, and a traceback for those who ask."""

    def broken(_argv: list[str]) -> int:
        raise ZeroDivisionError("over\nzero")

    monkeypatch.setattr(commands, "run", broken)
    monkeypatch.delenv("DJANGO_OPERATOR_TRACEBACK", raising=False)
    assert outcome(capsys, "version") == (
        1,
        "",
        (
            "unexpected ZeroDivisionError: over zero\n"
            "  hint: this is a fault of django-operator; DJANGO_OPERATOR_TRACEBACK=1 shows where it happened\n"
        ),
    )
    monkeypatch.setenv("DJANGO_OPERATOR_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        main(["version"])


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (KeyboardInterrupt(), 130, ""),
        (BrokenPipeError(), 141, ""),
        (PermissionError(13, "Permission denied", "out"), 1, "out: Permission denied\n"),
        (OSError(28, "No space left on device"), 1, "No space left on device\n"),
    ],
)
def test_ends(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    code: int,
    message: str,
) -> None:
    """Being interrupted or cut off is quiet; what the system refuses is said in its words."""

    def broken(_argv: list[str]) -> int:
        raise error

    monkeypatch.setattr(commands, "run", broken)
    assert outcome(capsys, "version") == (code, "", message)


def test_closed_pipe() -> None:
    """`| head` ends the command without a word, however much the pipe holds."""
    code = (
        "import sys; from django_operator.cli import commands, main;"
        "commands.run = lambda _: sys.stdout.write('x' * 20_000_000); sys.exit(main([]))"
    )
    command = [sys.executable, "-c", code]
    # Unbuffered, Python itself overlooks that a part was not written.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, env=environment
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.read(10)
        process.stdout.close()
        assert process.wait() == PIPE_CLOSED
        assert process.stderr.read() == b""


def test_utf8_whatever_the_locale(tmp_path: Path) -> None:
    """The same bytes in any locale."""
    (tmp_path / "site.yaml").write_text(
        "apiVersion: django-operator.io/v1alpha1\nkind: Django\nmetadata: {name: a}\n"
        "spec: {image: 'a:1', project: a, env: [{name: A, value: ä}]}\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "django_operator", "render", "-q", str(tmp_path / "site.yaml")]
    outputs = [
        subprocess.run(
            command, cwd=ROOT, env={**os.environ, "LC_ALL": locale, "PYTHONUTF8": "0"}, capture_output=True, check=True
        ).stdout
        for locale in ("C.UTF-8", "POSIX")
    ]
    assert outputs[0] == outputs[1]
    assert "value: ä".encode() in outputs[0] or 'value: "ä"'.encode() in outputs[0]


@pytest.mark.parametrize(
    ("closed", "command", "want"),
    [
        ("2>&-", "render none.yaml", (1, "", "")),
        ("2>&-", "render --wat", (2, "", "")),
        (">&-", "version", (1, "", "stdout is closed, so the result goes nowhere\n")),
        (">&-", "render none.yaml", (1, "", "cannot read none.yaml: No such file or directory\n")),
        (
            "<&-",
            "render -",
            (1, "", "stdin is closed\n  hint: name a file, or send one: ... | django-operator render -f -\n"),
        ),
        (">/dev/full", "version", (1, "", "No space left on device\n")),
        ("<&- >&- 2>&-", "version", (1, "", "")),
    ],
)
def test_closed_streams(tmp_path: Path, closed: str, command: str, want: tuple[int, str, str]) -> None:
    """A stream that the caller has closed: what belongs there goes nowhere else, and is no fault of ours."""
    script = ["/bin/sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-m", "django_operator", *command.split()]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(script, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == want


def test_escaped() -> None:
    """Letters of any script as they are; what a terminal obeys, hides or turns around is shown."""
    assert console.escaped("bücher 日本 🎉") == "bücher 日本 🎉"
    assert console.escaped("a\x1b[31m\x9b\x07\n\u202e\ud800") == r"a\x1b[31m\x9b\x07\n\u202e\ud800"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colour only on a terminal, and not where NO_COLOR or a dumb terminal says otherwise."""
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    assert console.paint("x", "red", Terminal()) == "\x1b[31mx\x1b[0m"
    assert console.paint("x", "red", io.StringIO()) == "x"
    monkeypatch.setenv("TERM", "dumb")
    assert console.paint("x", "red", Terminal()) == "x"
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert console.paint("x", "red", Terminal()) == "x"


@pytest.mark.parametrize(
    ("called", "name"),
    [
        ("/usr/bin/kubectl-django", "kubectl django"),
        ("x/django_operator/__main__.py", "python -m django_operator"),
        ("pytest", "django-operator"),
    ],
)
def test_name(monkeypatch: pytest.MonkeyPatch, called: str, name: str) -> None:
    """Help and hints name what the user has typed."""
    monkeypatch.setattr(sys, "argv", [called])
    assert commands.program() == name


HEAVY = ("kopf", "kr8s", "asyncio", "jsonschema", "tempfile", "subprocess", "importlib.metadata")


def test_start_up() -> None:
    """`render` imports nothing that it does not need; help imports no engine."""
    code = "import sys; from django_operator.cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"

    def modules(*argv: str) -> set[str]:
        done = subprocess.run([sys.executable, "-c", code, *argv], cwd=ROOT, capture_output=True, text=True, check=True)
        return set(done.stderr.split())

    assert modules("render", "-q", "sample.yaml").isdisjoint(HEAVY)
    assert not any(name.startswith(("django_operator.engine", "django_operator.stack")) for name in modules("--help"))
    assert not any(
        name.startswith(("django_operator.engine", "django_operator.stack")) for name in modules("render", "-h")
    )
