"""The drill of backups on a real API server: what its account may do, whose its report is, and that its pod can end."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import pytest

from tests.rehearsal.dev_stack import CHECKOUT, DevStack
from tests.rehearsal.rehearsed import Cluster, Rehearse, eventually

NAMESPACE, NAME = "drilled", "forail-backup-drill"
CONFIG_MAP = f"/api/v1/namespaces/{NAMESPACE}/configmaps/{NAME}"
ACCOUNT = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/{NAME}"
CRON_JOB = f"/apis/batch/v1/namespaces/{NAMESPACE}/cronjobs/{NAME}"
JOBS = f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs"


SECTIONS: Mapping[str, object] = {
    "namespace": {"name": NAMESPACE},
    "operator": {"enabled": False},
    "content": {"files": []},
    "opa": {"enabled": False},
    "otelCollector": {"enabled": False, "endpoint": "http://collector.observability:4317"},
    "backups": {"drill": {}},
    "verify": {"enabled": True},
}


class Up(DevStack):
    """The dev stack with a drill and as little else as can be."""

    NAMESPACE = NAMESPACE
    SECTIONS = SECTIONS

    def report(self) -> dict[str, str]:
        """What the ConfigMap says."""
        return cast("dict[str, Any]", self.cluster.api.get(CONFIG_MAP))["data"]


@pytest.fixture(scope="module")
def up(module_rehearse: Rehearse, control_plane: Cluster) -> Up:
    first = module_rehearse(CHECKOUT, config_overrides=Up.SECTIONS, strict=True)
    first.up()
    return Up(module_rehearse, control_plane, first)


def write(up: Up, folder: Path, text: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Runs the script of the pod with a token that the API server makes for the pod's account."""
    body: dict[str, object] = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    made = up.cluster.api.request("POST", f"{ACCOUNT}/token", body=body)
    (folder / "token").write_text(made["status"]["token"])
    (folder / "ca.crt").write_text(up.cluster.authority.read_text())
    server = urlsplit(up.cluster.url)
    variables = {
        "PATH": os.environ["PATH"],
        "KUBERNETES_SERVICE_HOST": str(server.hostname),
        "KUBERNETES_SERVICE_PORT": str(server.port),
        "SERVICE_ACCOUNT_DIR": str(folder),
        "MY_POD_NAMESPACE": NAMESPACE,
        "DRILL_REPORT": NAME,
        "DRILL_VALID_SECONDS": "60",
        **changes,
    }
    script = CHECKOUT / "components" / "files" / "backup" / "drill_report.py"
    return subprocess.run(
        [sys.executable, str(script)], env=variables, input=text, capture_output=True, text=True, check=False
    )


def test_the_account_writes_the_report_and_the_stack_leaves_it_alone(up: Up, tmp_path: Path) -> None:
    assert up.report()["result"] == "never ran"
    (verified,) = [job for job in up.items("apis/batch/v1/jobs") if "verify" in job["metadata"]["name"]]
    outcome = write(up, tmp_path, "result=failed\nreason=first\nrows=7\n")
    assert outcome.returncode == 0, outcome.stderr
    assert up.report()["rows"] == "7"
    assert write(up, tmp_path, "result=succeeded\nreason=second\n").returncode == 0
    report = up.report()
    assert (report["result"], report["reason"], "rows" in report) == ("succeeded", "second", False)
    up.first.up(expect_no_changes=True)
    up.first.refresh(expect_no_changes=True)
    up.first.preview(expect_no_changes=True)
    assert up.report() == report
    # What else changes of the ConfigMap does not bring the first report back.
    up.again(commonLabels={"team": "automation"}).up()
    assert cast("dict[str, Any]", up.cluster.api.get(CONFIG_MAP))["metadata"]["labels"]["team"] == "automation"
    assert up.report() == report
    # Under its own name, where the old Job has to go first.
    (again,) = [job for job in up.items("apis/batch/v1/jobs") if "verify" in job["metadata"]["name"]]
    assert again["metadata"]["name"] == verified["metadata"]["name"]
    assert again["metadata"]["labels"]["team"] == "automation"
    up.first.up()


def test_the_account_may_do_nothing_else(up: Up, tmp_path: Path) -> None:
    other = next(item["metadata"]["name"] for item in up.items("api/v1/configmaps") if item["metadata"]["name"] != NAME)
    outcome = write(up, tmp_path, "result=succeeded\n", DRILL_REPORT=other)
    assert outcome.returncode == 1
    assert "403 configmaps" in outcome.stderr
    subject = f"system:serviceaccount:{NAMESPACE}:{NAME}"
    for verb, resource, name in (
        ("patch", "configmaps", NAME),
        ("get", "configmaps", NAME),
        ("delete", "configmaps", NAME),
        ("patch", "configmaps", other),
        ("get", "secrets", ""),
        ("create", "pods", ""),
        ("create", "jobs", ""),
    ):
        attributes = {"namespace": NAMESPACE, "verb": verb, "resource": resource, "name": name}
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {"user": subject, "resourceAttributes": attributes},
        }
        path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
        allowed = up.cluster.api.request("POST", path, body=review)["status"]["allowed"]
        assert allowed is ((verb, name) == ("patch", NAME)), (verb, resource, name)


def test_a_drill_can_be_started_by_hand_and_ends_though_its_server_runs_on(up: Up) -> None:
    cron_job = cast("dict[str, Any]", up.cluster.api.get(CRON_JOB))
    (server,) = cron_job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["initContainers"]
    assert server["restartPolicy"] == "Always"
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "drill"},
        "spec": cron_job["spec"]["jobTemplate"]["spec"],
    }
    up.cluster.api.request("POST", JOBS, body=job)

    def complete() -> bool:
        found = cast("dict[str, Any]", up.cluster.api.get(f"{JOBS}/drill"))
        conditions = found["status"].get("conditions", [])
        return any(item["type"] == "Complete" and item["status"] == "True" for item in conditions)

    eventually("the Job is complete", complete)
    up.cluster.api.request(
        "DELETE", f"{JOBS}/drill", body={"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Foreground"}
    )
