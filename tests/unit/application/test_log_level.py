"""`forail.logLevel` reaches every program in its own words, and changes nothing where it is left out."""

from __future__ import annotations

import pytest
import yaml

from components.application import log_level
from components.kube.files import text
from components.settings.forail import PlatformLogLevel
from tests.unit.pods import pods
from tests.unit.stacks import every

CONFIGURATION = text("receptor/receptor.conf")


@pytest.mark.parametrize(
    ("level", "opa", "collector", "receptor"),
    [
        (PlatformLogLevel.DEBUG, "debug", "debug", "debug"),
        (PlatformLogLevel.INFO, "info", "info", "info"),
        # OPA has no such level, zap calls it otherwise.
        (PlatformLogLevel.WARNING, "error", "warn", "warning"),
        (PlatformLogLevel.ERROR, "error", "error", "error"),
    ],
)
def test_each_program_has_its_own_words(level: PlatformLogLevel, opa: str, collector: str, receptor: str) -> None:
    assert log_level.opa(level) == opa
    assert log_level.collector(level) == (f"--set=service.telemetry.logs.level={collector}",)
    entries = yaml.safe_load(log_level.receptor(CONFIGURATION, level))
    assert entries[:-1] == yaml.safe_load(CONFIGURATION)
    assert entries[-1] == {"log-level": {"level": receptor}}


def test_left_out_each_keeps_its_own() -> None:
    found = pods(every("dev"))
    assert "--log-level=error" in found["Deployment/forail-opa"].container().raw["args"]
    assert found["Deployment/forail-otel-collector"].container().raw["args"] == ["--config=/etc/otel/config.yaml"]
    assert every("dev").one("ConfigMap", "forail-receptor").inputs["data"]["receptor.conf"] == CONFIGURATION
    assert "FORAIL_SETTINGS" not in found["Deployment/forail-web"].env


def test_given_it_reaches_all_of_them() -> None:
    """The backend's own is a setting like others (test_backend.py)."""
    found = pods(every("everything"))
    assert "--log-level=error" in found["Deployment/forail-opa"].container().raw["args"]
    assert (
        "--set=service.telemetry.logs.level=warn" in found["Deployment/forail-otel-collector"].container().raw["args"]
    )
    mounted = every("everything").one("ConfigMap", "forail-receptor").inputs["data"]["receptor.conf"]
    assert {"log-level": {"level": "warning"}} in yaml.safe_load(mounted)
