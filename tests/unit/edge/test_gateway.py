"""The Gateway API's objects: paths, listeners, the redirect, and what is waited for."""

from __future__ import annotations

from typing import Any

import pytest

from components.edge.exposure import Exposure, ExposureArgs
from components.settings.exposure import ExposureSettings
from tests.unit.edge.component import IMAGE
from tests.unit.engine import Deployment, run
from tests.unit.kube.rendered import SCOPE

OWN: dict[str, Any] = {"className": "public"}
EXISTING: dict[str, Any] = {"parentRefs": [{"name": "public", "namespace": "gateways", "sectionName": "https"}]}
HOSTS = ("forail.lan", "forail.home")


def deployed(gateway: dict[str, Any], tls: dict[str, Any], mode: str = "loadBalancer", **more: Any) -> Deployment:
    """What the settings make."""
    settings = ExposureSettings.model_validate(
        {"via": "gateway", "mode": mode, "extraHosts": [HOSTS[1]], "gateway": gateway, "tls": tls, **more}
    )
    secret = "forail-tls" if settings.serves_certificate else None

    def program() -> None:
        args = ExposureArgs(
            scope=SCOPE, settings=settings, edge_image=IMAGE, web="web", frontend="front", tls_secret=secret
        )
        Exposure("forail", args)

    return run(program)


def spec(deployment: Deployment, kind: str, name: str = "forail") -> dict[str, Any]:
    return deployment.one(kind, name).inputs["spec"]


def test_the_pages_paths_with_websockets_that_stay_open() -> None:
    rules = spec(deployed(OWN, {"mode": "selfSigned"}), "HTTPRoute")["rules"]
    assert [
        (rule["matches"][0]["path"]["value"], rule["backendRefs"][0]["name"], rule["backendRefs"][0]["port"])
        for rule in rules
    ] == [
        ("/api", "web", 8013),
        ("/admin", "web", 8013),
        ("/sso", "web", 8013),
        ("/websocket", "web", 8015),
        ("/static/forail", "front", 80),
        ("/static", "web", 8013),
        ("/", "front", 80),
    ]
    assert {rule["matches"][0]["path"]["type"] for rule in rules} == {"PathPrefix"}
    # 0s is the API's word for none; web's nginx bounds everything else at 120 seconds after the body.
    assert [rule["timeouts"]["request"] for rule in rules] == ["600s"] * 3 + ["0s"] + ["600s"] * 3


def test_an_own_gateway_ends_tls_for_each_host_and_sends_plain_http_there() -> None:
    made = deployed(OWN, {"mode": "selfSigned"})
    gateway = spec(made, "Gateway")
    assert gateway["gatewayClassName"] == "public"
    listeners = {listener["name"]: listener for listener in gateway["listeners"]}
    assert {name: (each["port"], each["protocol"], each.get("hostname")) for name, each in listeners.items()} == {
        "http": (80, "HTTP", None),
        "https": (443, "HTTPS", HOSTS[0]),
        "https-2": (443, "HTTPS", HOSTS[1]),
    }
    assert listeners["https"]["tls"] == {"mode": "Terminate", "certificateRefs": [{"name": "forail-tls"}]}
    assert {listener["allowedRoutes"]["namespaces"]["from"] for listener in listeners.values()} == {"Same"}
    route, redirect = spec(made, "HTTPRoute"), spec(made, "HTTPRoute", "forail-redirect")
    assert route["hostnames"] == redirect["hostnames"] == list(HOSTS)
    assert [parent["sectionName"] for parent in route["parentRefs"]] == ["https", "https-2"]
    assert redirect["parentRefs"] == [{"name": "forail", "sectionName": "http"}]
    (rule,) = redirect["rules"]
    assert rule["filters"][0]["requestRedirect"] == {"scheme": "https", "port": 443, "statusCode": 302}
    assert "backendRefs" not in rule


def test_a_redirect_leads_to_the_port_that_clients_use() -> None:
    made = deployed(OWN, {"mode": "selfSigned"}, "nodePort", ports={"http": 30081, "https": 30444})
    (rule,) = spec(made, "HTTPRoute", "forail-redirect")["rules"]
    assert rule["filters"][0]["requestRedirect"]["port"] == 30444


@pytest.mark.parametrize("tls", ["disabled", "terminatedUpstream"])
def test_an_own_gateway_without_a_certificate_serves_plain_http_and_redirects_nothing(tls: str) -> None:
    made = deployed(OWN, {"mode": tls})
    assert [listener["name"] for listener in spec(made, "Gateway")["listeners"]] == ["http"]
    assert [parent["sectionName"] for parent in spec(made, "HTTPRoute")["parentRefs"]] == ["http"]
    assert not [item for item in made.objects if item.inputs["metadata"]["name"] == "forail-redirect"]


def test_a_gateway_that_exists_gets_the_route_and_nothing_else() -> None:
    made = deployed(EXISTING, {"mode": "terminatedUpstream"}, annotations={"a.example/b": "c"})
    assert [item.inputs["kind"] for item in made.objects] == ["HTTPRoute"]
    assert spec(made, "HTTPRoute")["parentRefs"] == EXISTING["parentRefs"]
    assert made.one("HTTPRoute", "forail").inputs["metadata"]["annotations"]["a.example/b"] == "c"


@pytest.mark.parametrize(
    ("mode", "annotation"),
    [
        ("loadBalancer", {"pulumi.com/waitFor": "condition=Programmed"}),
        ("hostNetwork", {"pulumi.com/skipAwait": "true"}),
    ],
)
def test_an_address_is_waited_for_where_a_load_balancer_gives_one(mode: str, annotation: dict[str, str]) -> None:
    made = deployed(OWN, {"mode": "disabled"}, mode, annotations={"a.example/b": "c"})
    assert made.one("Gateway", "forail").inputs["metadata"]["annotations"] == {"a.example/b": "c", **annotation}


def test_listener_ports_and_addresses_are_the_stack_files() -> None:
    asked = {**OWN, "listenerPorts": {"http": 8000, "https": 8443}, "addresses": ["192.0.2.10"]}
    gateway = spec(deployed(asked, {"mode": "selfSigned"}), "Gateway")
    assert [listener["port"] for listener in gateway["listeners"]] == [8000, 8443, 8443]
    assert gateway["addresses"] == [{"type": "IPAddress", "value": "192.0.2.10"}]
