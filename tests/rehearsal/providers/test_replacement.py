"""Which changes replace an object, kind by kind."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.providers.differences import differences, render
from rehearsal.providers.kubernetes.connection import failures
from rehearsal.providers.kubernetes.replacement import replaced_by
from rehearsal.providers.kubernetes.tokens import refusal_of


def _object(api_version: str, kind: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x", "namespace": "y"}, **fields}


def _replacing(api_version: str, kind: str, old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    before, after = _object(api_version, kind, old), _object(api_version, kind, new)
    found = replaced_by(after, differences(before, after))
    return sorted(render(difference.path) for difference in found)


@pytest.mark.parametrize(
    ("api_version", "kind", "old", "new", "replacing"),
    [
        ("v1", "Secret", {"stringData": {"a": "1"}}, {"stringData": {"a": "2"}}, ["stringData.a"]),
        ("v1", "Secret", {"data": {"a": "MQ=="}}, {"data": {"b": "MQ=="}}, ["data.a", "data.b"]),
        ("v1", "Secret", {"type": "Opaque"}, {"type": "kubernetes.io/tls"}, ["type"]),
        ("v1", "ConfigMap", {"data": {"a": "1"}}, {"data": {"a": "2"}}, ["data.a"]),
        ("v1", "ConfigMap", {}, {"binaryData": {"a": "MQ=="}}, ["binaryData"]),
        ("v1", "ConfigMap", {"immutable": False}, {"immutable": True}, []),
        ("apps/v1", "Deployment", {"spec": {"replicas": 1}}, {"spec": {"replicas": 2}}, []),
        (
            "apps/v1",
            "Deployment",
            {"spec": {"selector": {"matchLabels": {"a": "1"}}}},
            {"spec": {"selector": {"matchLabels": {"a": "2"}}}},
            ["spec.selector.matchLabels.a"],
        ),
        (
            "apps/v1",
            "StatefulSet",
            {"spec": {"serviceName": "a"}},
            {"spec": {"serviceName": "b"}},
            ["spec.serviceName"],
        ),
        ("apps/v1", "StatefulSet", {"spec": {"template": {"a": 1}}}, {"spec": {"template": {"a": 2}}}, []),
        (
            "apps/v1",
            "StatefulSet",
            {"spec": {"volumeClaimTemplates": [{"a": 1}]}},
            {"spec": {"volumeClaimTemplates": [{"a": 2}]}},
            ["spec.volumeClaimTemplates[0].a"],
        ),
        ("batch/v1", "Job", {"spec": {"template": {"a": 1}}}, {"spec": {"template": {"a": 2}}}, ["spec.template.a"]),
        ("batch/v1", "Job", {"spec": {"parallelism": 1}}, {"spec": {"parallelism": 2}}, ["spec.parallelism"]),
        ("batch/v1", "Job", {"spec": {"suspend": True}}, {"spec": {"suspend": False}}, []),
        ("v1", "Service", {"spec": {"clusterIP": "10.0.0.1"}}, {"spec": {"clusterIP": "None"}}, ["spec.clusterIP"]),
        ("v1", "Service", {"spec": {"ports": [{"port": 1}]}}, {"spec": {"ports": [{"port": 2}]}}, []),
        (
            "v1",
            "PersistentVolumeClaim",
            {"spec": {"storageClassName": "a", "resources": {"requests": {"storage": "1Gi"}}}},
            {"spec": {"storageClassName": "b", "resources": {"requests": {"storage": "2Gi"}}}},
            ["spec.storageClassName"],
        ),
        ("networking.k8s.io/v1", "Ingress", {"spec": {"rules": [{"host": "a"}]}}, {"spec": {"rules": []}}, []),
        ("rbac.authorization.k8s.io/v1", "RoleBinding", {"roleRef": {"name": "a"}}, {"roleRef": {"name": "b"}}, None),
        ("example.com/v1", "Secret", {"data": {"a": "1"}}, {"data": {"a": "2"}}, []),
    ],
)
def test_replacement(
    api_version: str, kind: str, old: dict[str, Any], new: dict[str, Any], replacing: list[str] | None
) -> None:
    found = _replacing(api_version, kind, old, new)
    assert found == replacing if replacing is not None else found


@pytest.mark.parametrize("field", ["name", "namespace"])
def test_another_name_or_namespace_replaces_every_kind(field: str) -> None:
    before = _object("example.com/v1", "Anything", {})
    after = {**before, "metadata": {**before["metadata"], field: "other"}}
    found = replaced_by(after, differences(before, after))
    assert [render(difference.path) for difference in found] == [f"metadata.{field}"]


def test_a_spec_that_comes_or_goes_as_a_whole_touches_the_fields_in_it() -> None:
    assert _replacing("apps/v1", "Deployment", {}, {"spec": {"selector": {}}}) == ["spec"]


@pytest.mark.parametrize("kind", ["core/v1:Pod", "apps/v1:DaemonSet", "storage.k8s.io/v1:StorageClass"])
def test_a_kind_with_other_rules_is_refused(kind: str) -> None:
    refusal = refusal_of(f"kubernetes:{kind}", kind.rpartition(":")[2])
    assert refusal is not None
    assert "install the official kubernetes plugin" in refusal


@pytest.mark.parametrize("kind", ["core/v1:Service", "apps/v1:Deployment", "example.com/v1:Pod"])
def test_other_kinds_are_served(kind: str) -> None:
    assert refusal_of(f"kubernetes:{kind}", kind.rpartition(":")[2]) is None


@pytest.mark.parametrize("flag", ["enableSecretMutable", "enableConfigMapMutable", "deleteUnreachable"])
def test_settings_of_the_provider_that_change_the_rules_are_refused(flag: str) -> None:
    assert [name for name, _ in failures({flag: "true"})] == [flag]
    assert failures({flag: "false"}) == []
