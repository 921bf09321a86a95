"""Mistakes within and between objects are refused where they stand, with words that say what to do."""

from __future__ import annotations

import pytest

from components.api.kinds import Kind
from tests.unit.content.builders import (
    credential,
    from_config,
    instance,
    inventory,
    node,
    project,
    schedule,
    template,
    workflow,
)
from tests.unit.content.manifests import load, manifest, problems
from tests.unit.content.wrong_inventories import INVENTORIES
from tests.unit.content.wrong_sources import SOURCES, demo_project

# What is declared; how the one problem begins; what it says.
ROWS: list[tuple[str, list[object], str, str]] = [
    # Which object it is
    (
        "one name in the state for two namespaces",
        [
            manifest(Kind.ORGANIZATION, {}, "b-c", namespace="a"),
            manifest(Kind.ORGANIZATION, {}, "c", namespace="a-b"),
        ],
        "test.yaml#2: metadata.name: ",
        "one name in Pulumi's state; rename one",
    ),
    *INVENTORIES,
    *SOURCES,
    # Credentials
    (
        "a password in clear",
        [credential(inputs={"password": "x"})],
        "test.yaml#1: spec.inputs.password: ",
        "inputsFrom",
    ),
    (
        "a token in clear under another name",
        [credential(inputs={"apiToken": "x"})],
        "test.yaml#1: spec.inputs.apiToken: ",
        "looks like a secret in clear",
    ),
    (
        "a key under another name",
        [credential(inputs={"n": "-----BEGIN PRIVATE KEY-----"})],
        "test.yaml#1: spec.inputs.n",
        "clear",
    ),
    (
        "an input twice",
        [credential(inputsFrom=[from_config("password", "a"), from_config("password", "b")])],
        "test.yaml#1: spec.inputsFrom[1].name: ",
        "each input is listed once",
    ),
    (
        "a bad configuration key",
        [credential(inputsFrom=[from_config("password", "my key")])],
        "test.yaml#1: spec.inputsFrom[0].valueFrom.secretConfig: ",
        "below contentSecrets",
    ),
    (
        "a configuration key that `contentSecrets` cannot have",
        [credential(inputsFrom=[from_config("password", "7th")])],
        "test.yaml#1: spec.inputsFrom[0].valueFrom.secretConfig: ",
        "a letter, then letters",
    ),
    (
        "a configuration key too long for `contentSecrets`",
        [credential(inputsFrom=[from_config("password", "a" * 64)])],
        "test.yaml#1: spec.inputsFrom[0].valueFrom.secretConfig: ",
        "at most 63",
    ),
    (
        "a Secret's name with an empty part",
        [credential(inputsFrom=[{"name": "password", "valueFrom": {"name": "a..b", "key": "k"}}])],
        "test.yaml#1: spec.inputsFrom[0].valueFrom.name: ",
        "name of a Secret",
    ),
    (
        "a key that no Secret has",
        [credential(inputsFrom=[{"name": "password", "valueFrom": {"name": "s", "key": "..k"}}])],
        "test.yaml#1: spec.inputsFrom[0].valueFrom.key: ",
        "key of that Secret",
    ),
    (
        "a bad Secret",
        [credential(inputsFrom=[{"name": "password", "valueFrom": {"name": "My_Secret", "key": "k"}}])],
        "test.yaml#1: spec.inputsFrom[0].valueFrom.name: ",
        "name of a Secret",
    ),
    (
        "a bad key of a Secret",
        [credential(inputsFrom=[{"name": "password", "valueFrom": {"name": "s", "key": "a b"}}])],
        "test.yaml#1: spec.inputsFrom[0].valueFrom.key: ",
        "a key of that Secret",
    ),
    (
        "a Secret and configuration at once",
        [credential(inputsFrom=[{"name": "password", "valueFrom": {"name": "s", "secretConfig": "a"}}])],
        "test.yaml#1: spec.inputsFrom[0].valueFrom.name: ",
        "is not a field",
    ),
    (
        "a Secret that the stack makes",
        [
            credential(inputsFrom=[from_config("password", "a")]),
            credential("other", inputsFrom=[{"name": "password", "valueFrom": {"name": "key-inputs", "key": "k"}}]),
        ],
        "test.yaml#2: spec.inputsFrom[0].valueFrom.name: ",
        "which the stack makes for test.yaml#1",
    ),
    # Job templates
    (
        "an absolute playbook",
        [template(playbook="/srv/site.yml")],
        "test.yaml#1: spec.playbook: ",
        "below the project's",
    ),
    ("a playbook outside", [template(playbook="../site.yml")], "test.yaml#1: spec.playbook: ", "leaves the project"),
    ("no playbook", [template(playbook=" ")], "test.yaml#1: spec.playbook: ", "is empty"),
    (
        "a credential twice",
        [template(credentials=["Demo Credential"] * 2)],
        "test.yaml#1: spec.credentials[1]: ",
        "each credential is listed once",
    ),
    (
        "two credentials of one type",
        [credential(), credential("other"), template(credentials=["key", "other"])],
        "test.yaml#3: spec.credentials[1]: ",
        "keep one of them",
    ),
    (
        "a credential that no job can use",
        [credential(credentialType="Source Control"), template(credentials=["key"])],
        "test.yaml#2: spec.credentials[0]: ",
        "which no job can use",
    ),
    ("white space around a name", [template(name="Deploy\n")], "test.yaml#1: spec.name: ", "white space"),
    # Workflows
    (
        "too many nodes",
        [workflow(*(node(str(n)) for n in range(201)))],
        "test.yaml#1: spec.nodes: ",
        "sees 200 of them",
    ),
    ("a node twice", [workflow(node("a"), node("a"))], "test.yaml#1: spec.nodes[1].identifier: ", "number 1"),
    (
        "an unknown node",
        [workflow(node("a", successNodes=["b"]))],
        "test.yaml#1: spec.nodes[0].successNodes[0]: ",
        "'b'",
    ),
    (
        "two edges to one node",
        [workflow(node("a", successNodes=["b"], alwaysNodes=["b"]), node("b"))],
        "test.yaml#1: spec.nodes[0].alwaysNodes[0]: ",
        "which is in successNodes as well",
    ),
    (
        "one edge twice",
        [workflow(node("a", successNodes=["b", "b"]), node("b"))],
        "test.yaml#1: spec.nodes[0].successNodes[1]: ",
        "a second time",
    ),
    (
        "a circle behind a start",
        [workflow(node("s", alwaysNodes=["a"]), node("a", successNodes=["b"]), node("b", failureNodes=["a"]))],
        "test.yaml#1: spec.nodes[",
        "is part of a circle",
    ),
    (
        "a workflow that starts itself",
        [workflow(node("a", unifiedJobTemplate="release", unifiedJobTemplateKind="workflow_job_template"))],
        "test.yaml#1: spec.nodes: ",
        "'release' → 'release'",
    ),
    (
        "workflows that start each other",
        [
            workflow(node("a", unifiedJobTemplate="b", unifiedJobTemplateKind="workflow_job_template"), called="a"),
            workflow(node("a", unifiedJobTemplate="a", unifiedJobTemplateKind="workflow_job_template"), called="b"),
        ],
        "test.yaml#",
        "makes the workflow start itself",
    ),
    # Variables
    (
        "variables that nobody asks for",
        [template(), schedule(jobTemplate="deploy", extraData="a: 1")],
        "test.yaml#2: spec.extraData: ",
        "askVariablesOnLaunch: true in test.yaml#1",
    ),
    (
        "other values than the template's",
        [template(extraVars="a: 2"), workflow(node("n", unifiedJobTemplate="deploy", extraData="a: 1"))],
        "test.yaml#2: spec.nodes[0].extraData: ",
        "does not accept them",
    ),
]


@pytest.mark.parametrize(("manifests", "start", "words"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_mistake_is_refused_where_it_stands(manifests: list[object], start: str, words: str) -> None:
    found = problems(manifests)

    assert len(found) == 1, found
    assert found[0].startswith(start)
    assert words in found[0]


def test_a_circle_without_a_start_never_starts() -> None:
    found = problems([workflow(node("a", successNodes=["b"]), node("b", successNodes=["a", "c"]), node("c"))])

    assert sum("is part of a circle" in line for line in found) == 1
    assert [line for line in found if "'c'" in line and "never starts" in line]
    assert len(found) == 4


def test_what_forail_accepts() -> None:
    good = [
        credential(credentialType="Source Control"),
        credential("insights", credentialType="Insights", inputs={"username": "u", "password": ""}),
        project("git", scmCredential="key", scmRefspec="a:b"),
        project("by-user", scmUrl="https://maria@git.example.com/a"),
        project("insights", scmType="insights", scmUrl="https://example.org", scmCredential="insights"),
        project("manual", scmType="manual", scmUrl=""),
        demo_project(scmUrl="https://git.example.com/a", scmUpdateOnLaunch=True),
        workflow(*(node(str(number)) for number in range(200))),
        inventory(hosts=[{"name": "::1"}, {"name": "fe80::1"}], variables='a: "2030-01-01"'),
        instance(url="https://[::1]:8443/forail"),
    ]

    assert problems(good) == []


def test_more_than_25_credentials() -> None:
    many = [
        credential(f"c{number}", credentialType="Vault", inputs={"vault_id": str(number), "vault_password": "ASK"})
        for number in range(26)
    ]
    names = [one["metadata"]["name"] for one in many]

    assert problems([*many, template(credentials=names[:25])]) == []
    assert "names 26" in problems([*many, template(credentials=names)])[0]


@pytest.mark.parametrize(
    ("manifests", "words"),
    [
        ([template(organization="Default")], "spec.organization: has no effect"),
        ([schedule(extraData="a: 1")], "which is not declared here"),
        ([workflow(node("a", extraData="a: 1"))], "spec.nodes[0].extraData: goes to JobTemplate 'Demo Job Template'"),
    ],
)  # fmt: skip
def test_what_is_likely_to_surprise_is_warned_of(manifests: list[object], words: str) -> None:
    (warning,) = load(manifests).warnings

    assert warning.startswith("test.yaml#")
    assert words in warning


def test_variables_that_change_nothing_are_accepted() -> None:
    same = workflow(node("n", unifiedJobTemplate="deploy", extraData="{a: 1}"))

    assert problems([template(extraVars="a: 1\nb: 2"), same]) == []
    assert problems([template(askVariablesOnLaunch=True), same]) == []
    assert problems([template(), workflow(node("n", unifiedJobTemplate="deploy", extraData="{}"))]) == []
