"""The command line: picks a command, and turns whatever goes wrong into a line on stderr and an exit code.

Exit codes: 0 done, 1 the input is at fault, 2 the command line is; commands that talk to a cluster have more. Knows
nothing of what the commands do; each stands in a module of its own, imported only when it is called.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import io
import os
import sys
from typing import Any, NoReturn, cast

TRACEBACK = "DJANGO_OPERATOR_TRACEBACK"
"""The environment variable that shows where an unexpected error came from."""

INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""
PIPE_CLOSED = 141
"""128 + SIGPIPE: whoever read our output has gone (`| head`)."""


def main(argv: list[str] | None = None) -> int:
    """Run a command line (without the program's name) and return its exit code; never a traceback."""
    try:
        _hold_closed()
        _use_utf8()
        code = _run(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _abandon_stdout()
        return PIPE_CLOSED
    except SystemExit as end:  # argparse: help printed, or a wrong command line
        return end.code if isinstance(end.code, int) else 0
    except Exception as error:  # noqa: BLE001 - the last resort of a command line
        return report(error)
    return code


def _run(argv: list[str]) -> int:
    from django_operator.cli import commands  # noqa: PLC0415 - inside of what turns errors into lines

    return commands.run(argv)


def program() -> NoReturn:
    """Run as a program: `main`, then the end of the process.

    Offline commands allocate, print and end: collecting cycles and freeing every object would cost a seventh of a
    render. A command that lasts turns collection on again, and ends as programs do.
    """
    gc.disable()
    code = main()
    if gc.isenabled():
        sys.exit(code)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # a reader that has gone; `main` has told
            stream.flush()
    os._exit(code)


class _Closed(io.TextIOBase):
    """Stands for a stdout that the caller has closed: an error once there is something to print."""

    def write(self, _text: str) -> int:
        """Refuse."""
        raise OSError(errno.EBADF, "stdout is closed, so the result goes nowhere")


def _hold_closed() -> None:
    """Keep files that are opened later from becoming stdout or stderr, where the caller has closed those.

    Python has None for such a stream, and takes None for stdout when it prints.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
    streams = cast("Any", sys)
    if streams.stdout is None:
        streams.stdout = _Closed()
    if streams.stderr is None:
        streams.stderr = io.StringIO()


def _use_utf8() -> None:
    """Write UTF-8 and plain line ends whatever the locale or the system: the same bytes everywhere."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", newline="\n", errors="backslashreplace")


def _abandon_stdout() -> None:
    """Keep the interpreter from failing once more when it flushes stdout at its end."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError:
        return


def report(error: Exception) -> int:
    """Print what went wrong to stderr and return the exit code."""
    from django_operator.cli import console  # noqa: PLC0415 - on the way to an error
    from django_operator.cli.arguments import UsageError  # noqa: PLC0415 - as above
    from django_operator.engine.errors import RenderError  # noqa: PLC0415 - as above

    if isinstance(error, RenderError):
        console.print_faults(error.faults)
        return 1
    if isinstance(error, UsageError):
        console.note(error.problem)
        console.note(f"  hint: {error.hint}")
        return 2
    if os.environ.get(TRACEBACK):
        raise error
    if isinstance(error, OSError) and error.strerror:
        console.note(f"{error.filename}: {error.strerror}" if error.filename else error.strerror)
        return 1
    problem = " ".join(str(error).split())[:300]
    console.note(f"unexpected {type(error).__name__}{f': {problem}' if problem else ''}")
    console.note(f"  hint: this is a fault of django-operator; {TRACEBACK}=1 shows where it happened")
    return 1
