"""Both namespaces: made with the right admission level, or adopted and left alone."""

from __future__ import annotations

from typing import Any

import pytest

from components.edge.namespaces import Namespaces, NamespacesArgs
from components.settings.namespace import NamespaceSettings
from components.settings.task import Execution
from tests.unit.deployment import Deployment
from tests.unit.engine import run
from tests.unit.stacks import dev, every


def made(**changes: Any) -> Deployment:
    """What the component registers."""
    args: dict[str, Any] = {
        "platform": NamespaceSettings(name="automation"),
        "operator": NamespaceSettings(name="automation-operator"),
        "execution": Execution.HYBRID,
        "protect": True,
        "labels": {"team": "a"},
        "annotations": {},
        **changes,
    }
    return run(lambda: Namespaces("forail", NamespacesArgs(**args)))


def level(deployment: Deployment, name: str) -> str:
    """The admission level of a namespace."""
    return deployment.one("Namespace", name).inputs["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]


@pytest.mark.parametrize(("execution", "expected"), [("hybrid", "privileged"), ("control", "baseline")])
def test_levels_follow_from_what_the_pods_need(execution: str, expected: str) -> None:
    deployment = made(execution=Execution(execution))
    assert level(deployment, "forail-namespace") == expected
    assert level(deployment, "forail-operator-namespace") == "restricted"


def test_the_pods_of_upstreams_chart_are_admitted() -> None:
    """They name no seccomp profile, which `restricted` demands."""
    deployment = dev().deploy(operator={"chart": {"source": "./charts/operator"}})
    assert level(deployment, "forail-operator-namespace") == "baseline"


def test_names_are_the_stack_files() -> None:
    assert {item.object_name for item in made().all("Namespace")} == {"automation", "automation-operator"}


def test_only_the_namespace_of_claims_is_protected() -> None:
    assert {item.name for item in made().objects if item.request.protect} == {"forail-namespace"}
    assert not [item.name for item in made(protect=False).objects if item.request.protect]


def test_without_an_operator_there_is_one() -> None:
    assert made(operator=None).names("Namespace") == {"forail-namespace"}


def test_an_adopted_namespace_is_used_and_not_made() -> None:
    deployment = every("elsewhere")
    assert not deployment.all("Namespace")
    assert deployment.one("Deployment", "forail-web").inputs["metadata"]["namespace"] == "apps"
    assert deployment.one("Deployment", "forail-operator").inputs["metadata"]["namespace"] == "apps-operator"
