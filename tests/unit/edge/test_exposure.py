"""The Ingress: paths in their order, hosts, TLS, and whether an address is waited for."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from components.edge.exposure import Exposure as Component
from components.edge.exposure import ExposureArgs
from components.settings.exposure import ExposureSettings
from tests.unit.edge.component import IMAGE
from tests.unit.engine import run
from tests.unit.kube.rendered import SCOPE
from tests.unit.stacks import HOSTS, every

TLS: dict[str, dict[str, Any]] = {
    "selfSigned": {"mode": "selfSigned"},
    "existing": {"mode": "existing", "secretName": "theirs"},
    "disabled": {"mode": "disabled"},
}


def exposure(mode: str, tls: str, **more: Any) -> ExposureSettings:
    """Settings as the stack file gives them."""
    return ExposureSettings.model_validate({"host": "forail.lan", "mode": mode, "tls": TLS[tls], **more})


def ingress(settings: ExposureSettings, secret: str | None) -> dict[str, Any]:
    """The Ingress that comes of the settings."""

    def program() -> None:
        tls = None if secret is None else pulumi.Output.from_input(secret)
        args = ExposureArgs(
            scope=SCOPE, settings=settings, edge_image=IMAGE, web="web", frontend="front", tls_secret=tls
        )
        Component("forail", args)

    return run(program).one("Ingress", "forail").inputs


def test_paths_in_the_order_that_matters() -> None:
    for rule in every("alone").one("Ingress", "forail").inputs["spec"]["rules"]:
        paths = [
            (path["path"], path["backend"]["service"]["name"], path["backend"]["service"]["port"]["number"])
            for path in rule["http"]["paths"]
        ]
        assert paths == [
            ("/api", "forail-web", 8013),
            ("/admin", "forail-web", 8013),
            ("/sso", "forail-web", 8013),
            ("/websocket", "forail-web", 8015),
            ("/static/forail", "forail-frontend", 80),
            ("/static", "forail-web", 8013),
            ("/", "forail-frontend", 80),
        ]
        assert {path["pathType"] for path in rule["http"]["paths"]} == {"Prefix"}


@pytest.mark.parametrize(
    ("mode", "tls", "origin"),
    [
        ("nodePort", "selfSigned", "https://forail.lan:30443"),
        ("nodePort", "existing", "https://forail.lan:30443"),
        ("nodePort", "disabled", "http://forail.lan:30080"),
        ("loadBalancer", "selfSigned", "https://forail.lan"),
        ("loadBalancer", "existing", "https://forail.lan"),
        ("loadBalancer", "disabled", "http://forail.lan"),
        ("hostNetwork", "selfSigned", "https://forail.lan"),
        ("hostNetwork", "existing", "https://forail.lan"),
        ("hostNetwork", "disabled", "http://forail.lan"),
    ],
)
def test_mode_and_tls_decide_address_and_wait(mode: str, tls: str, origin: str) -> None:
    settings = exposure(mode, tls)
    assert settings.origins == (origin,)
    found = ingress(settings, None if tls == "disabled" else "forail-tls")
    assert ("tls" in found["spec"]) is (tls != "disabled")
    # Only a load balancer reports an address; without one the wait would fail after ten minutes.
    waits = found["metadata"].get("annotations", {}).get("pulumi.com/skipAwait") != "true"
    assert waits is (mode == "loadBalancer")


@pytest.mark.parametrize(
    ("ports", "tls", "origin"),
    [
        ({"http": 80, "https": 443}, "selfSigned", "https://forail.lan"),
        ({"http": 80, "https": 443}, "disabled", "http://forail.lan"),
        ({"http": 31080, "https": 31443}, "selfSigned", "https://forail.lan:31443"),
        ({"http": 31080, "https": 31443}, "disabled", "http://forail.lan:31080"),
        ({"http": 443, "https": 80}, "selfSigned", "https://forail.lan:80"),
    ],
)
def test_a_schemes_own_port_is_left_out(ports: dict[str, int], tls: str, origin: str) -> None:
    assert exposure("nodePort", tls, ports=ports).origins == (origin,)


def test_every_host_has_the_same_rules() -> None:
    rules = every("everything").one("Ingress", "forail").inputs["spec"]["rules"]
    assert [rule["host"] for rule in rules] == list(HOSTS)
    assert rules[0]["http"] == rules[1]["http"]


def test_class_and_annotations_are_the_stack_files() -> None:
    found = ingress(exposure("loadBalancer", "disabled", className="nginx", annotations={"a.example/b": "c"}), None)
    assert found["spec"]["ingressClassName"] == "nginx"
    assert found["metadata"]["annotations"] == {"a.example/b": "c"}
    assert every("alone").one("Ingress", "forail").inputs["spec"]["ingressClassName"] == "traefik"
