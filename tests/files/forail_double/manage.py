"""`forail-manage` for the scripts that migrate and restore: a stand-in whose migrations come from a table of its own.

What it does with the database's table of migrations is what Django does, by psql on the real server: `migrate` applies
what is pending, ignores what it does not know, and records replaced and replacing names; `shell` runs its input.
"""

import json
import os
import sys
import types
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from tests.files.forail_double.database import sql
from tests.files.forail_double.stored_secrets import MODULES

ROOT = Path(__file__).resolve().parents[3]
IMAGE = "FORAIL_DOUBLE_IMAGE"
"""Variable with the path of the image's table."""
Pair = tuple[str, str]


@dataclass(frozen=True)
class Migration:
    """One file of the image."""

    app: str
    name: str
    replaces: tuple[Pair, ...] = ()

    @property
    def pair(self) -> Pair:
        """As Django's dictionaries have it."""
        return self.app, self.name


@dataclass(frozen=True)
class Image:
    """The migrations of an image in the order in which they apply, and its apps without any."""

    migrations: tuple[Migration, ...]
    unmigrated: tuple[str, ...] = ()

    def write(self, path: Path) -> None:
        """Saves the table where `installed` reads it."""
        table = [[item.app, item.name, item.replaces] for item in self.migrations]
        path.write_text(json.dumps({"migrations": table, "unmigrated": self.unmigrated}))

    @classmethod
    def installed(cls) -> "Image":
        """The table that the environment names."""
        table = json.loads(Path(os.environ[IMAGE]).read_text())
        migrations = (Migration(app, name, tuple((a, n) for a, n in pairs)) for app, name, pairs in table["migrations"])
        return cls(tuple(migrations), tuple(table["unmigrated"]))


def script(folder: Path, image: Image) -> dict[str, str]:
    """Puts the program and its table into the folder; answers the variables that make scripts find both."""
    folder.mkdir(exist_ok=True)
    image.write(folder / "image.json")
    program = folder / "forail-manage"
    program.write_text(f'#!/bin/bash\nPYTHONPATH={ROOT} exec {sys.executable} -m {__name__} "$@"\n')
    program.chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", IMAGE: str(folder / "image.json")}


class Recorded:
    """Django's query on its table."""

    def order_by(self, field: str) -> "Recorded":
        """Only the order in which rows were recorded."""
        if field != "id":
            raise NotImplementedError(field)
        return self

    def values_list(self, *fields: str) -> list[Pair]:
        """The rows' two names."""
        rows = sql(f"SELECT {', '.join(fields)} FROM django_migrations ORDER BY id")
        return [cast("Pair", tuple(row.split("\t"))) for row in rows]


class Recorder:
    """Django's MigrationRecorder."""

    migration_qs = Recorded()

    def __init__(self, connection: object) -> None:
        """The connection is the environment's."""

    def has_table(self) -> bool:
        """Whether anything was ever migrated."""
        return sql("SELECT to_regclass('django_migrations') IS NOT NULL") == ["t"]

    def record(self, pairs: Iterable[Pair]) -> None:
        """Appends rows, and makes the table first."""
        sql("CREATE TABLE IF NOT EXISTS django_migrations (id serial PRIMARY KEY, app text, name text)")
        for app, name in pairs:
            sql(f"INSERT INTO django_migrations (app, name) VALUES ('{app}', '{name}')")


class Loader:
    """Django's MigrationLoader, which reads files without a connection when told not to load."""

    def __init__(self, connection: object, load: bool = True) -> None:
        if connection is not None or load:
            raise NotImplementedError("only the files")

    def load_disk(self) -> None:
        """Reads the image."""
        image = Image.installed()
        self.disk_migrations = {item.pair: item for item in image.migrations}
        self.migrated_apps = {item.app for item in image.migrations}
        self.unmigrated_apps = set(image.unmigrated)


def migrate() -> None:
    """Applies what is pending, like the real command: it never asks about rows that it has no file for."""
    recorder = Recorder(None)
    for item in Image.installed().migrations:
        recorded = set(recorder.migration_qs.values_list("app", "name")) if recorder.has_table() else set[Pair]()
        if item.pair in recorded:
            continue
        if not item.replaces or not set(item.replaces) <= recorded:
            sys.stdout.write(f"Applying {item.app}.{item.name}...\n")
            recorder.record(pair for pair in item.replaces if pair not in recorded)
        recorder.record([item.pair])


def shell() -> None:
    """Runs standard input with what it imports of Django."""
    modules: dict[str, dict[str, object]] = {
        **MODULES,
        "django.db.migrations.loader": {"MigrationLoader": Loader},
        "django.db.migrations.recorder": {"MigrationRecorder": Recorder},
    }
    for name, contents in modules.items():
        parts = name.split(".")
        for depth in range(1, len(parts) + 1):
            sys.modules.setdefault(".".join(parts[:depth]), types.ModuleType(".".join(parts[:depth])))
        vars(sys.modules[name]).update(contents)
    exec(compile(sys.stdin.read(), "<stdin>", "exec"), {"__name__": "builtins"})


def main(arguments: Sequence[str]) -> None:
    """One command, with exactly the arguments that the scripts give."""
    known = {"shell": shell, "migrate --skip-checks --noinput": migrate}
    command = " ".join(arguments)
    if command not in known:
        raise SystemExit(f"CommandError: {command}")
    known[command]()


if __name__ == "__main__":
    main(sys.argv[1:])
