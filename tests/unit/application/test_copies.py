"""`backups.copies`: what the backup's pod then runs, and where the store's credentials are."""

from __future__ import annotations

import json
import re

from components.application.copies import NEWEST, Copies, CopiesArgs
from components.kube.container import ImageRef
from components.kube.job import ScheduledJob, ScheduledJobArgs
from components.kube.mounts import ScratchMount
from components.kube.outbound import Outbound
from components.kube.pod import Pod as PodTemplate
from components.settings.copies import CopiesSettings
from components.settings.images import RELEASE, ImageName
from tests.unit.deployment import Registered
from tests.unit.engine import deploy, run
from tests.unit.kube.rendered import SCOPE
from tests.unit.pods import Container, Pod, pods
from tests.unit.stacks import COPIES_SECRETS, GIVEN, alone, every

S3 = {"type": "s3", "path": "bucket/forail", "options": {"provider": "Minio", "region": "eu"}}
KEYS = {"copiesSecrets": json.dumps({"access_key_id": f"{GIVEN}id", "secret_access_key": f"{GIVEN}key"})}


def backup_pod(stack: str) -> Pod:
    """The pod of the nightly dump."""
    return pods(every(stack))["CronJob/forail-backup"]


def store_secrets(stack: str) -> list[Registered]:
    """The Secrets with credentials of the store that the stack makes."""
    return [item for item in every(stack).all("Secret") if "copies" in item.label]


def test_without_the_section_the_pod_is_what_it_was() -> None:
    pod = backup_pod("alone")
    assert "initContainers" not in pod.spec
    assert not {"BACKUP_RUN", "BACKUP_KEY_PASSPHRASE"} & set(pod.container("backup").env)
    assert "rclone" not in str(every("alone").outputs["images"])
    assert not [item.label for item in every("alone").resources if "copies" in item.label.lower()]


def test_the_dump_comes_first_then_its_copy() -> None:
    pod = backup_pod("everything")
    assert [container.name for container in pod.containers] == ["backup", "copy"]
    assert [container.name for container in pod.main] == ["copy"]
    copy = pod.container("copy").raw
    assert copy["image"] == f"registry.example.com/mirror/rclone/rclone:{RELEASE[ImageName.RCLONE][1]}"
    assert copy["command"] == ["/usr/local/bin/copy.sh"]
    # The version of a CronJob is that of what it dumps.
    labels = every("elsewhere").one("CronJob", "forail-backup").inputs["metadata"]["labels"]
    assert labels["app.kubernetes.io/version"] == RELEASE[ImageName.BACKEND][1]


def test_a_try_after_a_failed_copy_knows_the_dump_of_the_first() -> None:
    # By the Job's uid: a name, as of a Job made by hand, can come again.
    uid = "field:metadata.labels['batch.kubernetes.io/controller-uid']"
    assert backup_pod("everything").container("backup").env["BACKUP_RUN"] == uid


def test_both_containers_see_the_same_dumps() -> None:
    pod = backup_pod("everything")
    assert {container.mounts["/var/backups/forail"]["name"] for container in pod.containers} == {"backups"}
    assert pod.container("copy").env["BACKUP_DIR"] == "/var/backups/forail"


def test_the_copy_gets_neither_the_database_nor_a_key() -> None:
    names = backup_pod("everything").container("copy").env
    assert not [name for name in names if name.startswith(("DATABASE_", "FORAIL_", "BACKUP_KEY"))]


def test_credentials_are_references_and_passwords_are_obscured_in_the_pod() -> None:
    env = backup_pod("everything").container("copy").env
    (secret,) = store_secrets("everything")
    assert set(secret.inputs["data"]) == set(COPIES_SECRETS)
    assert re.fullmatch("secret:.*copies.*/key_pem", env["RCLONE_CONFIG_STORE_KEY_PEM"])
    assert re.fullmatch("secret:.*copies.*/key_file_pass", env["STORE_CLEAR_KEY_FILE_PASS"])
    assert env["STORE_OBSCURED"] == "KEY_FILE_PASS"
    assert "RCLONE_CONFIG_STORE_KEY_FILE_PASS" not in env


def test_an_existing_secret_is_read_by_its_keys_and_none_is_made() -> None:
    env = backup_pod("elsewhere").container("copy").env
    assert env["RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY"] == "secret:kept-store/key"
    assert not store_secrets("elsewhere")


def test_options_retention_and_path_are_the_stack_files() -> None:
    copies = {**S3, "retentionDays": 365, "retentionCount": 12}
    deployment = deploy({**alone().config, "backups": {"copies": copies, "retentionDays": 30}}, KEYS)
    env = pods(deployment)["CronJob/forail-backup"].container("copy").env
    assert (env["COPIES_RETENTION_DAYS"], env["COPIES_RETENTION_COUNT"]) == ("365", "12")
    assert (env["COPIES_PATH"], env["RCLONE_CONFIG_STORE_TYPE"]) == ("bucket/forail", "s3")
    assert (env["RCLONE_CONFIG_STORE_PROVIDER"], env["RCLONE_CONFIG_STORE_REGION"]) == ("Minio", "eu")
    # An upload into a misspelt bucket would otherwise make it.
    assert env["RCLONE_CONFIG_STORE_NO_CHECK_BUCKET"] == "true"


def test_other_pods_can_fetch_a_dump_first() -> None:
    def program() -> None:
        settings = CopiesSettings.model_validate({"type": "webdav", "path": "forail"})
        args = CopiesArgs(
            scope=SCOPE, settings=settings, image=ImageRef("rclone:1", "1"), secrets={}, outbound=Outbound()
        )
        copies = Copies("x", args)
        fetch = copies.fetch(NEWEST, ScratchMount("dumps", "/dumps"))
        pod = PodTemplate(component="drill", containers=(fetch,))
        job = ScheduledJobArgs(
            scope=SCOPE, object_name="drill", pod=pod, schedule="0 0 * * *", retries=0, deadline_seconds=60
        )
        ScheduledJob("drill", job)

    container: Container = pods(run(program))["CronJob/drill"].container("fetch")
    assert container.raw["command"] == ["/usr/local/bin/fetch.sh", "newest", "/dumps"]
    assert {"/dumps", "/tmp", "/usr/local/bin/fetch.sh", "/usr/local/bin/store.sh"} <= set(container.mounts)
    assert container.env["COPIES_PATH"] == "forail"


def test_a_passphrase_reaches_what_dumps_and_nothing_else() -> None:
    found = {
        pod.label
        for pod in pods(every("everything")).values()
        for container in pod.containers
        if "BACKUP_KEY_PASSPHRASE" in container.env
    }
    assert found == {"CronJob/forail-backup", "Deployment/forail-web", "Job/forail-before-upgrade"}
    env = backup_pod("elsewhere").container("backup").env
    assert env["BACKUP_KEY_PASSPHRASE"] == "secret:kept-backupkeypassphrase/it"
