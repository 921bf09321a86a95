"""Another major version of PostgreSQL, by the steps of docs/operations.md, and back, on the real engine and API server.

Simulated pods run no script: that the data arrives is shown by tests/files/test_restore_job.py.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import pytest

from components.settings.images import RELEASE, ImageName
from tests.rehearsal.dev_stack import CHECKOUT, DevStack, Json
from tests.rehearsal.refused import refused
from tests.rehearsal.rehearsed import Cluster, Rehearse, eventually

FIRST = RELEASE[ImageName.POSTGRES][1]
OLD, NEW = "forail-postgres", "forail-postgres-16"
IMAGES = {"postgres": {"tag": "16-alpine"}}
MOVED = {"claimName": NEW, "keptClaims": [OLD]}
ALLOWED = ["postgres 15 -> 16"]
BACK: Mapping[str, Any] = {
    "postgres": {"keptClaims": [NEW]},
    "upgrade": {"allow": [*ALLOWED, "postgres 16 -> 15"]},
}


@dataclass(frozen=True)
class Up(DevStack):
    """The dev stack without its operator, with data that is protected."""

    NAMESPACE = "forail"
    SECTIONS: ClassVar[Mapping[str, object]] = {
        "destroyData": False,
        "operator": {"enabled": False},
        "content": {"files": []},
    }

    def get(self, path: str) -> Json:
        """A live object of the namespace."""
        group, _, rest = path.partition("//")
        return cast("Json", self.cluster.api.get(f"/{group}/namespaces/{self.NAMESPACE}/{rest}"))

    def claims(self) -> dict[str, str]:
        """The server's claims that are bound and not on their way out, and their identity."""
        return {
            item["metadata"]["name"]: item["metadata"]["uid"]
            for item in self.items("api/v1/persistentvolumeclaims")
            if item["metadata"]["name"].startswith(OLD)
            and item["status"]["phase"] == "Bound"
            and "deletionTimestamp" not in item["metadata"]
        }

    def server(self) -> tuple[str, str]:
        """Version and claim of the only pod that is a database server, once that is ready."""
        (pod,) = self.pods("postgres")
        assert {"Ready": "True"}.items() <= {one["type"]: one["status"] for one in pod["status"]["conditions"]}.items()
        (claim,) = [
            volume["persistentVolumeClaim"]["claimName"]
            for volume in pod["spec"]["volumes"]
            if "persistentVolumeClaim" in volume
        ]
        return pod["spec"]["containers"][0]["image"].rpartition(":")[2], claim

    def pods(self, *components: str) -> list[Json]:
        """Pods of these components."""
        found = self.items("api/v1/pods")
        return [pod for pod in found if pod["metadata"]["labels"]["app.kubernetes.io/component"] in components]

    def job(self, component: str) -> Json:
        """The newest Job of a component."""
        jobs = [
            job
            for job in self.items("apis/batch/v1/jobs")
            if job["metadata"]["labels"]["app.kubernetes.io/component"] == component
        ]
        return max(jobs, key=lambda job: job["metadata"]["creationTimestamp"])

    def take_away(self) -> None:
        """Web and task go, as `kubectl scale` has it."""
        for name in ("forail-web", "forail-task"):
            self.cluster.api.request(
                "PATCH",
                f"/apis/apps/v1/namespaces/forail/deployments/{name}/scale",
                body={"spec": {"replicas": 0}},
                params={"fieldManager": "kubectl"},
                content_type="application/merge-patch+json",
            )
        eventually("web and task have no pods", lambda: not self.pods("web", "task"))

    def dump(self) -> Json:
        """The last dump, as `kubectl create job --from` has it."""
        nightly = self.get("apis/batch/v1//cronjobs/forail-backup")["spec"]["jobTemplate"]
        job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "last", **nightly["metadata"]}}
        path = "/apis/batch/v1/namespaces/forail/jobs"
        self.cluster.api.request("POST", path, body={**job, "spec": nightly["spec"]})
        eventually("the dump is complete", lambda: self.get("apis/batch/v1//jobs/last")["status"].get("completionTime"))
        return self.get("apis/batch/v1//jobs/last")

    def forget_the_dump(self) -> None:
        """The Job and its pod go, which would keep the claim of the dumps."""
        path = "/apis/batch/v1/namespaces/forail/jobs/last"
        if any(job["metadata"]["name"] == "last" for job in self.items("apis/batch/v1/jobs")):
            self.cluster.api.request("DELETE", path, body={"propagationPolicy": "Background"})
        eventually(
            "the dump's pod is gone",
            lambda: not [pod for pod in self.pods("backup") if pod["metadata"]["labels"].get("job-name") == "last"],
        )

    def serves(self) -> None:
        """Web and task have their pods again."""
        for name in ("forail-web", "forail-task"):
            eventually(
                f"{name} is back",
                lambda name=name: self.get(f"apis/apps/v1//deployments/{name}")["status"].get("readyReplicas") == 1,
            )


@pytest.fixture
def up(rehearse: Rehearse, control_plane: Cluster) -> Generator[Up]:
    first = rehearse(CHECKOUT, config_overrides=Up.SECTIONS, strict=True)
    first.up()
    made = Up(rehearse, control_plane, first)
    yield made
    made.forget_the_dump()


def test_the_documented_steps_there_and_back(up: Up) -> None:
    before = up.claims()
    init = up.job("init")["metadata"]["name"]
    assert (list(before), up.server()) == ([OLD], (FIRST, OLD))

    up.take_away()
    last = up.dump()
    up.first.refresh()
    restoring = up.again(
        images=IMAGES,
        postgres=MOVED,
        upgrade={"allow": ALLOWED},
        restore={"from": "forail-20260101T013000Z", "confirm": "dev"},
    )
    restoring.up()

    assert up.server() == ("16-alpine", NEW)
    after = up.claims()
    assert list(after) == [OLD, NEW]
    assert after[OLD] == before[OLD]
    (server,) = up.pods("postgres")
    restored, again = up.job("restore"), up.job("init")
    assert again["metadata"]["name"] != init, "the role and its password are set on the new server too"
    moments = [
        last["status"]["completionTime"],
        server["metadata"]["creationTimestamp"],
        restored["metadata"]["creationTimestamp"],
        restored["status"]["completionTime"],
        again["metadata"]["creationTimestamp"],
    ]
    assert moments == sorted(moments)
    up.serves()
    restoring.up(expect_no_changes=True)

    up.take_away()
    restoring.refresh()
    back = up.again(**BACK)
    back.up()
    assert up.server() == (FIRST, OLD)
    assert up.claims() == after
    up.serves()
    back.up(expect_no_changes=True)

    # A claim goes only after it was released by name.
    released = up.again(upgrade=BACK["upgrade"])
    assert "protected" in refused(released, "up")
    assert up.claims() == after
    (urn,) = [
        line for line in released.command("stack", "--show-urns").split() if line.endswith("::forail-postgres-claim-16")
    ]
    released.command("state", "unprotect", urn, "--yes")
    released.up()
    assert up.claims() == before
