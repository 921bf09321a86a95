"""The live object seen through a program's inputs."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.providers.kubernetes.projection import project, without_server_fields


@pytest.mark.parametrize(
    ("inputs", "live", "expected"),
    [
        pytest.param({"a": 1}, {"a": 1, "b": 2}, {"a": 1}, id="fields of the server are left out"),
        pytest.param({"a": 1}, {"a": 2}, {"a": 2}, id="another value shows"),
        pytest.param({"a": 1}, {}, {}, id="a missing value shows"),
        pytest.param({"a": False, "b": "", "c": [], "d": {}}, {}, {"a": False, "b": "", "c": [], "d": {}}, id="zeros"),
        pytest.param({"a": False}, {"a": True}, {"a": True}, id="a zero that became something shows"),
        pytest.param(
            {"requests": {"cpu": "0.5"}}, {"requests": {"cpu": "500m"}}, {"requests": {"cpu": "0.5"}}, id="cpu"
        ),
        pytest.param({"limits": {"cpu": 1}}, {"limits": {"cpu": "1"}}, {"limits": {"cpu": 1}}, id="number"),
        pytest.param(
            {"requests": {"storage": "1024Mi"}},
            {"requests": {"storage": "1Gi"}},
            {"requests": {"storage": "1024Mi"}},
            id="Gi",
        ),
        pytest.param({"limits": {"cpu": "1"}}, {"limits": {"cpu": "1k"}}, {"limits": {"cpu": "1k"}}, id="other amount"),
        pytest.param({"value": "0.5"}, {"value": "500m"}, {"value": "500m"}, id="text that only looks like an amount"),
        pytest.param({"args": ["a"]}, {"args": ["a", "b"]}, {"args": ["a", "b"]}, id="an added argument shows"),
        pytest.param(
            {"env": [{"name": "A", "value": "1"}]},
            {"env": [{"name": "B", "value": "2"}, {"name": "A", "value": "1", "x": 1}]},
            {"env": [{"name": "A", "value": "1"}]},
            id="items that others added are left out",
        ),
        pytest.param(
            {"env": [{"name": "A"}, {"name": "B"}]},
            {"env": [{"name": "B"}]},
            {"env": [{"name": "B"}]},
            id="removed item",
        ),
        pytest.param(
            {"ports": [{"port": 1}]}, {"ports": [{"port": 1, "protocol": "TCP"}]}, {"ports": [{"port": 1}]}, id="p"
        ),
        pytest.param({"stringData": {"a": "x"}}, {"data": {"a": "eA=="}}, {"stringData": {"a": "x"}}, id="secret text"),
        pytest.param(
            {"stringData": {"a": "x"}}, {"data": {"a": "eQ=="}}, {"stringData": {"a": "y"}}, id="edited secret"
        ),
    ],
)
def test_project(inputs: dict[str, Any], live: dict[str, Any], expected: dict[str, Any]) -> None:
    assert project(live, inputs) == expected


def test_an_import_has_no_fields_of_the_server() -> None:
    live: dict[str, Any] = {
        "metadata": {"name": "x", "uid": "1", "managedFields": []},
        "spec": {"a": 1},
        "status": {"b": 2},
    }
    assert without_server_fields(live) == {"metadata": {"name": "x"}, "spec": {"a": 1}}
