"""How long the platform's pods, Jobs and `up` may take, each number with the reason that it has.

Everything that runs, tries again or is waited for has a row: a new one is added here together with its reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest

from components.kube.files import text
from tests.unit.pods import pods
from tests.unit.running import long_running, platform, several


@dataclass(frozen=True)
class Patience:
    """Seconds: to start up, until out of service, until restarted, and for one answer."""

    start: int
    unready: int
    restart: int
    answer: int
    reason: str


CHART = "the vendor's chart"
STATIC = "it listens at once; a minute is for a busy node and an image that is unpacked"
PATIENCE = {
    "web": Patience(600, 30, 60, 8, "uwsgi takes 10 to 20 s of CPU, minutes at the fifth of a core that it asks for"),
    "task": Patience(600, 30, 60, 5, "it registers itself first: two application starts of 6 to 10 s of CPU, at 200m"),
    "postgres": Patience(300, 30, 60, 5, "it replays its log after a hard stop, while the init Job waits as long"),
    "redis": Patience(300, 30, 60, 5, "it reads its whole append-only file; killed, it would begin again"),
    "frontend": Patience(60, 30, 60, 5, STATIC),
    "opa": Patience(60, 30, 60, 5, STATIC),
    "otel-collector": Patience(60, 30, 60, 5, STATIC),
    "assistant": Patience(
        330, 30, 180, 5, f"{CHART}'s: it indexes the documentation, five minutes; its health hides faults"
    ),
    "ollama": Patience(120, 30, 60, 5, f"{CHART}'s, there 24 times 5 s"),
}


def _seconds(probe: dict[str, Any]) -> int:
    return probe.get("initialDelaySeconds", 0) + probe["periodSeconds"] * probe["failureThreshold"]


def test_every_container_that_runs_on_has_its_patience_here() -> None:
    assert set(PATIENCE) == set(long_running())


@pytest.mark.parametrize("name", list(PATIENCE))
def test_how_long_a_container_may_take(name: str) -> None:
    raw, patience = long_running()[name].raw, PATIENCE[name]
    found = {kind: _seconds(raw[f"{kind}Probe"]) for kind in ("startup", "readiness", "liveness")}
    assert found == {"startup": patience.start, "readiness": patience.unready, "liveness": patience.restart}, (
        patience.reason
    )
    answers = {raw[f"{kind}Probe"]["timeoutSeconds"] for kind in ("startup", "readiness", "liveness")}
    assert answers == {patience.answer}
    # Two seconds apart, so that `up` goes on as soon as it can; a model server and its client start in minutes.
    assert raw["startupProbe"]["periodSeconds"] == (10 if name == "assistant" else 2)


def test_the_only_delay_is_the_vendors() -> None:
    """Half a minute for the assistant's vector store: before it listens, each probe is a line in the log."""
    delays = {
        name: container.raw["startupProbe"].get("initialDelaySeconds") for name, container in long_running().items()
    }
    assert {name: delay for name, delay in delays.items() if delay} == {"assistant": 30}


def test_the_kubelet_waits_longer_than_webs_probe() -> None:
    """The script's own message says what is wrong; the kubelet's only that time was up. 3 s start it on a busy node."""
    own = re.search(r"WEB_PROBE_SECONDS:-([0-9]+)", text("probes/web.sh"))
    assert own is not None
    assert PATIENCE["web"].answer == int(own[1]) + 3


def test_the_init_job_waits_for_postgres_as_long_as_the_kubelet_does() -> None:
    """Shorter, the Job would fail beside a server that recovers; longer, it would wait for one that was killed."""
    own = re.search(r"DATABASE_WAIT_SECONDS:-([0-9]+)", text("postgres/database.sh"))
    assert own is not None
    assert PATIENCE["postgres"].start == int(own[1])


@dataclass(frozen=True)
class Tries:
    """Further tries, seconds for all of them, and why."""

    retries: int
    deadline: int
    reason: str


TRIES = {
    "Job/forail-init": Tries(
        6,
        3600,
        "a killed first migration needs two more runs, a full node some before; three of 8 min on half a core fit",
    ),
    "Job/forail-assistant-models": Tries(
        3,
        3600,
        "0.8 GB at 2 Mbit/s take an hour; a registry that fails for a minute is asked again after 10, 20 and 40 s",
    ),
    "Job/forail-verify": Tries(
        0,
        900,
        "it tries again itself for 300 s, after which a second pod would tell the same; 600 s are for its start: a "
        "node that pulls the backend image first",
    ),
    "CronJob/forail-backup": Tries(
        2, 21600, "a database that restarts is back in a minute; a hung dump is gone by morning"
    ),
    "Job/forail-restore": Tries(
        3, 420 + 21600 + 3600, "a lost node, and one more; it takes task's grace and 2 min, a restore and a run of init"
    ),
    "CronJob/forail-restore": Tries(0, 21600, "what stops a restore needs a person; it takes as long as the dump may"),
    "CronJob/forail-backup-drill": Tries(
        1, 21600, "a node that is drained under it takes one try; it takes as long as the restore may"
    ),
}


def test_every_job_has_its_tries_here() -> None:
    assert set(TRIES) == {label for label, pod in pods(platform()).items() if not pod.runs_on}


@pytest.mark.parametrize("label", list(TRIES))
def test_how_often_and_how_long_a_job_tries(label: str) -> None:
    spec = pods(platform())[label].owner.inputs["spec"]
    job = spec["jobTemplate"]["spec"] if "jobTemplate" in spec else spec
    assert (job["backoffLimit"], job["activeDeadlineSeconds"]) == (TRIES[label].retries, TRIES[label].deadline)


def test_migrations_run_once_and_alone() -> None:
    """Two at once break each other, also for the minute in which a failed pod ends."""
    spec = platform().one("Job", "forail-init").inputs["spec"]
    assert (spec["completions"], spec["parallelism"], spec["podReplacementPolicy"]) == (1, 1, "Failed")


@pytest.mark.parametrize("name", ["forail-backup", "forail-restore", "forail-backup-drill"])
def test_a_missed_dump_waits_an_hour_and_three_failures_are_kept(name: str) -> None:
    """Later, the load of the day has begun. A person in the morning sees three nights, and the last good run."""
    spec = platform().one("CronJob", name).inputs["spec"]
    assert spec["startingDeadlineSeconds"] == 3600
    assert (spec["successfulJobsHistoryLimit"], spec["failedJobsHistoryLimit"]) == (1, 3)


GRACE = {
    "StatefulSet/forail-postgres": (120, "the checkpoint of a shutdown takes longer than Kubernetes' 30 s"),
    "Deployment/forail-task": (300, "jobs that run get five minutes to end"),
    "Job/forail-restore": (120, "it drops its half-made database and brings web and task back first"),
}


def test_who_gets_longer_to_end_than_kubernetes_gives() -> None:
    found = {label: pod.spec.get("terminationGracePeriodSeconds") for label, pod in pods(platform()).items()}
    assert {label: seconds for label, seconds in found.items() if seconds} == {
        label: row[0] for label, row in GRACE.items()
    }


WAITS = {
    "Deployment/forail-web": ("15m", "its start-up, and five minutes for a node that pulls the image"),
    "Deployment/forail-task": ("1200s", "the same, and the grace of the pod that goes before"),
    "StatefulSet/forail-postgres": ("10m", "its start-up and as much again"),
    "Deployment/forail-redis": ("10m", "its start-up and as much again"),
    "Deployment/forail-frontend": ("10m", "the provider's own"),
    "Deployment/forail-opa": ("10m", "the provider's own"),
    "Deployment/forail-otel-collector": ("10m", "the provider's own"),
    "Deployment/forail-assistant": ("20m", "images of several GB"),
    "Deployment/forail-assistant-ollama": ("20m", "images of several GB"),
    "Job/forail-restore": ("432m", "five minutes more than the Job has, so that its own reason is what is shown"),
    "Job/forail-verify": ("20m", "five minutes more than the Job has, so that its own reason is what is shown"),
    "Job/forail-init": ("65m", "five minutes more than the Job has, so that its own reason is what is shown"),
    "Job/forail-assistant-models": (
        "65m",
        "five minutes more than the Job has, so that its own reason is what is shown",
    ),
}


@pytest.mark.parametrize("label", list(WAITS))
def test_how_long_up_waits(label: str) -> None:
    times = pods(platform())[label].owner.request.customTimeouts
    assert times.create == times.update == WAITS[label][0], WAITS[label][1]


def test_everything_that_is_waited_for_has_its_time_here() -> None:
    assert set(WAITS) == {label for label, pod in pods(platform()).items() if pod.owner.kind != "CronJob"}


def test_up_waits_longer_than_a_container_may_take_to_start() -> None:
    """Else `up` fails while the pod is still allowed to come up, and the next one finds it well."""
    for label, pod in pods(platform()).items():
        if pod.runs_on:
            number, unit = re.fullmatch(r"([0-9]+)([ms])", WAITS[label][0]).groups()  # pyright: ignore[reportOptionalMemberAccess]
            seconds = int(number) * (60 if unit == "m" else 1)
            assert seconds >= PATIENCE[pod.container().name].start + 300, label


def test_several_task_pods_are_waited_for_one_after_the_other() -> None:
    """A StatefulSet ends its pods one by one, each with its own grace."""
    for replicas, seconds in ((2, 900 + 2 * 300), (5, 900 + 5 * 300)):
        owner = pods(several(replicas))["StatefulSet/forail-task"].owner
        assert owner.request.customTimeouts.update == f"{seconds}s"
