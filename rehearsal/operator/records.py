"""What the simulated Forails hold, in a file: ids survive a restart, and no write waits for anything."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    id INTEGER PRIMARY KEY AUTOINCREMENT, core TEXT NOT NULL, resource TEXT NOT NULL, name TEXT NOT NULL,
    fields TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS record_name ON record (core, resource, name);
CREATE TABLE IF NOT EXISTS seeded (core TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS applied (
    job TEXT PRIMARY KEY, core TEXT NOT NULL, completed TEXT NOT NULL, token TEXT NOT NULL, version TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS started (pod TEXT PRIMARY KEY, token TEXT NOT NULL, sendable INTEGER NOT NULL);
"""


@dataclass(frozen=True)
class Record:
    """One object in Forail.

    Args:
        id: its primary key.
        name: its name.
        fields: everything else, by the operator's words for it.
    """

    id: int
    name: str
    fields: dict[str, Any]


@dataclass(frozen=True)
class Applied:
    """What an init Job left in a core: the digest of the token that it registered, and the backend's version."""

    token: str
    version: str


class Records:
    """All cores' objects and tokens (as digests) in one database.

    Args:
        path: the database's file, made when absent.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path, isolation_level=None)
        # The file may be lost with the machine, but not with the process.
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def named(self, core: str, resource: str, name: str) -> Sequence[Record]:
        """The records of a core with this exact name."""
        rows = self._database.execute(
            "SELECT id, name, fields FROM record WHERE core = ? AND resource = ? AND name = ? ORDER BY id",
            (core, resource, name),
        )
        return [_record(row) for row in rows]

    def get(self, core: str, resource: str, identifier: int) -> Record | None:
        """The record with this primary key."""
        row = self._database.execute(
            "SELECT id, name, fields FROM record WHERE core = ? AND resource = ? AND id = ?",
            (core, resource, identifier),
        ).fetchone()
        return None if row is None else _record(row)

    def add(self, core: str, resource: str, name: str, fields: dict[str, Any]) -> Record:
        """Make a record."""
        cursor = self._database.execute(
            "INSERT INTO record (core, resource, name, fields) VALUES (?, ?, ?, ?)",
            (core, resource, name, json.dumps(fields)),
        )
        assert cursor.lastrowid is not None, "an INSERT has a row id"
        return Record(cursor.lastrowid, name, fields)

    def change(self, record: Record) -> None:
        """Replace name and fields of a record."""
        self._database.execute(
            "UPDATE record SET name = ?, fields = ? WHERE id = ?", (record.name, json.dumps(record.fields), record.id)
        )

    def remove(self, identifier: int) -> None:
        """Delete a record; nothing happens when there is none."""
        self._database.execute("DELETE FROM record WHERE id = ?", (identifier,))

    def claim_seeding(self, core: str) -> bool:
        """Whether a core has not been seeded yet; from now on it counts as seeded."""
        return self._database.execute("INSERT OR IGNORE INTO seeded VALUES (?)", (core,)).rowcount > 0

    def applied(self, core: str) -> Applied | None:
        """What the newest completed init Job applied."""
        row = self._database.execute(
            "SELECT token, version FROM applied WHERE core = ? ORDER BY completed DESC, rowid DESC LIMIT 1", (core,)
        ).fetchone()
        return None if row is None else Applied(*row)

    def knows_job(self, job: str) -> bool:
        """Whether this Job's completion has been noted."""
        return self._database.execute("SELECT 1 FROM applied WHERE job = ?", (job,)).fetchone() is not None

    def note_job(self, job: str, core: str, completed: str, applied: Applied) -> None:
        """Note what a completed init Job applied."""
        row = (job, core, completed, applied.token, applied.version)
        self._database.execute("INSERT OR IGNORE INTO applied VALUES (?, ?, ?, ?, ?)", row)

    def started_with(self, pod: str) -> tuple[str, bool] | None:
        """Digest of the token that a pod read when it started, and whether that can be sent in a header."""
        row = self._database.execute("SELECT token, sendable FROM started WHERE pod = ?", (pod,)).fetchone()
        return None if row is None else (row[0], bool(row[1]))

    def note_start(self, pod: str, token: str, sendable: bool) -> None:
        """Note what a pod read."""
        self._database.execute("INSERT OR IGNORE INTO started VALUES (?, ?, ?)", (pod, token, int(sendable)))


def _record(row: tuple[int, str, str]) -> Record:
    return Record(row[0], row[1], json.loads(row[2]))
