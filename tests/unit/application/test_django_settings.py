"""Settings that the stack gives the backend by name: the same in every pod, and no secret where it can be read."""

from __future__ import annotations

import base64
import json

import pytest

from tests.unit.pods import pods
from tests.unit.stacks import GIVEN, SETTINGS_SECRETS, alone, every

PODS = ("Deployment/forail-web", "StatefulSet/forail-task")


@pytest.mark.parametrize("label", PODS)
def test_one_variable_has_what_is_no_secret(label: str) -> None:
    text = pods(every("everything"))[label].env["FORAIL_SETTINGS"]
    given = json.loads(text)
    assert given["SESSION_COOKIE_AGE"] == 3600
    assert given["SOCIAL_AUTH_OIDC_KEY"] == "forail"
    assert not given.keys() & {*SETTINGS_SECRETS, "RADIUS_SECRET", "AUTH_LDAP_BIND_PASSWORD"}
    assert GIVEN not in text


def test_the_stacks_own_secrets_are_in_one_secret_under_their_names() -> None:
    secret = every("everything").one("Secret", "forail-settings")
    assert {name: base64.b64decode(value).decode() for name, value in secret.inputs["data"].items()} == {
        name: f"{GIVEN}{name}" for name in SETTINGS_SECRETS
    }


@pytest.mark.parametrize("label", PODS)
def test_secrets_reach_the_pods_as_references(label: str) -> None:
    env = {variable["name"]: variable for variable in pods(every("everything"))[label].container().raw["env"]}
    found = {name: one["valueFrom"]["secretKeyRef"] for name, one in env.items() if name.startswith("FORAIL_SETTING_")}
    assert found.keys() == {
        f"FORAIL_SETTING_{name}" for name in (*SETTINGS_SECRETS, "RADIUS_SECRET", "AUTH_LDAP_BIND_PASSWORD")
    }
    assert found["FORAIL_SETTING_RADIUS_SECRET"] == {"name": "radius", "key": "it"}
    assert found["FORAIL_SETTING_SOCIAL_AUTH_OIDC_SECRET"]["key"] == "SOCIAL_AUTH_OIDC_SECRET"


def test_a_stack_that_gives_none_has_neither_variable_nor_secret() -> None:
    names = {name for pod in pods(every("dev")).values() for container in pod.containers for name in container.env}
    assert not [name for name in names if name.startswith("FORAIL_SETTING")]
    assert "forail-settings" not in every("dev").names("Secret")


def test_an_address_that_the_stack_gives_by_name_wins_over_the_one_that_sign_in_needs() -> None:
    forail = {"settings": {"TOWER_URL_BASE": "https://other.example.com"}, "auth": {"ldap": [SERVER]}}
    text = pods(alone().deploy(forail=forail))["Deployment/forail-web"].env["FORAIL_SETTINGS"]
    assert json.loads(text)["TOWER_URL_BASE"] == "https://other.example.com"


SERVER = {
    "servers": ["ldaps://a.lan", "ldaps://b.lan"],
    "userDnTemplate": "uid=%(user)s,dc=a",
    "groupSearch": {"base": "ou=groups,dc=a"},
}
