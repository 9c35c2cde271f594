"""The guard: a process of its own that starts servers, ends them and removes their folder when nobody holds on to it.

Run as a script: `python guard.py FOLDER`; with `kept` after it, somebody else removes the folder. Listens on
FOLDER/guard; each connection is a holder, each line on it an order in JSON, each answer a line. When the last holder's
connection closes, however it died, all servers are killed and the folder is removed, unless it was told to stay
(`make node`). Servers die with the guard, too. Knows nothing of Kubernetes; only the standard library.
"""

from __future__ import annotations

import ctypes
import json
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
FIRST_HOLDER = 10.0  # seconds that the guard waits for one


class Guard:
    """Servers by name, in the order of their start."""

    def __init__(self, folder: Path, *, kept: bool) -> None:
        self.folder, self.kept = folder, kept
        self.servers: dict[str, subprocess.Popen[bytes]] = {}
        self.holders: dict[int, tuple[Any, socket.socket]] = {}
        self.stays = False
        self.prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def order(self, what: str, name: str = "", **more: Any) -> Any:
        """Carry out an order: start, stop (answers with the exit code), signal, state (exit codes by name), or stay."""
        match what:
            case "start":
                return self.start(name, **more)
            case "stop":
                return self.stop(name, **more)
            case "signal":
                return self.servers[name].send_signal(more["number"])
            case "state":
                return {each: [server.pid, server.poll()] for each, server in self.servers.items()}
            case "stay":
                self.stays = more["stays"]
                return self.stays
            case _:
                message = f"no such order: {what}"
                raise ValueError(message)

    def start(self, name: str, command: list[str]) -> int:
        """Start a server; what it prints is appended to FOLDER/NAME.log."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.servers[name] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                preexec_fn=self.die_with_guard,  # noqa: PLW1509 - the guard has one thread
            )
        return self.servers[name].pid

    def die_with_guard(self) -> None:
        """In the child: be killed when the guard dies."""
        if self.prctl:
            self.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    def stop(self, name: str, number: int = signal.SIGKILL, within: float = 10.0) -> int:
        """End a server by a signal, by SIGKILL where that takes too long (in seconds)."""
        server = self.servers.pop(name)
        server.send_signal(number)
        try:
            return server.wait(within)
        except subprocess.TimeoutExpired:
            server.kill()
            return server.wait()

    def end(self) -> None:
        """Kill the servers, the last one first, and remove the folder."""
        for name in reversed([*self.servers]):
            self.stop(name)
        if not self.kept:
            shutil.rmtree(self.folder, ignore_errors=True)

    def serve(self) -> None:
        """Take orders until the last holder has gone; its connection closes when this process ends, so it can wait."""
        with socket.socket(socket.AF_UNIX) as door, selectors.DefaultSelector() as selector:
            door.bind(str(self.folder / "guard"))
            door.listen()
            selector.register(door, selectors.EVENT_READ)
            print("listening", flush=True)  # noqa: T201 - whoever started the guard waits for this line
            first = time.monotonic() + FIRST_HOLDER
            while self.stays or self.holders or time.monotonic() < first:
                for key, _ in selector.select(1.0):
                    if key.fileobj is door:
                        holder, _ = door.accept()
                        selector.register(holder, selectors.EVENT_READ)
                        self.holders[holder.fileno()] = holder.makefile("rwb", buffering=0), holder
                    elif not self.answer(key.fd):
                        selector.unregister(key.fileobj)
                        if len(self.holders) == 1 and not self.stays:
                            return
                        for part in self.holders.pop(key.fd):
                            part.close()

    def answer(self, number: int) -> bool:
        """Read an order and answer it; False when the holder has gone."""
        holder, _ = self.holders[number]
        try:
            line = holder.readline()
            if not line:
                return False
            try:
                answer = {"ok": self.order(**json.loads(line))}
            except Exception as error:  # noqa: BLE001 - whatever was wrong is the holder's to know
                answer = {"error": f"{type(error).__name__}: {error}"}
            holder.write(json.dumps(answer).encode() + b"\n")
        except OSError:
            return False
        return True


if __name__ == "__main__":
    guard = Guard(Path(sys.argv[1]), kept=sys.argv[2:] == ["kept"])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        guard.serve()
    finally:
        guard.end()
