"""Whoever comes from the Helm chart learns the new place of each key."""

from __future__ import annotations

import re

import pytest

from components.schema.shape import follow, leaves
from components.settings.chart_keys import CHART_KEYS
from components.settings.stack import StackFile
from tests.unit.settings.stackfile import nested, problems


@pytest.mark.parametrize("key", CHART_KEYS)
def test_a_replaced_key_of_the_chart_is_refused_with_its_replacement(key: str) -> None:
    assert problems(nested({key: "x"})) == {key: CHART_KEYS[key]}


@pytest.mark.parametrize("key", CHART_KEYS)
def test_a_replaced_key_is_not_one_of_ours(key: str) -> None:
    assert not follow(StackFile, key.split(".")).kinds


def test_replacements_are_keys_that_exist() -> None:
    ours = {".".join(str(part) for part in path) for path, _, _ in leaves(StackFile)}
    sections = {path.rpartition(".")[0] for path in ours} | ours
    named = {
        name
        for text in CHART_KEYS.values()
        for name in re.findall(r"\b(?:exposure|forail|postgres|task|otelCollector|secrets)\.[A-Za-z.]+\b", text)
    }

    assert named
    assert named <= sections


def test_a_whole_mapping_of_the_chart_is_answered_key_by_key() -> None:
    found = problems({"ingress": {"host": "a.lan", "tls": {"enabled": True, "secretName": "s"}}})

    assert set(found) == {"ingress.host", "ingress.tls.enabled", "ingress.tls.secretName"}


def test_the_charts_list_of_pull_secrets_is_answered() -> None:
    assert "write only the name" in problems({"imagePullSecrets": [{"name": "r"}]})["imagePullSecrets[0]"]


def test_the_charts_own_values_load_where_they_mean_the_same() -> None:
    assert (
        problems(
            {
                "namespace": {"create": False, "name": "forail"},
                "images": {"backend": {"repository": "ghcr.io/forail-platform/forail-backend", "tag": "2026.10.0"}},
                "imagePullSecrets": [],
                "forail": {
                    "admin": {"user": "admin", "email": "admin@forail.local"},
                    "otel": {"tracesSamplerArg": "0.1"},
                },
                "postgres": {"user": "forail", "database": "forail", "storage": {"size": "8Gi", "storageClass": ""}},
                "redis": {"storage": {"size": "2Gi", "storageClass": ""}},
                "opa": {"enabled": True, "resources": {"requests": {"memory": "64Mi", "cpu": "50m"}}},
                "otelCollector": {"enabled": True},
                "web": {"replicas": 1, "resources": {"limits": {"memory": "2Gi", "cpu": "2000m"}}},
                "task": {"replicas": 1},
                "frontend": {"replicas": 1},
                "assistant": {
                    "enabled": False,
                    "model": "gemma3:1b",
                    "logLevel": "INFO",
                    "ollama": {"gpu": {"enabled": False, "count": 1}, "nodeSelector": {}, "tolerations": []},
                },
            }
        )
        == {}
    )
