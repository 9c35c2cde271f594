"""Runs one step of a release behind a lock in the site's PostgreSQL: no two releases at once on one database.

    python step.py [--database NAME] [--heads FILE] -- COMMAND...

Jobs are not exactly-once, two sites may share a database, a person may hold the lock too:
    SELECT pg_advisory_lock(2695425672354730783);
The URL of the database is in the variable NAME (DATABASE_URL unless given). DJANGO_OPERATOR_LOCK_URL goes before it,
for a URL that leads past a pooler; empty, it takes no lock. Where there is no lock to be had, the command runs without.

With --heads, the newest migration of each app goes to FILE when the command has succeeded, as JSON of at most 4096
bytes. After a failure FILE stays empty: then Kubernetes puts the last lines of the log into the pod's status.

Runs inside of any image: Python 3.8, the standard library, psycopg or psycopg2 if one is there; no Django.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from typing import Any

from lock import Lock, connect, driver, parameters, rows, say

LIMIT = 4096
"""Bytes of a termination message. https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/"""
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)


class Child:
    """The command, which gets our signals: a container's first process is not stopped by one it does not handle."""

    def __init__(self, command: list[str]) -> None:
        """Handle signals from now on; the command is not started yet."""
        self.command = command
        self.process: subprocess.Popen[bytes] | None = None
        self.missed: list[int] | None = None
        for each in SIGNALS:
            signal.signal(each, self.signalled)

    def signalled(self, number: int, _frame: object) -> None:
        """Pass a signal on; before there is anybody to pass it on to, it ends us."""
        if self.process is not None:
            self.process.send_signal(number)
        elif self.missed is None:
            raise SystemExit(128 + number)
        else:
            self.missed.append(number)

    def run(self) -> int:
        """Run the command to its end, and return its exit code as a shell would."""
        self.missed = []
        try:
            self.process = process = subprocess.Popen(self.command)
        except OSError as error:
            say(f"{self.command[0]}: {error.strerror}")
            return 127 if isinstance(error, FileNotFoundError) else 126
        for number in self.missed:
            process.send_signal(number)
        code = process.wait()
        return code if code >= 0 else 128 - code


def heads(connection: Any) -> dict[str, str]:
    """Return the newest migration of each app, nothing where there are none."""
    if rows(connection, "SELECT to_regclass('django_migrations')") == [(None,)]:
        return {}
    statement = (
        "SELECT app, name FROM django_migrations"
        " WHERE id IN (SELECT max(id) FROM django_migrations GROUP BY app) ORDER BY app"
    )
    return dict(rows(connection, statement))


def message(found: dict[str, str]) -> str:
    """Return heads as JSON within the limit: whole names, else numbers where there are any, else not all of them."""
    short = {app: re.sub(r"^(\d+)_.*", r"\1", name, flags=re.DOTALL) for app, name in found.items()}
    text = json.dumps({"migrationHeads": found}, separators=(",", ":"))
    for left_out in range(len(found) if len(text) > LIMIT else 0):
        kept = dict(list(short.items())[: len(short) - left_out])
        body = {"migrationHeads": kept, **({"leftOut": left_out} if left_out else {})}
        text = json.dumps(body, separators=(",", ":"))
        if len(text) <= LIMIT:
            break
    return text


def tell(module: Any, given: dict[str, str], path: str) -> None:
    """Write the heads to a file; what keeps that from being done is no failure of the step."""
    try:
        connection = connect(module, given)
        try:
            found = heads(connection)
        finally:
            connection.close()
        if found:
            with open(path, "w", encoding="ascii") as file:
                file.write(message(found))
    except (module.Error, OSError) as error:
        say(f"the migrations that are applied cannot be told: {error}")


def target(name: str, own: str | None) -> tuple[Any, dict[str, str]]:
    """Return the driver and what it connects with, None and nothing where there is no PostgreSQL to be reached."""
    where = "DJANGO_OPERATOR_LOCK_URL" if own else name
    url = own or os.environ.get(name, "")
    module, given, why = None, None, f"{where} is not about PostgreSQL" if url else f"{where} is not set"
    try:
        given = parameters(url)
    except ValueError:  # whose text may hold a part of the password
        why = f"{where} is no URL that can be read"
    if given is not None:
        module, why = driver(), f"this Python ({sys.executable}) has neither psycopg nor psycopg2"
    if module is None:
        say(f"no lock is taken: {why}")
    return module, given or {}


def main(arguments: list[str]) -> int:
    """Run a step, and return its exit code."""
    end = arguments.index("--")
    options = dict(zip(arguments[:end:2], arguments[1:end:2]))
    child = Child(arguments[end + 1 :])
    own = os.environ.get("DJANGO_OPERATOR_LOCK_URL")
    module, given = target(options.get("--database", "DATABASE_URL"), own)
    lock = Lock(module, given)
    try:
        if module is not None and own != "":
            lock.acquire()
        elif module is not None:
            say("no lock is taken: DJANGO_OPERATOR_LOCK_URL is empty")
        code = child.run()
        if code == 0 and module is not None and "--heads" in options:
            tell(module, given, options["--heads"])
        return code
    finally:
        lock.release()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
