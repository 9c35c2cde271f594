"""`django-operator run`: its arguments, and how it ends. What it does has tests in tests/operator and tests/api."""

from __future__ import annotations

import gc
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from django_operator.cli import main
from django_operator.operator import main as operator
from tests.shipped import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.operator.settings import Settings


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Settings]]:
    """The settings that operators were started with; each ends at once with 3."""
    found: list[Settings] = []

    def run(settings: Settings) -> int:
        found.append(settings)
        return 3

    monkeypatch.setattr(operator, "run", run)
    collecting = gc.isenabled()
    yield found
    if collecting:
        gc.enable()


def test_arguments(started: list[Settings]) -> None:
    """All of them reach the settings; the exit code is the operator's; garbage is collected."""
    gc.disable()
    argv = (
        "-n a --namespace b -l team=x --workers 3 --timeout 60 --resync 30 --stall 70 --grace 5 --lease-name l --port 0"
    )
    more = "--lease-namespace n --log-format text --log-level debug --kubeconfig k --context c"
    assert main(["run", *argv.split(), *more.split()]) == 3
    assert gc.isenabled()
    (found,) = started
    assert (found.namespaces, found.selector, found.workers, found.timeout) == (("a", "b"), "team=x", 3, 60)
    assert (found.resync, found.stall, found.grace, found.lease_name, found.port) == (30, 70, 5, "l", 0)
    assert (found.lease_namespace, found.log_format, found.log_level) == ("n", "text", "debug")
    assert (found.kubeconfig, found.context) == ("k", "c")


def test_environment(started: list[Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    """What the command line leaves open."""
    monkeypatch.setenv("DJANGO_OPERATOR_WORKERS", "5")
    assert main(["run"]) == 3
    assert started[0].workers == 5


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--selector", "a=b=c"], "--selector: 'a=b=c' is not a label selector\n  hint: django-operator run --help\n"),
        (
            ["--workers", "0", "--log-level", "loud"],
            (
                "--workers: 0 is not within 1 to 256; --log-level: 'loud' is none of debug, info, warning, error\n"
                "  hint: django-operator run --help\n"
            ),
        ),
        (
            ["--port", "http"],
            "argument --port: invalid int value: 'http'\n  hint: django-operator run --help\n",
        ),
    ],
)
def test_faults(capsys: pytest.CaptureFixture[str], argv: list[str], message: str) -> None:
    """The command line is at fault: 2, and all that is wrong at once."""
    assert main(["run", *argv]) == 2
    assert capsys.readouterr().err == message


def test_a_command_that_lasts_ends_as_programs_do() -> None:
    """What is registered to run at the end of the process runs; of offline commands it does not."""
    code = (
        "import atexit, sys; from django_operator.cli import commands, program;"
        "atexit.register(print, 'the end'); sys.argv[1:] = [];"
        "commands.run = lambda _: {}; program()"
    )
    lasting = "(__import__('gc').enable(), 4)[1]"
    for run, want in ((lasting, (4, b"the end\n")), ("5", (5, b""))):
        done = subprocess.run([sys.executable, "-c", code.format(run)], cwd=ROOT, capture_output=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (*want, b"")
