"""The fleet example on the real engine: one operator serves two platforms in one cluster."""

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from components.api.kinds import API_VERSION, Kind
from rehearsal.state import StateFolder
from tests.rehearsal.rehearsed import Cluster, Rehearse, Rehearsed

CHECKOUT = Path(__file__).parents[2]
EXAMPLE = CHECKOUT / "examples" / "fleet"
NAMESPACE = "forail-operator"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
Json = dict[str, Any]


@dataclass(frozen=True)
class Fleet:
    """Both stacks, up."""

    cluster: Cluster
    eu: Rehearsed
    home: Rehearsed

    def object(self, kind: Kind, name: str) -> Json:
        found = self.cluster.api.get(f"/apis/{API_VERSION}/namespaces/{NAMESPACE}/{kind.plural}/{name}")
        return cast("Json", found)

    def condition(self, kind: Kind, name: str) -> tuple[str, str]:
        """Status and message of the condition that tells of success."""
        resource = self.object(kind, name)
        (found,) = [one for one in resource["status"]["conditions"] if one["type"] == kind.condition]
        return found["status"], found["message"]


@pytest.fixture(scope="module")
def fleet(module_rehearse: Rehearse, control_plane: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    project = project_with_the_example(tmp_path_factory.mktemp("fleet"))
    eu = module_rehearse(project, "eu", strict=True)
    eu.up()
    home = module_rehearse(project, "home", strict=True, beside=eu)
    share_backend(eu.engine.state, home.engine.state)
    home.up()
    return Fleet(control_plane, eu, home)


def project_with_the_example(folder: Path) -> Path:
    """The unmodified program with the example's stack files beside it, as `--config-file` would name them."""
    for name in ("Pulumi.yaml", "__main__.py", "components"):
        (folder / name).symlink_to(CHECKOUT / name)
    for file in EXAMPLE.glob("Pulumi.*.yaml"):
        (folder / file.name).symlink_to(file)
    return folder


def share_backend(first: StateFolder, second: StateFolder) -> None:
    """A rehearsal keeps a backend for each stack; a stack reference needs both in one."""
    second.create()
    second.backend.symlink_to(first.backend)
    second.passphrase.symlink_to(first.passphrase)


def test_the_operator_has_address_and_token_of_the_other_stack(fleet: Fleet) -> None:
    theirs = json.loads(fleet.eu.outputs().as_json(show_secrets=True))
    instance = fleet.object(Kind.FORAIL_INSTANCE, "eu")
    assert instance["spec"]["url"] == theirs["internalUrl"] == "http://forail-web.forail-eu.svc.cluster.local:8013"
    path = f"/api/v1/namespaces/{NAMESPACE}/secrets/{instance['spec']['tokenSecretRef']['name']}"
    secret = cast("Json", fleet.cluster.api.get(path))
    assert base64.b64decode(secret["data"]["token"]).decode() == theirs["personalAccessToken"]
    assert theirs["personalAccessToken"] not in fleet.home.state_text()


def test_the_other_platform_has_no_operator_of_its_own(fleet: Fleet) -> None:
    assert json.loads(fleet.eu.outputs().as_json(show_secrets=False))["operatorNamespace"] == ""
    deployments = fleet.cluster.api.items("/apis/apps/v1/deployments")
    namespaces = {
        (item["metadata"]["namespace"], item["metadata"]["name"].removeprefix("forail-")) for item in deployments
    }
    assert {place for place, name in namespaces if name == "operator"} == {NAMESPACE}
    assert {place for place, name in namespaces if name == "web"} == {"forail", "forail-eu"}


def test_content_is_in_sync_in_both_places(fleet: Fleet) -> None:
    assert fleet.condition(Kind.FORAIL_INSTANCE, "eu")[0] == "True"
    for place in ("home", "eu"):
        assert fleet.condition(Kind.ORGANIZATION, f"payments-{place}")[0] == "True"
        assert fleet.condition(Kind.PROJECT, f"payments-{place}-playbooks")[0] == "True"


def test_a_second_up_changes_nothing(fleet: Fleet) -> None:
    fleet.home.up(expect_no_changes=True)


def test_both_go_in_order_and_leave_nothing(fleet: Fleet) -> None:
    fleet.home.destroy()
    fleet.eu.destroy()
    assert not fleet.home.holds_resources()
    assert not fleet.eu.holds_resources()
    api = fleet.cluster.api
    for path in ("/api/v1/namespaces", "/apis/rbac.authorization.k8s.io/v1/clusterroles", DEFINITIONS):
        names = [item["metadata"]["name"] for item in api.items(path)]
        assert not [name for name in names if "forail" in name], path
