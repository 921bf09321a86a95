"""Further Forails come from the outputs of their stacks."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from components.fleet import fleet
from components.settings.stack import StackFile
from tests.unit.deployment import Deployment
from tests.unit.engine import run
from tests.unit.leaks import leaks
from tests.unit.providers import PLANTED, exported
from tests.unit.stacks import every

MEMBERS: dict[str, Any] = {
    "outside": {"stack": "acme/forail/berlin"},
    "inside": {"stack": "acme/forail/paris", "address": "internal", "insecureSkipVerify": True},
}


def read(members: dict[str, Any]) -> Deployment:
    """Exports what the members of a stack file come to."""

    def program() -> None:
        for name, member in fleet(StackFile.model_validate({"content": {"fleet": members}})).items():
            pulumi.export(f"{name} url", member.url)
            pulumi.export(f"{name} token", member.token)
            pulumi.export(f"{name} unchecked", member.insecure_skip_verify)

    return run(program)


def test_address_and_token_are_what_the_stack_exports() -> None:
    outputs = read(MEMBERS).outputs
    assert outputs == {
        "outside url": "https://berlin.example.com",
        "outside token": exported("acme/forail/berlin")["personalAccessToken"],
        "outside unchecked": False,
        "inside url": "http://forail-web.paris.svc.cluster.local:8013",
        "inside token": exported("acme/forail/paris")["personalAccessToken"],
        "inside unchecked": True,
    }


def test_tokens_stay_secret() -> None:
    deployment = read(MEMBERS)
    assert {name for name in deployment.secret_outputs if name.endswith("token")} == {"outside token", "inside token"}
    assert not leaks(deployment, PLANTED)


def test_a_token_that_its_stack_exports_in_clear_is_secret_here() -> None:
    assert "it token" in read({"it": {"stack": "acme/forail/careless"}}).secret_outputs


def test_a_stack_without_a_token_to_give_is_refused_with_the_way_out() -> None:
    with pytest.raises(pulumi.RunError, match=r"content\.fleet\.it: .* ForailInstance it whose tokenSecretRef"):
        read({"it": {"stack": "acme/forail/keeper"}})


def test_each_stack_is_referred_to_by_its_full_name() -> None:
    assert read(MEMBERS).names("StackReference") == {"acme/forail/berlin", "acme/forail/paris"}


def test_without_members_no_stack_is_read() -> None:
    assert not read({}).resources
    assert not every("dev").all("StackReference")


def test_the_program_makes_an_instance_of_each() -> None:
    deployment = every("everything")
    urls = {item.object_name: item.inputs["spec"]["url"] for item in deployment.all("ForailInstance")}
    assert urls["other"] == "https://other.example.com"
    assert urls["inside"] == "http://forail-web.inside.svc.cluster.local:8013"
    routed = deployment.one("Organization", "forail-organization-forail-operator-other-operations")
    assert deployment.depends_on(routed, deployment.one("ForailInstance", "forail-fleet-other"))
