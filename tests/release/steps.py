"""Steps of a release as processes, the way a container runs them. Waits on what they say, never for a time."""

from __future__ import annotations

import importlib
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

SCRIPT = Path(__file__).parents[2] / "bases/steps/step.py"
DEADLINE = 60.0
"""Seconds after which what is waited for will not come."""

FOLDER = SCRIPT.parent
if str(FOLDER) not in sys.path:
    sys.path.append(str(FOLDER))


def module(name: str) -> Any:
    """Return a file of the script as a module. None compiled stays beside it: the folder goes into the package."""
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        return importlib.import_module(name)
    finally:
        sys.dont_write_bytecode = before


lock, step = module("lock"), module("step")


@dataclass
class Step:
    """A running step; its stdin is open until `finish`. Ended with the block it is used in."""

    process: subprocess.Popen[str]
    words: str = ""

    @classmethod
    def start(cls, command: list[str], *options: str, **environment: str) -> Self:
        """Start a step."""
        return cls._start([str(SCRIPT)], command, options, environment)

    @classmethod
    def timed(cls, patience: float, tell: float, command: list[str], *options: str, **environment: str) -> Self:
        """Start a step that waits for other times than those of the script, in seconds."""
        lines = ["import sys", f"sys.path[:0] = [{str(SCRIPT.parent)!r}]", "sys.dont_write_bytecode = True"]
        lines += ["import lock, step", f"lock.PATIENCE, lock.TELL = {patience}, {tell}"]
        return cls._start(
            ["-c", "\n".join([*lines, "sys.exit(step.main(sys.argv[1:]))"])], command, options, environment
        )

    @classmethod
    def _start(cls, script: list[str], command: list[str], options: Iterable[str], environment: dict[str, str]) -> Self:
        arguments = [sys.executable, *script, *options, "--", *command]
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            arguments, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env={"PATH": "/usr/bin:/bin", **environment}
        )
        return cls(process)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Kill what still runs."""
        self.process.kill()
        self.process.communicate()

    def says(self, text: str) -> str:
        """Wait for a line on stderr that holds a text, and return it."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.words += line
            if text in line:
                return line
        raise AssertionError(f"{text!r} was not said before the end, but:\n{self.words}")

    def prints(self) -> str:
        """Wait for a line on stdout, and return it."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def finish(self) -> tuple[int, str, str]:
        """Close stdin, wait for the end, and return exit code, stdout and stderr."""
        out, words = self.process.communicate(timeout=DEADLINE)
        return self.process.returncode, out, self.words + words


def eventually(holds: Callable[[], object]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + DEADLINE
    while not holds():
        if time.monotonic() > end:
            raise AssertionError("has not come true")
        time.sleep(0.02)
