"""The contract with platform repositories."""

from __future__ import annotations

import pulumi
import pytest

from components.outputs import StackOutputs
from tests.unit.engine import run
from tests.unit.providers import PLANTED
from tests.unit.stacks import EVERY, GIVEN, alone, elsewhere, every

NAMES = {
    "url",
    "apiUrl",
    "pingUrl",
    "internalUrl",
    "adminUsername",
    "adminPassword",
    "personalAccessToken",
    "tokens",
    "namespace",
    "operatorNamespace",
    "caCertificate",
    "callbackUrls",
    "images",
    "version",
}
SECRET = {"adminPassword", "personalAccessToken", "tokens"}


def test_values_of_the_development_stack() -> None:
    outputs = every("dev").outputs
    assert {name: outputs[name] for name in NAMES - SECRET - {"images", "caCertificate"}} == {
        "url": "https://forail.lan:30443/",
        "apiUrl": "https://forail.lan:30443/api/v2/",
        "pingUrl": "https://forail.lan:30443/api/v2/ping/",
        "internalUrl": "http://forail-web.forail.svc.cluster.local:8013",
        "adminUsername": "admin",
        "namespace": "forail",
        "operatorNamespace": "forail-operator",
        "callbackUrls": {},
        "version": "2026.07.1",
    }
    assert outputs["caCertificate"].startswith("-----BEGIN CERTIFICATE-----")


def test_identity_providers_are_told_where_browsers_come_back() -> None:
    assert every("everything").outputs["callbackUrls"] == {
        "oidc": "https://forail.example.com/sso/complete/oidc/",
        "saml": "https://forail.example.com/sso/complete/saml/",
        "samlMetadata": "https://forail.example.com/sso/metadata/saml/",
    }


def test_given_values_come_out_as_secrets() -> None:
    deployment = every("everything")
    assert deployment.secret_outputs == SECRET
    assert deployment.outputs["adminPassword"].startswith(GIVEN)
    assert deployment.outputs["personalAccessToken"].startswith(GIVEN)


@pytest.mark.parametrize("stack", list(EVERY))
def test_no_name_is_ever_missing(stack: str) -> None:
    """A consumer's require_output fails on a name that is not there."""
    assert set(every(stack).outputs) == NAMES
    assert every(stack).secret_outputs == SECRET


def test_a_secret_that_somebody_else_keeps_is_null() -> None:
    outputs = every("elsewhere").outputs
    assert outputs["adminPassword"] is outputs["personalAccessToken"] is None
    assert every("dev").outputs["personalAccessToken"].startswith(PLANTED)


def test_absent_values_keep_their_names() -> None:
    def program() -> None:
        StackOutputs(
            **dict.fromkeys(("url", "api_url", "ping_url", "internal_url", "admin_username", "version"), ""),
            **dict.fromkeys(("namespace", "operator_namespace"), pulumi.Output.from_input("")),
            **dict.fromkeys(("admin_password", "personal_access_token", "tokens", "ca_certificate")),
            images=[],
            callback_urls={},
        ).export()

    deployment = run(program)
    assert set(deployment.outputs) == NAMES
    assert deployment.secret_outputs == SECRET
    assert not any(deployment.outputs.values())


@pytest.mark.parametrize(
    ("stack", "has_ca"), [("dev", True), ("alone", True), ("prod", False), ("everything", False), ("elsewhere", False)]
)
def test_the_ca_is_there_where_the_stack_made_one(stack: str, has_ca: bool) -> None:
    assert bool(every(stack).outputs["caCertificate"]) is has_ca


def test_the_namespace_is_in_the_internal_address() -> None:
    assert elsewhere().deploy().outputs["internalUrl"] == "http://forail-web.apps.svc.cluster.local:8013"


def test_namespaces_are_outputs() -> None:
    outputs = every("elsewhere").outputs
    assert (outputs["namespace"], outputs["operatorNamespace"]) == ("apps", "apps-operator")


def test_without_an_operator_its_namespace_is_empty() -> None:
    assert every("alone").outputs["operatorNamespace"] == ""


def test_the_administrator_has_the_given_name() -> None:
    assert alone().deploy(forail={"admin": {"user": "root"}}).outputs["adminUsername"] == "root"
