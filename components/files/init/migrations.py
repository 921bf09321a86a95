"""Refuses data that is newer than this image: migrations recorded that it does not know. Run by `forail-manage shell`.

Forail's own checks ask for pending migrations only, so an older image would run on a schema it was not written for.

DUMPED_MIGRATIONS names a file with the COPY block of django_migrations from a dump; without it the database is asked.
Changes nothing. On a refusal the last line on stderr begins with "migrations:" and the exit code is 1.

Not refused: what a squashed migration replaces; what is gone but was recorded before something that is still there (a
later release dropped what it had squashed); apps that are not part of this image (of an earlier release, or a plugin).
"""

import os
import re
import sys
from pathlib import Path

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

SHOWN = 10


def recorded_in_database():
    """(app, name) in the order in which they were recorded; nothing in an empty database."""
    recorder = MigrationRecorder(connection)
    if not recorder.has_table():
        return []
    return list(recorder.migration_qs.order_by("id").values_list("app", "name"))


def recorded_in_dump(text):
    """The same from a COPY block, whose rows come in any order."""
    header, *lines = text.splitlines()
    columns = re.search(r"\((.*)\)", header).group(1).split(", ")
    rows = [dict(zip(columns, line.split("\t"), strict=True)) for line in lines if line != r"\."]
    return [(row["app"], row["name"]) for row in sorted(rows, key=lambda row: int(row["id"]))]


def known_to_image():
    """Every migration of this image and all that they replace; the names of its apps."""
    loader = MigrationLoader(None, load=False)
    # Not the whole graph: that one follows the database, which may be about to be replaced by the dump.
    loader.load_disk()
    replaced = {pair for migration in loader.disk_migrations.values() for pair in migration.replaces}
    return set(loader.disk_migrations) | replaced, loader.migrated_apps | loader.unmigrated_apps


def newer(recorded, known, apps):
    """What was recorded after the last migration that the image knows, for each of its apps."""
    found = []
    for app in sorted(apps):
        rows = [row for row in recorded if row[0] == app]
        last = max((index for index, row in enumerate(rows) if row in known), default=-1)
        found += rows[last + 1 :]
    return found


dump = os.environ.get("DUMPED_MIGRATIONS")
recorded = recorded_in_dump(Path(dump).read_text(encoding="utf-8")) if dump else recorded_in_database()
known, apps = known_to_image()
unknown = newer(recorded, known, apps)
if unknown:
    names = [f"{app}.{name}" for app, name in unknown]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    holder = "the backup was made" if dump else "the database was migrated"
    sys.stderr.write(
        f"migrations: {holder} by a newer release than this image: it does not know {', '.join(names[:SHOWN])}{more}. "
        "Raise images.backend.tag to that release (or restore a backup from before the upgrade). Nothing was changed\n"
    )
    raise SystemExit(1)
