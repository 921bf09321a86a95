"""The edge of `exposure.via: service`: its Service, its pods, and what they are told."""

from __future__ import annotations

import re
from typing import Any

import pytest

from components.edge.nginx import LEAVING_SECONDS
from components.kube.files import text
from tests.unit.deployment import Deployment
from tests.unit.edge.component import edge
from tests.unit.pod_security import violations
from tests.unit.pods import Pod, pods
from tests.unit.stacks import alone, every

TLS: dict[str, dict[str, Any]] = {
    "selfSigned": {"mode": "selfSigned"},
    "existing": {"mode": "existing", "secretName": "theirs"},
    "terminatedUpstream": {"mode": "terminatedUpstream"},
    "disabled": {"mode": "disabled"},
}
GRACE_SECONDS = 30
"""What Kubernetes gives a pod that asks for nothing."""


def made(tls: str = "selfSigned", **more: Any) -> Deployment:
    """The edge with a TLS mode."""
    return edge(tls=TLS[tls], **more)


def pod(deployment: Deployment) -> Pod:
    """The edge's pod."""
    return pods(deployment)["Deployment/forail-edge"]


def service(deployment: Deployment) -> dict[str, Any]:
    """The edge's Service."""
    return deployment.one("Service", "forail-edge").inputs


def configuration(deployment: Deployment) -> dict[str, str]:
    """The files of its ConfigMap."""
    return deployment.one("ConfigMap", "forail-edge").inputs["data"]


HTTP = {"name": "http", "port": 80, "targetPort": 8080}
HTTPS = {"name": "https", "port": 443, "targetPort": 8443}


@pytest.mark.parametrize(
    ("tls", "exposure", "kind", "ports"),
    [
        ("selfSigned", {}, "NodePort", [HTTP | {"nodePort": 30080}, HTTPS | {"nodePort": 30443}]),
        ("disabled", {}, "NodePort", [HTTP | {"nodePort": 30080}]),
        ("terminatedUpstream", {}, "NodePort", [HTTP | {"nodePort": 30080}, HTTPS | {"nodePort": 30443}]),
        (
            "existing",
            {"ports": {"http": 31080, "https": 31443}},
            "NodePort",
            [HTTP | {"nodePort": 31080}, HTTPS | {"nodePort": 31443}],
        ),
        ("selfSigned", {"mode": "loadBalancer"}, "LoadBalancer", [HTTP, HTTPS]),
        ("terminatedUpstream", {"mode": "loadBalancer"}, "LoadBalancer", [HTTP, HTTPS]),
        ("disabled", {"mode": "loadBalancer"}, "LoadBalancer", [HTTP]),
    ],
)
def test_the_service_opens_what_urls_name(
    tls: str, exposure: dict[str, Any], kind: str, ports: list[dict[str, Any]]
) -> None:
    deployment = made(tls, **exposure)
    spec = service(deployment)["spec"]
    assert (spec["type"], spec["ports"]) == (kind, ports)
    listening = {port["containerPort"] for port in pod(deployment).container().raw["ports"]}
    assert listening == {port["targetPort"] for port in ports}
    # Only a load balancer has an address; the pods are waited for in any case.
    waits = service(deployment)["metadata"].get("annotations", {}).get("pulumi.com/skipAwait") != "true"
    assert waits is (kind == "LoadBalancer")


@pytest.mark.parametrize(
    ("exposure", "policy"),
    [
        # Every node answers, as clients name any.
        ({}, "Cluster"),
        # The others would put their own address in the place of the client's.
        ({"allowFrom": ["10.0.0.0/8"]}, "Local"),
        ({"trustedProxies": ["10.0.0.0/8"]}, "Local"),
        ({"mode": "loadBalancer"}, "Local"),
    ],
)
def test_the_clients_address_survives_where_it_decides_something(exposure: dict[str, Any], policy: str) -> None:
    assert service(made(**exposure))["spec"]["externalTrafficPolicy"] == policy


def test_the_service_carries_what_a_load_balancer_reads() -> None:
    annotations = {"example.com/scheme": "internal"}
    found = service(made(mode="loadBalancer", annotations=annotations))
    assert found["metadata"]["annotations"] == annotations
    assert found["spec"]["selector"].items() <= pod(made()).labels.items()


@pytest.mark.parametrize("tls", list(TLS))
def test_its_pods_pass_the_strictest_admission(tls: str) -> None:
    found = pod(made(tls))
    assert violations(found, "restricted") == []
    assert found.container().security["readOnlyRootFilesystem"] is True
    written = {path for path, mount in found.container().mounts.items() if not mount.get("readOnly")}
    assert written == {"/tmp"}


@pytest.mark.parametrize(
    ("tls", "secret"),
    [("selfSigned", "forail-tls"), ("terminatedUpstream", None), ("disabled", None)],
)
def test_its_pods_mount_the_certificate_that_they_serve(tls: str, secret: str | None) -> None:
    found = pod(made(tls))
    mounted = [volume["secret"] for volume in found.spec["volumes"] if "secret" in volume]
    # Group of the image's user: no other of the pod reads the key.
    assert mounted == ([] if secret is None else [{"secretName": secret, "defaultMode": 0o440}])
    assert found.spec["securityContext"].get("fsGroup") == (None if secret is None else 101)
    # A folder, not single files: those the kubelet never renews.
    folder = found.container().mounts.get("/etc/forail/edge/tls", {})
    assert "subPath" not in folder
    assert found.env.get("EDGE_CERTIFICATE") == (None if secret is None else "/etc/forail/edge/tls")


def test_a_renewed_certificate_rolls_no_pod() -> None:
    """start.sh has it read again. There is no Ingress beside the edge."""
    exposure = {"host": "forail.lan", "via": "service"}
    former, renewed = (alone().deploy(exposure=exposure, rotation={"tlsCertificate": epoch}) for epoch in (1, 2))
    assert pod(renewed).text == pod(former).text
    assert not renewed.all("Ingress")


@pytest.mark.parametrize(
    "changed", [{"extraHosts": ["forail.home"]}, {"allowFrom": ["10.0.0.0/8"]}, {"trustedProxies": ["10.0.0.0/8"]}]
)
def test_another_configuration_has_another_name_and_rolls_its_pods(changed: dict[str, Any]) -> None:
    assert configuration(made(**changed)) != configuration(made())
    assert "name" not in made().one("ConfigMap", "forail-edge").inputs["metadata"]


def test_edge_says_what_any_workload_says() -> None:
    placed = {
        "nodeSelector": {"pool": "edge"},
        "tolerations": [{"key": "dedicated", "operator": "Exists"}],
        "priorityClassName": "edge-priority",
        "extraEnv": {"COLOUR": "blue"},
        "resources": {"requests": {"memory": "64Mi"}},
        "replicas": 3,
    }
    deployment = made(edge=placed)
    found = pod(deployment)
    assert found.spec["nodeSelector"] == placed["nodeSelector"]
    assert found.spec["tolerations"] == placed["tolerations"]
    assert found.spec["priorityClassName"] == placed["priorityClassName"]
    assert found.env["COLOUR"] == "blue"
    assert found.container().raw["resources"]["requests"]["memory"] == "64Mi"
    assert deployment.one("Deployment", "forail-edge").inputs["spec"]["replicas"] == 3


def test_two_pods_on_two_nodes_unless_told_otherwise() -> None:
    deployment = made()
    assert deployment.one("Deployment", "forail-edge").inputs["spec"]["replicas"] == 2
    assert pod(deployment).spec["topologySpreadConstraints"][0]["topologyKey"] == "kubernetes.io/hostname"


def seconds(file: str, directive: str) -> int:
    """The seconds that an nginx file gives a directive."""
    found = re.search(rf"^ *{directive} ([0-9]+)s;", text(file), re.MULTILINE)
    assert found is not None, f"{file} has no {directive}"
    return int(found[1])


def test_its_end_fits_into_the_pods_grace() -> None:
    closing = seconds("edge/nginx.conf", "worker_shutdown_timeout")
    assert LEAVING_SECONDS + closing < GRACE_SECONDS
    found = pod(made())
    assert "terminationGracePeriodSeconds" not in found.spec
    assert found.container().raw["lifecycle"]["preStop"]["exec"]["command"] == ["sleep", str(LEAVING_SECONDS)]


def test_it_takes_what_web_takes_and_waits_longer_than_web() -> None:
    limits = {re.findall(r"client_max_body_size (\S+);", text(f"{name}/nginx.conf"))[0] for name in ("edge", "nginx")}
    assert len(limits) == 1
    assert seconds("edge/locations.conf", "proxy_read_timeout") > seconds("nginx/nginx.conf", "uwsgi_read_timeout")


def test_nothing_of_it_is_there_without_being_asked_for() -> None:
    for stack in ("dev", "prod"):
        assert not [item.label for item in every(stack).resources if "edge" in item.name]
        assert not [image for image in every(stack).outputs["images"] if "/nginx:" in f"/{image}"]
