"""The collector, and what web is told about it."""

from __future__ import annotations

import pytest
import yaml

from components.application.otel_collector import otel_env
from components.settings.forail import OtelSettings
from components.settings.otel_collector import OtelCollectorSettings
from tests.unit.pods import pods
from tests.unit.stacks import every

SETTINGS = OtelSettings()


@pytest.mark.parametrize(
    ("collector", "endpoint"),
    [
        ({}, "http://forail-otel-collector:4317"),
        ({"enabled": False, "endpoint": "http://collector.observability:4317"}, "http://collector.observability:4317"),
        ({"enabled": False}, None),
    ],
)
def test_where_traces_go(collector: dict[str, object], endpoint: str | None) -> None:
    env = {item.name: item.value for item in otel_env(OtelCollectorSettings.model_validate(collector), SETTINGS)}
    assert env["OTEL_ENABLED"] == ("false" if endpoint is None else "true")
    assert env.get("OTEL_EXPORTER_ENDPOINT") == endpoint
    assert ("OTEL_TRACES_SAMPLER" in env) is (endpoint is not None)


def test_only_web_reports() -> None:
    reporting = {
        label
        for label, pod in pods(every("alone")).items()
        for container in pod.containers
        if any(name.startswith("OTEL_") for name in container.env)
    }
    assert reporting == {"Deployment/forail-web"}


def test_ports_agree_with_the_configuration() -> None:
    deployment = every("alone")
    config = yaml.safe_load(deployment.one("ConfigMap", "forail-otel-collector").inputs["data"]["config.yaml"])
    listening = {
        int(protocol["endpoint"].rpartition(":")[2]) for protocol in config["receivers"]["otlp"]["protocols"].values()
    }
    service = deployment.one("Service", "forail-otel-collector").inputs["spec"]
    assert {port["port"] for port in service["ports"]} == listening
    health = int(config["extensions"]["health_check"]["endpoint"].rpartition(":")[2])
    container = pods(deployment)["Deployment/forail-otel-collector"].container()
    assert container.raw["livenessProbe"]["httpGet"]["port"] == health
    assert container.raw["args"] == [f"--config={path}" for path in container.mounts]
