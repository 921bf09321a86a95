"""The nine definitions: generated, owned by the stack, taken over where Helm left them."""

from __future__ import annotations

from typing import Any

import pytest

from components.api.definitions import custom_resource_definition
from components.api.kinds import Kind
from tests.unit.deployment import Deployment
from tests.unit.stacks import every, prod


def definitions(deployment: Deployment) -> dict[str, dict[str, Any]]:
    """The definitions, by name."""
    return {item.object_name: item.inputs for item in deployment.all("CustomResourceDefinition")}


@pytest.mark.parametrize("kind", list(Kind), ids=str)
def test_each_is_the_one_generated_from_the_models(kind: Kind) -> None:
    generated = custom_resource_definition(kind)
    found = definitions(every("dev"))[kind.crd_name]
    assert found["spec"] == generated["spec"]
    assert found["apiVersion"] == "apiextensions.k8s.io/v1"


def test_there_are_nine() -> None:
    assert set(definitions(every("dev"))) == {kind.crd_name for kind in Kind}


def test_each_is_waited_for_until_it_is_served() -> None:
    for name, found in definitions(every("everything")).items():
        annotations = found["metadata"]["annotations"]
        assert annotations["pulumi.com/waitFor"] == "condition=Established", name
        assert annotations["example.com/owner"] == "automation", name
        assert found["metadata"]["labels"]["team"] == "automation", name


def test_each_is_taken_over_although_helm_owns_its_fields() -> None:
    # Without it the official provider passes the preview and fails the `up` with a conflict.
    for name, found in definitions(every("dev")).items():
        assert found["metadata"]["annotations"]["pulumi.com/patchForce"] == "true", name


def test_they_are_kept_unless_data_may_go() -> None:
    kept = {
        data_goes: {item.request.protect for item in deployment.all("CustomResourceDefinition")}
        for data_goes, deployment in ((False, prod().deploy()), (True, every("dev")))
    }
    assert kept == {False: {True}, True: {False}}


def test_they_need_nothing_of_the_platform() -> None:
    deployment = every("dev")
    for item in deployment.all("CustomResourceDefinition"):
        found = {label for label in _awaited(deployment, item.urn) if not label.startswith("kubernetes/")}
        assert found == {"Stash/forail-declared", "ClusterRole/forail-operator-owner"}, item.label


def test_each_waits_for_the_mark_of_its_owner() -> None:
    deployment = every("dev")
    mark = deployment.one("ClusterRole", "forail-operator-owner")
    assert "rules" not in mark.inputs
    assert mark.inputs["metadata"]["annotations"] == {"forail-platform.io/stack": "forail/dev"}
    # A provider that takes over what exists would never meet another stack's.
    assert mark.request.provider != deployment.all("CustomResourceDefinition")[0].request.provider
    assert list(mark.request.hooks.on_error) == ["forail-operator-owner-explain"]
    for item in deployment.all("CustomResourceDefinition"):
        assert mark.urn in item.dependencies, item.label


@pytest.mark.parametrize("tag", ["2026.07.1", "2026.06.1"])
def test_what_is_the_whole_clusters_waits_for_the_mark(tag: str) -> None:
    # Its names are those of every stack: a provider that takes over what exists would take it from the first stack.
    deployment = prod().deploy(operator={"enabled": True}, images={"operator": {"tag": tag}})
    mark = deployment.one("ClusterRole", "forail-operator-owner")
    kinds = ("ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition")
    found = [item for kind in kinds for item in deployment.all(kind) if item is not mark]
    assert {item.inputs["kind"] for item in found} == set(kinds)
    assert not [item.label for item in found if not deployment.depends_on(item, mark)]


def _awaited(deployment: Deployment, urn: str) -> set[str]:
    (item,) = (item for item in deployment.resources if item.urn == urn)
    urns = deployment.ancestors(item)
    return {other.label for other in deployment.resources if other.urn in urns}
