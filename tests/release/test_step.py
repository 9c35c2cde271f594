"""The script that runs a step of a release, against a real PostgreSQL and as the processes that it is."""

from __future__ import annotations

import ast
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.release.pooler import pooler
from tests.release.postgres import QUOTED, Postgres, free_port
from tests.release.steps import SCRIPT, Step, eventually, lock, step

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).with_name("project")
MIGRATE = [sys.executable, str(PROJECT / "manage.py"), "migrate", "--verbosity", "0"]
PLAIN = "?sslmode=disable&gssencmode=disable"
PATIENT = [sys.executable, "-c", "import signal; print('ready', flush=True); signal.pause()"]


def held(server: Postgres, database: str) -> list[str]:
    """Return the states of the sessions that have the lock of a database."""
    query = (
        "SELECT state FROM pg_locks JOIN pg_stat_activity USING (pid)"
        " WHERE locktype = 'advisory' AND granted AND datname = %s"
    )
    with server.connect() as connection:
        return [state for (state,) in connection.execute(query, (database,)).fetchall()]


@pytest.fixture(params=["psycopg", "psycopg2"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """An environment in which Python has one of the drivers alone."""
    return {"PYTHONPATH": str(without(tmp_path, {"psycopg": "psycopg2", "psycopg2": "psycopg"}[request.param]))}


def without(folder: Path, *modules: str) -> Path:
    """Return a folder that keeps Python from importing modules."""
    for module in modules:
        (folder / f"{module}.py").write_text("raise ImportError\n")
    return folder


@pytest.fixture(params=["direct", "pooled"])
def url(request: pytest.FixtureRequest, postgres: Postgres, database: str) -> Iterator[str]:
    """The URL of the database, directly and by way of a pooler."""
    if request.param == "direct":
        yield postgres.url(database)
        return
    with pooler(postgres.port) as port:
        yield postgres.url(database, port=port) + PLAIN


def test_two_at_once(postgres: Postgres, database: str, url: str, environment: dict[str, str]) -> None:
    """The second says whom it waits for and runs when the first is done; nobody has the lock in the end."""
    environment["DATABASE_URL"] = url
    with Step.start(["cat"], HOSTNAME="pod-a", **environment) as first:
        eventually(lambda: held(postgres, database))
        with Step.start(["echo", "ran"], HOSTNAME="pod-b", **environment) as second:
            waits = "release step: waiting for another release: django-operator pod-a has the lock\n"
            assert second.says("waiting") == waits
            assert first.process.poll() is None
            assert first.finish() == (0, "", "")
            assert second.finish() == (0, "ran\n", waits + "release step: the other release is done\n")
    eventually(lambda: not held(postgres, database))


def test_the_lock_behind_a_pooler_is_one_of_a_transaction(postgres: Postgres, database: str, url: str) -> None:
    """One of the session would stay with the pooler's connection; direct, no transaction stays open for hours."""
    with Step.start(["cat"], DATABASE_URL=url):
        eventually(lambda: held(postgres, database))
        # psycopg asks for nothing in between: the state is the one in which the lock is held.
        state = "idle" if f":{postgres.port}/" in url else "idle in transaction"
        eventually(lambda: held(postgres, database) == [state])


def test_one_that_waits_does_not_hold_up_the_other(postgres: Postgres, database: str, url: str) -> None:
    """Nor does one that holds the lock: an index is built concurrently, which waits for every older snapshot."""
    with Step.start(["cat"], DATABASE_URL=url) as first:
        eventually(lambda: held(postgres, database))
        with Step.start(["true"], DATABASE_URL=url) as second, postgres.connect(database) as connection:
            second.says("waiting")
            connection.execute("CREATE TABLE t (a int)")
            connection.execute("SET statement_timeout = '20s'")
            connection.execute("CREATE INDEX CONCURRENTLY ON t (a)")
            assert first.finish()[0] == second.finish()[0] == 0


def test_a_killed_holder_has_no_lock(newest: Postgres, database: str) -> None:
    """The server lets go of it with the connection."""
    url = newest.url(database)
    with Step.start(["cat"], DATABASE_URL=url) as first:
        eventually(lambda: held(newest, database))
        with Step.start(["echo", "ran"], DATABASE_URL=url) as second:
            second.says("waiting")
            first.process.kill()
            assert second.finish()[:2] == (0, "ran\n")


def test_sites_on_databases_of_their_own_do_not_wait(newest: Postgres, database: str) -> None:
    """The lock is one of a database."""
    with Step.start(["cat"], DATABASE_URL=newest.url(database)):
        eventually(lambda: held(newest, database))
        with Step.start(["true"], DATABASE_URL=newest.url("postgres")) as second:
            assert second.finish() == (0, "", "")


def test_a_person_may_hold_the_lock(newest: Postgres, database: str) -> None:
    """By the statement that the script's docstring gives."""
    (statement,) = (line.strip() for line in str(step.__doc__).splitlines() if "SELECT" in line)
    with newest.connect(database) as person:
        person.execute(statement)
        with Step.start(["echo", "ran"], DATABASE_URL=newest.url(database)) as waiting:
            waiting.says("waiting")
            person.execute("SELECT pg_advisory_unlock_all()")
            assert waiting.finish()[:2] == (0, "ran\n")


def test_a_lost_connection(newest: Postgres, database: str, environment: dict[str, str]) -> None:
    """It is said, and the step goes on to its end."""
    with Step.timed(0, 0.2, ["cat"], DATABASE_URL=newest.url(database), **environment) as running:
        eventually(lambda: held(newest, database))
        with newest.connect() as connection:
            query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
            connection.execute(query, (database,))
        running.says("the connection that held the lock is gone, the step goes on without")
        assert running.process.poll() is None
        assert running.finish()[0] == 0


def test_the_server_notices_a_lost_node(newest: Postgres, database: str) -> None:
    """In a minute; by itself only after two hours, in which no release could run."""
    import psycopg  # noqa: PLC0415 - as the script does

    held_lock = lock.Lock(psycopg, lock.parameters(newest.url(database)))
    held_lock.acquire()
    try:
        shown = [
            lock.rows(held_lock.connection, f"SHOW {name}") for name in ("tcp_keepalives_idle", "idle_session_timeout")
        ]
    finally:
        held_lock.release()
    assert shown == [[("15",)], [("0",)]]


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        ("sh -c true", 0, ""),
        ("sh -c false", 1, ""),
        ("python -m nosuch", 1, "No module named nosuch"),
        ("sh -c kill${IFS}-9${IFS}$$", 137, ""),
        ("/no/such/program", 127, "release step: /no/such/program: No such file or directory"),
        ("/etc/passwd", 126, "release step: /etc/passwd: Permission denied"),
    ],
    ids=["done", "failed", "traceback", "killed", "not found", "no program"],
)
def test_exit_code(newest: Postgres, database: str, command: str, code: int, words: str) -> None:
    """As a shell would have it, and the command's own words."""
    argv = [sys.executable if word == "python" else word for word in command.split()]
    with Step.start(argv, DATABASE_URL=newest.url(database)) as running:
        found, out, said = running.finish()
    assert (found, out) == (code, "")
    assert words in said
    assert bool(said) is bool(words)


def test_a_failure_leaves_no_message(newest: Postgres, database: str, tmp_path: Path) -> None:
    """The last lines of the log stand in for it only where it is empty."""
    message, url = tmp_path / "message", newest.url(database)
    message.touch()
    for command, heads in ((MIGRATE, True), ([*MIGRATE, "shop", "9999"], False)):
        with Step.start(command, "--heads", str(message), DATABASE_URL=url) as running:
            assert (running.finish()[0] == 0) is heads
        assert bool(message.read_text()) is heads
        message.write_text("")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_is_passed_on(newest: Postgres, database: str, number: signal.Signals) -> None:
    """The command may end as it likes."""
    handler = f"signal.signal({number}, lambda *_: sys.exit(7)); print('ready', flush=True); signal.pause()"
    command = [sys.executable, "-c", f"import signal, sys; {handler}"]
    with Step.start(command, DATABASE_URL=newest.url(database)) as running:
        assert running.prints() == "ready\n"
        running.process.send_signal(number)
        assert running.finish()[0] == 7


def test_a_signal_ends_a_command_that_handles_none(newest: Postgres, database: str) -> None:
    """As the first process of a container it would go on until it is killed."""
    with Step.start(PATIENT, DATABASE_URL=newest.url(database)) as running:
        assert running.prints() == "ready\n"
        running.process.terminate()
        assert running.finish() == (143, "", "")


def test_a_signal_ends_the_waiting(newest: Postgres, database: str) -> None:
    """The command never runs."""
    with Step.start(["cat"], DATABASE_URL=newest.url(database)) as first:
        eventually(lambda: held(newest, database))
        with Step.start(["echo", "ran"], DATABASE_URL=newest.url(database)) as second:
            second.says("waiting")
            second.process.terminate()
            code, out, _ = second.finish()
        assert (code, out) == (143, "")
        assert first.finish()[0] == 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "DATABASE_URL is not set"),
        ({"DATABASE_URL": "sqlite:////data/db.sqlite3"}, "DATABASE_URL is not about PostgreSQL"),
        ({"DATABASE_URL": "mysql://u:p@db/shop"}, "DATABASE_URL is not about PostgreSQL"),
        ({"DATABASE_URL": "postgres://u:geheim/x@[db/shop"}, "DATABASE_URL is no URL that can be read"),
        ({"DATABASE_URL": "postgres://u:geheim@db:port/shop"}, "DATABASE_URL is no URL that can be read"),
        ({"DATABASE_URL": "x", "DJANGO_OPERATOR_LOCK_URL": "mysql://u:p@db/shop"}, "DJANGO_OPERATOR_LOCK_URL is not"),
    ],
    ids=["none", "sqlite", "mysql", "no URL", "no port", "lock URL"],
)
def test_without_a_database_to_lock(given: dict[str, str], words: str) -> None:
    """One line says so, without a password, and the step runs."""
    with Step.start(["echo", "ran"], **given) as running:
        code, out, said = running.finish()
    assert (code, out) == (0, "ran\n")
    assert said.startswith(f"release step: no lock is taken: {words}")
    assert said.count("\n") == 1
    assert "geheim" not in said


def test_without_a_driver(newest: Postgres, database: str, tmp_path: Path) -> None:
    """It names the Python that has none."""
    path = str(without(tmp_path, "psycopg", "psycopg2"))
    with Step.start(["echo", "ran"], DATABASE_URL=newest.url(database), PYTHONPATH=path) as running:
        words = f"release step: no lock is taken: this Python ({sys.executable}) has neither psycopg nor psycopg2\n"
        assert running.finish() == (0, "ran\n", words)


@pytest.mark.parametrize("what", ["port", "password", "database"])
def test_a_database_that_cannot_be_reached(
    newest: Postgres, database: str, environment: dict[str, str], what: str
) -> None:
    """After a while the step runs without a lock: it says better than the script why it cannot work."""
    url = {
        "port": newest.url(database, port=free_port()),
        "password": newest.url(database).replace(QUOTED, "geheim"),
        "database": newest.url("nosuch"),
    }[what]
    with Step.timed(0, 0.2, ["echo", "ran"], DATABASE_URL=url, **environment) as running:
        code, out, words = running.finish()
    assert (code, out) == (0, "ran\n")
    assert words.startswith("release step: no lock is taken, the database cannot be reached: ")
    assert "geheim" not in words


def test_a_database_that_comes_up_late_is_waited_for(newest: Postgres, database: str) -> None:
    """As its own first start takes a while."""
    port = free_port()
    url = newest.url(database, port=port) + PLAIN
    with Step.timed(lock.PATIENCE, 0, ["echo", "ran"], DATABASE_URL=url) as running:
        running.says("the database cannot be reached, trying again")
        with pooler(newest.port, at=port):
            code, out, words = running.finish()
    assert (code, out) == (0, "ran\n")
    assert "no lock" not in words


def test_a_database_without_such_locks(newest: Postgres, database: str) -> None:
    """What speaks PostgreSQL may know no such function: it is said, and the step runs."""
    with newest.connect(database) as connection:
        connection.execute(
            "CREATE ROLE guest LOGIN PASSWORD 'guest'; REVOKE ALL ON FUNCTION pg_try_advisory_lock(bigint) FROM PUBLIC"
        )
    url = newest.url(database).replace(f"django:{QUOTED}", "guest:guest")
    with Step.start(["echo", "ran"], DATABASE_URL=url) as running:
        code, out, words = running.finish()
    with newest.connect(database) as connection:
        connection.execute("DROP ROLE guest")
    assert (code, out) == (0, "ran\n")
    assert words.startswith("release step: no lock is taken, the database has none: permission denied")


def test_a_url_past_a_pooler(newest: Postgres, database: str) -> None:
    """It goes before the other one; empty, it takes no lock."""
    with Step.start(["cat"], DATABASE_URL="mysql://db/x", DJANGO_OPERATOR_LOCK_URL=newest.url(database)):
        eventually(lambda: held(newest, database))
        with Step.start(["echo", "ran"], DATABASE_URL=newest.url(database), DJANGO_OPERATOR_LOCK_URL="") as other:
            words = "release step: no lock is taken: DJANGO_OPERATOR_LOCK_URL is empty\n"
            assert other.finish() == (0, "ran\n", words)


def test_a_variable_of_another_name(newest: Postgres, database: str) -> None:
    """As `envNames` has it."""
    with Step.start(["cat"], "--database", "DB", DB=newest.url(database)):
        eventually(lambda: held(newest, database))


def test_two_migrations_at_once(postgres: Postgres, database: str, environment: dict[str, str], tmp_path: Path) -> None:
    """Of a real project: one waits for the other, both succeed, and both tell of the same migrations."""
    environment["DATABASE_URL"] = postgres.url(database)
    files = [tmp_path / "a", tmp_path / "b"]
    with (
        Step.start(MIGRATE, "--heads", str(files[0]), **environment) as first,
        Step.start(MIGRATE, "--heads", str(files[1]), **environment) as second,
    ):
        assert (first.finish()[0], second.finish()[0]) == (0, 0)
    heads = {"contenttypes": "0002_remove_content_type_name", "shop": "0002_name_index"}
    assert [json.loads(each.read_text()) for each in files] == [{"migrationHeads": heads}] * 2


def test_heads_follow_a_migration_back(newest: Postgres, database: str, tmp_path: Path) -> None:
    """What is applied now counts, not what once was."""
    path, url = tmp_path / "heads", newest.url(database)
    for command in (MIGRATE, [*MIGRATE, "shop", "0001"]):
        with Step.start(command, "--heads", str(path), DATABASE_URL=url) as running:
            assert running.finish()[0] == 0
    assert json.loads(path.read_text())["migrationHeads"]["shop"] == "0001_initial"


def test_no_heads_where_nothing_is_migrated(newest: Postgres, database: str, tmp_path: Path) -> None:
    """A database without the table."""
    path = tmp_path / "heads"
    with Step.start(["true"], "--heads", str(path), DATABASE_URL=newest.url(database)) as running:
        assert running.finish() == (0, "", "")
    assert not path.exists()


def test_heads_that_cannot_be_written(newest: Postgres, database: str, tmp_path: Path) -> None:
    """No failure of the release."""
    with Step.start(MIGRATE, "--heads", str(tmp_path), DATABASE_URL=newest.url(database)) as running:
        code, _, words = running.finish()
    assert code == 0
    assert words.startswith("release step: the migrations that are applied cannot be told: [Errno 21]")


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("postgres://u:p@h:1/d", {"user": "u", "password": "p", "host": "h", "port": "1", "dbname": "d"}),
        ("postgresql+psycopg://h/d", {"host": "h", "dbname": "d"}),
        (
            "postgis://u@h/d?conn_max_age=60&sslmode=require",
            {"user": "u", "host": "h", "dbname": "d", "sslmode": "require"},
        ),
        ("postgres://u:%2F%40@h/d%20e", {"user": "u", "password": "/@", "host": "h", "dbname": "d e"}),
        ("postgres://%2Frun%2Fpostgresql/d", {"host": "/run/postgresql", "dbname": "d"}),
        ("postgres://[::1]:5433/d", {"host": "::1", "port": "5433", "dbname": "d"}),
        ("postgres://a:1,b:2/d", {"host": "a,b", "port": "1,2", "dbname": "d"}),
        ("postgres:///d", {"dbname": "d"}),
        ("postgres://h/d?currentSchema=shop", {"host": "h", "dbname": "d", "options": "-c search_path=shop"}),
        ("mysql://h/d", None),
        ("", None),
    ],
)
def test_url(url: str, wanted: dict[str, str] | None) -> None:
    """As Django's readers of such URLs take them."""
    assert lock.parameters(url) == wanted


@pytest.mark.parametrize(
    ("apps", "length", "kept", "left_out"),
    [(2, 20, "name", None), (60, 80, "number", None), (300, 80, "number", 47)],
    ids=["whole", "numbers", "not all"],
)
def test_the_message_keeps_to_its_limit(apps: int, length: int, kept: str, left_out: int | None) -> None:
    """4096 bytes, of which more is cut blindly."""
    heads = {f"app{number:03}": f"00{number % 90:02}_" + "x" * length for number in range(apps)}
    text = step.message(heads)
    found = json.loads(text)
    assert len(text.encode()) <= 4096
    assert found.get("leftOut") == left_out
    assert len(found["migrationHeads"]) == apps - (left_out or 0)
    wanted = {app: name if kept == "name" else name[:4] for app, name in heads.items()}
    assert found["migrationHeads"].items() <= wanted.items()


def test_the_script_runs_on_an_old_python() -> None:
    """Images of Django 4.2 may have Python 3.8."""
    modules: set[str] = set()
    for file in SCRIPT.parent.glob("*.py"):
        for each in ast.walk(ast.parse(file.read_text(), feature_version=(3, 8))):
            if isinstance(each, ast.ImportFrom):
                modules.add(str(each.module))
            elif isinstance(each, ast.Import):
                modules |= {alias.name for alias in each.names}
    assert {each.partition(".")[0] for each in modules} - {"lock"} <= sys.stdlib_module_names
