"""restore/job.sh against a real PostgreSQL: killed and told to end before every step, and once it is done, done."""

import os
import shutil
import signal
import subprocess
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from components.application.restore import FILES as MOUNTED
from tests.files.api_server import IMAGE, KEY_SECRET, PULUMI, Cluster, api_server
from tests.files.backups import Site, make_site
from tests.files.postgres_server import SUPERUSER, SUPERUSER_PASSWORD, PostgresServer
from tests.files.programs import FILES, at_command, background, run, stand_in, wait_until
from tests.files.test_restore import damage

STEPS = ["quiesce", "create", "carry-over", "load", "migrate", "bootstrap", "swap", "resume"]
# What is done on a restored database in the real bootstrap's place: one row that says so.
BOOTSTRAPPED = "CREATE TABLE IF NOT EXISTS bootstrapped (i int); INSERT INTO bootstrapped VALUES (1)"
BOOTSTRAP = f"from tests.files.forail_double.manage import sql\nsql('{BOOTSTRAPPED}')\n"


@dataclass
class Platform:
    """A database with a backup and later changes, its web and task, and the restore Job's pod."""

    site: Site
    cluster: Cluster
    folder: Path
    environment: dict[str, str]
    before: list[str]
    """The contents that the backup has."""
    left: list[str]
    """The contents at the time of the restore."""

    @property
    def command(self) -> list[str]:
        return ["bash", str(self.folder / "job.sh")]

    def restore(self, **changes: str) -> subprocess.CompletedProcess[str]:
        """One pod of the Job, to its end."""
        return run(self.command, self.environment | changes)

    def at(self, step: str, action: str) -> subprocess.CompletedProcess[str]:
        """The same, where bash does something before a step begins."""
        return self.restore(**at_command(self.folder.parent / "hook", f"step {step} ", action))

    def without_the_application(self) -> None:
        """Its commands end at once and well, so that what they say is not tested, in a tenth of the time."""
        bootstrap = "*bootstrapped*) PGPASSWORD=$DATABASE_PASSWORD psql -Xq -h $DATABASE_HOST -p $DATABASE_PORT"
        bootstrap += f" -U $DATABASE_USER -d $DATABASE_NAME -c '{BOOTSTRAPPED}' ;;"
        shell = f"#!/bin/bash\n[[ $1 != shell ]] || input=$(cat)\ncase ${{input:-}} in {bootstrap} esac\n"
        stand_in(self.site.folder.parent / "image", "forail-manage", shell)

    def databases(self) -> list[str]:
        """Names of all databases of this platform, without its own."""
        names = self.site.server.sql("SELECT datname FROM pg_database ORDER BY 1")
        return [name.removeprefix(self.site.database) for name in names if name.startswith(self.site.database)]

    def contents(self, suffix: str = "") -> list[str]:
        """Rows, policies and sequences of one of them."""
        found = Site(self.site.server, f"{self.site.database}{suffix}", self.folder, {}).contents()
        # The image applies one more than the backup has.
        return [line for line in found if not line.startswith("django_migrations")]

    def serves_the_old_data(self) -> None:
        """What holds after everything that went wrong in order."""
        assert self.contents() == self.left
        assert self.databases() == [""]
        self.is_up()

    def is_restored(self) -> None:
        """What holds after a restore."""
        assert self.contents() == self.before
        assert self.databases() == ["", "_before_restore"]
        assert self.contents("_before_restore") == self.left
        assert self.site.sql("SELECT count(*) FROM bootstrapped") == ["1"]
        self.is_up()

    def is_up(self) -> None:
        """Web and task have their pods, and nothing of the script is left on them."""
        assert self.cluster.replicas() == {"deployments/forail-web": 2, "deployments/forail-task": 1}
        assert self.cluster.notes() == []
        assert self.cluster.managers() == {PULUMI["manager"]}


@pytest.fixture
def cluster(tmp_path: Path) -> Generator[Cluster]:
    with api_server(tmp_path / "account") as made:
        yield made


def mounted(folder: Path) -> None:
    """What the Job's pod finds, but for the real bootstrap."""
    folder.mkdir()
    for file in MOUNTED:
        shutil.copy(FILES / file.source, folder / Path(file.path).name)
    (folder / "bootstrap.py").write_text(BOOTSTRAP)


def pod(site: Site, cluster: Cluster) -> dict[str, str]:
    """The variables of the Job's pod, on a server in the cluster."""
    given = {key: value for key, value in site.environment.items() if not key.endswith("_CHECK")}
    return (
        given
        | cluster.environment()
        | {
            "FORAIL_RESTORE_ID": "0a1b2c3d",
            "FORAIL_RESTORE_FROM": "newest",
            "FORAIL_RESTORE_IMAGE": IMAGE,
            "FORAIL_RESTORE_KEY_HOLDER": KEY_SECRET,
            "FORAIL_RESTORE_ATTEMPTS": "3",
            "FORAIL_RESTORE_QUIESCE_SECONDS": "60",
            "FORAIL_RESTORE_JOB": "forail-restore-1",
            "FORAIL_RESTORE_SUPERUSER": SUPERUSER,
            "FORAIL_RESTORE_SUPERUSER_PASSWORD": SUPERUSER_PASSWORD,
            "FORAIL_API_RETRIES": "2",
            "TERMINATION_LOG": "/dev/null",
        }
    )


@pytest.fixture
def platform(postgres: PostgresServer, cluster: Cluster, tmp_path: Path) -> Generator[Platform]:
    name = f"job_{uuid4().hex[:12]}"
    site = make_site(postgres, name, tmp_path / "backups")
    outcome = site.backup()
    assert outcome.returncode == 0, outcome.stderr
    mounted(tmp_path / "mounted")
    made = Platform(site, cluster, tmp_path / "mounted", pod(site, cluster), [], [])
    made.before = made.contents()
    damage(site)
    made.left = made.contents()
    yield made
    for suffix in ("", "_restoring", "_before_restore"):
        postgres.sql(f'DROP DATABASE IF EXISTS "{name}{suffix}" WITH (FORCE)')


def end_session(leader: int) -> None:
    """Kills everything that a process started with start_new_session began, as the end of a container does."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == leader:
            os.kill(int(stat.parent.name), signal.SIGKILL)


def test_puts_the_backup_in_the_old_databases_place_and_keeps_that(platform: Platform) -> None:
    outcome = platform.restore()
    assert outcome.returncode == 0, outcome.stderr
    platform.is_restored()
    steps = [line.removeprefix("restore: ") for line in outcome.stderr.splitlines() if line.startswith("restore: ")]
    assert [line for line in steps if line in STEPS] == STEPS
    # Web and task had no pods from before the new database was made until it had the name.
    patched = [request.partition("?")[0] for request in platform.cluster.requests if request.startswith("PATCH")]
    assert patched[0].endswith("deployments/forail-web")


def test_what_was_restored_once_is_never_restored_again(platform: Platform) -> None:
    platform.without_the_application()
    assert platform.restore().returncode == 0
    platform.site.sql("INSERT INTO main_organization (name) VALUES ('made since')")
    later = platform.contents()
    platform.cluster.requests.clear()
    outcome = platform.restore(FORAIL_RESTORE_IMAGE="registry.example.com/backend:2")
    assert outcome.returncode == 0, outcome.stderr
    assert "was finished before: the data is left as it is" in outcome.stderr
    assert platform.contents() == later
    assert not [request for request in platform.cluster.requests if request.startswith("PATCH")]
    # Another id is another restore, which takes the place of what the first one kept.
    assert platform.restore(FORAIL_RESTORE_ID="ffffffff").returncode == 0
    assert platform.contents() == platform.before
    assert platform.contents("_before_restore") == later
    assert platform.databases() == ["", "_before_restore"]


def test_a_database_that_came_by_other_means_is_not_restored_over(platform: Platform) -> None:
    """A dump does not hold the comment on its database, and one from before that restore could not."""
    platform.without_the_application()
    assert platform.restore().returncode == 0
    server, name = platform.site.server, platform.site.database
    server.sql(f'COMMENT ON DATABASE "{name}" IS NULL')
    platform.site.sql("INSERT INTO main_organization (name) VALUES ('made since')")
    later = platform.contents()
    again = platform.restore(FORAIL_RESTORE_IMAGE="registry.example.com/backend:2")
    assert again.returncode == 0, again.stderr
    assert "was finished before: the data is left as it is" in again.stderr
    assert platform.contents() == later
    # Of another server, which has nothing: neither restored unasked nor begun with nothing.
    server.sql(f'DROP DATABASE "{name}" WITH (FORCE)')
    server.sql(f'CREATE DATABASE "{name}"')
    empty = platform.restore()
    assert empty.returncode == 1
    assert "is empty now" in empty.stderr
    assert "take `restore` out and put it back" in empty.stderr
    server.sql(f'DROP DATABASE "{name}" WITH (FORCE)')
    assert "is empty now" in platform.restore().stderr


def test_a_killed_pod_leaves_the_mark_to_the_next(platform: Platform) -> None:
    platform.without_the_application()
    assert platform.at("resume", "kill -KILL $$").returncode == -signal.SIGKILL
    file = platform.site.folder / ".restored"
    file.unlink()
    assert platform.restore().returncode == 0
    assert file.read_text().split()[0] == "0a1b2c3d"
    platform.restore()
    assert len(file.read_text().splitlines()) == 1


def test_a_server_that_restarts_is_waited_for(platform: Platform, tmp_path: Path) -> None:
    platform.without_the_application()
    programs = tmp_path / "restarting"
    programs.mkdir()
    # Starting up twice, then as it is.
    mark = tmp_path / "asked"
    stand_in(programs, "pg_isready", f"#!/bin/bash\necho >>{mark}\n[[ $(wc -l <{mark}) -gt 2 ]] || exit 1\n")
    waited = platform.restore(PATH=f"{programs}:{platform.environment['PATH']}")
    assert waited.returncode == 0, waited.stderr
    assert waited.stderr.count("restore: waiting for ") == 2
    mark.unlink()
    stand_in(programs, "pg_isready", "#!/bin/bash\nexit 2\n")
    never = platform.restore(PATH=f"{programs}:{platform.environment['PATH']}", DATABASE_WAIT_SECONDS="0")
    assert "waiting for" not in never.stderr


def test_killed_before_each_step_the_next_pod_makes_it_good(platform: Platform) -> None:
    platform.without_the_application()
    for step in STEPS:
        killed = platform.at(step, "kill -KILL $$")
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert platform.contents() == (platform.before if step == "resume" else platform.left), step
    outcome = platform.restore()
    assert outcome.returncode == 0, outcome.stderr
    platform.is_restored()


def test_told_to_end_before_a_step_it_leaves_a_running_platform(platform: Platform) -> None:
    platform.without_the_application()
    for step in STEPS:
        ended = platform.at(step, "kill -TERM $$")
        assert ended.returncode == 143, ended.stderr
        if step == "resume":
            platform.is_restored()
        else:
            platform.serves_the_old_data()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_ended_while_it_loads_it_leaves_no_half_of_anything(
    platform: Platform, number: signal.Signals, tmp_path: Path
) -> None:
    # The application hangs when it is asked for credentials, after the data was loaded.
    blocking = f"import pathlib, time\npathlib.Path('{tmp_path}/blocked').touch()\ntime.sleep(600)\n"
    (platform.folder / "credentials.py").write_text(blocking)
    environment = {"LANG": "C.UTF-8", **platform.environment}
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(platform.command, env=environment, stdout=log, stderr=log, start_new_session=True)
    wait_until((tmp_path / "blocked").exists, "the load is under way")
    assert platform.databases() == ["", "_restoring"]
    process.send_signal(number)
    if number is signal.SIGKILL:
        end_session(process.pid)
    process.wait(timeout=60)
    assert platform.contents() == platform.left
    if number is signal.SIGTERM:
        platform.serves_the_old_data()
    shutil.copy(FILES / "backup" / "credentials.py", platform.folder)
    outcome = platform.restore()
    assert outcome.returncode == 0, outcome.stderr
    platform.is_restored()


@pytest.mark.parametrize(
    ("file", "body", "said"),
    [
        ("credentials.py", "raise SystemExit('credentials: none decrypts')", "credentials: none decrypts"),
        ("migrate.sh", "echo 'migrate: no memory' >&2; exit 137", "the step 'migrate' failed"),
        ("bootstrap.py", "raise SystemExit('bootstrap: the key is another one')", "bootstrap: the key is another one"),
        ("database.sh", "echo 'database: refused' >&2; exit 1", "the step 'create' failed"),
    ],
)
def test_a_step_that_fails_leaves_the_old_database_serving(platform: Platform, file: str, body: str, said: str) -> None:
    (platform.folder / file).write_text(f"{body}\n")
    outcome = platform.restore()
    # A pod that ends with 1 is not replaced.
    assert outcome.returncode == 1
    assert said in outcome.stderr
    assert f"the database '{platform.site.database}' is as it was" in outcome.stderr
    platform.serves_the_old_data()


def test_a_backup_that_is_refused_takes_nobodys_pods(platform: Platform) -> None:
    (dump,) = platform.site.dumps()
    absent = platform.restore(FORAIL_RESTORE_FROM="forail-20200101T000000Z")
    other_key = platform.restore(FORAIL_SECRET_KEY="another")
    dump.write_bytes(dump.read_bytes()[:-1])
    damaged = platform.restore()
    assert [outcome.returncode for outcome in (absent, other_key, damaged)] == [1, 1, 1]
    assert "forail-20200101T000000Z.sql.gz is not a file" in absent.stderr
    assert "FORAIL_SECRET_KEY has" in other_key.stderr
    assert "does not match its checksum" in damaged.stderr
    assert not [request for request in platform.cluster.requests if request.startswith("PATCH")]
    platform.serves_the_old_data()


def test_the_newest_is_the_newest_when_it_was_asked_for(platform: Platform, tmp_path: Path) -> None:
    """The nightly dump of the data that is to be replaced, which the restore waits for, is not."""
    platform.without_the_application()
    (dump,) = platform.site.dumps()
    later = dump.with_name("forail-20260201T000000Z.sql.gz")
    early = dump.with_name("forail-20260101T000000Z.sql.gz")
    for suffix in ("", ".meta", ".sha256"):
        Path(f"{dump}{suffix}").rename(f"{early}{suffix}")
    stand_in(tmp_path / "bin", "flock", f"#!/bin/sh\nexec touch {later} {later}.meta {later}.sha256\n")
    outcome = platform.restore(PATH=f"{tmp_path}/bin{os.pathsep}{platform.environment['PATH']}")
    assert outcome.returncode == 0, outcome.stderr
    assert platform.contents() == platform.before


def test_a_backup_that_is_deleted_while_it_waits_takes_nobodys_pods_and_is_fetched_again(
    platform: Platform, tmp_path: Path
) -> None:
    """An old one that was just fetched from the store: the nightly dump's retention deletes it."""
    platform.without_the_application()
    (dump,) = platform.site.dumps()
    stand_in(tmp_path / "bin", "flock", f"#!/bin/sh\nexec rm {dump}\n")
    outcome = platform.restore(PATH=f"{tmp_path}/bin{os.pathsep}{platform.environment['PATH']}")
    # Not 1, after which no other pod is tried.
    assert outcome.returncode == 75
    assert f"{dump} was deleted while this waited" in outcome.stderr
    assert not [request for request in platform.cluster.requests if request.startswith("PATCH")]


def test_pods_that_do_not_end_are_named_and_nothing_is_restored(platform: Platform) -> None:
    platform.without_the_application()
    platform.cluster.stuck = ["forail-task-lost"]
    outcome = platform.restore(FORAIL_RESTORE_QUIESCE_SECONDS="0")
    assert outcome.returncode == 1
    assert "still there after 0 s: forail-task-lost" in outcome.stderr
    platform.cluster.stuck = []
    platform.serves_the_old_data()


def test_after_its_last_lost_pod_the_next_only_brings_everything_back(platform: Platform) -> None:
    platform.without_the_application()
    assert platform.at("migrate", "kill -KILL $$").returncode == -signal.SIGKILL
    assert set(platform.cluster.replicas().values()) == {0}
    lost = {"metadata": {"name": "lost", "labels": {"job-name": "forail-restore-1"}}, "status": {"phase": "Failed"}}
    platform.cluster.finished = [lost] * 3
    outcome = platform.restore()
    assert outcome.returncode == 1
    assert "given up after 3 pods that were lost or killed" in outcome.stderr
    platform.serves_the_old_data()


def test_an_empty_server_gets_role_database_and_data(platform: Platform, postgres: PostgresServer) -> None:
    platform.without_the_application()
    postgres.sql(f"DROP DATABASE {platform.site.database}")
    platform.cluster.workloads.clear()
    outcome = platform.restore()
    assert outcome.returncode == 0, outcome.stderr
    assert platform.contents() == platform.before
    assert platform.databases() == [""]


def test_workloads_with_another_image_wait_for_their_own(platform: Platform) -> None:
    """A release that is newer than the restored schema would run on it, for as long as `up` takes to get there."""
    platform.without_the_application()
    platform.cluster.put("deployments/forail-task", image="registry.example.com/backend:9")
    outcome = platform.restore()
    assert outcome.returncode == 0, outcome.stderr
    assert platform.cluster.replicas() == {"deployments/forail-web": 2, "deployments/forail-task": 0}
    assert "forail-task has the image registry.example.com/backend:9 and stays at 0" in outcome.stderr


def test_workloads_with_a_former_key_wait_for_the_new_one(platform: Platform) -> None:
    """A rotation in the same `up`: what was re-encrypted they cannot read, and they would store under the old key."""
    platform.without_the_application()
    outcome = platform.restore(FORAIL_RESTORE_KEY_HOLDER="forail-secret-key-of-the-next-epoch")
    assert outcome.returncode == 0, outcome.stderr
    assert set(platform.cluster.replicas().values()) == {0}
    assert "forail-web has the former encryption key and stays at 0" in outcome.stderr


def test_ended_after_the_exchange_it_brings_nobody_of_before_back(platform: Platform) -> None:
    platform.without_the_application()
    platform.cluster.put("deployments/forail-task", image="registry.example.com/backend:9")
    platform.cluster.put("deployments/forail-web", 2, key_secret="forail-secret-key-of-before")
    ended = platform.at("resume", "kill -TERM $$")
    assert ended.returncode == 143, ended.stderr
    assert platform.contents() == platform.before
    assert set(platform.cluster.replicas().values()) == {0}


def test_what_hangs_on_the_database_goes_with_its_name(platform: Platform, postgres: PostgresServer) -> None:
    platform.without_the_application()
    name = platform.site.database
    postgres.sql(
        f"ALTER DATABASE {name} SET search_path = \"$user\", public; ALTER DATABASE {name} SET work_mem = '7MB';"
        f"ALTER DATABASE {name} SET forail.note = 'it''s';"
        f"ALTER ROLE forail IN DATABASE {name} SET lock_timeout = '9s';"
        f"ALTER DATABASE {name} CONNECTION LIMIT 90; REVOKE ALL ON DATABASE {name} FROM PUBLIC;"
        f"GRANT CONNECT ON DATABASE {name} TO pg_monitor"
    )
    query = f"""
        SELECT datacl::text, datconnlimit::text, pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate
          FROM pg_database WHERE datname = '{name}'
        UNION ALL SELECT setrole::regrole::text, setting, '', '', '' FROM pg_db_role_setting, unnest(setconfig) setting
         WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = '{name}') ORDER BY 1, 2
    """
    before = postgres.sql(query)
    assert len(before) == 5
    assert platform.restore().returncode == 0
    platform.is_restored()
    assert postgres.sql(query) == before


def test_a_superuser_whose_new_password_the_server_has_not_got_yet_is_the_old_one(platform: Platform) -> None:
    """Init, which comes later in the same `up`, sets it."""
    platform.without_the_application()
    platform.environment |= {
        "FORAIL_RESTORE_SUPERUSER_PASSWORD": "the-next-password",
        "PGPASSWORD_FORMER_1": "an-earlier-password",
        "PGPASSWORD_FORMER_2": SUPERUSER_PASSWORD,
    }
    outcome = platform.restore()
    assert outcome.returncode == 0, outcome.stderr
    platform.is_restored()
    del platform.environment["PGPASSWORD_FORMER_2"]
    outcome = platform.restore()
    assert outcome.returncode == 1
    assert "cannot use the database 'postgres'" in outcome.stderr
    assert "the-next-password" not in outcome.stderr


def test_a_new_password_of_the_role_is_not_set_by_a_restore(platform: Platform) -> None:
    """Web and task, had they to come back on the old database, would be without it."""
    outcome = platform.restore(DATABASE_PASSWORD="the-next-password")
    assert outcome.returncode == 1
    assert "with another password in the same pulumi up, run that without restore first" in outcome.stderr
    assert "the-next-password" not in outcome.stderr
    assert not [request for request in platform.cluster.requests if request.startswith("PATCH")]
    platform.serves_the_old_data()


def test_without_an_answer_it_does_not_restore_again(platform: Platform, tmp_path: Path) -> None:
    platform.without_the_application()
    assert platform.restore().returncode == 0
    later = platform.contents()
    real = shutil.which("psql")
    unanswered = (
        f'#!/bin/bash\ninput=$(cat)\n[[ $input != *shobj_description* ]] || exit 2\nexec {real} "$@" <<<"$input"\n'
    )
    stand_in(tmp_path / "silent", "psql", unanswered)
    outcome = platform.restore(PATH=f"{tmp_path}/silent{os.pathsep}{platform.environment['PATH']}")
    assert outcome.returncode == 1
    assert "cannot read whether this restore was finished before" in outcome.stderr
    assert platform.contents() == later


@pytest.fixture
def external(platform: Platform, postgres: PostgresServer) -> Generator[Platform]:
    """The same on a server elsewhere: there is no superuser, and the role may make databases."""
    platform.without_the_application()
    postgres.sql("ALTER ROLE forail CREATEDB")
    for name in ("FORAIL_RESTORE_SUPERUSER", "FORAIL_RESTORE_SUPERUSER_PASSWORD"):
        del platform.environment[name]
    yield platform
    postgres.sql("ALTER ROLE forail NOCREATEDB")


def test_elsewhere_the_platforms_own_role_does_it(external: Platform) -> None:
    outcome = external.restore()
    assert outcome.returncode == 0, outcome.stderr
    external.is_restored()


def test_elsewhere_a_role_that_may_not_make_databases_is_told_the_statement(
    external: Platform, postgres: PostgresServer
) -> None:
    postgres.sql("ALTER ROLE forail NOCREATEDB")
    outcome = external.restore()
    assert outcome.returncode == 1
    assert 'as a superuser run ALTER ROLE "forail" CREATEDB' in outcome.stderr
    assert not [request for request in external.cluster.requests if request.startswith("PATCH")]
    external.serves_the_old_data()


@pytest.mark.parametrize(
    ("suffix", "owner", "said"),
    [
        ("_restoring", SUPERUSER, "belongs to another role"),
        ("_before_restore", "forail", "was not made by a restore"),
        ("_before_restore", SUPERUSER, "was not made by a restore"),
    ],
)
def test_a_database_that_somebody_else_made_is_never_dropped(
    platform: Platform, postgres: PostgresServer, suffix: str, owner: str, said: str
) -> None:
    postgres.sql(f"CREATE DATABASE {platform.site.database}{suffix} OWNER {owner}")
    outcome = platform.restore()
    assert outcome.returncode == 1
    assert said in outcome.stderr
    assert suffix in platform.databases()
    assert platform.contents() == platform.left
    platform.is_up()


def test_sessions_that_it_may_not_end_are_named(external: Platform, tmp_path: Path) -> None:
    login = external.site.server.superuser() | {"PGDATABASE": external.site.database, "PGAPPNAME": "reporting"}
    with background(["psql", "-Xc", "SELECT pg_sleep(600)"], tmp_path / "log", login):
        open_sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'reporting'"
        wait_until(lambda: external.site.server.sql(open_sessions) == ["1"], "the other session is open")
        outcome = external.restore()
        external.site.server.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'reporting'"
        )
    assert outcome.returncode == 1
    assert f"still connected: {SUPERUSER}/reporting" in outcome.stderr
    external.serves_the_old_data()


def test_no_secret_is_on_a_command_line_or_in_the_log(platform: Platform, tmp_path: Path) -> None:
    arguments = tmp_path / "arguments"
    for name in ("psql", "python3", "bash"):
        real = shutil.which(name)
        stand_in(tmp_path / "bin", name, f'#!/bin/sh\nprintf "%s\\n" "$*" >>{arguments}\nexec {real} "$@"\n')
    outcome = platform.restore(PATH=f"{tmp_path}/bin{os.pathsep}{platform.environment['PATH']}")
    assert outcome.returncode == 0, outcome.stderr
    said = arguments.read_text() + outcome.stdout + outcome.stderr + platform.site.server.log.read_text()
    secrets = ("FORAIL_RESTORE_SUPERUSER_PASSWORD", "DATABASE_PASSWORD", "FORAIL_SECRET_KEY")
    assert not [name for name in secrets if platform.environment[name] in said]


@pytest.mark.parametrize(
    "name", ["FORAIL_RESTORE_ID", "FORAIL_RESTORE_FROM", "FORAIL_RESTORE_QUIESCE_SECONDS", "DATABASE_PASSWORD"]
)
def test_a_missing_variable_is_named(platform: Platform, name: str) -> None:
    outcome = platform.restore(**{name: ""})
    assert outcome.returncode == 1
    assert f"environment variable {name} is missing or empty" in outcome.stderr
