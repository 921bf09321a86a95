"""Servers of the file tests, each started once per session on ports and in folders of its own."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.files.forail_double.platform import bind
from tests.files.forail_double.run import Installation
from tests.files.postgres_server import PostgresServer, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL server; tests make databases of their own on it."""
    # Its own short folder below the system's: socket paths are limited, and another user must reach it.
    folder = Path(tempfile.mkdtemp(prefix="forail-pg-"))
    folder.chmod(0o755)
    try:
        with running_postgres(folder) as server:
            yield server
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def installation() -> Installation:
    """An empty, migrated platform, as a stand-in."""
    empty = Installation()
    bind(empty.store)
    return empty
