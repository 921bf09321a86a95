"""Everything is gone but the store and the passphrase: copies, key and restore bring the platform back, for real."""

import shutil
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.files.api_server import api_server
from tests.files.backups import IMAGE, Site, make_site
from tests.files.forail_double.manage import script
from tests.files.postgres_server import PostgresServer, unused_postgres
from tests.files.stores import Copying, Store, rclone, s3_environment, s3_server
from tests.files.test_backup import PASSPHRASE, decrypted
from tests.files.test_restore_job import Platform, mounted, pod

ROWS = """
SELECT 'inventories', count(*) FROM main_inventory UNION ALL SELECT 'organizations', count(*) FROM main_organization
UNION ALL SELECT 'events', count(*) FROM main_jobevent UNION ALL SELECT 'credentials', count(*) FROM main_credential
"""


def copied(postgres: PostgresServer, folder: Path, store: Store) -> list[str]:
    """Backs a platform up, copies that to the store, and loses the platform; its rows and contents."""
    site = make_site(postgres, "lost_platform", folder / "backups")
    # The last of the image's, so that the restore applies none.
    site.sql("INSERT INTO django_migrations (app, name) VALUES ('main', '0209_rls_eventlog')")
    outcome = site.backup(BACKUP_KEY_PASSPHRASE=PASSPHRASE)
    assert outcome.returncode == 0, outcome.stderr
    outcome = Copying(site.folder, store, folder).copy()
    assert outcome.returncode == 0, outcome.stderr
    had = [*site.sql(ROWS), *site.contents()]
    postgres.sql("DROP DATABASE lost_platform WITH (FORCE)")
    shutil.rmtree(site.folder)
    return had


def nothing(server: PostgresServer, folder: Path, key: str) -> Site:
    """The environment of a platform that a first `up` makes: an empty claim, a server without role and database."""
    (folder / "claim").mkdir()
    environment = server.platform("lost_platform") | {"FORAIL_SECRET_KEY": key, "BACKUP_DIR": str(folder / "claim")}
    return Site(server, "lost_platform", folder / "claim", environment | script(folder / "image", IMAGE))


@pytest.fixture
def empty_server() -> Generator[PostgresServer]:
    """One that nobody has used."""
    with unused_postgres() as server:
        yield server


def test_an_empty_cluster_comes_back_from_the_store_and_the_passphrase(
    postgres: PostgresServer, empty_server: PostgresServer, tmp_path: Path
) -> None:
    lost, new = tmp_path / "lost", tmp_path / "new"
    lost.mkdir()
    new.mkdir()
    with s3_server(tmp_path) as (port, buckets), api_server(new / "account") as cluster:
        (buckets / "bucket").mkdir()
        store = Store(s3_environment(port, "bucket/forail"), buckets / "bucket" / "forail")
        had = copied(postgres, lost, store)
        # A person brings one file from the store and reads the key.
        (encrypted,) = [name for name in store.names() if name.endswith(".key.enc")]
        rclone("copyto", f"store:bucket/forail/{encrypted}", str(new / encrypted), **store.environment)
        key = decrypted(new / encrypted).decode().strip()
        # `pulumi up`: nothing runs yet; the Job's pod fetches the newest backup and restores it.
        cluster.workloads.clear()
        site = nothing(empty_server, new, key)
        fetched = Copying(site.folder, store, new).fetch("newest", site.folder)
        assert fetched.returncode == 0, fetched.stderr
        mounted(new / "mounted")
        restored = Platform(site, cluster, new / "mounted", pod(site, cluster), [], []).restore()
        assert restored.returncode == 0, restored.stderr
    assert [*site.sql(ROWS), *site.contents()] == had
    # Not by its presence: decrypted with the key that came back.
    assert "credentials: 1 encrypted values decrypt" in restored.stdout
