"""What the two stack files of the repository, and two that use everything else, register."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.unit.deployment import Registered
from tests.unit.engine import stack_file
from tests.unit.expected import EXPECTED
from tests.unit.pods import MAKES_PODS
from tests.unit.stacks import EVERY, alone, dev, every, everything

GOLDEN = Path(__file__).parent / "golden"

CLUSTER_WIDE = {"Namespace", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition"}

any_stack = pytest.mark.parametrize("stack", list(EVERY))


@any_stack
def test_these_objects_and_no_others(stack: str) -> None:
    assert {item.label for item in every(stack).objects} == EXPECTED[stack]


@any_stack
def test_every_resource_belongs_to_the_platform(stack: str) -> None:
    deployment = every(stack)
    root = deployment.one("Forail", "forail")
    for resource in deployment.resources:
        if resource is root or resource.type.startswith("pulumi:"):
            continue
        above = resource
        while above is not root:
            above = deployment.parent(above)
            assert above.type.startswith("forail:"), f"{resource.urn} hangs outside of the platform"


@any_stack
def test_every_component_registers_its_outputs(stack: str) -> None:
    silent = [
        item.urn for item in every(stack).resources if not item.request.custom and item.registered_outputs is None
    ]
    assert not silent, "the engine takes a component that registers no outputs for unfinished"


@any_stack
def test_every_object_goes_through_an_explicit_provider(stack: str) -> None:
    deployment = every(stack)
    providers = [item for item in deployment.resources if item.type.startswith("pulumi:providers:")]
    operator = {"kubernetes/definitions"} if deployment.all("CustomResourceDefinition") else set[str]()
    assert {provider.label for provider in providers} == {"kubernetes/kubernetes", *operator}
    references = {f"{provider.urn}::id-{provider.name}": provider.name for provider in providers}
    for item in deployment.objects:
        assert item.request.provider in references, f"{item.label} goes to a default provider"
        expected = "definitions" if item.kind == "CustomResourceDefinition" else "kubernetes"
        assert references[item.request.provider] == expected, item.label


@pytest.mark.parametrize("stack", ["dev", "prod", "everything"])
def test_only_definitions_are_taken_over_from_others(stack: str) -> None:
    platform, definitions = (
        dict(every(stack).one("kubernetes", name).inputs) for name in ("kubernetes", "definitions")
    )
    assert definitions.pop("upsertExistingObjects") in (True, "true")
    assert platform == definitions, "both must be the same cluster"


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_stack_files_forbid_the_default_cluster(stack: str) -> None:
    assert stack_file(stack)["pulumi:disable-default-providers"] == ["kubernetes"]


def test_the_provider_is_identified_by_the_stack_and_not_by_a_kubeconfig() -> None:
    provider = every("dev").one("kubernetes", "kubernetes").inputs
    # Without an identifier a moved kubeconfig entry replaces every object.
    assert provider["clusterIdentifier"] == "forail/dev"
    assert every("prod").one("kubernetes", "kubernetes").inputs["clusterIdentifier"] == "forail/prod"
    assert "context" not in provider
    assert "kubeconfig" not in provider


def test_the_provider_uses_the_named_context() -> None:
    assert every("everything").one("kubernetes", "kubernetes").inputs["context"] == "production"


@any_stack
def test_every_object_is_in_a_namespace_of_the_stack(stack: str) -> None:
    platform, operator = ("apps", "apps-operator") if stack == "elsewhere" else ("forail", "forail-operator")
    # Whoever names a namespace of his own sees to it.
    others = {"team-a", "vault"} if stack == "everything" else set[str]()
    for item in every(stack).objects:
        namespace = item.inputs["metadata"].get("namespace")
        if item.kind in CLUSTER_WIDE:
            assert namespace is None, f"{item.label} belongs to no namespace"
        elif re.search(
            r"\$forail:(data:Data|application:Application|edge:Edge|verify:Verify|monitoring:Monitoring)\$(?!.*-operator$)"
            r"|::forail-(registry$|outbound)",
            item.urn,
        ):
            assert namespace == platform, f"{item.label} is in {namespace}"
        else:
            assert namespace in {operator} | others, f"{item.label} is in {namespace}"


@any_stack
def test_every_object_says_what_it_is(stack: str) -> None:
    for item in every(stack).objects:
        labels = item.inputs["metadata"]["labels"]
        assert labels["app.kubernetes.io/part-of"] == "forail-platform", item.label
        assert labels["app.kubernetes.io/managed-by"] == "pulumi", item.label
        if item.kind != "Namespace":
            assert labels["app.kubernetes.io/component"], item.label
            assert {"app.kubernetes.io/name", "app.kubernetes.io/instance"} <= set(labels), item.label


def test_common_labels_and_annotations_reach_every_object_and_every_pod() -> None:
    deployment = every("everything")
    for item in deployment.objects:
        for metadata in _metadata(item):
            assert metadata["labels"]["team"] == "automation", item.label
            assert metadata["annotations"]["example.com/owner"] == "automation", item.label


def _metadata(item: Registered) -> list[dict[str, Any]]:
    """Of the object, of the Jobs that a CronJob makes, and of the pods."""
    found = [item.inputs["metadata"]]
    spec = item.inputs.get("spec", {})
    if item.kind == "CronJob":
        found.append(spec["jobTemplate"]["metadata"])
        spec = spec["jobTemplate"]["spec"]
    if item.kind in MAKES_PODS:
        found.append(spec["template"]["metadata"])
    return found


def test_common_labels_never_reach_a_selector() -> None:
    plain = {item.label: _selectors(item) for item in every("everything").objects}
    unmarked = everything().deploy(commonLabels={}, commonAnnotations={})
    assert {item.label: _selectors(item) for item in unmarked.objects} == plain


def _selectors(item: Registered) -> list[Any]:
    spec = item.inputs.get("spec", {})
    spread = spec.get("template", {}).get("spec", {}).get("topologySpreadConstraints", [])
    return [spec.get("selector"), *(constraint["labelSelector"] for constraint in spread)]


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_urns_stay(stack: str) -> None:
    """A URN that changes is a resource that is deleted and made again, on every stack there is."""
    file = GOLDEN / f"urns.{stack}.txt"
    found = {item.urn for item in every(stack).resources}
    kept = set(file.read_text(encoding="utf-8").split())
    gone, new = sorted(kept - found), sorted(found - kept)
    assert not gone, f"renamed or moved: give the new resource an alias, then drop these from {file.name}: {gone}"
    assert not new, f"if these are meant, add them to {file.name}: {new}"


def test_the_same_stack_file_registers_the_same_inputs_twice() -> None:
    # A context of its own makes this another run of an equal program, not the kept one.
    first, second = (
        {item.urn: item.inputs for item in deployment.objects}
        for deployment in (every("dev"), dev().deploy(kubernetes={"context": "other"}))
    )
    assert first == second


def test_a_local_host_name_warns_with_the_reason() -> None:
    messages = alone().deploy(exposure={"host": "forail.local"}).messages
    assert [(severity, "mDNS" in text) for severity, text in messages] == [("warning", True)]
    assert not every("dev").messages
