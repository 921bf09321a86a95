"""Content as custom resources: their order, their Secrets, what they wait for, and for how long."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

import pulumi
import pytest
from pulumi_kubernetes.core.v1 import ConfigMap, Namespace
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components import Catalog
from components.api.kinds import API_VERSION, Kind
from components.content.apply.content import BASE_SECONDS, SECONDS_PER_RESOURCE, Content, ContentArgs, FleetMember
from components.content.apply.failures import message
from components.kube.metadata import Scope
from tests.unit.content.builders import credential, from_config, instance, inventory, organization, template, workflow
from tests.unit.content.manifests import KNOWN, NAMESPACE, Manifest, complete, load, manifest
from tests.unit.deployment import Deployment, Registered
from tests.unit.engine import run
from tests.unit.leaks import leaks

KINDS = {kind.value for kind in Kind}
KEY, TOKEN = "GivenSecretValue0deployKey", "GivenSecretValue0branchToken"
SECRETS = {"deployKey": KEY, "branchToken": TOKEN}
FLEET: Mapping[str, tuple[str, bool]] = {
    "other": ("https://other.example.com", False),
    "inside": ("http://forail-web.inside.svc.cluster.local:8013", True),
}
"""Address of each member, and whether its certificate is left unchecked."""
WITH_SECRETS = [
    credential(inputsFrom=[from_config("ssh_key_data", "deployKey")]),
    instance(tokenSecretRef={"secretConfig": "branchToken"}),
]


def applied(catalog: Catalog, timeout_seconds: int | None = None, with_fleet: bool = False) -> Deployment:
    """What the component registers."""

    def program() -> None:
        namespace = Namespace("content", metadata=ObjectMetaArgs(name=NAMESPACE)).metadata.name
        after = ConfigMap("after", metadata=ObjectMetaArgs(name="after"))
        scope = Scope(
            namespace=namespace,
            application="forail-operator",
            part_of="forail-platform",
            labels={"team": "automation"},
            annotations={"example.com/owner": "automation"},
        )
        fleet = {
            name: FleetMember(url, pulumi.Output.secret(TOKEN), unchecked) for name, (url, unchecked) in FLEET.items()
        }
        args = ContentArgs(
            scope=scope,
            namespace=NAMESPACE,
            catalog=catalog,
            secrets={name: pulumi.Output.secret(value) for name, value in SECRETS.items()},
            fleet=fleet if with_fleet else {},
            timeout_seconds=timeout_seconds,
            after=(after,),
        )
        Content("forail", args)

    return run(program)


def of_every_kind() -> list[Manifest]:
    """One of each kind with every field, but for the workflow's route: its parts are in the operator's own Forail."""
    return [*complete(), *WITH_SECRETS]


def custom_resources(deployment: Deployment) -> list[Registered]:
    """Those of the nine kinds."""
    return [item for item in deployment.objects if item.kind in KINDS]


def test_every_declared_resource_is_registered_once() -> None:
    catalog = load(of_every_kind())
    found = custom_resources(applied(catalog))
    assert sorted((item.kind, item.object_name) for item in found) == sorted(
        (resource.kind.value, resource.name) for resource in catalog.resources
    )
    assert {item.kind for item in found} == KINDS
    assert {item.inputs["apiVersion"] for item in found} == {API_VERSION}


def test_order_is_the_catalogs_references_and_nothing_else() -> None:
    catalog = load(of_every_kind())
    deployment = applied(catalog)
    by_name = {(item.kind, item.object_name): item for item in custom_resources(deployment)}
    urns = {item.urn for item in by_name.values()}
    edges = 0
    for resource in catalog.resources:
        item = by_name[resource.kind.value, resource.name]
        expected = {by_name[other.kind.value, other.name].urn for other in catalog.dependencies(resource)}
        assert item.dependencies & urns == expected, item.label
        edges += len(expected)
    assert edges > 8


def test_everything_waits_for_the_proof_of_the_token() -> None:
    deployment = applied(load(of_every_kind()), with_fleet=True)
    before = deployment.one("ConfigMap", "after")
    waiting = [*custom_resources(deployment), *deployment.all("Secret")]
    assert len(waiting) == 18
    assert not [item.label for item in waiting if not deployment.depends_on(item, before)]


@pytest.mark.parametrize("kind", list(Kind), ids=str)
def test_each_is_waited_for_by_the_condition_that_it_gets(kind: Kind) -> None:
    for item in applied(load(of_every_kind()), with_fleet=True).all(kind.value):
        annotations = item.inputs["metadata"]["annotations"]
        expected = "Ready" if kind is Kind.FORAIL_INSTANCE else "Synced"
        assert annotations["pulumi.com/waitFor"] == f"condition={expected}", item.label
        assert annotations["pulumi.com/deletionPropagationPolicy"] == "background", item.label
        assert annotations["example.com/owner"] == "automation"
        assert item.inputs["metadata"]["labels"]["team"] == "automation"


def test_labels_and_annotations_of_a_manifest_are_kept() -> None:
    own = manifest(Kind.ORGANIZATION, {}, "ops", labels={"cost": "12"}, annotations={"example.com/owner": "ops"})
    metadata = applied(load([own])).one("Organization", f"forail-organization-{NAMESPACE}-ops").inputs["metadata"]
    assert metadata["labels"]["cost"] == "12"
    assert metadata["annotations"]["example.com/owner"] == "ops"
    assert metadata["annotations"]["pulumi.com/waitFor"] == "condition=Synced"


def _void(value: Any, path: str = "spec") -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():  # pyright: ignore[reportUnknownVariableType] JSON
            yield from _void(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
            yield from _void(inner, f"{path}[{index}]")
    elif value is None or value in (False, 0, ""):
        yield path


def test_nothing_is_false_or_zero_or_empty() -> None:
    """The operator's first write drops those, and every refresh would see it."""
    quiet = [
        organization(maxHosts=0, description=""),
        template(forks=0, verbosity=0, askLimitOnLaunch=False, jobType="run"),
        manifest(
            Kind.PROJECT,
            {"organization": "ops", "scmClean": False, "timeout": 0, "scmType": "git", "scmUrl": "https://a/b"},
        ),
        instance(insecureSkipVerify=False, hostHeader=""),
        inventory(hosts=[{"name": "a", "description": ""}], groups=[{"name": "g", "hosts": []}]),
        workflow(allowSimultaneous=False, inventory=""),
    ]
    for deployment in (applied(load(quiet)), applied(load(of_every_kind()), with_fleet=True)):
        for item in custom_resources(deployment):
            # Its absence means true.
            kept = [path for path in _void(item.inputs["spec"]) if not path.endswith(".enabled")]
            assert not kept, item.label


def test_secret_configuration_ends_in_secrets_alone() -> None:
    deployment = applied(load(WITH_SECRETS))
    secrets = {item.object_name: item for item in deployment.all("Secret")}
    assert {name: _values(item) for name, item in secrets.items()} == {
        "key-inputs": {"ssh_key_data": KEY},
        "branch-token": {"token": TOKEN},
    }
    assert not leaks(deployment, *SECRETS.values())
    for item in custom_resources(deployment):
        assert KEY not in str(item.inputs)
        assert TOKEN not in str(item.inputs)


def _values(secret: Registered) -> dict[str, str]:
    data = {key: base64.b64decode(value).decode() for key, value in secret.inputs.get("data", {}).items()}
    held = {**data, **secret.inputs.get("stringData", {})}
    assert all(secret.is_secret(part) for part in ("data", "stringData") if part in secret.inputs)
    return held


def test_resources_wait_for_the_secrets_that_they_read() -> None:
    deployment = applied(load(WITH_SECRETS))
    for reader, secret in (
        (f"forail-credential-{NAMESPACE}-key", f"forail-credential-{NAMESPACE}-key-secret"),
        (f"forail-forailinstance-{NAMESPACE}-branch", f"forail-forailinstance-{NAMESPACE}-branch-secret"),
    ):
        (item,) = (item for item in custom_resources(deployment) if item.name == reader)
        assert deployment.depends_on(item, deployment.one("Secret", secret))
    spec = deployment.one("Credential", f"forail-credential-{NAMESPACE}-key").inputs["spec"]
    assert spec["inputsFrom"] == [{"name": "ssh_key_data", "valueFrom": {"name": "key-inputs", "key": "ssh_key_data"}}]


def test_a_secret_is_where_its_reader_is() -> None:
    own = credential(inputsFrom=[from_config("ssh_key_data", "deployKey")])
    own["metadata"]["namespace"] = "team-a"
    deployment = applied(load([own, organization()]))
    assert {item.inputs["metadata"]["namespace"] for item in deployment.all("Secret")} == {"team-a"}
    assert deployment.one("Credential", "forail-credential-team-a-key").inputs["metadata"]["namespace"] == "team-a"


def test_the_default_namespace_exists_first() -> None:
    deployment = applied(load([organization()]), with_fleet=True)
    namespace = deployment.one("Namespace", "content")
    for item in (*custom_resources(deployment), *deployment.all("Secret")):
        assert item.inputs["metadata"]["namespace"] == NAMESPACE
        assert deployment.depends_on(item, namespace), item.label


def routed(name: str, to: str) -> Manifest:
    """An organization in another Forail."""
    return manifest(Kind.ORGANIZATION, {"forailInstance": to}, name)


def test_routed_resources_wait_for_their_instance() -> None:
    """And are deleted before it: their finalizers need it."""
    deployment = applied(load([instance("branch"), routed("there", "branch"), organization("here")]))
    branch = deployment.one("ForailInstance", f"forail-forailinstance-{NAMESPACE}-branch")
    assert deployment.depends_on(deployment.one("Organization", f"forail-organization-{NAMESPACE}-there"), branch)
    assert not deployment.depends_on(deployment.one("Organization", f"forail-organization-{NAMESPACE}-here"), branch)


def test_what_is_sent_to_another_forail_is_deleted_in_the_first_and_made_there() -> None:
    """In place, the operator would take the id over, and so another object of the other Forail."""
    deployment = applied(load([instance("branch"), routed("there", "branch"), organization("here")]))
    for name in ("there", "here"):
        request = deployment.one("Organization", f"forail-organization-{NAMESPACE}-{name}").request
        assert list(request.replaceOnChanges) == ["spec.forailInstance"]
        assert request.deleteBeforeReplace


def test_fleet_members_are_instances_that_routed_resources_wait_for() -> None:
    known = KNOWN | type(KNOWN)(forail_instances=frozenset(FLEET))
    deployment = applied(load([routed("there", "other"), organization("here")], known), with_fleet=True)
    assert {item.object_name for item in deployment.all("ForailInstance")} == set(FLEET)
    there = deployment.one("Organization", f"forail-organization-{NAMESPACE}-there")
    assert there.inputs["spec"]["forailInstance"] == "other"
    assert deployment.depends_on(there, deployment.one("ForailInstance", "forail-fleet-other"))
    assert deployment.depends_on(there, deployment.one("Secret", "forail-fleet-other-token"))
    assert not deployment.depends_on(there, deployment.one("ForailInstance", "forail-fleet-inside"))
    here = deployment.one("Organization", f"forail-organization-{NAMESPACE}-here")
    assert not deployment.depends_on(here, deployment.one("ForailInstance", "forail-fleet-other"))


def test_fleet_members_say_where_and_with_which_token() -> None:
    deployment = applied(load([]), with_fleet=True)
    other, inside = (
        deployment.one("ForailInstance", f"forail-fleet-{name}").inputs["spec"] for name in ("other", "inside")
    )
    secret = deployment.one("Secret", "forail-fleet-other-token")
    assert other == {"url": FLEET["other"][0], "tokenSecretRef": {"name": secret.object_name, "key": "token"}}
    assert inside["insecureSkipVerify"] is True
    assert _values(secret) == {"token": TOKEN}
    # A Secret without a name of its own gets another with another token, which the operator then reads at once.
    assert "name" not in secret.inputs["metadata"]
    assert not leaks(deployment, TOKEN)


@pytest.mark.parametrize("count", [1, 40])
def test_the_time_to_sync_grows_with_the_number(count: int) -> None:
    deployment = applied(load([organization(f"ops-{number}") for number in range(count)]))
    times = {
        (item.request.customTimeouts.create, item.request.customTimeouts.update)
        for item in custom_resources(deployment)
    }
    expected = f"{BASE_SECONDS + SECONDS_PER_RESOURCE * count}s"
    assert times == {(expected, expected)}


def test_a_given_time_is_everybodys() -> None:
    deployment = applied(load([organization()]), timeout_seconds=7, with_fleet=True)
    assert {item.request.customTimeouts.create for item in custom_resources(deployment)} == {"7s"}
    assert {item.request.customTimeouts.update for item in custom_resources(deployment)} == {"7s"}


def test_a_finalizer_is_there_only_where_its_writing_would_do_harm() -> None:
    hosts = [{"name": "a"}, {"name": "b", "enabled": False}]
    for given, expected in ((hosts, ["inventory.forail.forail-platform.io/finalizer"]), (hosts[:1], None)):
        item = applied(load([inventory(hosts=given)])).one("Inventory", f"forail-inventory-{NAMESPACE}-hosts")
        assert item.inputs["metadata"].get("finalizers") == expected


def test_what_fails_says_where_the_reason_is() -> None:
    deployment = applied(load(of_every_kind()), with_fleet=True)
    for item in custom_resources(deployment):
        assert list(item.request.hooks.on_error) == ["forail-explain"], item.label
    assert message(Kind.FORAIL_INSTANCE, {"namespace": "there", "name": "branch"}).count(
        "kubectl -n there get forailinstances.forail.forail-platform.io branch "
        """-o jsonpath='{.status.conditions[?(@.type=="Ready")].message}'"""
    )
