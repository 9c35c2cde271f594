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

import importlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

KEY = 2695425672354730783
"""The lock: sha256("django-operator.io/release"), the first 63 bits. Such locks are local to a database already.
https://www.postgresql.org/docs/current/view-pg-locks.html"""
SCHEMES = {"postgres", "postgresql", "pgsql", "psql", "postgis", "timescale", "timescalegis"}
"""As dj-database-url and django-environ know them; `+driver` may follow."""
OPTIONS = set(
    "channel_binding connect_timeout gssencmode load_balance_hosts options passfile require_auth service sslcert"
    " sslcertmode sslcrl sslkey sslmode sslnegotiation sslpassword sslrootcert target_session_attrs".split()
)
"""Parameters of a URL that are libpq's; the others are Django's."""
ALIVE = {"keepalives_idle": 15, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 45000}
"""So that this side notices a lost server. https://www.postgresql.org/docs/current/libpq-connect.html"""
SETTINGS = (
    # So that the server notices a lost node, and lets go of its lock, in a minute rather than in two hours.
    ("tcp_keepalives_idle", "15"),
    ("tcp_keepalives_interval", "10"),
    ("tcp_keepalives_count", "3"),
    # A step may take as long as it takes; those that this server does not know are left out.
    ("idle_session_timeout", "0"),
    ("idle_in_transaction_session_timeout", "0"),
    ("transaction_timeout", "0"),
)
PATIENCE = 30
"""Seconds in which the database has to be reached; the command says better than we why it cannot be."""
TELL = 10
"""Seconds between two messages of one that waits."""
LIMIT = 4096
"""Bytes of a termination message. https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/"""
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)


def say(text: str) -> None:
    """Print a line to stderr, where the log of a container is."""
    print("release step: " + " ".join(text.split()), file=sys.stderr, flush=True)


def parameters(url: str) -> dict[str, str] | None:
    """Return what a driver connects with, None for another kind of database. Raises ValueError for no URL."""
    parts = urlsplit(url)
    if parts.scheme.partition("+")[0] not in SCHEMES:
        return None
    user, _, place = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    query = dict(parse_qsl(parts.query))
    found = {key: value for key, value in query.items() if key in OPTIONS}
    if "currentSchema" in query:
        # As dj-database-url reads it: the table of migrations is in this schema.
        found["options"] = "-c search_path=" + query["currentSchema"]
    matches = [re.match(r"(\[.*\]|[^:]*)(?::(\d*))?$", each) for each in place.split(",")]
    places = [each.groups("") for each in matches if each is not None]
    if len(places) < len(matches):
        raise ValueError("no host and port")
    found["host"] = ",".join(unquote(host.strip("[]")) for host, _ in places)
    found["port"] = ",".join(port for _, port in places)
    found.update(user=unquote(name), password=unquote(password), dbname=unquote(parts.path.lstrip("/")))
    return {key: value for key, value in found.items() if value.strip(",")}


def driver() -> Any:
    """Return the driver that the image has, None without one."""
    for name in ("psycopg", "psycopg2"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None


def connect(module: Any, given: dict[str, str]) -> Any:
    """Return a connection in which every statement is a transaction of its own."""
    application = "django-operator " + os.environ.get("HOSTNAME", "")
    connection = module.connect(**{"connect_timeout": 10, "application_name": application, **ALIVE, **given})
    connection.autocommit = True
    if hasattr(connection, "prepare_threshold"):
        connection.prepare_threshold = None  # a pooler may hand out another server for each statement
    return connection


def rows(connection: Any, statement: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


class Lock:
    """The lock: taken in a connection of its own, which is kept alive until the lock is let go of."""

    def __init__(self, module: Any, given: dict[str, str]) -> None:
        """Take the driver, and what it connects with."""
        self.module, self.given = module, given
        self.connection: Any = None
        self.keeper: threading.Thread | None = None
        self.over = threading.Event()

    def acquire(self) -> None:
        """Wait for the lock; say so where it cannot be had."""
        begun = told = time.monotonic()
        reached = waited = False
        while True:
            try:
                if self.connection is None:
                    self.connection = connect(self.module, self.given)
                reached = True
                if self.attempt():
                    break
                # Never a statement that waits: it would hold a snapshot, for which the CREATE INDEX CONCURRENTLY of
                # whoever has the lock would wait in turn.
                if not waited or time.monotonic() - told >= TELL:
                    waited, told = True, time.monotonic()
                    say(f"waiting for another release{self.holder()}")
            except (self.module.OperationalError, self.module.InterfaceError) as error:
                self.close()
                now = time.monotonic()
                if not reached and now - begun >= PATIENCE:
                    say(f"no lock is taken, the database cannot be reached: {error}")
                    return
                if now - told >= TELL:
                    told = now
                    say(f"the database cannot be reached, trying again: {error}")
            except self.module.Error as error:
                say(f"no lock is taken, the database has none: {error}")
                return
            time.sleep(1)
        if waited:
            say("the other release is done")
        self.keeper = threading.Thread(target=self.keep, daemon=True)
        self.keeper.start()

    def attempt(self) -> bool:
        """Try to take the lock once.

        Behind a pooler, a lock of the session would stay with a server that others get: there it is one of an open
        transaction. A pooler is known by the process that it names, which is not the one that answers.
        """
        ((process,),) = rows(self.connection, "SELECT pg_backend_pid()")
        pooled = process != self.connection.info.backend_pid
        if pooled:
            rows(self.connection, "BEGIN")
        function = "pg_try_advisory_xact_lock" if pooled else "pg_try_advisory_lock"
        ((taken,),) = rows(self.connection, f"SELECT {function}({KEY})")
        if taken:
            names = ", ".join(f"('{name}', '{value}')" for name, value in SETTINGS)
            rows(
                self.connection,
                f"SELECT set_config(v.name, v.value, {pooled}) FROM (VALUES {names}) v (name, value)"
                " JOIN pg_settings USING (name)",
            )
        elif pooled:
            rows(self.connection, "ROLLBACK")
        return bool(taken)

    def holder(self) -> str:
        """Return who has the lock, as far as that may be seen."""
        found = rows(
            self.connection,
            "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory'"
            f" AND l.granted AND l.objsubid = 1 AND (l.classid::bigint << 32 | l.objid::bigint) = {KEY}"
            " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        )
        return f": {found[0][0]} has the lock" if found and found[0][0] else ""

    def keep(self) -> None:
        """Speak now and then, lest a router between forgets the connection."""
        while not self.over.wait(TELL):
            try:
                rows(self.connection, "SELECT 1")
            except self.module.Error as error:
                if not self.over.is_set():
                    say(f"the connection that held the lock is gone, the step goes on without: {error}")
                return

    def release(self) -> None:
        """Let go of the lock."""
        self.over.set()
        if self.keeper is not None:
            self.keeper.join(5)
        self.close()

    def close(self) -> None:
        """Close the connection, if there is one."""
        try:
            if self.connection is not None:
                self.connection.close()
        except self.module.Error as error:
            say(f"closing the connection: {error}")
        self.connection = None


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
    for names in (found, short):
        text = json.dumps({"migrationHeads": names}, separators=(",", ":"))
        if len(text) <= LIMIT:
            return text
    apps = list(found)
    while len(text) > LIMIT:
        apps.pop()
        body = {"migrationHeads": {app: short[app] for app in apps}, "leftOut": len(found) - len(apps)}
        text = json.dumps(body, separators=(",", ":"))
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


def target(name: str) -> tuple[Any, dict[str, str]]:
    """Return the driver and what it connects with, None and nothing where there is no PostgreSQL to be reached."""
    own = os.environ.get("DJANGO_OPERATOR_LOCK_URL")
    where = "DJANGO_OPERATOR_LOCK_URL" if own else name
    url = own or os.environ.get(name, "")
    if not url:
        say(f"no lock is taken: {where} is not set")
        return None, {}
    try:
        given = parameters(url)
    except ValueError:  # whose text may hold a part of the password
        say(f"no lock is taken: {where} is no URL that can be read")
        return None, {}
    if given is None:
        say(f"no lock is taken: {where} is not about PostgreSQL")
        return None, {}
    module = driver()
    if module is None:
        say(f"no lock is taken: this Python ({sys.executable}) has neither psycopg nor psycopg2")
    return module, given


def main(arguments: list[str]) -> int:
    """Run a step, and return its exit code."""
    end = arguments.index("--")
    options = dict(zip(arguments[:end:2], arguments[1:end:2]))
    child = Child(arguments[end + 1 :])
    module, given = target(options.get("--database", "DATABASE_URL"))
    lock = Lock(module, given)
    try:
        if module is not None and os.environ.get("DJANGO_OPERATOR_LOCK_URL") == "":
            say("no lock is taken: DJANGO_OPERATOR_LOCK_URL is empty")
        elif module is not None:
            lock.acquire()
        code = child.run()
        if code == 0 and module is not None and "--heads" in options:
            tell(module, given, options["--heads"])
        return code
    finally:
        lock.release()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
