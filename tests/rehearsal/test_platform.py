"""The unmodified program through the real engine on a real API server: the core, without its operator."""

import base64
import json
import subprocess
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from pulumi.automation import EngineEvent, OpType

from rehearsal import addons, cert_manager
from rehearsal.kubernetes.api import APPLY_PATCH
from rehearsal.project import Project
from tests.rehearsal.dev_stack import CHECKOUT, DevStack
from tests.rehearsal.refused import refused
from tests.rehearsal.rehearsed import Cluster, Rehearse, eventually
from tests.rehearsal.rollout import watched

CORE: Mapping[str, object] = {"operator": {"enabled": False}, "content": {"files": []}}
Json = dict[str, Any]
# Of no known release; the way back is no step backwards.
ANOTHER_VERSION: Json = {
    "images": {"backend": {"tag": "2026.07.1-fix1"}},
    "upgrade": {"allow": ["release backend 2026.07.1-fix1, frontend 2026.07.0"]},
}
NAMESPACE = "forail"
WORKLOADS = {
    "deployments": {"web", "task", "frontend", "redis", "opa", "otel-collector"},
    "statefulsets": {"postgres"},
}


ISSUER: Mapping[str, str] = {"kind": "ClusterIssuer", "name": "rehearsal"}
ISSUED: Json = {"host": "forail.lan", "tls": {"mode": "certManager", "issuerRef": ISSUER}}


def openssl(*arguments: str) -> str:
    return subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=True).stdout


@dataclass(frozen=True)
class Up(DevStack):
    """The dev stack without its operator."""

    NAMESPACE = NAMESPACE
    SECTIONS = CORE

    def templates(self) -> dict[str, str]:
        """The pod template of each workload, as the API server has it."""
        controllers = [*self.items("apis/apps/v1/deployments"), *self.items("apis/apps/v1/statefulsets")]
        return {item["metadata"]["name"]: json.dumps(item["spec"]["template"]) for item in controllers}

    def ingress_secret(self) -> str:
        """Name of the Secret that the Ingress serves."""
        (ingress,) = self.items("apis/networking.k8s.io/v1/ingresses")
        (tls,) = ingress["spec"]["tls"]
        return tls["secretName"]

    def secrets(self) -> set[str]:
        return {item["metadata"]["name"] for item in self.items("api/v1/secrets")}

    def served(self, folder: Path) -> str:
        """Serial number of the certificate that the Ingress serves, once OpenSSL has verified it for the host."""
        secret = cast("Json", self.cluster.api.get(f"/api/v1/namespaces/{NAMESPACE}/secrets/{self.ingress_secret()}"))
        for name in ("tls.crt", "tls.key", "ca.crt"):
            (folder / name).write_bytes(base64.b64decode(secret["data"][name]))
        leaf, authority, key = folder / "tls.crt", folder / "ca.crt", folder / "tls.key"
        openssl("verify", "-verify_hostname", "forail.lan", "-CAfile", str(authority), str(leaf))
        assert openssl("x509", "-in", str(leaf), "-noout", "-pubkey") == openssl("pkey", "-in", str(key), "-pubout")
        return openssl("x509", "-in", str(leaf), "-noout", "-serial")

    def renew(self) -> None:
        """What `cmctl renew` does."""
        condition = {"type": "Issuing", "status": "True", "reason": "Test", "message": ""}
        self.cluster.api.request(
            "PATCH",
            f"/apis/cert-manager.io/v1/namespaces/{NAMESPACE}/certificates/forail/status",
            body={
                "apiVersion": "cert-manager.io/v1",
                "kind": "Certificate",
                "metadata": {"name": "forail"},
                "status": {"conditions": [condition]},
            },
            params={"fieldManager": "test", "force": "true"},
            content_type=APPLY_PATCH,
        )

    def init_jobs(self) -> list[str]:
        """Names of the init Jobs."""
        names = [job["metadata"]["name"] for job in self.items("apis/batch/v1/jobs")]
        return [name for name in names if name.startswith("forail-init-")]


@pytest.fixture(scope="module")
def up(module_rehearse: Rehearse, control_plane: Cluster) -> Up:
    first = module_rehearse(CHECKOUT, config_overrides=CORE, strict=True)
    first.up()
    return Up(module_rehearse, control_plane, first)


def rolled(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    return {
        name.removeprefix("forail-") for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    }


def test_every_object_of_the_page_is_on_the_api_server(up: Up) -> None:
    for plural, components in WORKLOADS.items():
        names = {item["metadata"]["name"] for item in up.items(f"apis/apps/v1/{plural}")}
        assert names == {f"forail-{component}" for component in components}
    services = {
        item["metadata"]["name"]: [port["port"] for port in item["spec"]["ports"]]
        for item in up.items("api/v1/services")
    }
    assert services == {
        "forail-web": [8013, 8015],
        "forail-frontend": [80],
        "forail-postgres": [5432],
        "forail-redis": [6379],
        "forail-opa": [8181],
        "forail-otel-collector": [4317, 4318],
    }
    claims = {
        item["metadata"]["name"]: (item["spec"]["resources"]["requests"]["storage"], item["status"]["phase"])
        for item in up.items("api/v1/persistentvolumeclaims")
    }
    assert claims == {
        "forail-postgres": ("8Gi", "Bound"),
        "forail-redis": ("2Gi", "Bound"),
        "forail-projects": ("4Gi", "Bound"),
        "forail-receptor": ("2Gi", "Bound"),
        "forail-backups": ("10Gi", "Bound"),
    }
    (init,) = up.init_jobs()
    assert init


def test_every_pod_is_ready_and_the_init_job_is_complete(up: Up) -> None:
    for item in [*up.items("apis/apps/v1/deployments"), *up.items("apis/apps/v1/statefulsets")]:
        assert item["status"]["readyReplicas"] == item["spec"]["replicas"], item["metadata"]["name"]
    for job in up.items("apis/batch/v1/jobs"):
        assert {"Complete": "True"}.items() <= {c["type"]: c["status"] for c in job["status"]["conditions"]}.items()


def test_the_ingress_has_the_paths_of_the_page_in_their_order(up: Up) -> None:
    (ingress,) = up.items("apis/networking.k8s.io/v1/ingresses")
    (rule,) = ingress["spec"]["rules"]
    backends = [
        (path["path"], path["backend"]["service"]["name"], path["backend"]["service"]["port"]["number"])
        for path in rule["http"]["paths"]
    ]
    assert (ingress["spec"]["ingressClassName"], rule["host"]) == ("traefik", "forail.lan")
    assert backends == [
        ("/api", "forail-web", 8013),
        ("/admin", "forail-web", 8013),
        ("/sso", "forail-web", 8013),
        ("/websocket", "forail-web", 8015),
        ("/static/forail", "forail-frontend", 80),
        ("/static", "forail-web", 8013),
        ("/", "forail-frontend", 80),
    ]


def test_pods_of_one_node_claims_share_a_node(up: Up) -> None:
    nodes = {
        pod["spec"]["nodeName"]
        for pod in up.items("api/v1/pods")
        if pod["metadata"]["labels"].get("app.kubernetes.io/component") in ("web", "task")
    }
    assert len(nodes) == 1


def test_a_second_up_and_a_refresh_change_nothing(up: Up) -> None:
    up.first.preview(expect_no_changes=True)
    up.first.up(expect_no_changes=True)
    up.first.refresh(expect_no_changes=True)


def test_the_state_holds_no_secret_in_clear(up: Up) -> None:
    secrets = [
        value for item in up.items("api/v1/secrets") if item["type"] == "Opaque" for value in item["data"].values()
    ]
    outputs = json.loads(up.first.outputs().as_json(show_secrets=True))
    shown = [outputs["adminPassword"], outputs["personalAccessToken"]]
    assert len(secrets) == 7
    state = up.first.state_text()
    assert not [value for value in [*secrets, *shown] if value in state]
    assert "BEGIN EC PRIVATE KEY" not in state


def test_only_secret_objects_hold_secrets(up: Up) -> None:
    outputs = json.loads(up.first.outputs().as_json(show_secrets=True))
    kinds = ("api/v1/configmaps", "api/v1/pods", "api/v1/services", "apis/apps/v1/deployments", "apis/batch/v1/jobs")
    everything = json.dumps([up.items(kind) for kind in kinds])
    assert outputs["adminPassword"] not in everything
    assert outputs["personalAccessToken"] not in everything


def test_a_changed_image_runs_init_once_and_rolls_its_pods(up: Up) -> None:
    before, (old_job,) = up.templates(), up.init_jobs()
    changed = up.again(**ANOTHER_VERSION)
    with watched(up.cluster, NAMESPACE) as rollout:
        changed.up()
    assert rollout.killed_jobs() == []
    (ended,), (begun,) = rollout.ended().values(), rollout.begun().values()
    assert ended < begun, "the new task pod ran beside the old one"
    assert rolled(before, up.templates()) == {"web", "task"}
    (new_job,) = up.init_jobs()
    assert new_job != old_job
    changed.up(expect_no_changes=True)
    up.first.up()
    assert up.init_jobs() == [old_job]


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        # Every process that loads Django computes the same settings: web, task and init.
        ({"exposure": {"host": "other.lan"}}, {"web", "task"}),
        ({"frontend": {"replicas": 2}}, set[str]()),
        ({"rotation": {"redisPassword": 2}}, {"redis", "web", "task"}),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
def test_a_changed_setting_rolls_only_who_reads_it(up: Up, sections: dict[str, object], expected: set[str]) -> None:
    before = up.templates()
    changed = up.again(**sections)
    changed.up()
    after = up.templates()
    up.first.up()
    assert all(f"  forail-{name}: " in changed.log for name in expected), "what restarts is not said"
    assert rolled(before, after) == expected
    assert not rolled(before, up.templates()) - expected


@pytest.fixture
def issuing(control_plane: Cluster, tmp_path: Path) -> Generator[Callable[[], None]]:
    """Has the cluster, from the call on, what a stack file with `ISSUED` needs."""
    for file, content in {
        "Pulumi.yaml": {"name": "forail", "runtime": "python"},
        "Pulumi.dev.yaml": {"config": {"forail:exposure": ISSUED}},
        "__main__.py": "",
    }.items():
        (tmp_path / file).write_text(json.dumps(content))
    yield lambda: addons.ensure(control_plane.plane, Project.load(tmp_path), "dev")
    cert_manager.stop(control_plane.plane, control_plane.api)


def test_cert_manager_issues_renews_and_is_left_again(up: Up, issuing: Callable[[], None], tmp_path: Path) -> None:
    issued = up.again(exposure=ISSUED)
    said = refused(issued, "preview")
    assert "cert-manager.io/v1:ClusterIssuer (forail-exposure.tls.issuerRef)" in said
    assert "resource 'rehearsal' does not exist" in said
    issuing()
    steps: dict[str, str] = {}

    def note(event: EngineEvent) -> None:
        if (step := event.resource_pre_event) is not None:
            steps[step.metadata.urn] = OpType(step.metadata.op).value

    issued.engine.up(on_event=note)
    changed = {urn: step for urn, step in steps.items() if step != "same"}
    # Nothing else signs certificates here, so the provider that does goes too.
    elsewhere = {urn for urn in changed if "forail:edge:Edge$" not in urn and "providers:tls" not in urn}
    assert {urn for urn in elsewhere if "pulumi:pulumi:Stack" not in urn} == set()
    assert [step for step in changed.values() if "replace" in step] == []
    first = up.served(tmp_path)
    assert "forail-tls" not in up.secrets()
    up.renew()
    eventually("the certificate is renewed", lambda: up.served(tmp_path) != first)
    issued.refresh(expect_no_changes=True)
    issued.up(expect_no_changes=True)
    up.first.up()
    assert up.ingress_secret() == "forail-tls"
    assert {"forail-tls", "forail-tls-issued"} <= up.secrets()
    # What cert-manager leaves behind, nobody else removes.
    up.cluster.api.request("DELETE", f"/api/v1/namespaces/{up.NAMESPACE}/secrets/forail-tls-issued")


def test_another_project_reads_the_outputs_through_a_stack_reference(up: Up) -> None:
    consumer = up.rehearse(CHECKOUT / "examples" / "platform-repo", beside=up.first)
    outputs = json.loads(consumer.up().as_json(show_secrets=True))
    ours = json.loads(up.first.outputs().as_json(show_secrets=True))
    assert outputs["forailUrl"] == ours["url"]
    secret = cast("dict[str, Any]", up.cluster.api.get(f"/api/v1/namespaces/team-payments/secrets/{outputs['secret']}"))
    assert secret["data"]["token"]
    assert ours["personalAccessToken"] not in consumer.state_text()
    consumer.up(expect_no_changes=True)
    consumer.destroy()


def test_another_version_is_migrated_only_after_a_dump(up: Up) -> None:
    def dumps() -> dict[str, Json]:
        jobs = {job["metadata"]["name"]: job for job in up.items("apis/batch/v1/jobs")}
        return {name: job for name, job in jobs.items() if name.startswith("forail-backup-before-")}

    up.again(**{**ANOTHER_VERSION, "upgrade": {**ANOTHER_VERSION["upgrade"], "backup": "always"}}).up()
    ((name, dump),) = dumps().items()
    assert name.startswith("forail-backup-before-2026-07-1-fix1-")
    (init,) = [job for job in up.items("apis/batch/v1/jobs") if job["metadata"]["name"] in up.init_jobs()]
    # RFC 3339 in UTC with whole seconds: such texts are in the order of their times.
    assert dump["status"]["completionTime"] <= init["metadata"]["creationTimestamp"]
    older = up.again(images={"backend": {"tag": "2026.06.0"}}, upgrade={"backup": "always"})
    for operation in ("preview", "up"):
        assert "images.backend goes back from 2026.07.1-fix1 to 2026.06.0" in refused(older, operation)
    assert set(dumps()) == {name}
    # What no guard speaks against passes, and nothing of them is in the way of going.
    up.first.up()
    assert not dumps()


def test_protected_data_is_what_destroy_leaves(up: Up) -> None:
    protected = up.again(destroyData=False)
    protected.up()
    protected.destroy()
    claims = {item["metadata"]["name"] for item in up.items("api/v1/persistentvolumeclaims")}
    secrets = {item["metadata"]["name"].rpartition("-")[0] for item in up.items("api/v1/secrets")}
    assert claims == {f"forail-{name}" for name in ("postgres", "redis", "projects", "receptor", "backups")}
    assert secrets == {"forail-secret-key", "forail-postgres-superuser-password"}
    for left in ("apis/apps/v1/deployments", "apis/batch/v1/jobs", "api/v1/services", "api/v1/pods"):
        assert not up.items(left), left
    key = up.items("api/v1/secrets")
    protected.up()
    assert [item["data"] for item in up.items("api/v1/secrets") if item in key] == [item["data"] for item in key]
    up.first.up()


@pytest.mark.parametrize(
    ("sections", "reason"),
    [
        ({"postgres": {"storage": {"storageClass": "other"}}}, "forail-postgres"),
        ({"backups": {"storage": {"accessMode": "ReadWriteMany"}}}, "forail-backups"),
    ],
)
def test_a_change_that_would_replace_data_is_refused_at_preview(
    up: Up, sections: dict[str, object], reason: str
) -> None:
    up.again(destroyData=False).up()
    said = refused(up.again(destroyData=False, **sections), "preview")
    up.first.up()
    assert reason in said
    assert "protect" in said


def test_control_execution_passes_the_baseline_of_pod_security(up: Up) -> None:
    control = up.again(task={"execution": "control"})
    control.up()
    namespace = cast("dict[str, Any]", up.cluster.api.get(f"/api/v1/namespaces/{NAMESPACE}"))
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "baseline"
    (task,) = [item for item in up.items("apis/apps/v1/deployments") if item["metadata"]["name"] == "forail-task"]
    assert task["status"]["readyReplicas"] == 1
    up.first.up()


def test_what_guards_data_rotates_once_and_never_back(up: Up) -> None:
    """Near the end of this module: the epochs stay raised."""
    rotation: dict[str, int] = {}
    for raised, expected in (
        ({"forailSecretKey": 2}, {"web", "task"}),
        ({"postgresSuperuserPassword": 2, "tlsCa": 2}, {"postgres"}),
    ):
        before = up.again(destroyData=False, rotation=rotation)
        before.up()
        templates, rotation = up.templates(), {**rotation, **raised}
        after = up.again(destroyData=False, rotation=rotation)
        after.preview()
        after.up()
        assert rolled(templates, up.templates()) == expected
        after.preview(expect_no_changes=True)
        after.up(expect_no_changes=True)
    for key in ("forailSecretKey", "postgresSuperuserPassword"):
        back = up.again(destroyData=True, rotation={**rotation, key: 1})
        for operation in ("preview", "up"):
            assert f"{key}" in refused(back, operation)
    up.again(destroyData=False, rotation=rotation).up(expect_no_changes=True)


def test_a_restore_with_a_new_key_another_version_and_tokens_settles_at_once(up: Up) -> None:
    """Of this module only `test_what_guards_data_rotates_once_and_never_back` may come before: epochs stay raised."""
    rotation = {"forailSecretKey": 3, "postgresSuperuserPassword": 3, "tlsCa": 2}
    modes: Json = {"forail": {"tokens": [{"name": "ci", "user": "ci"}]}, "backups": {"drill": {}}}
    modes |= {"restore": {"from": "newest", "confirm": "dev"}, "verify": {"enabled": True}, **ANOTHER_VERSION}
    for sections in (modes, {}):
        stack = up.again(destroyData=False, rotation=rotation, **sections)
        stack.up()
        stack.preview(expect_no_changes=True)
        stack.up(expect_no_changes=True)
        tokens = json.loads(stack.outputs().as_json(show_secrets=True))["tokens"]
        assert set(tokens) == ({"ci"} if sections else set())
        assert not [value for value in tokens.values() if value in stack.state_text()]
    stack.refresh(expect_no_changes=True)
