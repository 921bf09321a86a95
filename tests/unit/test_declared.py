"""The content of a stack file: where it is read from, what it may refer to, and errors that lead to the place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from components import Catalog, ContentError
from components.content.declared import catalog
from components.settings.ssh_key import PrivateKey
from components.settings.stack import StackFile
from tests.unit.content.builders import credential, from_config, instance, organization
from tests.unit.content.manifests import Kind as Kinds
from tests.unit.content.manifests import Manifest, manifest
from tests.unit.engine import deploy

NOWHERE = Path("/nonexistent")
TEAM = manifest(Kinds.TEAM, {"organization": "Default", "users": ["admin"]}, "on-call")
SECRET = "GivenSecretValue0deployKey"


def declared(
    *resources: Manifest,
    folder: Path = NOWHERE,
    secrets: Mapping[str, PrivateKey] | None = None,
    content: Mapping[str, Any] | None = None,
    **sections: Any,
) -> Catalog:
    """What a stack file with these resources declares."""
    stack = StackFile.model_validate({"content": {"resources": resources, **(content or {})}, **sections})
    return catalog(stack, folder, secrets or {})


def problems(*resources: Manifest, **arguments: Any) -> list[str]:
    """What is wrong with it."""
    with pytest.raises(ContentError) as caught:
        declared(*resources, **arguments)
    return [problem.text for problem in caught.value.problems]


def write(file: Path, *manifests: Manifest) -> None:
    """A file of manifests."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump_all(manifests), encoding="utf-8")


def names(found: Catalog) -> list[str]:
    """Names in the order in which they are created."""
    return [resource.name for resource in found.resources]


def test_annotations_count_together_with_those_of_every_object() -> None:
    """The API server limits what an object carries in all."""
    heavy = manifest(Kinds.ORGANIZATION, {}, "ops")
    heavy["metadata"]["annotations"] = {"example.com/note": "x" * 130_000}
    common = {"example.com/owner": "x" * 130_000}

    assert names(declared(heavy)) == ["ops"]
    (problem,) = problems(heavy, commonAnnotations=common)
    assert problem.startswith("forail:content.resources[0]: metadata.annotations: have more than 252 KiB together")


def test_a_name_leaves_room_for_the_name_of_its_secret() -> None:
    """The stack's Secret is called like the resource and -inputs or -token: 253 characters in all."""
    spec = {"url": "https://branch.example.com", "tokenSecretRef": {"secretConfig": "token"}}

    assert declared(manifest(Kinds.FORAIL_INSTANCE, spec, "a" * 247), secrets={"token": PrivateKey.NONE}).resources
    (problem,) = problems(manifest(Kinds.FORAIL_INSTANCE, spec, "a" * 248), secrets={"token": PrivateKey.NONE})
    assert "makes the name of its Secret longer than 253" in problem


def test_files_and_the_stack_file_are_one_catalog(tmp_path: Path) -> None:
    write(tmp_path / "content" / "team.yaml", manifest(Kinds.TEAM, {"organization": "ops"}, "on-call"))
    found = declared(organization("ops"), folder=tmp_path, content={"files": ["content/team.yaml"]})
    assert names(found) == ["ops", "on-call"]
    assert [resource.source for resource in found.resources] == ["forail:content.resources[0]", "content/team.yaml#1"]
    assert {resource.namespace for resource in found.resources} == {"forail-operator"}


def test_a_star_stands_for_any_name_in_alphabetical_order(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        write(tmp_path / "content" / f"{name}.yaml", organization(name))
    (tmp_path / "content" / "notes.txt").write_text("no content", encoding="utf-8")
    assert names(declared(folder=tmp_path, content={"files": ["content/*.yaml"]})) == ["a", "b", "c"]


def test_the_order_of_files_does_not_matter(tmp_path: Path) -> None:
    write(tmp_path / "team.yaml", manifest(Kinds.TEAM, {"organization": "ops"}, "on-call"))
    write(tmp_path / "ops.yaml", organization("ops"))
    orders = (["team.yaml", "ops.yaml"], ["ops.yaml", "team.yaml"])
    assert [names(declared(folder=tmp_path, content={"files": order})) for order in orders] == [["ops", "on-call"]] * 2


def test_a_pattern_that_matches_nothing_is_refused_by_its_place(tmp_path: Path) -> None:
    write(tmp_path / "a.yaml", organization("a"))
    assert problems(folder=tmp_path, content={"files": ["a.yaml", "teams/*.yaml"]}) == [
        "forail:content.files[1]: matches no file: correct or remove it"
    ]


@pytest.mark.parametrize("pattern", ["/etc/passwd", "/etc/*", "../other.yaml", "content/../../*.yaml"])
def test_files_outside_of_the_project_are_refused(pattern: str, tmp_path: Path) -> None:
    assert problems(folder=tmp_path, content={"files": [pattern]}) == [
        "forail:content.files[0]: leaves the project's folder: name a path below it"
    ]


@pytest.mark.parametrize("pattern", ["**a", "content/**b/*.yaml", "**/**a"])
def test_a_pattern_that_cannot_be_read_is_refused_by_its_place(pattern: str, tmp_path: Path) -> None:
    assert problems(folder=tmp_path, content={"files": [pattern]}) == [
        "forail:content.files[0]: has '**' beside other characters: write it between slashes, like content/**/*.yaml"
    ]


def test_a_file_that_is_not_there_is_refused_by_its_name(tmp_path: Path) -> None:
    assert problems(folder=tmp_path, content={"files": ["content/missing.yaml"]}) == [
        "content/missing.yaml: does not exist: correct its path, or remove it"
    ]


def test_errors_show_file_document_and_field(tmp_path: Path) -> None:
    write(tmp_path / "content" / "teams.yaml", organization("ops"), manifest(Kinds.TEAM, {"organization": "opps"}, "a"))
    (found,) = problems(organization("x", maxhosts=1), folder=tmp_path, content={"files": ["content/teams.yaml"]})[:1]
    everything = problems(organization("x", maxhosts=1), folder=tmp_path, content={"files": ["content/teams.yaml"]})
    assert len(everything) == 2
    assert any(text.startswith("content/teams.yaml#2: spec.organization: ") for text in everything), found
    assert any(text.startswith("forail:content.resources[0]: spec.maxhosts: ") for text in everything)


WITH_SECRETS = (
    credential(inputsFrom=[from_config("ssh_key_data", "deployKey")]),
    instance(tokenSecretRef={"secretConfig": "branchToken"}),
)


def test_a_secret_without_a_value_is_refused_with_the_command_that_sets_it() -> None:
    assert problems(*WITH_SECRETS, secrets={"deployKey": PrivateKey.OPEN}) == [
        "forail:contentSecrets.branchToken: is read by the content and has no value: "
        "pulumi config set --secret --path 'contentSecrets.branchToken'"
    ]
    assert len(problems(*WITH_SECRETS)) == 2


def test_values_that_nobody_reads_are_no_mistake() -> None:
    given = {"deployKey": PrivateKey.OPEN, "branchToken": PrivateKey.NONE, "spare": PrivateKey.NONE}
    found = declared(*WITH_SECRETS, secrets=given)
    assert found.secret_config_keys == ("branchToken", "deployKey")


def test_the_whole_program_says_no_secret_when_it_stops() -> None:
    secrets = {"contentSecrets": json.dumps({"deployKey": SECRET})}
    wrong = credential(
        organization="nobody", inputsFrom=[from_config("ssh_key_data", "deployKey")], inputs={"a": SECRET}
    )
    with pytest.raises(ContentError) as caught:
        deploy({"content": {"resources": [wrong, *WITH_SECRETS]}}, secrets)
    assert "forail:content.resources[0]: spec.organization: " in str(caught.value)
    assert SECRET not in str(caught.value) + repr(caught.value)


SEEDED: list[tuple[dict[str, Any], list[Manifest]]] = [
    ({}, [TEAM]),
    (
        {"forail": {"admin": {"user": "root"}}},
        [manifest(Kinds.TEAM, {"organization": "Default", "users": ["root"]}, "a")],
    ),
    ({}, [manifest(Kinds.TEAM, {"organization": "Default", "users": ["forail-operator"]}, "a")]),
    (
        {"content": {"existing": {"users": ["maria"]}}},
        [manifest(Kinds.TEAM, {"organization": "Default", "users": ["maria"]}, "a")],
    ),
    ({"content": {"existing": {"organizations": ["Old"]}}}, [manifest(Kinds.TEAM, {"organization": "Old"}, "a")]),
    (
        {"content": {"fleet": {"other": {"stack": "acme/forail/other"}}}},
        [manifest(Kinds.ORGANIZATION, {"forailInstance": "other"}, "a")],
    ),
]


@pytest.mark.parametrize(("sections", "resources"), SEEDED, ids=range(len(SEEDED)))
def test_what_exists_may_be_named(sections: dict[str, Any], resources: list[Manifest]) -> None:
    assert len(declared(*resources, **sections).resources) == 1


@pytest.mark.parametrize(
    ("sections", "resource"),
    [
        ({"init": {"preloadData": False}}, TEAM),
        ({"forail": {"admin": {"user": "root"}}}, TEAM),
        ({}, manifest(Kinds.TEAM, {"organization": "Old"}, "a")),
        ({}, manifest(Kinds.ORGANIZATION, {"forailInstance": "other"}, "a")),
    ],
    ids=["no demo data", "another administrator", "an unknown organization", "an unknown instance"],
)
def test_what_does_not_exist_may_not(sections: dict[str, Any], resource: Manifest) -> None:
    (found,) = problems(resource, **sections)
    assert found.startswith("forail:content.resources[0]: spec.")


def test_existing_names_of_every_kind_are_read() -> None:
    fields = StackFile().content.existing.model_dump(by_alias=True)
    stack = StackFile.model_validate({"content": {"existing": {key: [f"an {key}"] for key in fields}}})
    from components.content.declared import known

    found = known(stack)
    read = {name for name in vars(found) if any(text.startswith("an ") for text in getattr(found, name))}
    assert len(read) == len(fields) == 10


def test_without_an_operator_nothing_is_read() -> None:
    stack = StackFile.model_validate({"operator": {"enabled": False}})
    assert catalog(stack, NOWHERE, {}).resources == ()


KEY = credential(inputsFrom=[from_config("ssh_key_data", "deployKey")])
UNLOCKED = credential(inputsFrom=[from_config("ssh_key_data", "deployKey"), from_config("ssh_key_unlock", "word")])
ASKED = credential(inputs={"ssh_key_unlock": "ASK"}, inputsFrom=[from_config("ssh_key_data", "deployKey")])
GOOGLE = credential(
    credentialType="Google Compute Engine",
    inputs={"username": "u"},
    inputsFrom=[from_config("ssh_key_data", "deployKey")],
)
SCM = credential(credentialType="Source Control", inputsFrom=[from_config("ssh_key_data", "deployKey")])
KEPT = credential(inputsFrom=[{"name": "ssh_key_data", "valueFrom": {"name": "kept", "key": "deployKey"}}])
UNKNOWN = credential(
    inputsFrom=[
        from_config("ssh_key_data", "deployKey"),
        {"name": "ssh_key_unlock", "valueFrom": {"name": "kept", "key": "word"}},
    ]
)


@pytest.mark.parametrize(
    ("body", "key", "words"),
    [
        (KEY, PrivateKey.NONE, "is not a private key that Forail takes"),
        (GOOGLE, PrivateKey.NONE, "is not a private key that Forail takes"),
        (KEY, PrivateKey.ENCRYPTED, "as ssh_key_unlock: add that to inputsFrom, or ASK in inputs"),
        (SCM, PrivateKey.ENCRYPTED, "as ssh_key_unlock: add that to inputsFrom"),
        (UNLOCKED, PrivateKey.OPEN, "has no passphrase, and Forail refuses ssh_key_unlock beside such a key"),
        (ASKED, PrivateKey.OPEN, "has no passphrase, and Forail refuses ssh_key_unlock beside such a key"),
    ],
)
def test_a_private_key_that_forail_refuses(body: Manifest, key: PrivateKey, words: str) -> None:
    (found,) = problems(body, secrets={"deployKey": key, "word": PrivateKey.NONE})

    assert found.startswith("forail:content.resources[0]: spec.inputsFrom[0].valueFrom.secretConfig: names content")
    assert words in found
    assert words.endswith("inputs") or not found.endswith("ASK in inputs")


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (KEY, PrivateKey.OPEN),
        (UNLOCKED, PrivateKey.ENCRYPTED),
        (ASKED, PrivateKey.ENCRYPTED),
        (GOOGLE, PrivateKey.ENCRYPTED),
        (KEPT, PrivateKey.NONE),
        (UNKNOWN, PrivateKey.OPEN),
        (UNKNOWN, PrivateKey.ENCRYPTED),
        (credential(inputsFrom=[from_config("password", "deployKey")]), PrivateKey.NONE),
    ],
)
def test_private_keys_that_forail_takes(body: Manifest, key: PrivateKey) -> None:
    assert declared(body, secrets={"deployKey": key, "word": PrivateKey.NONE}).resources


def test_the_whole_program_refuses_a_key_that_is_none_without_its_text() -> None:
    with pytest.raises(ContentError) as caught:
        deploy({"content": {"resources": [KEY]}}, {"contentSecrets": json.dumps({"deployKey": SECRET})})

    assert "names contentSecrets.deployKey, which is not a private key" in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "resources", "place"),
    [
        ({"files": ["/etc/passwd"]}, [], "platform:content.files[0]"),
        ({}, [{"kind": "Organization"}], "platform:content.resources[0]"),
        ({}, [instance(tokenSecretRef={"secretConfig": "key"})], "platform:contentSecrets.key"),
    ],
)
def test_a_renamed_project_reads_its_own_prefix_in_messages(
    content: Mapping[str, Any], resources: list[Manifest], place: str
) -> None:
    stack = StackFile.model_validate({"content": {"resources": resources, **content}})
    with pytest.raises(ContentError) as caught:
        catalog(stack, NOWHERE, {}, "platform")
    assert any(problem.text.startswith(f"{place}:") for problem in caught.value.problems), str(caught.value)
