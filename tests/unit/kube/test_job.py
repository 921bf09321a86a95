"""Jobs: named after what they apply, and CronJobs that cannot block one another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from components.kube.container import Container, ImageRef
from components.kube.environment import Env, SecretRef
from components.kube.job import Concurrency, HashedJob, HashedJobArgs, ScheduledJob, ScheduledJobArgs
from components.kube.mounts import FileMount, ScratchMount
from components.kube.pod import Pod, PodOptions
from tests.unit.deployment import Deployment
from tests.unit.engine import run
from tests.unit.kube.rendered import SCOPE

STEP = Container(
    name="step",
    image=ImageRef("image:1", "1"),
    command=("sh", "/it.sh"),
    args=("-v",),
    env=(Env("TEXT", "a"), Env("PASSWORD", secret=SecretRef("password-1", "value")), Env("POD", field="metadata.name")),
    mounts=(FileMount("files", "map-1", "it.sh", "/it.sh", "echo 1"), ScratchMount("scratch", "/tmp")),
)
POD = Pod(component="work", containers=(STEP,), restart_policy="Never")
JOB = HashedJobArgs(scope=SCOPE, object_name="forail-work", pod=POD, retries=3, deadline_seconds=600)


def with_password(secret: str, key: str) -> tuple[Env, ...]:
    """The container's variables, with another Secret."""
    return (STEP.env[0], Env("PASSWORD", secret=SecretRef(secret, key)), STEP.env[2])


def made(args: HashedJobArgs) -> Deployment:
    """What comes of the Job."""
    return run(lambda: HashedJob("forail-work", args))


def name(**changes: object) -> str:
    """The Job's name with a changed container."""
    pod = replace(POD, containers=(replace(STEP, **changes),))  # type: ignore[arg-type]
    return made(replace(JOB, pod=pod)).one("Job", "forail-work").object_name


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"image": ImageRef("image:2", "2")}, id="image"),
        pytest.param({"command": ("sh", "/other.sh")}, id="command"),
        pytest.param({"args": ("-q",)}, id="arguments"),
        pytest.param({"env": (Env("TEXT", "b"), *STEP.env[1:])}, id="text of a variable"),
        pytest.param({"env": (Env("WORDS", "a"), *STEP.env[1:])}, id="name of a variable"),
        pytest.param({"env": with_password("password-2", "value")}, id="secret"),
        pytest.param({"env": with_password("password-1", "other")}, id="key of a secret"),
        pytest.param({"env": (STEP.env[0], Env("PASSWORD", "password-1"), STEP.env[2])}, id="kind of a variable"),
        pytest.param({"mounts": (FileMount("files", "map-1", "it.sh", "/it.sh", "echo 2"),)}, id="text of a file"),
        pytest.param({"mounts": (FileMount("files", "map-1", "it.sh", "/that.sh", "echo 1"),)}, id="place of a file"),
    ],
)
def test_it_runs_again_when_what_it_applies_changes(changes: dict[str, object]) -> None:
    assert name(**changes) != name()


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"resources": {"limits": {"memory": "1Gi"}}}, id="resources"),
        pytest.param({"mounts": (STEP.mounts[0], ScratchMount("scratch", "/var/tmp"))}, id="scratch space"),
        # A ConfigMap of another name with the same text: what is applied is the text.
        pytest.param({"mounts": (FileMount("files", "map-2", "it.sh", "/it.sh", "echo 1"),)}, id="name of a map"),
    ],
)
def test_its_name_stays_for_anything_else(changes: dict[str, object]) -> None:
    """The provider still replaces it where that changes its pod template."""
    assert name(**changes) == name()


def test_options_of_its_pod_are_covered() -> None:
    pod = replace(POD, options=PodOptions(env=(Env("EXTRA", "1"),)))
    assert made(replace(JOB, pod=pod)).one("Job", "forail-work").object_name != name()


@pytest.mark.parametrize("exclusive", [True, False])
def test_only_an_exclusive_one_is_deleted_first(exclusive: bool) -> None:
    job = made(replace(JOB, exclusive=exclusive)).one("Job", "forail-work")
    assert job.request.deleteBeforeReplace is exclusive
    # Left to the provider otherwise: under its own name another can only come once it is gone.
    assert job.request.deleteBeforeReplaceDefined is exclusive
    assert (job.inputs["spec"]["completions"], job.inputs["spec"]["parallelism"]) == (1, 1)
    # A new pod only when the old one is gone.
    assert job.inputs["spec"]["podReplacementPolicy"] == "Failed"


def test_it_starts_after_what_it_is_given() -> None:
    def program() -> None:
        first = HashedJob("forail-first", JOB)
        HashedJob("forail-second", replace(JOB, object_name="forail-second", after=(first,)))

    deployment = run(program)
    first, second = (deployment.one("Job", name) for name in ("forail-first", "forail-second"))
    assert deployment.depends_on(second, first)
    assert not deployment.depends_on(first, second)


def test_up_waits_a_little_longer_than_the_job_may_take() -> None:
    job = made(JOB).one("Job", "forail-work")
    assert job.inputs["spec"]["activeDeadlineSeconds"] == 600
    assert job.request.customTimeouts.create == job.request.customTimeouts.update == "15m"


def test_a_failed_one_is_replaced_by_the_next_up() -> None:
    assert made(JOB).one("Job", "forail-work").inputs["metadata"]["annotations"]["pulumi.com/replaceUnready"] == "true"


NIGHTLY = ScheduledJobArgs(
    scope=SCOPE, object_name="forail-nightly", pod=POD, schedule="@daily", retries=2, deadline_seconds=60
)


def nightly(args: ScheduledJobArgs) -> dict[str, Any]:
    """The CronJob's spec."""
    return run(lambda: ScheduledJob("forail-nightly", args)).one("CronJob", "forail-nightly").inputs["spec"]


def test_a_scheduled_one_never_overlaps_itself_and_ends() -> None:
    spec = nightly(NIGHTLY)
    assert (spec["concurrencyPolicy"], spec["suspend"]) == ("Forbid", False)
    # A controller that was away for longer than this starts nothing late.
    assert spec["startingDeadlineSeconds"] == 3600
    assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] == 60
    assert spec["jobTemplate"]["spec"]["backoffLimit"] == 2


def test_a_scheduled_one_makes_way_where_it_is_told() -> None:
    assert nightly(replace(NIGHTLY, concurrency=Concurrency.REPLACE))["concurrencyPolicy"] == "Replace"
