"""Secrets: generated, given, or in existing Secrets; and the pull Secret."""

from __future__ import annotations

import base64
import json
import re

import pytest

from components.data.credentials import GENERATED
from components.settings.secrets import FORMS, SecretName
from tests.unit.pods import pods
from tests.unit.stacks import EXISTING, alone, every, everything


def decoded(text: str) -> str:
    """What a Secret's data holds."""
    return base64.b64decode(text).decode()


def test_lengths_and_characters() -> None:
    lengths = {item.name: item.inputs["length"] for item in every("alone").all("RandomPassword")}
    assert lengths == {
        "forail-admin-password": 24,
        "forail-postgres-password": 32,
        "forail-postgres-superuser-password": 32,
        "forail-secret-key": 50,
        "forail-broadcast-websocket-secret": 50,
        "forail-redis-password": 32,
        "forail-personal-access-token": 40,
    }
    for item in every("alone").all("RandomPassword"):
        # Values travel through URLs, shells and configuration files.
        assert item.inputs["special"] is False
        assert "overrideSpecial" not in item.inputs


LENGTHS = {secret: made.length for secret, made in GENERATED.items() if made.length is not None}


@pytest.mark.parametrize("secret", LENGTHS)
def test_a_generated_value_passes_the_check_of_given_ones(secret: SecretName) -> None:
    assert re.fullmatch(FORMS[secret].pattern, "aB3" + "x" * (LENGTHS[secret] - 3))


def test_a_secret_holds_the_generated_value() -> None:
    deployment = every("alone")
    for made in deployment.all("RandomPassword"):
        secret = deployment.one("Secret", made.name)
        value: str = made.state["result"].value
        assert decoded(secret.inputs["data"]["value"]) == value
        assert secret.inputs["type"] == "Opaque"


def test_given_values_are_used_and_none_is_generated() -> None:
    deployment = every("everything")
    assert not deployment.all("RandomPassword")
    given = everything().secrets
    for secret, made in GENERATED.items():
        assert decoded(deployment.one("Secret", f"forail-{made.suffix}").inputs["data"]["value"]) == given[secret.value]


def test_what_guards_data_has_no_epoch_that_would_replace_it() -> None:
    keepers = {item.name: item.inputs.get("keepers") for item in every("alone").all("RandomPassword")}
    for made in GENERATED.values():
        name = f"forail-{made.suffix}"
        if name in keepers:
            assert (keepers[name] is None) is made.guards_data, name
    assert keepers["forail-secret-key"] is None


def test_what_guards_data_keeps_the_values_of_former_epochs() -> None:
    deployment = alone().deploy(rotation={"postgresSuperuserPassword": 3})
    base = "forail-postgres-superuser-password"
    made = {item.name: item for item in deployment.all("RandomPassword") if item.name.startswith(base)}
    assert set(made) == {base, f"{base}-2", f"{base}-3"}
    # The same as before any rotation: nothing is replaced that is protected.
    assert made[base].inputs == every("alone").one("RandomPassword", base).inputs
    secrets = {name: deployment.one("Secret", name).object_name for name in made}
    database = pods(deployment)["Job/forail-init"].container("database").raw["env"]
    read = {item["name"]: item["valueFrom"]["secretKeyRef"]["name"] for item in database if "valueFrom" in item}
    assert {name: read[name] for name in read if name.startswith("PGPASSWORD")} == {
        "PGPASSWORD": secrets[f"{base}-3"],
        "PGPASSWORD_FORMER_1": secrets[f"{base}-2"],
        "PGPASSWORD_FORMER_2": secrets[base],
    }
    server = pods(deployment)["StatefulSet/forail-postgres"]
    assert secrets[f"{base}-3"] in server.text
    assert secrets[base] not in server.text


def test_only_what_is_used_is_made() -> None:
    assert "forail-assistant-chat-token" not in every("alone").names("Secret")
    assert "forail-assistant-chat-token" in every("everything").names("Secret")
    assert "forail-postgres-superuser-password" not in every("elsewhere").names("Secret")


def test_kept_secrets_are_referred_to_by_name_and_key() -> None:
    deployment = every("elsewhere")
    assert not deployment.names("Secret")
    read = {
        value
        for pod in pods(deployment).values()
        for container in pod.containers
        for value in container.env.values()
        if value.startswith("secret:kept-")
    }
    used = set(EXISTING) - {"postgresSuperuserPassword"}
    assert read == {f"secret:kept-{key.lower()}/it" for key in used} | {
        "secret:kept-token/pat",
        "secret:kept-store/id",
        "secret:kept-store/key",
    }


def test_the_pull_secret_is_what_a_kubelet_reads() -> None:
    secret = every("everything").one("Secret", "forail-registry")
    assert secret.inputs["type"] == "kubernetes.io/dockerconfigjson"
    assert secret.is_secret("data")
    (entry,) = json.loads(decoded(secret.inputs["data"][".dockerconfigjson"]))["auths"].items()
    server, login = entry
    password = everything().secrets["registryPassword"]
    assert server == "registry.example.com"
    assert (login["username"], login["password"]) == ("robot", password)
    assert decoded(login["auth"]) == f"robot:{password}"


def test_every_pod_pulls_with_both_secrets() -> None:
    deployment = every("everything")
    names = ["mirror", deployment.one("Secret", "forail-registry").object_name]
    for pod in pods(deployment).values():
        if "forail:operator:" not in pod.owner.urn:
            assert [secret["name"] for secret in pod.spec["imagePullSecrets"]] == names, pod.label


def test_without_registry_credentials_there_is_no_pull_secret() -> None:
    assert "forail-registry" not in every("alone").names("Secret")
