"""A restore on a running stack, through the real engine and API server: what `up` does, and what its script may do.

Simulated pods run no script. So scale.py runs here, as the account that the stack made for it.
"""

import subprocess
import sys
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest

from components.kube.files import FOLDER
from tests.rehearsal.dev_stack import CHECKOUT, DevStack, Json
from tests.rehearsal.rehearsed import Cluster, Rehearse, eventually

CORE: Mapping[str, object] = {"operator": {"enabled": False}, "content": {"files": []}}
BLOCK = {"from": "newest", "confirm": "dev"}
API = "/apis/apps/v1/namespaces/forail/deployments"
REPLICAS = {"forail-web": 2, "forail-task": 1}


@dataclass(frozen=True)
class Up(DevStack):
    """The dev stack without its operator, and with two web pods."""

    NAMESPACE = "forail"
    SECTIONS: ClassVar[Mapping[str, object]] = {
        **CORE,
        "web": {"replicas": 2},
        "projects": {"storage": {"accessMode": "ReadWriteMany"}},
        "backups": {"storage": {"accessMode": "ReadWriteMany"}},
    }

    def deployment(self, name: str) -> dict[str, Any]:
        """A live Deployment."""
        return cast("dict[str, Any]", self.cluster.api.get(f"{API}/{name}"))

    def replicas(self) -> dict[str, int]:
        """What web and task are declared to have."""
        return {name: self.deployment(name)["spec"]["replicas"] for name in REPLICAS}

    def restores(self) -> list[str]:
        """Names of everything that a restore has in the namespace, but for the CronJob that is always there."""
        kinds = ("api/v1/serviceaccounts", "apis/batch/v1/jobs", "api/v1/configmaps")
        kinds += ("apis/rbac.authorization.k8s.io/v1/roles", "apis/rbac.authorization.k8s.io/v1/rolebindings")
        names = [item["metadata"]["name"] for kind in kinds for item in self.items(kind)]
        return [name.rpartition("-")[0] if name[-1].isdigit() else name for name in names if "restore" in name]


@pytest.fixture(scope="module")
def up(module_rehearse: Rehearse, control_plane: Cluster) -> Up:
    first = module_rehearse(CHECKOUT, config_overrides=Up.SECTIONS, strict=True)
    first.up()
    return Up(module_rehearse, control_plane, first)


@dataclass(frozen=True)
class Script:
    """scale.py in the hands of the account."""

    environment: Mapping[str, str]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One command."""
        command = [sys.executable, str(FOLDER / "restore" / "scale.py"), *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def script(up: Up, tmp_path: Path) -> Generator[Script]:
    """While a restore is in the stack file."""
    up.again(restore=BLOCK).up()
    path = "/api/v1/namespaces/forail/serviceaccounts/forail-restore/token"
    request: Json = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    answer = up.cluster.api.request("POST", path, body=request)
    (tmp_path / "token").write_text(answer["status"]["token"])
    (tmp_path / "ca.crt").write_bytes(up.cluster.authority.read_bytes())
    variables = {
        "FORAIL_KUBERNETES_API": up.cluster.url,
        "FORAIL_SERVICE_ACCOUNT": str(tmp_path),
        "MY_POD_NAMESPACE": "forail",
        "FORAIL_API_RETRIES": "1",
    }
    yield Script(variables)
    up.first.up()


def test_a_restore_comes_with_one_up_and_goes_with_its_block(up: Up) -> None:
    uids = {name: up.deployment(name)["metadata"]["uid"] for name in REPLICAS}
    templates = {name: up.deployment(name)["spec"]["template"] for name in REPLICAS}
    restoring = up.again(restore=BLOCK)
    restoring.up()
    (job,) = [job for job in up.items("apis/batch/v1/jobs") if "forail-restore" in job["metadata"]["name"]]
    assert job["status"]["succeeded"] == 1
    restoring.preview(expect_no_changes=True)
    restoring.up(expect_no_changes=True)
    restoring.refresh(expect_no_changes=True)
    # The same id as long as the block is there, and so the same Job.
    assert job["metadata"]["name"] in [item["metadata"]["name"] for item in up.items("apis/batch/v1/jobs")]
    assert up.replicas() == REPLICAS
    up.first.up()
    assert up.restores() == []
    assert {name: up.deployment(name)["metadata"]["uid"] for name in REPLICAS} == uids
    assert {name: up.deployment(name)["spec"]["template"] for name in REPLICAS} == templates
    up.first.up(expect_no_changes=True)
    restoring.up()
    (again,) = [job for job in up.items("apis/batch/v1/jobs") if "forail-restore" in job["metadata"]["name"]]
    assert again["metadata"]["name"] != job["metadata"]["name"], "another restore has another id"
    up.first.up()


def test_web_and_task_go_and_come_back_and_nobody_else_owns_their_replicas(up: Up, script: Script) -> None:
    taken = script.run("quiesce", "90")
    assert taken.returncode == 0, taken.stderr
    assert set(up.replicas().values()) == {0}
    pods = [pod["metadata"]["labels"]["app.kubernetes.io/component"] for pod in up.items("api/v1/pods")]
    assert not {"web", "task"} & set(pods)
    # A second pod of the Job, after the first was lost.
    assert script.run("quiesce", "90").returncode == 0
    back = script.run("resume")
    assert back.returncode == 0, back.stderr
    assert up.replicas() == REPLICAS
    for name in REPLICAS:
        metadata = up.deployment(name)["metadata"]
        assert "forail-restore" not in {entry["manager"] for entry in metadata["managedFields"]}
        assert not [key for key in metadata["annotations"] if "before-restore" in key]
    # Without that, the next change of a number would meet a conflict.
    fewer = up.again(restore=BLOCK, web={"replicas": 1})
    fewer.up()
    assert up.replicas()["forail-web"] == 1


def test_after_a_job_that_died_in_between_the_next_restore_brings_the_pods_back(up: Up, script: Script) -> None:
    assert script.run("quiesce", "90").returncode == 0
    up.again(restore={**BLOCK, "from": "forail-20260101T013000Z"}).up()
    assert up.replicas() == REPLICAS
    eventually("web is back", lambda: up.deployment("forail-web")["status"].get("readyReplicas") == 2)


def test_pods_that_a_person_scaled_away_come_back_by_refresh_and_up(up: Up) -> None:
    """As docs/operations.md has it for a restore without Pulumi."""
    for name in REPLICAS:
        params = {"fieldManager": "kubectl"}
        body = {"spec": {"replicas": 0}}
        kind = "application/merge-patch+json"
        up.cluster.api.request("PATCH", f"{API}/{name}/scale", body=body, params=params, content_type=kind)
    up.first.refresh()
    up.first.up()
    assert up.replicas() == REPLICAS


def test_the_account_may_do_nothing_else(up: Up, script: Script) -> None:
    # A namespace that it has no rights in.
    elsewhere = Script({**script.environment, "MY_POD_NAMESPACE": "default"}).run("quiesce", "1")
    assert elsewhere.returncode == 1
    assert "the API server refuses GET /apis/apps/v1/namespaces/default/deployments/forail-web: 403" in elsewhere.stderr
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview"}
    allowed: list[str] = []
    for group, resource, name in (
        ("apps", "deployments", "forail-web"),
        ("apps", "deployments", "forail-frontend"),
        ("", "secrets", ""),
        ("", "pods", ""),
    ):
        for verb in ("get", "list", "patch", "create", "delete"):
            attributes = {"namespace": "forail", "group": group, "resource": resource, "name": name, "verb": verb}
            user = "system:serviceaccount:forail:forail-restore"
            body = {**review, "spec": {"user": user, "resourceAttributes": attributes}}
            answer = up.cluster.api.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", body=body)
            if answer["status"]["allowed"]:
                allowed.append(f"{verb} {resource} {name}".strip())
    assert allowed == ["get deployments forail-web", "patch deployments forail-web", "list pods"]
