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
from rehearsal.failure import RehearsalError
from rehearsal.kubernetes.objects import at
from tests.rehearsal.dev_stack import CHECKOUT, DevStack, Json
from tests.rehearsal.refused import refused
from tests.rehearsal.rehearsed import Cluster, Rehearse, eventually

NAMESPACE = "forail-operator"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
LEFT_BY_HELM = (Kind.ORGANIZATION, Kind.WORKFLOW)
RELEASE = "meta.helm.sh/release-name"
FAIL = "rehearsal.forail/fail"
MERGE_PATCH = "application/merge-patch+json"
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
        found = self.cluster.api.items(DEFINITIONS)
        return {item["metadata"]["name"]: item for item in found if item["spec"]["group"] == GROUP}

    def take_out(self, plural: str, name: str) -> None:
        """Remove a custom resource while no operator runs, so that nothing is deleted in Forail."""
        api = self.cluster.api
        scale = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/forail-operator/scale"
        path = f"/apis/{API_VERSION}/namespaces/{NAMESPACE}/{plural}/{name}"
        api.request("PATCH", scale, body={"spec": {"replicas": 0}}, content_type=MERGE_PATCH)
        eventually("the operator has ended", lambda: not self.items("api/v1/pods"))
        api.request("PATCH", path, body={"metadata": {"finalizers": None}}, content_type=MERGE_PATCH)
        api.request("DELETE", path)

    def init_jobs(self) -> set[str]:
        """Names of the init Jobs."""
        jobs = self.cluster.api.items("/apis/batch/v1/namespaces/forail/jobs")
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
            for item in self.cluster.api.items(f"/apis/rbac.authorization.k8s.io/v1/{kind}")
        }
        return {f"{kind}/{name}" for kind, name in names if name.startswith("forail")}

    def namespaces(self) -> set[str]:
        """The stack's namespaces, those that are going included."""
        found = self.cluster.api.items("/api/v1/namespaces")
        return {item["metadata"]["name"] for item in found} & {"forail", NAMESPACE}


@pytest.fixture(scope="module")
def up(module_rehearse: Rehearse, control_plane: Cluster) -> Up:
    for kind in LEFT_BY_HELM:
        definition = custom_resource_definition(kind)
        helm = {"labels": {"app.kubernetes.io/managed-by": "Helm"}, "annotations": {RELEASE: "forail-operator"}}
        definition["metadata"] = {**cast("Json", definition["metadata"]), **helm}
        spec = cast("Json", definition["spec"])
        # An older release, so that it has other versions.
        definition["spec"] = {**spec, "versions": [{**spec["versions"][0], "additionalPrinterColumns": []}]}
        control_plane.api.create(f"{DEFINITIONS}?fieldManager=helm", definition)
    first = module_rehearse(CHECKOUT, strict=True)
    first.up()
    return Up(module_rehearse, control_plane, first)


def status_of(resource: Json, kind: str) -> tuple[str, bool]:
    """Status of a condition, and whether it is about the object as it is now."""
    (found,) = [one for one in resource["status"]["conditions"] if one["type"] == kind]
    return found["status"], found["observedGeneration"] == resource["metadata"]["generation"]


def organization(name: str, forail_name: str = "", **annotations: str) -> Json:
    """A manifest as a stack file has it."""
    metadata: Json = {"name": name, **({"annotations": annotations} if annotations else {})}
    spec = {"description": "A test", **({"name": forail_name} if forail_name else {})}
    return {"apiVersion": API_VERSION, "kind": "Organization", "metadata": metadata, "spec": spec}


def team(name: str, of: str) -> Json:
    """The same."""
    return {"apiVersion": API_VERSION, "kind": "Team", "metadata": {"name": name}, "spec": {"organization": of}}


def operators_words(item: Json) -> str:
    """What the command of `command_for` prints."""
    return next(one["message"] for one in item["status"]["conditions"] if one["type"] == "Synced")


def command_for(name: str) -> str:
    """What shows the operator's words about an organization."""
    path = '{.status.conditions[?(@.type=="Synced")].message}'
    return f"kubectl -n {NAMESPACE} get organizations.{GROUP} {name} -o jsonpath='{path}'"


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
    assert up.cluster_wide() == {
        "clusterroles/forail-operator",
        "clusterrolebindings/forail-operator",
        "clusterroles/forail-operator-owner",
    }
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


def test_nothing_of_what_was_taken_over_is_contested(up: Up) -> None:
    for kind in LEFT_BY_HELM:
        definition = up.definitions()[kind.crd_name]
        owned = {entry["manager"]: entry["fieldsV1"] for entry in definition["metadata"]["managedFields"]}
        # What the program does not set is Helm's still, and goes with the first change of the definition.
        assert definition["metadata"]["annotations"][RELEASE] == "forail-operator"
        ours = [fields for manager, fields in owned.items() if manager.startswith("pulumi-kubernetes-")]
        assert len(ours) == 1
        for path in (("f:metadata", "f:labels", "f:app.kubernetes.io/managed-by"), ("f:spec", "f:versions")):
            assert at(ours[0], *path) is not None
            assert at(owned["helm"], *path) is None


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


def test_a_second_operator_is_refused_before_it_touches_what_the_first_one_has(up: Up) -> None:
    before = {
        name: (item["metadata"]["uid"], item["metadata"]["generation"]) for name, item in up.definitions().items()
    }
    content, cluster_wide = up.content(), up.cluster_wide()
    names: Json = {"namespace": {"name": "second"}, "operator": {"namespace": {"name": "second-operator"}}}
    second = up.rehearse(CHECKOUT, "prod", {**names, "destroyData": True}, strict=True)
    said = refused(second, "up")
    assert "Another stack's Forail operator owns the definitions of this cluster" in said
    mark = up.cluster.api.get("/apis/rbac.authorization.k8s.io/v1/clusterroles/forail-operator-owner")
    assert cast("Json", mark)["metadata"]["annotations"]["forail-platform.io/stack"] == "forail/dev"
    second.destroy()
    after = {name: (item["metadata"]["uid"], item["metadata"]["generation"]) for name, item in up.definitions().items()}
    assert after == before
    assert up.content().keys() == content.keys()
    assert up.cluster_wide() == cluster_wide
    assert all(map(in_sync, up.content().values()))
    up.first.up(expect_no_changes=True)


def test_content_that_names_nothing_is_refused_at_preview(up: Up) -> None:
    before = set(up.content())
    said = refused(up.again(content=declared(organization("innocent"), team("lost", "lots"))), "preview")
    assert "lots" in said
    assert "forail:content.resources" in said
    assert set(up.content()) == before


def test_a_failing_resource_fails_the_up_with_its_reason_and_the_next_up_corrects_it(up: Up) -> None:
    said = refused(up.again(content=declared(organization("broken", **{FAIL: "the licence allows no more"}))), "up")
    assert "timed out" in said
    assert command_for("broken") in said
    assert "the licence allows no more" in operators_words(up.content()["Organization/broken"])
    up.again(content=declared(organization("broken"))).up()
    assert in_sync(up.content()["Organization/broken"])


def test_a_rename_that_would_delete_in_forail_is_refused_until_it_is_made_as_documented(
    up: Up, monkeypatch: pytest.MonkeyPatch
) -> None:
    def named(crew: str, gang: str = "Gang", band: str = "Band") -> list[Json]:
        return [
            organization(crew, "Crew"),
            team("hands", "Crew"),
            organization("gang", gang),
            organization("band", band),
        ]

    up.again(content=declared(*named("crew"))).up()
    identifier = up.content()["Organization/crew"]["status"]["forailId"]

    # An `up` that ends before it deletes what has left the program.
    broken = organization("gang", "Gang", **{FAIL: "the licence allows no more"})
    broken["spec"]["description"] = "Another"
    said = refused(up.again(content={**declared(broken, organization("band", "Band")), "timeoutSeconds": 3}), "up")
    assert command_for("gang") in said
    assert "Organization/crew" in up.content()

    renamed = up.again(content=declared(*named("rowers")))
    said = refused(renamed, "preview")
    assert re.search(rf"{NAMESPACE}/crew is 'Crew' in Forail, and now {NAMESPACE}/rowers takes.*delete it", said)
    with monkeypatch.context() as patch:
        # Also then it goes on to deletions only if the program ends well.
        patch.setenv("PULUMI_CONTINUE_ON_ERROR", "true")
        said = refused(up.again(content=declared(*named("rowers", "Band", "Gang"))), "up")
    for former, name, latter in (("crew", "Crew", "rowers"), ("gang", "Gang", "band"), ("band", "Band", "gang")):
        assert f"{NAMESPACE}/{former} is '{name}' in Forail, and now {NAMESPACE}/{latter} takes that name" in said
    assert f"{NAMESPACE}/gang gets another in the same change" in said
    assert up.content()["Organization/crew"]["status"]["forailId"] == identifier

    up.take_out("organizations", "crew")
    (record,) = set(re.findall(r"`pulumi state delete '(urn:[^']+/Crew)'`", said))
    with pytest.raises(RehearsalError, match="can't be safely deleted because the following resources depend on it"):
        renamed.command("state", "delete", record, "--yes")
    renamed.refresh()
    renamed.command("state", "delete", record, "--yes")
    renamed.up()
    content = up.content()
    assert content["Organization/rowers"]["status"]["forailId"] == identifier
    assert "Organization/crew" not in content
    assert all(map(in_sync, content.values()))


def test_a_wrong_token_fails_at_the_canary(up: Up) -> None:
    wrong = {"token": base64.b64encode(b"x" * 40).decode()}
    body = {"metadata": {"name": "wrong"}, "type": "Opaque", "data": wrong}
    up.cluster.api.create(f"/api/v1/namespaces/{NAMESPACE}/secrets", body)
    existing = {"existingSecret": {"secretName": "wrong", "key": "token"}}
    said = refused(up.again(operator=existing, content=declared(organization("after-canary"))), "up")
    assert "timed out" in said
    assert command_for("forail-canary") in said
    assert "401" in operators_words(up.content()["Organization/forail-canary"])
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
    assert up.cluster_wide() == {"clusterroles/forail-operator-owner"}
