"""What cert-manager is asked for, what is read first, and that the way in serves what it issues."""

from __future__ import annotations

import pytest

from components.edge.cert_manager import SECRET_NAME, unissued
from tests.unit.deployment import Deployment, Registered
from tests.unit.stacks import alone

CLUSTER = {"name": "letsencrypt", "kind": "ClusterIssuer"}


def issued_by(reference: dict[str, str], **exposure: object) -> Deployment:
    """Two hosts and an issuer."""
    tls = {"mode": "certManager", "issuerRef": reference}
    hosts = {"host": "forail.lan", "extraHosts": ["forail.home"]}
    return alone().deploy(exposure={**hosts, "tls": tls, **exposure})


def certificate(deployment: Deployment) -> Registered:
    (found,) = (item for item in deployment.objects if item.inputs.get("kind") == "Certificate")
    return found


def test_a_certificate_for_every_host_and_a_way_in_that_serves_it_once_it_is_issued() -> None:
    made = issued_by(CLUSTER)
    issued = certificate(made)
    spec = issued.inputs["spec"]
    assert (issued.inputs["apiVersion"], issued.object_name) == ("cert-manager.io/v1", "forail")
    assert spec["dnsNames"] == ["forail.lan", "forail.home"]
    assert spec["issuerRef"] == {**CLUSTER, "group": "cert-manager.io"}
    assert issued.inputs["metadata"]["annotations"]["pulumi.com/waitFor"] == "condition=Ready"
    way_in = made.one("Ingress", "forail")
    (served,) = way_in.inputs["spec"]["tls"]
    assert served == {"hosts": ["forail.lan", "forail.home"], "secretName": spec["secretName"]}
    assert made.depends_on(way_in, issued)


def test_another_host_makes_another_certificate_object_since_the_changed_one_would_be_ready_already() -> None:
    request = certificate(issued_by(CLUSTER)).request
    assert list(request.replaceOnChanges) == ["spec"]
    assert request.deleteBeforeReplace


def test_the_secret_is_not_the_one_that_the_stack_makes_itself() -> None:
    itself = alone().deploy().one("Secret", "forail-tls")
    assert certificate(issued_by(CLUSTER)).inputs["spec"]["secretName"] == SECRET_NAME != itself.object_name
    assert "forail-tls" not in issued_by(CLUSTER).names("Secret")


def test_each_renewal_has_a_key_of_its_own() -> None:
    spec = certificate(issued_by(CLUSTER)).inputs["spec"]
    assert spec["privateKey"] == {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"}
    assert spec["usages"] == ["digital signature", "server auth"]
    # The issuer says how long it is valid; cert-manager renews it in its last third.
    assert not {"duration", "renewBefore", "renewBeforePercentage"} & spec.keys()


@pytest.mark.parametrize(
    ("reference", "reads"),
    [
        (CLUSTER, (("kubernetes:cert-manager.io/v1:ClusterIssuer", "letsencrypt"),)),
        ({"name": "own"}, (("kubernetes:cert-manager.io/v1:Issuer", "forail/own"),)),
        ({"name": "pca", "kind": "AWSPCAClusterIssuer", "group": "awspca.cert-manager.io"}, ()),
    ],
)
def test_an_issuer_of_cert_managers_own_is_read_before_anything_is_asked_of_it(
    reference: dict[str, str], reads: tuple[tuple[str, str], ...]
) -> None:
    made = issued_by(reference)
    assert made.reads == reads
    asked = certificate(made).inputs["spec"]["issuerRef"]
    assert asked == {"kind": "Issuer", "group": "cert-manager.io", **reference}


def test_the_stacks_own_gateway_does_not_wait_for_what_may_need_it() -> None:
    gateway = {"via": "gateway", "mode": "loadBalancer", "gateway": {"className": "traefik"}}
    made = issued_by(CLUSTER, **gateway)
    (own,) = (item for item in made.objects if item.inputs.get("kind") == "Gateway")
    assert SECRET_NAME in str(own.inputs)
    assert not made.depends_on(own, certificate(made))


def test_what_was_not_issued_in_time_is_looked_at_with_a_command() -> None:
    request = certificate(issued_by(CLUSTER)).request
    assert list(request.hooks.on_error) == ["forail-tls-issued-explain"]
    assert (request.customTimeouts.create, request.customTimeouts.update) == ("600s", "600s")
    assert "kubectl -n tower describe certificates.cert-manager.io forail says" in unissued("tower")
