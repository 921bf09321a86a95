"""New, failing and repaired custom resources."""

from collections.abc import Generator

import pytest

from components.api.kinds import Kind
from rehearsal.kubernetes.objects import KubeObject, at, condition, items
from rehearsal.operator.reconciler import FAIL
from tests.rehearsal.operator.objects import Content
from tests.rehearsal.operator.scene import Scene

SAMPLES: dict[Kind, KubeObject] = {
    Kind.ORGANIZATION: {"description": "a sample", "maxHosts": 500},
    Kind.TEAM: {"organization": "Default", "users": ["admin"]},
    Kind.PROJECT: {"organization": "Default", "scmUrl": "https://git.test/site.git", "scmClean": True},
    Kind.CREDENTIAL: {"organization": "Default", "credentialType": "Machine", "inputs": {"username": "deploy"}},
    Kind.INVENTORY: {
        "organization": "Default",
        "hosts": [{"name": "web-1"}, {"name": "db-1"}],
        "groups": [{"name": "web", "hosts": ["web-1"]}, {"name": "all-of-it", "children": ["web"]}],
    },
    Kind.JOB_TEMPLATE: {
        "inventory": "Demo Inventory",
        "project": "Demo Project",
        "playbook": "hello_world.yml",
        "credentials": ["Demo Credential"],
    },
    Kind.SCHEDULE: {
        "jobTemplate": "Demo Job Template",
        "rrule": "DTSTART:20990101T020000Z RRULE:FREQ=DAILY;INTERVAL=1",
    },
    Kind.WORKFLOW: {
        "organization": "Default",
        "nodes": [
            {
                "identifier": "first",
                "unifiedJobTemplate": "Demo Job Template",
                "extraData": "{}",
                "successNodes": ["second"],
            },
            {"identifier": "second", "unifiedJobTemplate": "Demo Job Template", "extraData": "{}"},
        ],
    },
}
STATUS: dict[Kind, KubeObject] = {
    Kind.INVENTORY: {"hostCount": 2, "groupCount": 2},
    Kind.SCHEDULE: {"nextRun": "2099-01-01T02:00:00Z"},
    Kind.WORKFLOW: {"nodeCount": 2},
}


@pytest.mark.parametrize("kind", SAMPLES)
def test_each_kind_comes_in_sync(content: Content, kind: Kind) -> None:
    content.apply(kind, "sample", SAMPLES[kind])
    obj = content.synced(kind, "sample")

    status = obj["status"]
    assert [one["type"] for one in status["conditions"]] == ["Synced", "Ready"]
    assert [one["reason"] for one in status["conditions"]] == ["InSync", "InSync"]
    assert status["conditions"][1]["message"] == ""
    assert status["observedGeneration"] == at(obj, "metadata", "generation")
    assert status["forailId"] > 0
    assert at(obj, "metadata", "finalizers") == [kind.finalizer]
    assert status.items() >= STATUS.get(kind, {}).items()
    content.delete(kind, "sample")
    content.gone(kind, "sample")


def test_an_instance_is_ready_without_ever_being_synced(content: Content) -> None:
    content.secret("token", token="whatever it is")
    spec = {"url": "https://forail.outside.test", "tokenSecretRef": {"name": "token", "key": "token"}}
    content.apply(Kind.FORAIL_INSTANCE, "other", spec)

    obj = content.synced(Kind.FORAIL_INSTANCE, "other")

    assert [(one["type"], one["reason"]) for one in items(obj, "status", "conditions")] == [("Ready", "Healthy")]
    assert at(obj, "status", "reachable") is True
    assert at(obj, "metadata", "finalizers") is None


def test_a_missing_reference_is_found_at_a_later_pass(content: Content) -> None:
    content.apply(Kind.PROJECT, "site", {**SAMPLES[Kind.PROJECT], "organization": "late"})
    failed = content.failed(Kind.PROJECT, "site", 'organization "late" not found in Forail')
    assert [one["type"] for one in items(failed, "status", "conditions")] == ["Ready", "Synced"]
    assert (condition(failed, "Synced") or {})["reason"] == "ResolveError"
    assert at(failed, "status", "forailId") is None
    assert at(failed, "status", "observedGeneration") is None

    content.apply(Kind.ORGANIZATION, "late", {})

    assert [one["type"] for one in items(content.synced(Kind.PROJECT, "site"), "status", "conditions")] == [
        "Ready",
        "Synced",
    ]


@pytest.mark.parametrize(
    ("kind", "spec", "reason", "text"),
    [
        (Kind.ORGANIZATION, {"defaultEnvironment": "none"}, "ResolveError", 'execution_environment "none" not found'),
        (Kind.PROJECT, {"organization": "Default", "scmCredential": "none"}, "ResolveError", '"none" not found'),
        (Kind.PROJECT, {"organization": "Default", "forailInstance": "none"}, "ResolveError", "forail instance: get"),
        (Kind.TEAM, {"organization": "Default", "users": ["nobody"]}, "ForailAPIError", 'users: user "nobody" not'),
        (Kind.CREDENTIAL, {"organization": "Default", "credentialType": "No"}, "ResolveError", '"No" not found'),
        (
            Kind.CREDENTIAL,
            {
                "organization": "Default",
                "credentialType": "Machine",
                "inputsFrom": [{"name": "password", "valueFrom": {"name": "absent", "key": "k"}}],
            },
            "ResolveError",
            'Secret "absent" not found',
        ),
        (
            Kind.CREDENTIAL,
            {
                "organization": "Default",
                "credentialType": "Machine",
                "inputs": {
                    "ssh_key_data": "-----BEGIN OPENSSH PRIVATE KEY-----\nPLACE-HOLDER\n"
                    "-----END OPENSSH PRIVATE KEY-----\n"
                },
            },
            "ForailAPIError",
            "create credential: forail api",
        ),
        (
            Kind.INVENTORY,
            {"organization": "Default", "groups": [{"name": "g", "hosts": ["h"]}]},
            "ForailAPIError",
            'sync groups: group "g" references undeclared host "h"',
        ),
        (
            Kind.JOB_TEMPLATE,
            {**SAMPLES[Kind.JOB_TEMPLATE], "credentials": ["none"]},
            "ForailAPIError",
            'credential "none" not found',
        ),
        (
            Kind.JOB_TEMPLATE,
            {**SAMPLES[Kind.JOB_TEMPLATE], "inventory": "none"},
            "ResolveError",
            'inventory "none" not found in Forail',
        ),
        (
            Kind.SCHEDULE,
            {**SAMPLES[Kind.SCHEDULE], "jobTemplate": "hello-world"},
            "ResolveError",
            'JobTemplate "hello-world" not found in Forail',
        ),
        (
            Kind.SCHEDULE,
            {**SAMPLES[Kind.SCHEDULE], "rrule": "DTSTART:20990101T020000Z RRULE:FREQ=DAILY"},
            "ForailAPIError",
            ": 400: ",
        ),
        (
            Kind.SCHEDULE,
            {**SAMPLES[Kind.SCHEDULE], "extraData": "color: blue"},
            "ForailAPIError",
            "Variables color are not allowed on launch",
        ),
        (
            Kind.WORKFLOW,
            {"organization": "Default", "nodes": [{"identifier": "a", "unifiedJobTemplate": "Bake"}]},
            "ForailAPIError",
            'nodes: job_template "Bake" not found',
        ),
        (
            Kind.WORKFLOW,
            {"organization": "Default", "nodes": [{"identifier": "a", "unifiedJobTemplate": "Demo Job Template"}]},
            "ForailAPIError",
            "nodes: list nodes: json: cannot unmarshal object into Go struct field WorkflowNode.extra_data of type",
        ),
    ],
)  # fmt: skip
def test_mistakes_are_answered_as_the_operator_answers_them(
    content: Content, kind: Kind, spec: KubeObject, reason: str, text: str
) -> None:
    content.apply(kind, "mistaken", spec)
    failed = content.failed(kind, "mistaken", text)

    for one in items(failed, "status", "conditions"):
        assert one["reason"] == reason
    assert at(failed, "status", "forailId") is None
    # What was never in sync is let go without a word to Forail.
    content.delete(kind, "mistaken")
    content.gone(kind, "mistaken")


@pytest.mark.parametrize("kind", [Kind.ORGANIZATION, Kind.FORAIL_INSTANCE])
def test_the_annotation_makes_a_resource_fail_until_it_is_removed(content: Content, kind: Kind) -> None:
    content.secret("token", token="t")
    instance = {"url": "https://forail.outside.test", "tokenSecretRef": {"name": "token", "key": "token"}}
    spec = instance if kind is Kind.FORAIL_INSTANCE else {"description": "unlucky"}
    content.apply(kind, "unlucky", spec, annotations={FAIL: "the disk is full"})
    failed = content.failed(kind, "unlucky", "the disk is full")
    expected = "Unreachable" if kind is Kind.FORAIL_INSTANCE else "ForailAPIError"
    assert (condition(failed, kind.condition) or {})["reason"] == expected

    content.apply(kind, "unlucky", spec, annotations={})

    content.synced(kind, "unlucky")


def test_a_change_is_synced_under_its_own_generation(content: Content) -> None:
    content.apply(Kind.ORGANIZATION, "changing", {"description": "one"})
    first = content.synced(Kind.ORGANIZATION, "changing")
    content.apply(Kind.ORGANIZATION, "changing", {"description": "two"})

    second = content.synced(Kind.ORGANIZATION, "changing")

    assert at(second, "status", "observedGeneration") == at(first, "status", "observedGeneration") + 1
    assert at(second, "status", "forailId") == at(first, "status", "forailId")
    assert (condition(second, "Synced") or {})["lastTransitionTime"] == (condition(first, "Synced") or {})[
        "lastTransitionTime"
    ]


def test_two_resources_with_one_name_share_one_object(content: Content) -> None:
    content.apply(Kind.ORGANIZATION, "mine", {"name": "shared"})
    content.apply(Kind.ORGANIZATION, "yours", {"name": "shared"})

    mine, yours = (content.synced(Kind.ORGANIZATION, name) for name in ("mine", "yours"))

    assert at(mine, "status", "forailId") == at(yours, "status", "forailId")


@pytest.fixture
def unhurried(scene: Scene) -> Generator[None]:
    """No second pass comes by itself."""
    scene.stand_in.stop()
    scene.stand_in.start(resync_seconds=3600)
    yield
    scene.stand_in.stop()
    scene.stand_in.start()


@pytest.mark.usefixtures("unhurried")
def test_a_secret_that_changes_is_sent_again(content: Content) -> None:
    content.secret("login", password="one")
    source = [{"name": "password", "valueFrom": {"name": "login", "key": "password"}}]
    spec = {"organization": "Default", "credentialType": "Machine", "inputsFrom": source}
    content.apply(Kind.CREDENTIAL, "login", spec)
    before = content.synced(Kind.CREDENTIAL, "login")

    content.secret("login", password="two")

    def resent(obj: KubeObject) -> bool:
        return at(obj, "status", "secretsHash") != at(before, "status", "secretsHash")

    after = content.until(Kind.CREDENTIAL, "login", resent, "to be sent again")
    assert at(after, "metadata", "generation") == at(before, "metadata", "generation")
