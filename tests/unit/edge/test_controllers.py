"""What an Ingress says to each controller, and the objects that it names."""

from __future__ import annotations

from typing import Any

import pytest

from components.edge.exposure import Exposure, ExposureArgs
from components.settings.controllers import ABILITIES, Controller
from components.settings.exposure import ExposureSettings
from tests.unit.edge.component import IMAGE
from tests.unit.engine import Deployment, run
from tests.unit.kube.rendered import SCOPE
from tests.unit.pods import pods
from tests.unit.stacks import alone

SERVED: dict[str, Any] = {"tls": {"mode": "existing", "secretName": "theirs"}}
UPSTREAM: dict[str, Any] = {"tls": {"mode": "terminatedUpstream"}}
PLAIN: dict[str, Any] = {"tls": {"mode": "disabled"}}
BALANCER: dict[str, Any] = {"mode": "loadBalancer"}
NODES: dict[str, Any] = {"ports": {"http": 31080, "https": 31443}}
NETWORKS = ["10.0.0.0/8", "2001:db8::/32"]


def deployed(controller: str, **exposure: Any) -> Deployment:
    """What the settings make."""
    settings = ExposureSettings.model_validate({"controller": controller, **exposure})
    secret = "theirs" if settings.serves_certificate else None

    def program() -> None:
        Exposure(
            "forail",
            ExposureArgs(
                scope=SCOPE, settings=settings, edge_image=IMAGE, web="web", frontend="front", tls_secret=secret
            ),
        )

    return run(program)


def said(controller: str, **exposure: Any) -> dict[str, str]:
    """The annotations of the platform's Ingress that are the controller's."""
    found = deployed(controller, **exposure).one("Ingress", "forail").inputs["metadata"].get("annotations", {})
    return {key: value for key, value in found.items() if not key.startswith("pulumi.com/")}


HAPROXY = {"haproxy.org/backend-config-snippet": "timeout tunnel 86400s", "haproxy.org/timeout-server": "120s"}
CONTOUR = {"projectcontour.io/websocket-routes": "/websocket", "projectcontour.io/response-timeout": "infinity"}
ALB = {
    "alb.ingress.kubernetes.io/target-type": "ip",
    "alb.ingress.kubernetes.io/load-balancer-attributes": "idle_timeout.timeout_seconds=4000",
    "alb.ingress.kubernetes.io/healthcheck-path": "/nginx/live",
}
OPENSHIFT = {
    "haproxy.router.openshift.io/timeout": "120s",
    "haproxy.router.openshift.io/timeout-tunnel": "86400s",
}


@pytest.mark.parametrize(
    ("controller", "exposure", "annotations"),
    [
        ("traefik", SERVED, {"traefik.ingress.kubernetes.io/router.entrypoints": "websecure"}),
        ("traefik", PLAIN, {}),
        ("traefik", UPSTREAM, {}),
        (
            "haproxy",
            {**SERVED, **NODES},
            {**HAPROXY, "haproxy.org/ssl-redirect": "true", "haproxy.org/ssl-redirect-port": "31443"},
        ),
        (
            "haproxy",
            {**SERVED, **BALANCER, "allowFrom": NETWORKS},
            {
                **HAPROXY,
                "haproxy.org/ssl-redirect": "true",
                "haproxy.org/ssl-redirect-port": "443",
                "haproxy.org/allow-list": "10.0.0.0/8, 2001:db8::/32",
            },
        ),
        ("haproxy", UPSTREAM, HAPROXY),
        ("contour", {**SERVED, **NODES}, {**CONTOUR, "kubernetes.io/ingress.allow-http": "false"}),
        ("contour", {**SERVED, **BALANCER}, {**CONTOUR, "ingress.kubernetes.io/force-ssl-redirect": "true"}),
        ("contour", {**PLAIN, **NODES}, CONTOUR),
        (
            "alb",
            {**BALANCER, **UPSTREAM, "allowFrom": NETWORKS},
            {
                **ALB,
                "alb.ingress.kubernetes.io/listen-ports": '[{"HTTP": 80}, {"HTTPS": 443}]',
                "alb.ingress.kubernetes.io/ssl-redirect": "443",
                "alb.ingress.kubernetes.io/inbound-cidrs": "10.0.0.0/8,2001:db8::/32",
            },
        ),
        ("alb", {**BALANCER, **PLAIN}, {**ALB, "alb.ingress.kubernetes.io/listen-ports": '[{"HTTP": 80}]'}),
        (
            "gce",
            {**BALANCER, **SERVED},
            {"kubernetes.io/ingress.class": "gce", "kubernetes.io/ingress.allow-http": "false"},
        ),
        ("gce", {**BALANCER, **PLAIN, "className": "gce-internal"}, {"kubernetes.io/ingress.class": "gce-internal"}),
        ("openshift", {**SERVED, **BALANCER}, OPENSHIFT),
        (
            "openshift",
            {**UPSTREAM, "allowFrom": NETWORKS},
            {
                **OPENSHIFT,
                "route.openshift.io/termination": "edge",
                "haproxy.router.openshift.io/ip_whitelist": "10.0.0.0/8 2001:db8::/32",
            },
        ),
    ],
)
def test_annotations_of_a_preset(controller: str, exposure: dict[str, Any], annotations: dict[str, str]) -> None:
    assert said(controller, **exposure) == annotations


@pytest.mark.parametrize("controller", list(Controller))
def test_the_class_is_the_controllers_own_unless_another_is_given(controller: Controller) -> None:
    tls = SERVED if ABILITIES[controller].reads_secret else UPSTREAM
    spec = deployed(controller, **BALANCER, **tls).one("Ingress", "forail").inputs["spec"]
    # GKE takes no Ingress that names a class there, and the API server none that names it twice.
    assert spec.get("ingressClassName") == (None if controller is Controller.GCE else ABILITIES[controller].class_name)
    other = deployed(controller, **BALANCER, **tls, className="other").one("Ingress", "forail").inputs["spec"]
    assert other.get("ingressClassName") == (None if controller is Controller.GCE else "other")


def test_annotations_of_the_stack_file_win_over_the_preset() -> None:
    mine = {"haproxy.org/timeout-server": "10m"}
    assert said("haproxy", **PLAIN, **BALANCER, annotations=mine) == {**HAPROXY, **mine}


def test_traefik_redirects_plain_http_to_the_port_that_clients_use() -> None:
    made = deployed("traefik", **SERVED)
    plain = made.one("Ingress", "forail-redirect").inputs
    assert plain["metadata"]["annotations"] | {"pulumi.com/skipAwait": "true"} == {
        "traefik.ingress.kubernetes.io/router.entrypoints": "web",
        "traefik.ingress.kubernetes.io/router.middlewares": f"{SCOPE.namespace}-forail-redirect@kubernetescrd",
        "pulumi.com/skipAwait": "true",
    }
    assert "tls" not in plain["spec"]
    (redirect,) = (item.inputs for item in made.objects if item.inputs.get("kind") == "Middleware")
    assert redirect["metadata"]["name"] == "forail-redirect"
    assert redirect["spec"] == {"redirectScheme": {"scheme": "https", "port": "30443"}}


def test_traefik_lets_in_the_networks_only_and_names_them_in_a_middleware() -> None:
    made = deployed("traefik", **SERVED, allowFrom=NETWORKS)
    found = made.one("Ingress", "forail").inputs["metadata"]["annotations"]
    name = f"{SCOPE.namespace}-forail-allow@kubernetescrd"
    assert found["traefik.ingress.kubernetes.io/router.middlewares"] == name
    allow = made.one("Middleware", "forail-allow")
    assert allow.inputs["spec"] == {"ipAllowList": {"sourceRange": NETWORKS}}


def test_gke_gets_a_health_check_that_django_does_not_answer_and_a_time_out_for_websockets() -> None:
    made = alone().deploy(exposure={"controller": "gce", "mode": "loadBalancer", "tls": {"mode": "disabled"}})
    (config,) = (item for item in made.objects if item.inputs.get("kind") == "BackendConfig")
    assert config.inputs["spec"] == {
        "timeoutSec": 86400,
        "healthCheck": {"type": "HTTP", "requestPath": "/nginx/live", "port": 8013},
    }
    frontend = made.one("Service", "forail-frontend").inputs["metadata"]["annotations"]
    assert frontend["cloud.google.com/neg"] == '{"ingress": true}'
    assert "cloud.google.com/backend-config" not in frontend
    service = made.one("Service", "forail-web").inputs["metadata"]["annotations"]
    assert service["cloud.google.com/backend-config"] == f'{{"default": "{config.inputs["metadata"]["name"]}"}}'
    assert service["cloud.google.com/neg"] == '{"ingress": true}'


def test_proxies_that_are_believed_reach_webs_nginx_and_nobody_else_is() -> None:
    path = "/etc/nginx/real_ip.conf"
    assert path not in pods(alone().deploy())["Deployment/forail-web"].container("web").mounts
    made = alone().deploy(exposure={"trustedProxies": NETWORKS})
    assert path in pods(made)["Deployment/forail-web"].container("web").mounts
    (text,) = (data["real_ip.conf"] for item in made.objects if "real_ip.conf" in (data := item.inputs.get("data", {})))
    assert text.splitlines() == [
        "real_ip_header X-Forwarded-For;",
        "real_ip_recursive on;",
        "set_real_ip_from 10.0.0.0/8;",
        "set_real_ip_from 2001:db8::/32;",
    ]
