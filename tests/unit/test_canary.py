"""The proof that the operator is authorised."""

from __future__ import annotations

import pulumi
import pytest
from pulumi_kubernetes.core.v1 import ConfigMap
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.content.apply.canary import Canary, CanaryArgs
from components.kube.metadata import Scope
from tests.unit.deployment import Deployment, Registered
from tests.unit.engine import run
from tests.unit.pods import pods
from tests.unit.stacks import Stack, alone, dev, every


def canary(deployment: Deployment) -> Registered:
    """The organization."""
    return deployment.one("Organization", "forail-canary")


def description(deployment: Deployment) -> str:
    """What a generation of it is made for."""
    return canary(deployment).inputs["spec"]["description"]


def proved(identity: str = "one", timeout_seconds: int | None = None) -> Deployment:
    """What the component registers."""

    def program() -> None:
        operator = ConfigMap("operator", metadata=ObjectMetaArgs(name="operator"))
        scope = Scope(namespace="there", application="forail-operator", part_of="forail-platform")
        known = pulumi.Output.from_input(identity)
        Canary(
            "forail-canary", CanaryArgs(scope=scope, identity=known, timeout_seconds=timeout_seconds, after=(operator,))
        )

    return run(program)


def test_it_is_waited_for_and_not_for_long() -> None:
    item = canary(proved())
    assert item.inputs["metadata"]["annotations"]["pulumi.com/waitFor"] == "condition=Synced"
    times = item.request.customTimeouts
    assert times.create == times.update == "90s", "ten minutes are the provider's default"
    given = canary(proved(timeout_seconds=7)).request.customTimeouts
    assert given.create == given.update == "7s"


def test_its_failure_says_where_the_reason_is() -> None:
    assert list(canary(proved()).request.hooks.on_error) == ["forail-canary-explain"]


def test_it_follows_its_identity() -> None:
    assert description(proved("one")) == description(proved("one"))
    assert description(proved("one")) != description(proved("two"))
    assert set(canary(proved()).inputs["spec"]) == {"description"}


def test_it_waits_for_the_operator() -> None:
    deployment = proved()
    assert deployment.depends_on(canary(deployment), deployment.one("ConfigMap", "operator"))


def test_it_is_in_the_operators_namespace() -> None:
    assert canary(proved()).inputs["metadata"]["namespace"] == "there"


@pytest.mark.parametrize("stack", ["dev", "everything"])
def test_what_it_proves_is_in_it_and_nothing_else(stack: str) -> None:
    """So that a change of token, address or image is proved again, and no other change is."""
    deployment = every(stack)
    (container,) = pods(deployment)["Deployment/forail-operator"].main
    token = deployment.one("Secret", "forail-personal-access-token").object_name
    shown = description(deployment).partition("; ")[2].split()
    assert shown == [f"{token}/value", container.env["FORAIL_URL"], container.raw["image"]]


def test_a_token_that_somebody_else_keeps_is_in_it_too() -> None:
    kept = {"existingSecret": {"secretName": "kept-token", "key": "pat"}}
    shown = description(Stack({**dev().config, "content": {}}).deploy(operator=kept))
    assert "kept-token/pat" in shown, "another Secret is another token"


def test_content_comes_after_it_and_it_after_operator_and_definitions() -> None:
    deployment = every("everything")
    proof = canary(deployment)
    assert deployment.depends_on(proof, deployment.one("Deployment", "forail-operator"))
    assert not [
        item.label for item in deployment.all("CustomResourceDefinition") if not deployment.depends_on(proof, item)
    ]
    content = [item for item in deployment.objects if "$forail:content:Content$" in item.urn]
    assert len(content) > 15
    assert not [item.label for item in content if not deployment.depends_on(item, proof)]


def test_without_it_content_comes_after_operator_and_definitions() -> None:
    deployment = every("elsewhere")
    assert "forail-canary" not in deployment.names("Organization")
    (organization,) = deployment.all("Organization")
    assert deployment.depends_on(organization, deployment.one("Deployment", "forail-operator"))
    assert not [
        item.label
        for item in deployment.all("CustomResourceDefinition")
        if not deployment.depends_on(organization, item)
    ]


def test_without_an_operator_there_is_none() -> None:
    assert not [item.urn for item in alone().deploy().resources if "anary" in item.urn]
