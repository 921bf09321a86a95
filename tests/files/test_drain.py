"""task/drain.sh and task/start.sh on a real PostgreSQL: jobs get their time, and a drained node comes back."""

import re
import signal
import socket
from collections.abc import Generator
from pathlib import Path
from uuid import uuid4

import pytest

from components.application.task import STOP_SECONDS, drain
from tests.files.postgres_server import PLATFORM_PASSWORD, PostgresServer
from tests.files.programs import DEADLINE, FILES, background, free_port, stand_in, wait_until
from tests.files.task_node import NODE, TABLES, Node


@pytest.fixture
def node(postgres: PostgresServer, tmp_path: Path) -> Generator[Node]:
    name = f"drain_{uuid4().hex}"
    postgres.make_platform(name)
    pod = Node(postgres, name, tmp_path)
    pod.sql(TABLES + f"INSERT INTO main_instance (hostname, enabled) VALUES ('{NODE}', true), ('other', true)")
    yield pod
    postgres.sql(f"DROP DATABASE {name} WITH (FORCE)")


def test_an_idle_node_is_disabled_and_its_next_pod_enables_it_again(node: Node) -> None:
    drained = node.drain()
    assert drained.returncode == 0, drained.stderr
    said = drained.stderr.splitlines()
    assert said[0] == f"drain: node {NODE} takes no new work until its pod starts again"
    assert re.fullmatch(rf"drain: node {NODE} has no job left after \d+ s", said[1])
    assert node.log.read_text() == drained.stderr, "the container's log says the same"
    assert (node.enabled(), node.enabled("other")) == (False, True)
    started = node.start()
    assert (started.returncode, started.stderr) == (0, "")
    assert started.stdout.splitlines() == [
        f"start: node {NODE} was disabled by the drain of its last pod and is enabled again",
        "launched",
    ]
    assert (node.enabled(), node.notes()) == (True, [])


@pytest.mark.parametrize("enabled", ["true", "false"])
def test_a_start_without_a_drain_changes_nothing(node: Node, enabled: str) -> None:
    node.sql(f"UPDATE main_instance SET enabled = {enabled}")
    assert node.start().stdout == "launched\n"
    assert node.enabled() is (enabled == "true")


def test_a_node_that_an_administrator_disabled_stays_so(node: Node) -> None:
    node.sql("UPDATE main_instance SET enabled = false")
    node.job()
    with node.draining("waiting") as process:
        node.sql("UPDATE main_unifiedjob SET status = 'successful'")
        assert process.wait(DEADLINE) == 0
    assert f"node {NODE} was disabled before and stays so" in node.log.read_text()
    assert node.start().stdout == "launched\n"
    assert (node.enabled(), node.notes()) == (False, [])


def test_a_note_is_used_once(node: Node) -> None:
    """The node was enabled by hand during the drain. What an administrator disables later must stay disabled."""
    node.drain()
    node.sql("UPDATE main_instance SET enabled = true")
    node.start()
    node.sql("UPDATE main_instance SET enabled = false")
    node.start()
    assert not node.enabled()


def test_a_drain_that_runs_twice_is_undone_by_one_start(node: Node) -> None:
    node.drain()
    node.drain()
    node.start()
    assert (node.enabled(), node.notes()) == (True, [])


def test_a_node_comes_back_only_by_its_own_drain(node: Node) -> None:
    node.variables["FORAIL_NODE_NAME"] = "other"
    node.drain()
    del node.variables["FORAIL_NODE_NAME"]
    node.start()
    assert (node.enabled("other"), node.notes()) == (False, ["FORAIL_STACK_DRAINED_NODE:other"])


@pytest.mark.parametrize("status", ["running", "waiting"])
@pytest.mark.parametrize(
    ("controller", "execution"),
    [
        pytest.param(NODE, NODE, id="in the pod"),
        pytest.param(NODE, "", id="in a pod of its own"),
        pytest.param("other", NODE, id="here for another node"),
    ],
)
def test_jobs_of_the_node_are_waited_for(node: Node, status: str, controller: str, execution: str) -> None:
    node.job(status, controller, execution)
    with node.draining("for jobs: 1\n") as process:
        assert not node.enabled(), "it would get more work while it waits"
        node.sql("UPDATE main_unifiedjob SET status = 'failed'")
        assert process.wait(DEADLINE) == 0
    said = node.log.read_text().splitlines()
    assert len(said) == 3, "a wait is said once, not at each look"
    assert "has no job left" in said[-1]


@pytest.mark.parametrize(
    ("status", "controller", "execution"),
    [
        *((status, NODE, NODE) for status in ("pending", "new", "successful", "failed", "error", "canceled")),
        ("running", "other", "other"),
        ("running", "other", ""),
        # A workflow runs on no node.
        ("running", "", ""),
    ],
)
def test_other_jobs_are_not(node: Node, status: str, controller: str, execution: str) -> None:
    node.job(status, controller, execution)
    outcome = node.drain()
    assert (outcome.returncode, "waiting" in outcome.stderr) == (0, False)


def test_a_job_that_a_scheduler_still_handed_over_is_waited_for(node: Node) -> None:
    """It had read the list of nodes before. The job comes in one pause of the drain and ends in the next."""
    steps, psql = node.folder / "steps", f"psql -Xq -d {node.database}"
    node.variables |= node.server.superuser()
    stand_in(
        node.folder / "bin",
        "sleep",
        f"""#!/bin/bash
set -euo pipefail
echo >>{steps}
case $(wc -l <{steps}) in
    1) {psql} -c "INSERT INTO main_unifiedjob (status, controller_node) VALUES ('waiting', '{NODE}')" ;;
    2) {psql} -c "UPDATE main_unifiedjob SET status = 'successful'" ;;
esac
""",
    )
    outcome = node.drain()
    assert outcome.returncode == 0
    assert "for jobs: 1\n" in outcome.stderr


def test_when_the_time_is_used_up_the_jobs_are_named(node: Node) -> None:
    """With the time that the pod's own preStop command has for the least grace that leaves it any."""
    node.job()
    node.job("waiting")
    *_, seconds = drain(STOP_SECONDS + 1)
    outcome = node.drain(seconds)
    assert outcome.returncode == 1
    said = outcome.stderr.splitlines()[-1]
    assert said.startswith("drain: after 1 s these jobs still run, and the end of the pod fails them: 1, 2. ")
    assert said.endswith("need a longer task.terminationGracePeriodSeconds")
    node.start()
    assert node.enabled()


def test_a_drain_that_is_killed_does_not_leave_the_node_disabled(node: Node) -> None:
    node.job()
    with node.draining("for jobs: 1\n") as process:
        process.send_signal(signal.SIGKILL)
        process.wait(DEADLINE)
        assert not node.enabled()
    node.start()
    assert node.enabled()


def test_a_node_is_not_disabled_without_the_note(node: Node) -> None:
    node.sql("ALTER TABLE conf_setting ADD CHECK (false)")
    outcome = node.drain()
    assert outcome.returncode == 1
    assert "violates check constraint" in outcome.stderr
    assert node.enabled()


def test_a_node_that_was_never_registered_has_no_jobs(node: Node) -> None:
    node.sql(f"DELETE FROM main_instance WHERE hostname = '{NODE}'")
    outcome = node.drain()
    assert outcome.returncode == 0
    assert outcome.stderr.startswith(f"drain: node {NODE} is not registered, so it takes no new work\n")
    assert node.notes() == []
    assert node.start().stdout == "launched\n"


def test_the_jobs_of_a_node_that_was_removed_meanwhile_are_waited_for(node: Node) -> None:
    """From one task pod to several: the init Job takes the single node out before the pod is asked to end."""
    node.job()
    node.sql(f"DELETE FROM main_instance WHERE hostname = '{NODE}'")
    with node.draining("for jobs: 1\n") as process:
        node.sql("UPDATE main_unifiedjob SET status = 'successful'")
        assert process.wait(DEADLINE) == 0
    assert node.log.read_text().splitlines()[-1].startswith(f"drain: node {NODE} has no job left")


@pytest.mark.parametrize("processes", [(), ("receptor", "run_callback_receiver")])
def test_a_pod_without_a_dispatcher_is_restarted_at_once(node: Node, processes: tuple[str, ...]) -> None:
    """Its liveness probe has failed: the jobs that the database calls running would never end."""
    node.processes = processes
    node.job()
    outcome = node.drain()
    assert outcome.returncode == 0
    assert outcome.stderr == "drain: the dispatcher does not run, so there is no job to wait for\n"
    assert node.enabled()


def test_a_pod_with_a_dispatcher_is_drained_though_its_probe_fails(node: Node) -> None:
    node.processes = ("run_dispatcher",)
    node.job()
    with node.draining("for jobs: 1\n"):
        assert not node.enabled()


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("refused", "Connection refused"),
        ("silent", "timeout expired"),
        ("password", "password authentication failed"),
    ],
)
def test_without_the_database_the_drain_ends_with_the_reason(node: Node, fault: str, reason: str) -> None:
    node.job()
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        node.variables |= {
            "refused": {"DATABASE_PORT": str(free_port())},
            "silent": {"DATABASE_PORT": str(silent.getsockname()[1])},
            "password": {"DATABASE_PASSWORD": "not-the-password"},
        }[fault]
        outcome = node.drain()
    assert outcome.returncode == 1
    (said,) = outcome.stderr.splitlines()
    assert said.startswith(f"drain: not waiting for the jobs of node {NODE}: ")
    assert reason in said
    assert "not-the-password" not in said
    assert PLATFORM_PASSWORD not in said
    assert node.enabled()


def test_a_database_that_goes_away_ends_the_wait(node: Node) -> None:
    node.job()
    node.variables |= node.server.superuser()
    closing = f"ALTER DATABASE {node.database} WITH ALLOW_CONNECTIONS"
    stand_in(node.folder / "bin", "sleep", f"#!/bin/bash\npsql -Xq -d postgres -c '{closing} false'\n")
    outcome = node.drain()
    assert outcome.returncode == 1
    assert "is not currently accepting connections" in outcome.stderr.splitlines()[-1]
    node.server.sql(f"{closing} true")
    node.start()
    assert node.enabled()


def test_a_statement_that_had_to_wait_takes_no_effect_later(node: Node) -> None:
    """It would disable the node after its next pod has started."""
    lock = f"BEGIN; SELECT FROM main_instance FOR UPDATE; \\! touch {node.folder}/locked\nSELECT pg_sleep(600);"
    (node.folder / "lock.sql").write_text(lock)
    login = node.server.superuser() | {"PGDATABASE": node.database}
    with background(["psql", "-Xqf", str(node.folder / "lock.sql")], node.folder / "psql", login):
        wait_until((node.folder / "locked").exists, "the row is locked")
        outcome = node.drain()
    assert outcome.returncode == 1
    assert "canceling statement due to statement timeout" in outcome.stderr
    assert (node.enabled(), node.notes()) == (True, [])


@pytest.mark.parametrize("seconds", ["", "0", "-1", "1.5", "ten", "010"])
def test_a_time_that_is_none_is_refused(node: Node, seconds: str) -> None:
    outcome = node.drain(seconds)
    assert (outcome.returncode, outcome.stderr) == (1, "drain: usage: drain.sh SECONDS, a whole number, 1 or more\n")
    assert node.enabled()


@pytest.mark.parametrize("name", ["FORAIL_NODE_NAME", "DATABASE_HOST", "DATABASE_PASSWORD"])
def test_a_missing_variable_is_named(node: Node, name: str) -> None:
    node.variables[name] = ""
    outcome = node.drain()
    assert outcome.returncode == 1
    assert f"environment variable {name} is missing or empty" in outcome.stderr


def test_a_log_that_cannot_be_written_does_not_end_the_drain(node: Node) -> None:
    node.variables["DRAIN_LOG"] = str(node.folder / "absent" / "log")
    assert node.drain().returncode == 0


def test_a_start_waits_for_the_database_and_says_why(node: Node) -> None:
    node.drain()
    node.sql("ALTER TABLE conf_setting RENAME TO not_yet")
    stand_in(node.folder / "bin", "launch_awx_task.sh", "#!/bin/bash\necho launched\n")
    log = node.folder / "start"
    command = ["bash", str(FILES / "task" / "start.sh")]
    with background(command, log, node.environment()):
        again = f"start: cannot read whether node {NODE} was drained (the reason is above); trying again\n"
        wait_until(lambda: log.read_text().count(again) >= 2, "a second try")
        assert 'relation "conf_setting" does not exist' in log.read_text()
        assert "launched" not in log.read_text()
        node.sql("ALTER TABLE not_yet RENAME TO conf_setting")
        wait_until(lambda: log.read_text().endswith("launched\n"), "the image's own start")
    assert node.enabled()
