"""OPA and what the application is told about it."""

from __future__ import annotations

import pytest

from components.application.backend import policy_env
from components.settings.opa import OpaSettings
from tests.unit.pods import pods
from tests.unit.stacks import every


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {"OPA_ENFORCEMENT": "disabled", "OPA_SERVER_URL": "http://opa"}),
        ({"enforcement": "failOpen"}, {"OPA_ENFORCEMENT": "failOpen", "OPA_SERVER_URL": "http://opa"}),
        ({"enforcement": "failClosed"}, {"OPA_ENFORCEMENT": "failClosed", "OPA_SERVER_URL": "http://opa"}),
        ({"enabled": False}, {"OPA_ENFORCEMENT": "disabled"}),
    ],
)
def test_the_application_knows_whether_and_where_to_ask(settings: dict[str, object], expected: dict[str, str]) -> None:
    assert {env.name: env.value for env in policy_env(OpaSettings.model_validate(settings), "http://opa")} == expected


def test_the_address_is_the_services() -> None:
    service = every("alone").one("Service", "forail-opa").inputs["spec"]
    url = pods(every("alone"))["Deployment/forail-web"].env["OPA_SERVER_URL"]
    assert url == f"http://forail-opa:{service['ports'][0]['port']}"


def test_it_runs_without_root_and_keeps_nothing() -> None:
    container = pods(every("alone"))["Deployment/forail-opa"].container()
    assert container.security["runAsNonRoot"] is True
    assert container.security["readOnlyRootFilesystem"] is True
    assert not container.mounts


def test_switched_off_it_is_gone() -> None:
    assert "forail-opa" not in every("elsewhere").names("Deployment") | every("elsewhere").names("Service")
