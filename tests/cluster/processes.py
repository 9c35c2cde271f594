"""Holding on to servers: the handle on a guard (guard.py), which outlives no holder. Knows nothing of Kubernetes."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PORTS = range(20000, 32000)
"""Below the ports that the kernel gives to outgoing connections: a server finds its port again when it is restarted."""


class ServerError(Exception):
    """A server did not start, or ended by itself; the message ends with its last words."""


@dataclass
class Servers:
    """Processes and a folder that end with their last holder. Several processes may hold on to the same (`join`).

    Orders may come from several threads.
    """

    folder: Path
    _socket: socket.socket
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def open(cls, inside: Callable[[Path], Sequence[str]] | None = None, name: str = "") -> Servers:
        """Make a folder and its guard.

        Args:
            inside: Gives, for the folder, a command that runs the guard's in namespaces, say, and removes the folder.
            name: Stands in the folder's name.

        Raises:
            ServerError: the guard did not start.
        """
        folder = Path(tempfile.mkdtemp(prefix=f"django-operator-{name}"))
        script = Path(__file__).with_name("guard.py")
        command = [sys.executable, "-I", "-S", str(script), str(folder)]
        if inside:
            command = [*inside(folder), *command, "kept"]
        # a session of its own: Ctrl-C in the terminal ends the holder, and by that the guard, which then cleans up
        guard = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True)
        threading.Thread(target=guard.wait, daemon=True).start()
        assert guard.stdout is not None
        with guard.stdout:
            if guard.stdout.readline() != b"listening\n":
                shutil.rmtree(folder, ignore_errors=True)
                message = "the guard of the test servers did not start"
                raise ServerError(message)
        return cls.join(folder)

    @classmethod
    def join(cls, folder: Path) -> Servers:
        """Hold on to what another process has opened.

        Raises:
            OSError: it is gone.
        """
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(folder / "guard"))
        except OSError:
            connection.close()
            raise
        return cls(folder, connection)

    @property
    def pid(self) -> int:
        """The guard's process id."""
        credentials = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        pid: int = struct.unpack("3i", credentials)[0]
        return pid

    def stay(self, stays: bool = True) -> None:
        """Let the servers outlive their last holder, or no longer."""
        self._order("stay", stays=stays)

    def close(self) -> None:
        """Let go. The last holder waits until the processes and the folder are gone."""
        with contextlib.suppress(OSError), self._socket:
            self._socket.shutdown(socket.SHUT_WR)
            self._socket.recv(1)  # ends when the guard has closed this connection, or has ended

    def start(self, name: str, command: Sequence[str]) -> int:
        """Start a process and return its id; it writes to `log(name)`."""
        pid: int = self._order("start", name=name, command=list(command))
        return pid

    def stop(self, name: str, number: int = signal.SIGKILL, within: float = 10.0) -> int:
        """End a process by a signal, by SIGKILL after some seconds, and return its exit code."""
        code: int = self._order("stop", name=name, number=number, within=within)
        return code

    def signal(self, name: str, number: int) -> None:
        """Send a signal to a process, such as SIGSTOP."""
        self._order("signal", name=name, number=number)

    def pids(self) -> dict[str, int]:
        """Return the ids of the processes that run, by name."""
        return {name: pid for name, (pid, code) in self._order("state").items() if code is None}

    def log(self, name: str) -> Path:
        """Return the file that a process writes to."""
        return self.folder / f"{name}.log"

    def wait(self, name: str, ready: Callable[[], object], seconds: float) -> None:
        """Wait until a process is ready.

        Raises:
            ServerError: it ended, or the time is over.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            pid, code = self._order("state")[name]
            if code is not None or time.monotonic() > deadline:
                why = f"ended with {code}" if code is not None else f"(pid {pid}) is not ready after {seconds} s"
                last = "\n".join(self.log(name).read_text(errors="replace").splitlines()[-15:])
                message = f"{name} {why}\n{last}"
                raise ServerError(message)
            time.sleep(0.02)

    def _order(self, what: str, **more: Any) -> Any:
        with self._lock:
            self._socket.sendall(json.dumps({"what": what, **more}).encode() + b"\n")
            with self._socket.makefile("rb") as answers:
                line = answers.readline()
        answer = json.loads(line or '{"error": "the guard is gone"}')
        if "error" in answer:
            raise ServerError(answer["error"])
        return answer["ok"]


def free_ports(count: int) -> list[int]:
    """Return ports on loopback that nobody listens on, and that no outgoing connection is given."""
    found: list[int] = []
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found.append(port)
        if len(found) == count:
            return found
    message = "no port is free on 127.0.0.1"
    raise ServerError(message)
