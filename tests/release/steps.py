"""Steps of a release as processes, the way a container runs them. Waits on what they say, never for a time."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

SCRIPT = Path(__file__).parents[2] / "bases/release-step/step.py"
DEADLINE = 60.0
"""Seconds after which what is waited for will not come."""

_specification = importlib.util.spec_from_file_location("step", SCRIPT)
assert _specification is not None
assert _specification.loader is not None
step: Any = importlib.util.module_from_spec(_specification)
"""The script as a module, which it is in no image."""
_write, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # bases/ goes into the package as it stands
_specification.loader.exec_module(step)
sys.dont_write_bytecode = _write

@dataclass
class Step:
    """A running step; its stdin is open until `finish`. Ended with the block it is used in."""

    process: subprocess.Popen[str]
    words: str = ""

    @classmethod
    def start(
        cls,
        command: list[str],
        *options: str,
        patience: float = step.PATIENCE,
        tell: float = step.TELL,
        **environment: str,
    ) -> Self:
        """Start a step, with its two waits as they are or others."""
        script = [str(SCRIPT)]
        if (patience, tell) != (step.PATIENCE, step.TELL):
            lines = ["import sys", f"sys.path[:0] = [{str(SCRIPT.parent)!r}]", "sys.dont_write_bytecode = True"]
            lines += ["import step", f"step.PATIENCE, step.TELL = {patience}, {tell}"]
            script = ["-c", "\n".join([*lines, "sys.exit(step.main(sys.argv[1:]))"])]
        pipe = subprocess.PIPE
        return cls(
            subprocess.Popen(
                [sys.executable, *script, *options, "--", *command],
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
                text=True,
                env={"PATH": "/usr/bin:/bin", **environment},
            )
        )

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
