"""The Jobs whose scripts are killed on a real PostgreSQL: a restore, a backup before an upgrade, another key."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from components.application.secret_key_change import FILES as SECRET_KEY_FILES
from components.settings.images import RELEASE, ImageName
from rehearsal.kubernetes.api import Api
from rehearsal.kubernetes.objects import KubeObject, at
from tests.files.api_server import Cluster
from tests.files.backups import BACKUP, SECRET_KEY, Site, make_site
from tests.files.postgres_server import SUPERUSER, SUPERUSER_PASSWORD, PostgresServer
from tests.files.programs import FILES
from tests.files.test_restore import damage
from tests.files.test_restore_job import Platform, mounted
from tests.files.test_rotate_secret_key import with_marker
from tests.rehearsal.kills.scripted import Work, account, given

RESTORED = "forail-restore"


@dataclass
class Restoring:
    """The newest backup comes back, each time in the place of other data."""

    api: Api
    site: Site
    authority: Path
    folder: Path
    component: str = "restore"
    script: str = ""
    steps: tuple[str, ...] = tuple(f"step {name} " for name in ("create", "load", "bootstrap", "swap", "resume"))
    before: list[str] = field(default_factory=list[str])
    left: list[str] = field(default_factory=list[str])
    rounds: int = 0
    name: str = ""

    def __post_init__(self) -> None:
        outcome = self.site.backup()
        assert outcome.returncode == 0, outcome.stderr
        mounted(self.folder / "mounted")
        self.script = str(self.folder / "mounted" / "job.sh")
        self.platform.without_the_application()
        self.before = self.platform.contents()
        self.name = self.site.dumps()[0].name.removesuffix(".sql.gz")

    @property
    def platform(self) -> Platform:
        """The databases, as the tests of the script see them."""
        return Platform(self.site, Cluster(), self.folder / "mounted", {}, [], [])

    def begin(self) -> Mapping[str, object]:
        damage(self.site)
        self.left = self.platform.contents()
        self.rounds += 1
        # Another source is another restore, and both are the same backup.
        return {"restore": {"from": ("newest", self.name)[self.rounds % 2], "confirm": "dev"}}

    def variables(self, pod: KubeObject) -> Mapping[str, str]:
        database = {key: value for key, value in self.site.environment.items() if not key.endswith("_CHECK")}
        superuser = {"FORAIL_RESTORE_SUPERUSER": SUPERUSER, "FORAIL_RESTORE_SUPERUSER_PASSWORD": SUPERUSER_PASSWORD}
        reached = account(self.api, RESTORED, self.authority, self.folder / "account")
        return {
            **database,
            **given(pod, "FORAIL_RESTORE_"),
            **superuser,
            **reached,
            "TERMINATION_LOG": "/dev/null",
        }

    def faults(self) -> Iterator[str]:
        found = self.platform
        if found.contents() != self.before:
            yield "the database is not the backup"
        if found.databases() != ["", "_before_restore"]:
            yield f"the databases are {found.databases()}"
        elif found.contents("_before_restore") != self.left:
            yield "the data before it was not kept"
        if self.site.sql("SELECT count(*) FROM bootstrapped") != ["1"]:
            yield "the steps of init did not run once on it"


@dataclass
class BackingUp:
    """Each time another version of the backend, before which the database is dumped."""

    site: Site
    component: str = "backup"
    script: str = str(FILES / "backup" / "before-upgrade.sh")
    steps: tuple[str, ...] = ("exec bash", "stamp=", "sum=", "mv -- ")
    version: int = 1
    dumps: int = 0

    def begin(self) -> Mapping[str, object]:
        self.version += 1
        self.dumps = len(self.site.dumps())
        tag = f"2026.07.{self.version}"
        # No release has it.
        allowed = [f"release backend {tag}, frontend {RELEASE[ImageName.FRONTEND][1]}"]
        return {"upgrade": {"backup": "always", "allow": allowed}, "images": {"backend": {"tag": tag}}}

    def variables(self, pod: KubeObject) -> Mapping[str, str]:
        return {**self.site.environment, **given(pod, "BACKUP_RUN"), "BACKUP_SCRIPT": BACKUP}

    def faults(self) -> Iterable[str]:
        for dump in self.site.dumps():
            checked = self.site.load("--check", str(dump))
            if checked.returncode:
                yield f"{dump.name} is no whole backup: {checked.stderr}"
        partial = [name for name in self.site.files() if ".partial" in name]
        if partial:
            yield f"left over: {partial}"
        if len(self.site.dumps()) <= self.dumps:
            yield "there is no new dump"


@dataclass
class Rekeying:
    """Each time another encryption key, under which the init Job stores everything."""

    api: Api
    site: Site
    authority: Path
    folder: Path
    component: str = "init"
    script: str = ""
    steps: tuple[str, ...] = tuple(f"step {name} " for name in ("quiesce", "backup", "re-encrypt"))
    keys: list[str] = field(default_factory=lambda: [SECRET_KEY])
    dumps: int = 0

    def __post_init__(self) -> None:
        with_marker(self.site)
        mounted = self.folder / "mounted"
        mounted.mkdir()
        for file in SECRET_KEY_FILES:
            shutil.copy(FILES / file.source, mounted / Path(file.path).name)
        self.script = str(mounted / "rotate.sh")

    def begin(self) -> Mapping[str, object]:
        self.dumps = len(self.site.dumps())
        self.keys.insert(0, f"{SECRET_KEY} of epoch {len(self.keys) + 1}")
        return {"rotation": {"forailSecretKey": len(self.keys)}}

    def variables(self, pod: KubeObject) -> Mapping[str, str]:
        formers = {f"FORAIL_SECRET_KEY_FORMER_{number}": key for number, key in enumerate(self.keys[1:], start=1)}
        own = {"FORAIL_ROTATION_QUIESCE_SECONDS": "600", "FORAIL_ROTATION_BACKUP": BACKUP}
        reached = account(self.api, str(at(pod, "spec", "serviceAccountName")), self.authority, self.folder / "account")
        return {**self.site.environment, "FORAIL_SECRET_KEY": self.keys[0], **formers, **own, **reached}

    def faults(self) -> Iterable[str]:
        if self.site.check_credentials(self.keys[0]).returncode:
            yield "what is stored cannot be read with the new key"
        if self.site.check_credentials(self.keys[1]).returncode == 0:
            yield "what is stored can be read with the former key"
        if len(self.site.dumps()) <= self.dumps:
            yield "there is no dump from before"


def _restoring(server: PostgresServer, api: Api, authority: Path, folder: Path) -> Work:
    return Restoring(api, make_site(server, "restored", folder / "backups"), authority, folder)


def _backing_up(server: PostgresServer, api: Api, authority: Path, folder: Path) -> Work:  # noqa: ARG001 - as the other
    return BackingUp(make_site(server, "backed_up", folder / "backups"))


def _rekeying(server: PostgresServer, api: Api, authority: Path, folder: Path) -> Work:
    return Rekeying(api, make_site(server, "rekeyed", folder / "backups"), authority, folder)


SCRIPTED: Mapping[str, Callable[[PostgresServer, Api, Path, Path], Work]] = {
    "restore": _restoring,
    "version": _backing_up,
    "key": _rekeying,
}
"""By the name of the change: from the database server, the cluster and its authority, and a folder of its own."""
COMPONENTS: Mapping[str, str] = {
    "restore": Restoring.component,
    "version": BackingUp.component,
    "key": Rekeying.component,
}
"""Whose pods run the script."""
