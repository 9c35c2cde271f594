"""A PostgreSQL of each version for the tests of a process, a database for each test."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.release.postgres import PROGRAMS, Postgres, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="session")
def servers() -> Iterator[Callable[[str], Postgres]]:
    """Servers by version, each started when it is first asked for."""
    with ExitStack() as stack:
        running: dict[str, Postgres] = {}

        def server(version: str) -> Postgres:
            if version not in running:
                running[version] = stack.enter_context(serve(version))
            return running[version]

        yield server


@pytest.fixture(params=PROGRAMS)
def postgres(request: pytest.FixtureRequest, servers: Callable[[str], Postgres]) -> Postgres:
    """A server of each version."""
    return servers(request.param)


@pytest.fixture
def newest(servers: Callable[[str], Postgres]) -> Postgres:
    """A server of the newest version."""
    return servers(list(PROGRAMS)[-1])


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database on the server that the test uses."""
    name = "postgres" if "postgres" in request.fixturenames else "newest"
    server: Postgres = request.getfixturevalue(name)
    made = f"t{abs(hash(request.node.nodeid)):x}"
    with server.connect() as connection:
        connection.execute(f"CREATE DATABASE {made}")
    yield made
    with server.connect() as connection:
        connection.execute(f"DROP DATABASE {made} WITH (FORCE)")
