"""What Prometheus and Grafana are given, and that a stack that asks for nothing gets nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from components.settings.monitoring import AlertName
from tests.unit.certificates import certificate
from tests.unit.deployment import Deployment
from tests.unit.stacks import alone, dev, every

ON = {"enabled": True}
HOSTS = ("forail.lan",)


def watched(**sections: Any) -> Deployment:
    """The platform alone, watched."""
    return alone().deploy(**{"monitoring": ON, **sections})


def rules(deployment: Deployment) -> dict[str, dict[str, Any]]:
    """The alerts by name."""
    (group,) = deployment.one("PrometheusRule", "forail-monitoring-rules").inputs["spec"]["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}


def test_nothing_is_made_unless_it_is_asked_for() -> None:
    kinds = {item.kind for item in every("dev").objects}
    assert not kinds & {"ServiceMonitor", "PodMonitor", "PrometheusRule"}
    assert "metrics" not in str(every("dev").one("Service", "forail-web").inputs)


def test_prometheus_reads_web_by_a_port_and_a_token_of_its_own() -> None:
    made = watched(monitoring={**ON, "labels": {"release": "prometheus"}, "scrapeSeconds": 30})
    monitor, service = made.one("ServiceMonitor", "forail-monitoring-web"), made.one("Service", "forail-web")
    assert monitor.inputs["metadata"]["labels"]["release"] == "prometheus"
    (endpoint,) = monitor.inputs["spec"]["endpoints"]
    selected = monitor.inputs["spec"]["selector"]["matchLabels"]
    assert selected.items() <= service.inputs["metadata"]["labels"].items()
    assert {"name": endpoint["port"], "port": 8014, "targetPort": 8014} in service.inputs["spec"]["ports"]
    token = made.one("Secret", "forail-monitoring-token")
    assert endpoint["authorization"]["credentials"] == {"name": token.object_name, "key": "value"}
    assert (endpoint["path"], endpoint["interval"]) == ("/api/v2/metrics/", "30s")


def test_init_registers_the_token_and_no_other_pod_has_it() -> None:
    made = watched()
    name = made.one("Secret", "forail-monitoring-token").object_name
    readers = {item.name for item in made.objects if name in str(item.inputs) and item.kind != "Secret"}
    assert readers == {"forail-init", "forail-monitoring-web"}


def test_the_operator_is_watched_where_its_pods_are_ours() -> None:
    made = dev().deploy(monitoring=ON)
    monitor, operator = made.one("PodMonitor", "forail-monitoring-operator"), made.one("Deployment", "forail-operator")
    template = operator.inputs["spec"]["template"]
    assert monitor.inputs["spec"]["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    (container,) = template["spec"]["containers"]
    (endpoint,) = monitor.inputs["spec"]["podMetricsEndpoints"]
    assert endpoint["port"] in {port["name"] for port in container["ports"]}
    assert monitor.inputs["metadata"]["namespace"] == "forail-operator"
    assert "ForailOperatorDown" in rules(made)
    assert "ForailOperatorDown" not in rules(watched())


@pytest.mark.parametrize(
    ("sections", "alert", "expected"),
    [
        # Two dumps a day apart, an hour to start, six hours to end.
        ({}, "ForailBackupOld", 2 * 86400 + 3600 + 6 * 3600),
        ({"backups": {"suspended": True}}, "ForailBackupOld", None),
        ({}, "ForailDrillOld", None),
        # A week, an hour to start, six hours to end.
        ({"backups": {"drill": {}}}, "ForailDrillOld", 7 * 86400 + 3600 + 6 * 3600),
    ],
)
def test_what_is_too_old_follows_from_the_schedule(sections: dict[str, Any], alert: str, expected: int | None) -> None:
    rule = rules(watched(**sections)).get(alert)
    assert (rule is None) is (expected is None)
    assert rule is None or f"> {expected}" in rule["expr"]


@pytest.mark.parametrize(
    ("tls", "expected"),
    [
        ({"mode": "selfSigned"}, "vector(4102444800) - time() < 1209600"),
        ({"mode": "existing"}, None),
        ({"mode": "disabled"}, None),
        (
            {"mode": "certManager", "issuerRef": {"name": "ca", "kind": "ClusterIssuer"}},
            'min(certmanager_certificate_expiration_timestamp_seconds{namespace="forail",name="forail"}) - time() < '
            "1209600",
        ),
    ],
    ids=["selfSigned", "existing", "disabled", "certManager"],
)
def test_the_end_of_the_certificate_is_watched_where_somebody_knows_it(tls: dict[str, Any], expected: str) -> None:
    found = rules(watched(exposure={"host": HOSTS[0], "tls": tls})).get("ForailCertificateExpires")
    assert (found and found["expr"]) == expected


def test_the_end_of_a_given_certificate_is_read_from_it_and_is_no_secret() -> None:
    leaf, key = certificate(*HOSTS)
    given = alone()
    tls = {"host": HOSTS[0], "tls": {"mode": "provided", "certificate": leaf}}
    made = type(given)({**given.config, "exposure": tls, "monitoring": ON}, {"tlsPrivateKey": key}).deploy()
    expression = rules(made)["ForailCertificateExpires"]["expr"]
    assert expression.startswith("vector(")
    assert key not in str(made.one("PrometheusRule", "forail-monitoring-rules").marked)
    # A secret would hide the whole rule in every preview.
    assert made.one("PrometheusRule", "forail-monitoring-rules").marked["spec"]["groups"]


def test_alerts_that_are_silent_are_left_out() -> None:
    silent = ["ForailJobsInError", "ForailDown"]
    assert set(rules(watched())) - set(rules(watched(monitoring={**ON, "silent": silent}))) == set(silent)


def test_every_alert_says_how_bad_it_is_and_what_to_do() -> None:
    for name, rule in rules(dev().deploy(monitoring=ON, backups={"drill": {}})).items():
        assert rule["labels"]["severity"] in ("warning", "critical"), name
        assert all(text.endswith(".") for text in rule["annotations"].values()), name


def test_every_alert_is_in_the_documentation() -> None:
    text = (Path(__file__).parents[3] / "docs" / "operations.md").read_text()
    assert [name for name in AlertName if f"\n| {name} | " not in text] == []


def test_grafana_finds_the_dashboard() -> None:
    dashboard = watched().one("ConfigMap", "forail-monitoring-dashboard").inputs
    assert dashboard["metadata"]["labels"]["grafana_dashboard"] == "1"
