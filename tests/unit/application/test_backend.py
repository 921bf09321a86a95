"""Variables that several pods share."""

from __future__ import annotations

import pytest

from components.application.backend import SINGLE_NODE, node_env, tenancy_env
from components.settings.forail import Tenancy
from components.settings.task import TaskSettings
from tests.unit.pods import pods
from tests.unit.stacks import every

SHARED = (
    "DATABASE_HOST",
    "DATABASE_PASSWORD",
    "REDIS_HOST",
    "REDIS_PASSWORD",
    "FORAIL_SECRET_KEY",
    "FORAIL_BROADCAST_WEBSOCKET_SECRET",
    "MY_POD_NAMESPACE",
)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {}),
        (
            {"isolation": "audit"},
            {
                "ENABLED": "true",
                "RLS_ENABLED": "true",
                "STRICT_ISOLATION_ENABLED": "false",
                "RATE_LIMITING_ENABLED": "false",
            },
        ),
        (
            {"isolation": "strict", "rateLimiting": True},
            {
                "ENABLED": "true",
                "RLS_ENABLED": "true",
                "STRICT_ISOLATION_ENABLED": "true",
                "RATE_LIMITING_ENABLED": "true",
            },
        ),
    ],
)
def test_tenancy(settings: dict[str, object], expected: dict[str, str]) -> None:
    found = {env.name.removeprefix("TENANCY_"): env.value for env in tenancy_env(Tenancy.model_validate(settings))}
    assert found == expected


@pytest.mark.parametrize(
    ("replicas", "value", "field"), [(1, SINGLE_NODE, None), (2, None, "metadata.name"), (9, None, "metadata.name")]
)
def test_node_names(replicas: int, value: str | None, field: str | None) -> None:
    env = node_env(TaskSettings(replicas=replicas).nodes)
    assert (env.name, env.value, env.field) == ("FORAIL_NODE_NAME", value, field)


@pytest.mark.parametrize("name", SHARED)
def test_web_task_and_init_agree(name: str) -> None:
    found = pods(every("alone"))
    containers = [
        found["Deployment/forail-web"].container(),
        found["Deployment/forail-task"].container(),
        found["Job/forail-init"].container("migrate"),
        found["Job/forail-init"].container("bootstrap"),
    ]
    assert len({container.env[name] for container in containers}) == 1
