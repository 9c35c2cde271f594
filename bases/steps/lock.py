"""The lock that a step of a release runs behind, in the site's PostgreSQL. Knows nothing of steps.

Runs inside of any image: Python 3.8, the standard library, psycopg or psycopg2 if one is there; no Django.
"""

from __future__ import annotations

import importlib
import os
import re
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
OPTIONS = re.compile(
    "channel_binding|connect_timeout|gssencmode|load_balance_hosts|options|passfile|require_auth|service|ssl[a-z]+|"
    "target_session_attrs"
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
    found = {key: value for key, value in query.items() if OPTIONS.fullmatch(key)}
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
        kind = "xact_lock" if pooled else "lock"
        ((taken,),) = rows(self.connection, f"SELECT pg_try_advisory_{kind}({KEY})")
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
            "SELECT application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.granted"
            f" AND locktype = 'advisory' AND objsubid = 1 AND (classid::bigint << 32 | objid::bigint) = {KEY}"
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
        if self.connection is not None:
            self.connection.close()
        self.connection = None
