"""A catalog: order, what each resource needs first, and what is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from components import (
    Catalog,
    ContentError,
    Credential,
    ForailInstance,
    Host,
    InputFrom,
    Inventory,
    JobTemplate,
    Known,
    Organization,
    Resource,
    SecretConfig,
    Workflow,
)
from components.api.kinds import Kind
from components.content.apply.manifest import finalizers_of, spec_of
from components.content.read.documents import read_files
from components.content.read.own_secret import secret_inputs, secret_name
from tests.unit.content.builders import (
    credential,
    from_config,
    inventory,
    node,
    organization,
    schedule,
    template,
    workflow,
)
from tests.unit.content.manifests import KNOWN, Manifest, complete, load, manifest

SAMPLES = Path(__file__).parents[3] / "content" / "samples"


def test_the_samples_show_every_kind_and_load() -> None:
    files = sorted(SAMPLES.glob("*.yaml"))
    catalog = Catalog.load(read_files((file, file.name) for file in files), "content", KNOWN)

    assert {resource.kind for resource in catalog.resources} == set(Kind)
    assert catalog.warnings == ()
    assert catalog.secret_config_keys == ("branchOfficeToken", "webServersKey")
    assert catalog.namespaces == ("content",)


def test_the_order_follows_references() -> None:
    inner = {"unifiedJobTemplate": "inner", "unifiedJobTemplateKind": "workflow_job_template"}
    outer = workflow(node("a", **inner), called="outer")
    catalog = load([outer, workflow(called="inner"), *reversed(complete())])

    seen: set[Resource] = set()
    for resource in catalog.resources:
        assert seen.issuperset(catalog.dependencies(resource))
        seen.add(resource)
    (last,) = [resource for resource in catalog.resources if resource.name == "outer"]
    assert [(one.kind, one.name) for one in catalog.dependencies(last)] == [(Kind.WORKFLOW, "inner")]


def test_a_routed_resource_needs_its_instance_first() -> None:
    catalog = load(complete())
    (team,) = [resource for resource in catalog.resources if resource.kind is Kind.TEAM]

    assert [one.kind for one in catalog.dependencies(team)] == [Kind.FORAIL_INSTANCE, Kind.ORGANIZATION]
    assert team.backend == "forailinstance-1"


def test_namespaces() -> None:
    catalog = load([manifest(Kind.ORGANIZATION, {}, "ops", namespace="other"), credential()])

    assert catalog.namespaces == ("forail-content", "other")
    assert catalog.namespaces_with_secrets == ("forail-content",)


def sent(body: Manifest) -> dict[str, object]:
    (resource,) = load([body]).resources
    return spec_of(resource)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (organization(maxHosts=0, description=""), {}),
        (
            manifest(
                Kind.PROJECT,
                {"organization": "Default", "scmType": "git", "scmClean": False, "timeout": 0, "scmUrl": "https://a/b"},
                "p",
            ),
            {"organization": "Default", "scmUrl": "https://a/b"},
        ),
        (manifest(Kind.TEAM, {"organization": "Default", "users": []}, "t"), {"organization": "Default"}),
        (
            inventory(hosts=[{"name": "a", "enabled": False}, {"name": "b", "enabled": True, "variables": ""}]),
            {"organization": "Default", "hosts": [{"name": "a", "enabled": False}, {"name": "b"}]},
        ),
        (
            credential(inputs={"username": "u", "become_method": ""}),
            {
                "organization": "Default",
                "credentialType": "Machine",
                "inputs": {"username": "u", "become_method": ""},
            },
        ),
    ],
)
def test_what_the_operator_would_drop_is_not_sent(body: Manifest, expected: dict[str, object]) -> None:
    assert sent(body) == expected


def test_texts_are_sent_as_forail_stores_them() -> None:
    spec = sent(
        inventory(
            description="Everything\n",
            variables="\n  a: 1\n  b: 2\n",
            hosts=[{"name": "a", "variables": "c: |\n  one\n  two\n"}],
        )
    )

    assert spec["description"] == "Everything"
    assert spec["variables"] == "a: 1\nb: 2"
    assert spec["hosts"] == [{"name": "a", "variables": "c: |\n  one\n  two"}]
    assert sent(template(description=" \n", extraVars="a: 1\n"))["extraVars"] == "a: 1"
    assert "description" not in sent(template(description=" \n"))
    assert sent(schedule(extraData="a: 1\n"))["extraData"] == "a: 1\n"


def test_a_schedule_stays_disabled_and_gets_variables() -> None:
    spec = sent(schedule("DTSTART:20300101T020000Z\n  RRULE:FREQ=DAILY;INTERVAL=1\n", enabled=False))

    assert spec == {
        "jobTemplate": "Demo Job Template",
        "rrule": "DTSTART:20300101T020000Z RRULE:FREQ=DAILY;INTERVAL=1",
        "enabled": False,
        "extraData": "{}",
    }


def test_every_workflow_node_gets_variables() -> None:
    spec = sent(workflow(node("a", extraData="a: 1"), node("b", extraData="")))

    assert [one["extraData"] for one in spec["nodes"]] == ["a: 1", "{}"]  # type: ignore[union-attr,attr-defined] JSON


def test_secret_configuration_becomes_a_secret() -> None:
    existing = {"name": "become_password", "valueFrom": {"name": "sudo", "key": "word"}}
    catalog = load([credential(inputsFrom=[from_config("ssh_key_data", "deployKey"), existing])])
    (resource,) = catalog.resources

    assert secret_name(resource) == "key-inputs"
    assert secret_inputs(resource) == {"ssh_key_data": "deployKey"}
    assert catalog.secret_config_keys == ("deployKey",)
    assert spec_of(resource)["inputsFrom"] == [
        {"name": "ssh_key_data", "valueFrom": {"name": "key-inputs", "key": "ssh_key_data"}},
        existing,
    ]


def test_a_token_from_configuration() -> None:
    body = manifest(Kind.FORAIL_INSTANCE, {"url": "https://a.lan", "tokenSecretRef": {"secretConfig": "other"}}, "o")
    (resource,) = load([body]).resources

    assert secret_name(resource) == "o-token"
    assert secret_inputs(resource) == {"token": "other"}
    assert spec_of(resource) == {"url": "https://a.lan", "tokenSecretRef": {"name": "o-token", "key": "token"}}


def test_an_existing_secret_is_left_to_its_owner() -> None:
    for resource in load(complete()).resources:
        assert secret_name(resource) is None


def test_only_a_disabled_host_needs_the_finalizer_from_the_start() -> None:
    disabled, enabled = load(
        [
            inventory(hosts=[{"name": "a", "enabled": False}]),
            manifest(Kind.INVENTORY, {"organization": "Default", "hosts": [{"name": "a"}]}, "other"),
        ]
    ).resources

    assert finalizers_of(disabled) == ["inventory.forail.forail-platform.io/finalizer"]
    assert finalizers_of(enabled) == []


def test_content_in_python() -> None:
    ops = Resource("ops", Organization(max_hosts=5))
    key = Resource(
        "key",
        Credential(
            organization="ops",
            credential_type="Machine",
            inputs_from=(InputFrom(name="password", value_from=SecretConfig(secret_config="key")),),
        ),
    )
    hosts = Resource("hosts", Inventory(organization="ops", hosts=(Host(name="a"),)))
    deploy = Resource(
        "deploy",
        JobTemplate(project="Demo Project", inventory="hosts", playbook="site.yml", credentials=("key",)),
        namespace="other",
    )
    catalog = Catalog.of([deploy, hosts, key, ops], Known.seeded(), "content")

    assert [resource.name for resource in catalog.resources] == ["ops", "key", "hosts", "deploy"]
    assert [resource.namespace for resource in catalog.resources] == ["content", "content", "content", "other"]
    assert [one.name for one in catalog.dependencies(catalog.resources[-1])] == ["hosts", "key"]
    assert spec_of(catalog.resources[0]) == {"maxHosts": 5}


def test_mistakes_in_python_are_told_by_kind_and_name() -> None:
    with pytest.raises(ContentError) as caught:
        Catalog.of(
            [Resource("Ops", Organization(), labels={"a b": "c"}), Resource("w", Workflow(organization="Ops?"))], KNOWN
        )

    assert [problem.text.split(": ")[:2] for problem in caught.value.problems] == [
        ["Organization Ops", "metadata.name"],
        ["Organization Ops", 'metadata.labels.<a key of 3 characters>'],
        ["Organization Ops", "metadata.namespace"],
        ["Workflow w", "metadata.namespace"],
        ["Workflow w", "spec.organization"],
    ]  # fmt: skip


def test_one_resource_given_twice_in_python_is_one_too_many() -> None:
    ops = Resource("ops", Organization(), namespace="content")
    with pytest.raises(ContentError, match="the same kind and namespace: rename or remove one"):
        Catalog.of([ops, ops], KNOWN)


def test_a_name_in_python_leaves_room_for_the_name_of_its_secret() -> None:
    token = SecretConfig(secret_config="token")
    office = ForailInstance(url="https://branch.example.com", token_secret_ref=token)

    assert Catalog.of([Resource("a" * 247, office)], KNOWN, "content").resources
    with pytest.raises(ContentError, match="makes the name of its Secret longer than 253"):
        Catalog.of([Resource("a" * 248, office)], KNOWN, "content")


def test_long_lists_of_problems_are_cut_in_the_text_alone() -> None:
    with pytest.raises(ContentError) as caught:
        load([organization(f"Ops{number}") for number in range(150)])

    assert len(caught.value.problems) == 150
    assert "… and 50 more" in str(caught.value)
    assert str(caught.value).startswith("The content of this stack has 150 problems:\n")
