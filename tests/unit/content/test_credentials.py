"""Credentials: inputs against the type that Forail ships, and who may use which."""

from __future__ import annotations

from typing import Any

import pytest

from components import Known
from components.api.kinds import ADOPT, Kind
from components.content.check.credential_types import TYPES
from components.content.check.input_traits import Family, Trait
from components.content.check.operator_defects import RELEASE
from rehearsal.operator.credentials import credential_types
from tests.unit.content.builders import credential, from_config, project, template
from tests.unit.content.manifests import KNOWN, Manifest, manifest, problems

CUSTOM = KNOWN | Known(credential_types=frozenset({"Ours"}))
KUBERNETES = "OpenShift or Kubernetes API Bearer Token"
SECRET = "zq7marker7qz"


def of(kind: str, inputs: dict[str, str], *secret: str, called: str = "key") -> Manifest:
    """A credential with inputs in clear, and others from secret configuration."""
    sources = [from_config(name, "value") for name in secret]
    return credential(called, credentialType=kind, inputs=inputs, inputsFrom=sources)


def complete(kind: str) -> Manifest:
    """A credential of a type with every input that can be given."""
    one = TYPES[kind]
    usable = {name: traits for name, traits in one.inputs.items() if Trait.BOOLEAN not in traits}
    clear = {
        name: one.choices[name][-1] if name in one.choices else "https://vault.example.com"
        for name, traits in usable.items()
        if Trait.SECRET not in traits
    }
    return of(kind, clear, *(name for name in usable if name not in clear and name not in one.needs))


def test_the_table_has_every_type_that_forail_ships() -> None:
    assert set(TYPES) == set(credential_types())
    for kind in TYPES.values():
        assert set(kind.choices) | set(kind.needs) | set(kind.needs.values()) <= set(kind.inputs)
        assert set(kind.named(Trait.ASKS)) <= set(kind.named(Trait.SECRET))


@pytest.mark.parametrize("kind", TYPES)
def test_a_complete_credential_of_every_type_is_accepted(kind: str) -> None:
    assert problems([complete(kind)]) == []


@pytest.mark.parametrize("kind", TYPES)
def test_every_required_input_is_missed(kind: str) -> None:
    needed = TYPES[kind].named(Trait.REQUIRED)
    found = problems([credential(credentialType=kind)])

    assert [line.partition("lacks ")[2].partition(",")[0] for line in found] == list(needed)
    for name, line in zip(needed, found, strict=True):
        place = "inputsFrom" if Trait.SECRET in TYPES[kind].inputs[name] else "inputs"
        assert line.startswith(f"test.yaml#1: spec.{place}: ")
        assert ("looks it up in a vault" in line) == (TYPES[kind].family is not Family.LOOKUP)


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, one in TYPES.items() for name in one.named(Trait.SECRET)]
)
def test_every_secret_is_refused_in_clear_and_never_repeated(kind: str, name: str) -> None:
    body = complete(kind)
    body["spec"]["inputs"][name] = SECRET
    body["spec"]["inputsFrom"] = [one for one in body["spec"]["inputsFrom"] if one["name"] != name]
    (found,) = problems([body])

    assert found.startswith(f"test.yaml#1: spec.inputs.{name}: ")
    assert SECRET not in found
    if name not in TYPES[kind].needs:
        assert "is a secret given in clear" in found


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, one in TYPES.items() for name in one.named(Trait.BOOLEAN)]
)
@pytest.mark.parametrize("value", ["true", "false", ""])
def test_what_is_true_or_false_cannot_be_given(kind: str, name: str, value: str) -> None:
    body = complete(kind)
    body["spec"]["inputs"][name] = value
    (found,) = problems([body])

    assert found.startswith(f"test.yaml#1: spec.inputs.{name}: is true or false in Forail, and operator {RELEASE} ")
    assert "list it as existing" in found


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, one in TYPES.items() for name in one.named(Trait.SECRET)]
)
def test_forail_asks_for_what_its_type_says_and_nothing_else(kind: str, name: str) -> None:
    body = complete(kind)
    body["spec"]["inputs"][name] = "ASK"
    body["spec"]["inputsFrom"] = [one for one in body["spec"]["inputsFrom"] if one["name"] != name]
    found = problems([body])

    if Trait.ASKS in TYPES[kind].inputs[name]:
        assert found == []
    else:
        assert len(found) == 1
        assert "at launch only for" in found[0] or "for no input of this type" in found[0] or "only beside" in found[0]


def test_exactly_four_inputs_ask() -> None:
    asking = [f"{kind}.{name}" for kind, one in TYPES.items() for name in one.named(Trait.ASKS)]

    assert asking == ["Machine.password", "Machine.ssh_key_unlock", "Machine.become_password", "Vault.vault_password"]


# What is declared; how the one problem begins; what it says.
ROWS: list[tuple[str, list[object], str, str]] = [
    (
        "an unknown input",
        [of("Machine", {"becomeMethod": "sudo"})],
        "test.yaml#1: spec.inputs.becomeMethod: is not an input of the credential type 'Machine': did you mean "
        "become_method? It takes username, password, ",
        "",
    ),
    (
        "an unknown secret input",
        [of("Source Control", {}, "ssh_private_key")],
        "test.yaml#1: spec.inputsFrom[0].name: is not an input of the credential type 'Source Control': ",
        "username, password, ssh_key_data, ssh_key_unlock",
    ),
    (
        "an input that cannot be given is not offered",
        [of("Network", {"username": "u", "x": ""})],
        "test.yaml#1: spec.inputs.x: ",
        "it takes username, password, ssh_key_data, ssh_key_unlock, authorize_password",
    ),
    (
        "true from a Secret",
        [of(KUBERNETES, {"host": "h"}, "bearer_token", "verify_ssl")],
        "test.yaml#1: spec.inputsFrom[1].name: is true or false",
        "list it as existing",
    ),
    (
        "what is taken only beside another input",
        [of("Network", {"username": "u"}, "authorize_password")],
        "test.yaml#1: spec.inputsFrom[0].name: is taken only beside authorize, which is true or false in Forail",
        "remove it",
    ),
    (
        "even empty",
        [of("Network", {"username": "u", "authorize_password": ""})],
        "test.yaml#1: spec.inputs.authorize_password: is taken only beside authorize",
        "",
    ),
    (
        "no such choice",
        [of("Thycotic DevOps Secrets Vault", {"tenant": "t", "client_id": "i", "tld": "org"}, "client_secret")],
        "test.yaml#1: spec.inputs.tld: must be one of ca, com, com.au, eu",
        "",
    ),
    (
        "an address without a scheme",
        [of("HashiCorp Vault Signed SSH", {"url": "vault.example.com"}, "token")],
        "test.yaml#1: spec.inputs.url: must be an address with a scheme and a host",
        "",
    ),
    (
        "an empty address",
        [of("HashiCorp Vault Signed SSH", {"url": ""}, "token")],
        "test.yaml#1: spec.inputs.url: must be an address",
        "",
    ),
    (
        "an address that cannot be read",
        [of("HashiCorp Vault Signed SSH", {"url": "https://[::1"}, "token")],
        "test.yaml#1: spec.inputs.url: must be an address",
        "",
    ),
    (
        "a vault_id that Forail refuses",
        [of("Vault", {"vault_id": "dev@prompt"}, "vault_password")],
        "test.yaml#1: spec.inputs.vault_id: holds '@'",
        "",
    ),
    (
        "an input in both places",
        [of("Machine", {"username": "u"}, "username")],
        "test.yaml#1: spec.inputsFrom[0].name: gives 'username', which spec.inputs gives too",
        "remove one",
    ),
    (
        "a key in a clear input",
        [of("Machine", {"username": "-----BEGIN PRIVATE KEY-----"})],
        "test.yaml#1: spec.inputs.username: is a secret given in clear",
        "",
    ),
    # What Forail seeds
    (
        "a seeded credential that opens no repository",
        [project(scmCredential="Demo Credential")],
        "test.yaml#1: spec.scmCredential: names 'Demo Credential', of type 'Machine'",
        "takes only Source Control for git",
    ),
    (
        "a seeded credential that no job can use",
        [template(credentials=["Ansible Galaxy"])],
        "test.yaml#1: spec.credentials[0]: names 'Ansible Galaxy', of type 'Ansible Galaxy/Automation Hub API Token'",
        "which no job can use",
    ),
    (
        "a seeded credential and another of its type",
        [credential(), template(credentials=["Demo Credential", "key"])],
        "test.yaml#2: spec.credentials[1]: names 'key', of type 'Machine' like 'Demo Credential'",
        "keep one of them",
    ),
    (
        "a seeded credential that Forail keeps itself",
        [
            manifest(
                Kind.CREDENTIAL,
                {
                    "organization": "Default",
                    "name": "Ansible Galaxy",
                    "credentialType": "Ansible Galaxy/Automation Hub API Token",
                    "inputs": {"url": "https://galaxy.example.com"},
                },
                "galaxy",
                annotations={ADOPT: "true"},
            )
        ],
        "test.yaml#1: takes over 'Ansible Galaxy', which Forail keeps itself",
        "of another name",
    ),
    (
        "two vaults with one id",
        [
            of("Vault", {"vault_id": "a"}, "vault_password"),
            of("Vault", {"vault_id": "a"}, "vault_password", called="second"),
            template(credentials=["key", "second"]),
        ],
        "test.yaml#3: spec.credentials[1]: ",
        "the same vault_id",
    ),
]


@pytest.mark.parametrize(("manifests", "start", "words"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_mistake_is_refused_where_it_stands(manifests: list[object], start: str, words: str) -> None:
    found = problems(manifests)

    assert len(found) == 1, found
    assert found[0].startswith(start), found
    assert words in found[0]


@pytest.mark.parametrize(
    "body",
    [
        of("Machine", {"password": "", "ssh_key_data": "", "become_password": "ASK"}),
        of("Machine", {"ssh_public_key_data": "ssh-ed25519-cert-v01@openssh.com AAAA"}),
        of("Machine", {"ssh_key_unlock": "ASK"}),
        of("Machine", {"become_method": "our.collection.sudo", "username": "ASK"}),
        of("Machine", {}, "username", "password"),
        of("GPG Public Key", {"gpg_public_key": "-----BEGIN PGP PUBLIC KEY BLOCK-----"}),
        of(KUBERNETES, {"host": "h", "ssl_ca_cert": "-----BEGIN CERTIFICATE-----"}, "bearer_token"),
        # Looked up by Forail in a vault.
        of("Amazon Web Services", {"username": "", "password": ""}),
        of("Vault", {"vault_id": ""}, "vault_password"),
        of("Vault", {}, "vault_password", "vault_id"),
        of("Thycotic DevOps Secrets Vault", {"tenant": "t", "client_id": "i", "tld": ""}, "client_secret"),
    ],
)
def test_what_forail_accepts(body: Manifest) -> None:
    assert problems([body]) == []


def test_vaults_whose_ids_are_not_known_are_left_to_forail() -> None:
    pair = [of("Vault", {}, "vault_password", "vault_id"), of("Vault", {}, "vault_password", called="second")]

    assert problems([*pair, template(credentials=["key", "second"])]) == []


def test_a_seeded_credential_is_used_where_it_fits() -> None:
    assert problems([template(credentials=["Demo Credential"])]) == []


def test_a_credential_that_exists_by_a_seeded_name_may_be_of_any_type() -> None:
    known = Known.seeded(preload=False) | Known(
        organizations=frozenset({"Default"}), credentials=frozenset({"Demo Credential"})
    )

    assert problems([project(scmCredential="Demo Credential")], known) == []


def ours(**spec: Any) -> Manifest:
    return credential(credentialType="Ours", **spec)


def test_types_that_people_added_are_open() -> None:
    accepted = ours(
        inputs={"anything": "x", "verify": "true", "password": "", "api_token": "ASK", "public_key": "ssh-ed25519 AA"},
        inputsFrom=[from_config("more", "value")],
    )

    assert problems([accepted], CUSTOM) == []


@pytest.mark.parametrize("name", ["apiToken", "password", "db_password", "client_secret", "key_unlock", "api_key"])
def test_secrets_of_other_types_are_known_by_their_names(name: str) -> None:
    (found,) = problems([ours(inputs={name: SECRET})], CUSTOM)

    assert found.startswith(f"test.yaml#1: spec.inputs.{name}: is a secret given in clear")
    assert SECRET not in found


def test_names_of_inputs_become_keys_of_the_stacks_secret() -> None:
    (found,) = problems([ours(inputsFrom=[from_config("pass word", "a")])], CUSTOM)

    assert found.startswith("test.yaml#1: spec.inputsFrom[0].name: must be letters")
