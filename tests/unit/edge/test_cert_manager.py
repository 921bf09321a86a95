"""What cert-manager is asked for, and that the way in serves what it issues."""

from __future__ import annotations

from tests.unit.stacks import alone


def test_a_certificate_for_every_host_and_a_way_in_that_serves_it() -> None:
    tls = {"mode": "certManager", "issuerRef": {"name": "letsencrypt", "kind": "ClusterIssuer"}}
    made = alone().deploy(exposure={"host": "forail.lan", "extraHosts": ["forail.home"], "tls": tls})
    (issued,) = (item for item in made.objects if item.inputs.get("kind") == "Certificate")
    spec = issued.inputs["spec"]
    assert spec["dnsNames"] == ["forail.lan", "forail.home"]
    assert spec["issuerRef"] == {"name": "letsencrypt", "kind": "ClusterIssuer", "group": "cert-manager.io"}
    (served,) = made.one("Ingress", "forail").inputs["spec"]["tls"]
    assert served["secretName"] == spec["secretName"]
