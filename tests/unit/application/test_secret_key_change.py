"""A new epoch of the encryption key: what the init Job gets for it, and what stays."""

from __future__ import annotations

from tests.unit.deployment import Deployment
from tests.unit.pods import pods
from tests.unit.stacks import alone, every

INIT = "Job/forail-init"


def rotated(epoch: int = 2, **sections: object) -> Deployment:
    return alone().deploy(rotation={"forailSecretKey": epoch}, **sections)


def test_the_step_comes_after_the_migrations_and_has_every_key() -> None:
    deployment = rotated(3)
    pod = pods(deployment)[INIT]
    assert [container.name for container in pod.containers] == ["database", "migrate", "secret-key", "bootstrap"]
    names = {item.name: item.object_name for item in deployment.all("Secret") if "secret-key" in item.name}
    assert set(names) == {"forail-secret-key", "forail-secret-key-2", "forail-secret-key-3"}
    step = {item["name"]: item.get("valueFrom") for item in pod.container("secret-key").raw["env"]}
    read = {name: value["secretKeyRef"]["name"] for name, value in step.items() if value and "SECRET_KEY" in name}
    assert read == {
        "FORAIL_SECRET_KEY": names["forail-secret-key-3"],
        "FORAIL_SECRET_KEY_FORMER_1": names["forail-secret-key-2"],
        "FORAIL_SECRET_KEY_FORMER_2": names["forail-secret-key"],
    }
    # Whatever the platform runs has the current key only.
    for label in ("Deployment/forail-web", "Deployment/forail-task"):
        assert names["forail-secret-key-3"] in pods(deployment)[label].text
        assert names["forail-secret-key-2"] not in pods(deployment)[label].text


def test_a_former_epochs_key_is_as_it_was() -> None:
    for kind in ("RandomPassword", "Secret"):
        before, after = every("alone").one(kind, "forail-secret-key"), rotated().one(kind, "forail-secret-key")
        assert before.inputs == after.inputs


def test_its_account_may_scale_web_and_task_and_nothing_more() -> None:
    deployment = rotated()
    role = deployment.one("Role", "forail-secret-key-change")
    assert role.inputs["rules"] == [
        {
            "apiGroups": ["apps"],
            "resources": ["deployments", "statefulsets"],
            "resourceNames": ["forail-web", "forail-task"],
            "verbs": ["get", "patch"],
        },
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
    ]
    assert pods(deployment)[INIT].spec["serviceAccountName"] == "forail-secret-key"


def test_the_job_has_the_time_that_the_drain_and_the_dump_may_take() -> None:
    def deadline(deployment: Deployment) -> int:
        return deployment.one("Job", "forail-init").inputs["spec"]["activeDeadlineSeconds"]

    grace = 1800
    longer = deadline(rotated(task={"terminationGracePeriodSeconds": grace})) - deadline(every("alone"))
    # 120 s for a slow kubelet to say that pods are gone; six hours for the dump, as in the nightly Job.
    assert longer == grace + 120 + 6 * 3600


def test_dumps_of_former_epochs_can_be_restored() -> None:
    container = pods(rotated())["CronJob/forail-restore"].container()
    assert "FORAIL_SECRET_KEY_FORMER_1" in container.env


def test_dumps_are_labelled_by_who_knows_the_former_key_too() -> None:
    """Both run before the init Job has rotated."""
    found = pods(rotated(upgrade={"backup": "always"}))
    for label in ("CronJob/forail-backup", "Job/forail-before-upgrade"):
        assert "FORAIL_SECRET_KEY_FORMER_1" in {item["name"] for item in found[label].containers[-1].raw["env"]}, label


def test_without_a_new_epoch_the_init_job_has_no_account() -> None:
    pod = pods(every("alone"))[INIT]
    assert "serviceAccountName" not in pod.spec
    assert not [item for item in every("alone").objects if "secret-key-change" in item.name]
