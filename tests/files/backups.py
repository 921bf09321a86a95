"""A small database in Forail's shape, a folder of backups, and the two scripts that work on them."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.files.forail_double.encryption import encrypt
from tests.files.forail_double.manage import Image, Migration, script
from tests.files.postgres_server import PostgresServer
from tests.files.programs import FILES, run

BACKUP = str(FILES / "backup" / "backup.sh")
RESTORE = str(FILES / "backup" / "restore.sh")
LOAD = str(FILES / "backup" / "load.sh")
TEMPLATE = "site_template"
SECRET_KEY = "the-key-of-the-platform"
# Two facts of the real schema matter to a dump: policies that bind the owner, open while no tenant is set, and
# partitioned event tables. Names and the policy's form follow the real ones.
SCHEMA = """
CREATE TABLE django_migrations (id serial PRIMARY KEY, app text, name text);
INSERT INTO django_migrations (app, name)
    VALUES ('main', '0001_initial'), ('main', '0210_rls_nullif_cast'), ('sso', '0999_other');
CREATE TABLE main_organization (id serial PRIMARY KEY, name text);
INSERT INTO main_organization (name) SELECT 'org ' || i FROM generate_series(1, 3) i;
CREATE TABLE main_inventory (id serial PRIMARY KEY, organization_id int REFERENCES main_organization, name text);
INSERT INTO main_inventory (organization_id, name)
    SELECT 1 + i % 3, E'inventory\\t' || i || E'\\\\N ''"$ é' FROM generate_series(1, 300) i;
ALTER TABLE main_inventory ENABLE ROW LEVEL SECURITY;
ALTER TABLE main_inventory FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON main_inventory FOR ALL TO public USING (
    NULLIF(current_setting('forail.current_tenant_id', true), '') IS NULL
    OR organization_id = NULLIF(current_setting('forail.current_tenant_id', true), '')::int);
CREATE TABLE main_jobevent (id bigserial, job_created timestamptz NOT NULL) PARTITION BY RANGE (job_created);
CREATE TABLE main_jobevent_1 PARTITION OF main_jobevent FOR VALUES FROM ('2026-01-01') TO ('2026-01-02');
INSERT INTO main_jobevent (job_created) SELECT '2026-01-01 12:00' FROM generate_series(1, 50);
CREATE TABLE main_jobevent_20260102_00 PARTITION OF main_jobevent FOR VALUES FROM ('2026-01-02') TO ('2026-01-03');
INSERT INTO main_jobevent (job_created) SELECT '2026-01-02 00:30' FROM generate_series(1, 20);
CREATE TABLE main_credential (id serial PRIMARY KEY, inputs jsonb);
"""
# The image that the schema above is of.
IMAGE = Image(
    (
        Migration("main", "0001_initial"),
        Migration("main", "0209_rls_eventlog"),
        Migration("main", "0210_rls_nullif_cast"),
        Migration("sso", "0999_other"),
    )
)
FINGERPRINT = """
SELECT 'django_migrations', md5(string_agg(t::text, '|' ORDER BY id)) FROM django_migrations t
UNION ALL SELECT 'main_organization', md5(string_agg(t::text, '|' ORDER BY id)) FROM main_organization t
UNION ALL SELECT 'main_inventory', md5(string_agg(t::text, '|' ORDER BY id)) FROM main_inventory t
UNION ALL SELECT 'main_jobevent', md5(string_agg(t::text, '|' ORDER BY id)) FROM main_jobevent t
UNION ALL SELECT 'main_credential', md5(string_agg(t::text, '|' ORDER BY id)) FROM main_credential t
UNION ALL SELECT relname, relrowsecurity || ' ' || relforcerowsecurity FROM pg_class WHERE relname = 'main_inventory'
UNION ALL SELECT polname, pg_get_expr(polqual, polrelid) FROM pg_policy
UNION ALL SELECT sequencename, last_value::text FROM pg_sequences WHERE schemaname = 'public'
ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Site:
    """One platform database with the environment of its web pod."""

    server: PostgresServer
    database: str
    folder: Path
    environment: dict[str, str]

    def backup(self, **changes: str) -> subprocess.CompletedProcess[str]:
        """Runs backup.sh; keyword arguments replace variables."""
        return run(["bash", BACKUP], self.environment | changes)

    def restore(self, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        """Runs restore.sh without a terminal."""
        return run(["bash", RESTORE, *arguments], self.environment | changes)

    def load(self, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        """Runs load.sh."""
        return run(["bash", LOAD, *arguments], self.environment | changes)

    def store_credential(self, secret_key: str) -> None:
        """A credential whose password is encrypted with the key, as Forail writes it."""
        [key] = self.sql("SELECT nextval('main_credential_id_seq')")
        inputs = {"username": "deployer", "password": encrypt("open sesame", "password", int(key), secret_key)}
        self.sql(f"INSERT INTO main_credential VALUES ({key}, '{json.dumps(inputs)}')")

    def check_credentials(self, secret_key: str) -> subprocess.CompletedProcess[str]:
        """Reads every stored credential with this key."""
        script = (FILES / "backup" / "credentials.py").read_text()
        return run(["forail-manage", "shell"], self.environment | {"FORAIL_SECRET_KEY": secret_key}, script)

    def sql(self, statements: str) -> list[str]:
        """Runs SQL as the platform's role."""
        return self.server.sql(statements, self.database, "forail")

    def contents(self) -> list[str]:
        """Rows, policies and sequences, as lines to compare."""
        return self.sql(FINGERPRINT)

    def dumps(self) -> list[Path]:
        """The backups that are there, oldest first."""
        return sorted(self.folder.glob("forail-*.sql.gz"))

    def files(self) -> list[str]:
        """Everything in the folder but the lock."""
        return sorted(path.name for path in self.folder.iterdir() if path.name != ".lock")

    def with_stand_in(self, folder: Path) -> str:
        """A PATH on which the folder's programs hide the real ones."""
        return f"{folder}{os.pathsep}{os.environ['PATH']}"


def make_site(server: PostgresServer, name: str, folder: Path) -> Site:
    """A database of the name with the schema above, owned by a role that is not a superuser."""
    if server.sql(f"SELECT count(*) FROM pg_database WHERE datname = '{TEMPLATE}'") == ["0"]:
        server.make_platform(TEMPLATE)
        server.sql(SCHEMA, TEMPLATE, "forail")
    server.sql(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} OWNER forail")
    folder.mkdir()
    environment = server.platform(name) | {"FORAIL_SECRET_KEY": SECRET_KEY, "BACKUP_DIR": str(folder)}
    environment["MIGRATIONS_CHECK"] = str(FILES / "init" / "migrations.py")
    environment["CREDENTIALS_CHECK"] = str(FILES / "backup" / "credentials.py")
    site = Site(server, name, folder, environment | script(folder.parent / "image", IMAGE))
    site.store_credential(SECRET_KEY)
    return site
