"""The platform's database as `forail-manage` uses it, by psql; and transactions, which a process per query has not."""

import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager

_pending: list[str] | None = None


def _psql(statements: str) -> list[str]:
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGDATABASE": "NAME", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    login = {name: os.environ[f"DATABASE_{suffix}"] for name, suffix in names.items()}
    command = ["psql", "-XqAt", "-F", "\t", "-v", "ON_ERROR_STOP=1"]
    return subprocess.run(
        command, env=os.environ | login, input=statements, stdout=subprocess.PIPE, text=True, check=True
    ).stdout.splitlines()


def sql(statements: str) -> list[str]:
    """The lines that the platform's database answers."""
    if _pending is None:
        return _psql(statements)
    if statements.startswith("SELECT"):
        return _psql("".join(["BEGIN;", *_pending, statements, ";ROLLBACK;"]))
    _pending.append(f"{statements};")
    return []


@contextmanager
def atomic() -> Generator[None]:
    """Django's transaction: what is written inside is seen inside, and stays only at the end of the outermost block."""
    global _pending
    if _pending is not None:
        yield
        return
    _pending = []
    try:
        yield
        _psql("".join(["BEGIN;", *_pending, "COMMIT;"]))
    finally:
        _pending = None
