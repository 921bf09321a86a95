"""frontend: static files on port 80."""

from __future__ import annotations

from tests.unit.pods import pods
from tests.unit.stacks import every


def test_it_serves_on_port_80_and_is_asked_there() -> None:
    container = pods(every("alone"))["Deployment/forail-frontend"].container().raw
    assert container["ports"] == [{"name": "http", "containerPort": 80}]
    assert container["readinessProbe"]["httpGet"] == {"path": "/health", "port": 80}


def test_it_knows_nothing_and_mounts_nothing() -> None:
    container = pods(every("alone"))["Deployment/forail-frontend"].container()
    assert not container.env
    assert not container.mounts


def test_replicas_roll_without_a_gap() -> None:
    spec = every("prod").one("Deployment", "forail-frontend").inputs["spec"]
    assert spec["replicas"] == 2
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
