"""Both namespaces: made with the right admission level, or adopted and left alone."""

from __future__ import annotations

import pytest

from tests.unit.engine import deploy
from tests.unit.stacks import dev, every


@pytest.mark.parametrize(("execution", "level"), [("hybrid", "privileged"), ("control", "baseline")])
def test_the_level_follows_from_what_the_task_pod_needs(execution: str, level: str) -> None:
    deployment = dev().deploy(task={"execution": execution}, assistant={"enabled": True})
    labels = deployment.one("Namespace", "namespaces-platform").inputs["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == level


def test_the_operator_gets_the_strictest_level() -> None:
    labels = every("dev").one("Namespace", "namespaces-operator").inputs["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_names_are_the_stack_files() -> None:
    deployment = deploy(
        {"namespace": {"name": "automation"}, "operator": {"namespace": {"name": "automation-operator"}}}
    )
    assert {item.object_name for item in deployment.all("Namespace")} == {"automation", "automation-operator"}


def test_an_adopted_namespace_is_used_and_not_made() -> None:
    deployment = every("elsewhere")
    assert not deployment.all("Namespace")
    assert deployment.one("Deployment", "forail-web").inputs["metadata"]["namespace"] == "apps"
