"""The unmodified program with its operator and content through the real engine on a real API server.

Each test brings up what it is about from whatever the one before has left: every `up` costs seconds.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import pytest

from components.api.definitions import custom_resource_definition
from components.api.kinds import API_VERSION, GROUP, Kind
from tests.rehearsal.dev_stack import CHECKOUT, DevStack, Json
from tests.rehearsal.refused import refused
from tests.rehearsal.rehearsed import Cluster, Rehearse, eventually

NAMESPACE = "forail-operator"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
LEFT_BY_HELM = (Kind.ORGANIZATION, Kind.WORKFLOW)
FAIL = "rehearsal.forail/fail"
SECONDS = 20
"""How long content may take here; it needs less than one."""


@dataclass(frozen=True)
class Up(DevStack):
    """The dev stack with operator and content."""

    NAMESPACE = NAMESPACE

    def content(self) -> dict[str, Json]:
        """Every custom resource, by kind and name."""
        found = [(kind, item) for kind in Kind for item in self.items(f"apis/{API_VERSION}/{kind.plural}")]
        return {f"{kind}/{item['metadata']['name']}": item for kind, item in found}

    def definitions(self) -> dict[str, Json]:
        """The definitions of the nine kinds that are there, by name."""
        found = cast("list[Json]", self.cluster.api.items(DEFINITIONS))
        return {item["metadata"]["name"]: item for item in found if item["spec"]["group"] == GROUP}

    def init_jobs(self) -> set[str]:
        """Names of the init Jobs."""
        jobs = cast("list[Json]", self.cluster.api.items("/apis/batch/v1/namespaces/forail/jobs"))
        return {job["metadata"]["name"] for job in jobs if job["metadata"]["name"].startswith("forail-init-")}

    def token_of_pods(self) -> str:
        """What the operator's pod template says of its token."""
        (deployment,) = self.items("apis/apps/v1/deployments")
        return deployment["spec"]["template"]["metadata"]["annotations"]["forail-platform.io/token"]

    def cluster_wide(self) -> set[str]:
        """Kind and name of what the stack has outside its namespaces, but for the definitions."""
        kinds = ("clusterroles", "clusterrolebindings")
        names = {
            (kind, item["metadata"]["name"])
            for kind in kinds
            for item in cast("list[Json]", self.cluster.api.items(f"/apis/rbac.authorization.k8s.io/v1/{kind}"))
        }
        return {f"{kind}/{name}" for kind, name in names if name.startswith("forail")}

    def namespaces(self) -> set[str]:
        """The stack's namespaces, those that are going included."""
        found = cast("list[Json]", self.cluster.api.items("/api/v1/namespaces"))
        return {item["metadata"]["name"] for item in found} & {"forail", NAMESPACE}


@pytest.fixture(scope="module")
def up(module_rehearse: Rehearse, control_plane: Cluster) -> Up:
    for kind in LEFT_BY_HELM:
        definition = custom_resource_definition(kind)
        helm = {"labels": {"app.kubernetes.io/managed-by": "Helm"}}
        definition["metadata"] = {**cast("Json", definition["metadata"]), **helm}
        control_plane.api.create(DEFINITIONS, definition)
    first = module_rehearse(CHECKOUT, strict=True)
    first.up()
    return Up(module_rehearse, control_plane, first)


def status_of(resource: Json, kind: str) -> tuple[str, bool]:
    """Status of a condition, and whether it is about the object as it is now."""
    (found,) = [one for one in resource["status"]["conditions"] if one["type"] == kind]
    return found["status"], found["observedGeneration"] == resource["metadata"]["generation"]


def organization(name: str, **annotations: str) -> Json:
    """A manifest as a stack file has it."""
    metadata: Json = {"name": name, **({"annotations": annotations} if annotations else {})}
    return {"apiVersion": API_VERSION, "kind": "Organization", "metadata": metadata, "spec": {"description": "A test"}}


def declared(*resources: Json) -> Mapping[str, object]:
    return {"resources": list(resources), "timeoutSeconds": SECONDS}


def in_sync(resource: Json) -> bool:
    return status_of(resource, Kind(resource["kind"]).condition) == ("True", True)


def test_the_operator_runs_with_its_own_account_and_rights(up: Up) -> None:
    (deployment,) = up.items("apis/apps/v1/deployments")
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    environment = {entry["name"]: entry.get("value") for entry in container["env"]}
    assert deployment["status"]["readyReplicas"] == 1
    assert pod["serviceAccountName"] == "forail-operator"
    assert environment["FORAIL_URL"] == "http://forail-web.forail.svc.cluster.local:8013"
    assert environment["FORAIL_TOKEN"] is None
    assert "forail-operator" in {item["metadata"]["name"] for item in up.items("api/v1/serviceaccounts")}
    assert up.cluster_wide() == {"clusterroles/forail-operator", "clusterrolebindings/forail-operator"}
    assert {item["metadata"]["name"] for item in up.items("apis/rbac.authorization.k8s.io/v1/roles")} == {
        "forail-operator-secrets"
    }


def test_the_token_is_the_one_that_init_has_registered(up: Up) -> None:
    outputs = json.loads(up.first.outputs().as_json(show_secrets=True))
    (secret,) = [item for item in up.items("api/v1/secrets") if item["metadata"]["name"].endswith("-credentials")]
    assert base64.b64decode(secret["data"]["token"]).decode() == outputs["personalAccessToken"]
    assert secret["data"]["token"] not in up.first.state_text()


def test_the_nine_definitions_are_served_and_two_of_them_were_taken_over(up: Up) -> None:
    definitions = up.definitions()
    assert set(definitions) == {kind.crd_name for kind in Kind}
    for name, definition in definitions.items():
        conditions = {one["type"]: one["status"] for one in definition["status"]["conditions"]}
        assert conditions["Established"] == "True", name
        assert definition["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "pulumi", name


def test_every_kind_is_in_sync_with_forail(up: Up) -> None:
    content = up.content()
    assert {Kind(name.partition("/")[0]) for name in content} == set(Kind)
    for name, resource in content.items():
        assert in_sync(resource), name
        assert (resource["kind"] == "ForailInstance") == ("forailId" not in resource["status"]), name


def test_a_second_up_and_a_refresh_change_nothing(up: Up) -> None:
    before = {name: resource["metadata"]["generation"] for name, resource in up.content().items()}
    up.first.up(expect_no_changes=True)
    up.first.refresh(expect_no_changes=True)
    assert before == {name: resource["metadata"]["generation"] for name, resource in up.content().items()}


def test_content_that_names_nothing_is_refused_at_preview(up: Up) -> None:
    before = set(up.content())
    team = {"apiVersion": API_VERSION, "kind": "Team", "metadata": {"name": "lost"}, "spec": {"organization": "lots"}}
    said = refused(up.again(content=declared(organization("innocent"), team)), "preview")
    assert "lots" in said
    assert "forail:content.resources" in said
    assert set(up.content()) == before


def test_a_failing_resource_fails_the_up_with_its_reason_and_the_next_up_mends_it(up: Up) -> None:
    said = refused(up.again(content=declared(organization("broken", **{FAIL: "the licence allows no more"}))), "up")
    assert re.search(r"Organization.*broken.*timed out.*the licence allows no more", said)
    up.again(content=declared(organization("broken"))).up()
    assert in_sync(up.content()["Organization/broken"])


def test_a_wrong_token_fails_at_the_canary(up: Up) -> None:
    wrong = {"token": base64.b64encode(b"x" * 40).decode()}
    body = {"metadata": {"name": "wrong"}, "type": "Opaque", "data": wrong}
    up.cluster.api.create(f"/api/v1/namespaces/{NAMESPACE}/secrets", body)
    existing = {"existingSecret": {"secretName": "wrong", "key": "token"}}
    said = refused(up.again(operator=existing, content=declared(organization("after-canary"))), "up")
    assert re.search(r"Organization.*forail-canary.*timed out.*401", said)
    # What depends on the proof has not been tried.
    assert "Organization/after-canary" not in up.content()
    up.first.up()
    assert in_sync(up.content()["Organization/forail-canary"])


def test_a_rotated_token_runs_init_rolls_the_operator_and_is_proved(up: Up) -> None:
    jobs, token, canary = up.init_jobs(), up.token_of_pods(), up.content()["Organization/forail-canary"]
    up.again(rotation={"personalAccessToken": 2}).up()
    assert len(up.init_jobs()) == 1
    assert up.init_jobs().isdisjoint(jobs)
    assert up.token_of_pods() != token
    proved = up.content()["Organization/forail-canary"]
    assert proved["metadata"]["generation"] > canary["metadata"]["generation"]
    assert in_sync(proved)
    # The instance that shares the operator's token has followed too.
    eventually("all content is in sync", lambda: all(map(in_sync, up.content().values())))


def test_without_operator_no_trace_of_it_is_left(up: Up) -> None:
    # With the token of the test before: an operator that still has another could not let go of its content.
    up.again(operator={"enabled": False}, content={"files": []}, rotation={"personalAccessToken": 2}).up()
    assert up.namespaces() == {"forail"}
    assert not up.definitions()
    assert not up.cluster_wide()


def test_protected_definitions_are_what_destroy_leaves(up: Up) -> None:
    protected = up.again(destroyData=False)
    protected.up()
    assert all(map(in_sync, up.content().values()))
    protected.destroy()
    definitions = up.definitions()
    assert set(definitions) == {kind.crd_name for kind in Kind}
    assert not [name for name, one in definitions.items() if "deletionTimestamp" in one["metadata"]]
    assert not up.content()
    assert not up.items("apis/apps/v1/deployments")
    assert not up.cluster_wide()
