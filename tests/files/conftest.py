"""Servers of the file tests, each started once per session on ports and in folders of its own."""

from collections.abc import Iterator

import pytest

from tests.files.forail_double.platform import bind
from tests.files.forail_double.run import Installation
from tests.files.postgres_server import PostgresServer, unused_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL server; tests make databases of their own on it."""
    with unused_postgres() as server:
        yield server


@pytest.fixture
def installation() -> Installation:
    """An empty, migrated platform, as a stand-in."""
    empty = Installation()
    bind(empty.store)
    return empty
