"""restore/scale.py against a stand-in for the API server: what it leaves alone, and every unwished answer.

How a real one counts owners of fields is tested in tests/rehearsal/test_restore.py.
"""

import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.files.api_server import PULUMI, TOKEN, Cluster, api_server
from tests.files.programs import FILES, free_port, run

SCALE = str(FILES / "restore" / "scale.py")
FULL = {"deployments/forail-web": 2, "deployments/forail-task": 1}


@pytest.fixture
def cluster(tmp_path: Path) -> Generator[Cluster]:
    with api_server(tmp_path / "account") as made:
        yield made


def scale(cluster: Cluster, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """One command, by the account's token."""
    return run([sys.executable, SCALE, *arguments], cluster.environment() | {"FORAIL_API_RETRIES": "1"} | changes)


def test_it_takes_every_pod_and_gives_back_as_many(cluster: Cluster) -> None:
    assert scale(cluster, "quiesce", "60").returncode == 0
    assert set(cluster.replicas().values()) == {0}
    assert scale(cluster, "quiesce", "60").returncode == 0, "a second pod of the Job does the same again"
    assert scale(cluster, "resume").returncode == 0
    assert cluster.replicas() == FULL
    assert (cluster.notes(), cluster.managers()) == ([], {PULUMI["manager"]})


def test_several_task_pods_are_a_stateful_set(cluster: Cluster) -> None:
    del cluster.workloads["deployments/forail-task"]
    cluster.put("statefulsets/forail-task", 3)
    assert scale(cluster, "quiesce", "60").returncode == 0
    assert set(cluster.replicas().values()) == {0}
    assert scale(cluster, "resume").returncode == 0
    assert cluster.replicas() == {"deployments/forail-web": 2, "statefulsets/forail-task": 3}


def test_an_empty_cluster_has_nothing_to_take(cluster: Cluster) -> None:
    cluster.workloads.clear()
    assert scale(cluster, "quiesce", "60").returncode == 0
    assert scale(cluster, "resume").returncode == 0


def test_what_a_person_scaled_to_nothing_stays_there(cluster: Cluster) -> None:
    cluster.put("deployments/forail-web", 0)
    assert scale(cluster, "quiesce", "60").returncode == 0
    assert scale(cluster, "resume").returncode == 0
    assert cluster.replicas() == {"deployments/forail-web": 0, "deployments/forail-task": 1}


def test_what_somebody_brought_back_in_between_keeps_its_number(cluster: Cluster) -> None:
    assert scale(cluster, "quiesce", "60").returncode == 0
    cluster.workloads["deployments/forail-web"]["spec"]["replicas"] = 5
    assert scale(cluster, "resume").returncode == 0
    assert cluster.replicas()["deployments/forail-web"] == 5
    assert cluster.notes() == []


def test_pods_that_lie_there_for_their_log_are_not_waited_for(cluster: Cluster) -> None:
    cluster.finished = [{"metadata": {"name": "evicted"}, "status": {"phase": "Failed"}}]
    assert scale(cluster, "quiesce", "60").returncode == 0


def test_lost_pods_of_the_job_are_counted(cluster: Cluster) -> None:
    lost = {"metadata": {"name": "lost", "labels": {"job-name": "a"}}, "status": {"phase": "Failed"}}
    # The third had no backup to begin with.
    ended = {"state": {"terminated": {"exitCode": 1}}}
    early = {**lost, "status": {"phase": "Failed", "initContainerStatuses": [ended]}}
    cluster.finished = [lost, lost, early]
    assert scale(cluster, "failed", "a").stdout == "2\n"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_is_busy_is_asked_again(cluster: Cluster, status: int) -> None:
    cluster.refusals = [("PATCH", status)]
    outcome = scale(cluster, "quiesce", "60")
    assert outcome.returncode == 0
    assert f"{status}: refused with {status}; trying again" in outcome.stderr


def test_another_writer_is_no_error(cluster: Cluster) -> None:
    cluster.refusals = [("PATCH", 409), ("PATCH", 409)]
    assert scale(cluster, "quiesce", "60").returncode == 0
    assert set(cluster.replicas().values()) == {0}
    assert cluster.managers() == {PULUMI["manager"]}


@pytest.mark.parametrize(("method", "status"), [("GET", 403), ("PATCH", 403), ("PATCH", 422)])
def test_a_refusal_has_the_servers_words(cluster: Cluster, method: str, status: int) -> None:
    cluster.refusals = [(method, status)]
    outcome = scale(cluster, "quiesce", "60")
    assert outcome.returncode == 1
    (said,) = [line for line in outcome.stderr.splitlines() if "refuses" in line]
    path = "/apis/apps/v1/namespaces/forail/deployments/forail-web"
    assert said.startswith(f"scale: the API server refuses {method} {path}")
    assert said.endswith(f"{status}: refused with {status}")


def test_a_server_that_is_not_there_is_named(cluster: Cluster) -> None:
    absent = f"http://127.0.0.1:{free_port()}"
    outcome = scale(cluster, "resume", FORAIL_KUBERNETES_API=absent, FORAIL_API_RETRIES="0")
    assert outcome.returncode == 1
    assert f"the API server at {absent} does not answer" in outcome.stderr


def test_a_token_that_is_not_accepted_is_not_shown(cluster: Cluster) -> None:
    (cluster.folder / "token").write_text("another-token")
    outcome = scale(cluster, "resume")
    assert outcome.returncode == 1
    assert "401" in outcome.stderr
    assert "another-token" not in outcome.stdout + outcome.stderr
    assert TOKEN not in outcome.stdout + outcome.stderr


def test_a_pod_without_a_token_is_told_so(cluster: Cluster) -> None:
    (cluster.folder / "token").unlink()
    outcome = scale(cluster, "resume")
    assert outcome.returncode == 1
    assert "scale: the account's token cannot be read" in outcome.stderr
    assert "Traceback" not in outcome.stderr


@pytest.mark.parametrize("arguments", [(), ("quiesce",), ("quiesce", "soon"), ("resume", "a"), ("failed",)])
def test_wrong_arguments_are_named(cluster: Cluster, arguments: tuple[str, ...]) -> None:
    outcome = scale(cluster, *arguments)
    assert outcome.returncode == 1
    assert "usage: scale.py quiesce SECONDS | resume [IMAGE SECRET] | failed JOB" in outcome.stderr
