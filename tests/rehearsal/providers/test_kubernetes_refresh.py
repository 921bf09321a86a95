"""A refresh shows real drift and nothing else; deleting leaves nothing."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.kubernetes.api import JSON_PATCH, Api
from rehearsal.kubernetes.exchange import ApiError
from tests.rehearsal.providers.plugin_client import (
    CONFIG_MAP,
    DEPLOYMENT,
    NAMESPACE,
    SECRET,
    InitFailed,
    PluginClient,
    Refused,
    Resource,
)


def _deployment(namespace: str) -> dict[str, Any]:
    """A Deployment whose values the server stores in another spelling, or not at all."""
    container = {
        "name": "web",
        "image": "nginx",
        "command": [],
        "env": [{"name": "EMPTY", "value": ""}, {"name": "FULL", "value": "x"}],
        "resources": {"requests": {"cpu": "0.5", "memory": "1024Mi"}, "limits": {"cpu": 1}},
        "securityContext": {},
        "volumeMounts": [{"name": "scratch", "mountPath": "/scratch", "readOnly": False}],
    }
    return {
        "metadata": {"name": "web", "namespace": namespace, "labels": {"app": "web"}},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {
                    "hostNetwork": False,
                    "containers": [container],
                    "volumes": [{"name": "scratch", "emptyDir": {"sizeLimit": "2048Mi"}}],
                },
            },
        },
    }


def _patch(api: Api, path: str, *operations: dict[str, Any]) -> None:
    api.request("PATCH", path, body=list(operations), content_type=JSON_PATCH)


def _made(client: PluginClient, namespace: str) -> Resource:
    return client.create(DEPLOYMENT, "web", _deployment(namespace))


def test_what_the_program_ignores_is_no_drift(kubernetes: PluginClient, api: Api, namespace: str) -> None:
    """The engine asks with the old inputs as the new ones, and leaves it to the provider to pass over ignored paths."""
    inputs = {"metadata": {"name": "settings", "namespace": namespace}, "data": {"a": "1"}}
    made = kubernetes.create(CONFIG_MAP, "settings", inputs)
    path = f"/api/v1/namespaces/{namespace}/configmaps/settings"
    _patch(api, path, {"op": "replace", "path": "/data", "value": {"a": "2", "b": "3"}})
    live = kubernetes.refresh(made)
    assert kubernetes.diff(live, inputs).detailedDiff
    for ignored in (["data"], ["data.a", "data.b"]):
        assert not kubernetes.diff(live, inputs, ignored).detailedDiff
    assert kubernetes.diff(live, {**inputs, "data": {"ab": "1"}}, ["data.a", "data.b"]).detailedDiff


def test_a_refresh_of_an_unchanged_object_shows_no_change(kubernetes: PluginClient, namespace: str) -> None:
    made = _made(kubernetes, namespace)
    refreshed = kubernetes.refresh(made)
    assert refreshed.inputs == made.inputs
    assert not kubernetes.diff(refreshed, _deployment(namespace)).detailedDiff


def test_a_refresh_after_an_update_shows_no_change(kubernetes: PluginClient, namespace: str) -> None:
    inputs = _deployment(namespace)
    inputs["spec"]["template"]["spec"]["containers"][0]["image"] = "nginx:2"
    changed = kubernetes.update(_made(kubernetes, namespace), inputs)
    assert kubernetes.refresh(changed).inputs == changed.inputs


def test_an_edit_of_a_field_of_the_program_shows_as_drift(kubernetes: PluginClient, api: Api, namespace: str) -> None:
    made = _made(kubernetes, namespace)
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/web"
    container = "/spec/template/spec/containers/0"
    _patch(
        api,
        path,
        {"op": "replace", "path": f"{container}/image", "value": "nginx:edited"},
        {"op": "replace", "path": f"{container}/resources/requests/cpu", "value": "250m"},
        {"op": "add", "path": "/spec/template/spec/hostNetwork", "value": True},
    )
    refreshed = _eventually_refreshed(kubernetes, made)
    found = kubernetes.diff(refreshed, _deployment(namespace)).detailedDiff
    assert sorted(found) == [
        "spec.template.spec.containers[0].image",
        "spec.template.spec.containers[0].resources.requests.cpu",
        "spec.template.spec.hostNetwork",
    ]


def _eventually_refreshed(client: PluginClient, resource: Resource) -> Resource:
    """The state that the engine keeps of a refresh, ready or not: an edit starts a rollout."""
    try:
        return client.refresh(resource)
    except InitFailed as failure:
        return failure.resource


def test_what_others_add_is_no_drift(kubernetes: PluginClient, api: Api, namespace: str) -> None:
    made = _made(kubernetes, namespace)
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/web"
    _patch(
        api,
        path,
        {"op": "add", "path": "/metadata/labels/injected", "value": "x"},
        {"op": "add", "path": "/spec/template/spec/containers/-", "value": {"name": "sidecar", "image": "proxy"}},
    )
    refreshed = _eventually_refreshed(kubernetes, made)
    assert not kubernetes.diff(refreshed, _deployment(namespace)).detailedDiff


def test_an_edited_secret_shows_as_drift_under_the_programs_own_key(
    kubernetes: PluginClient, api: Api, namespace: str
) -> None:
    inputs = {"metadata": {"name": "creds", "namespace": namespace}, "stringData": {"password": "pw"}}
    made = kubernetes.create(SECRET, "creds", inputs)
    assert kubernetes.refresh(made).inputs == made.inputs
    path = f"/api/v1/namespaces/{namespace}/secrets/creds"
    _patch(api, path, {"op": "replace", "path": "/data/password", "value": "b3RoZXI="})
    refreshed = kubernetes.refresh(made)
    answer = kubernetes.diff(refreshed, inputs)
    assert list(answer.detailedDiff) == ["stringData.password"]
    assert answer.deleteBeforeReplace


def test_what_is_gone_is_dropped_from_the_state(kubernetes: PluginClient, api: Api, namespace: str) -> None:
    made = kubernetes.create(CONFIG_MAP, "cm", {"metadata": {"namespace": namespace}, "data": {"a": "1"}})
    api.request("DELETE", f"/api/v1/namespaces/{namespace}/configmaps/{made.outputs['metadata']['name']}")
    assert kubernetes.refresh(made).identifier == ""


def test_an_automatic_name_is_made_anew_for_a_replacement_only(kubernetes: PluginClient, namespace: str) -> None:
    made = kubernetes.create(CONFIG_MAP, "cm", {"metadata": {"namespace": namespace}, "data": {"a": "1"}})
    same = kubernetes.diff(made, {"metadata": {"namespace": namespace}, "data": {"a": "1"}})
    assert not same.detailedDiff
    changed = kubernetes.diff(made, {"metadata": {"namespace": namespace}, "data": {"a": "2"}})
    assert list(changed.replaces) == ["data.a"]
    assert not changed.deleteBeforeReplace
    replacement = kubernetes.check(CONFIG_MAP, "cm", {"metadata": {"namespace": namespace}, "data": {"a": "2"}})
    assert replacement["metadata"]["name"] != made.inputs["metadata"]["name"]


def test_delete_waits_until_the_object_is_gone(kubernetes: PluginClient, api: Api, namespace: str) -> None:
    made = _made(kubernetes, namespace)
    kubernetes.delete(made)
    with pytest.raises(ApiError, match="not found"):
        api.request("GET", f"/apis/apps/v1/namespaces/{namespace}/deployments/web")
    assert not api.request("GET", f"/api/v1/namespaces/{namespace}/pods")["items"]


def test_deleting_what_is_gone_succeeds(kubernetes: PluginClient, namespace: str) -> None:
    made = kubernetes.create(CONFIG_MAP, "cm", {"metadata": {"namespace": namespace}})
    kubernetes.delete(made)
    kubernetes.delete(made)


def test_a_namespace_is_deleted_with_everything_in_it(kubernetes: PluginClient, api: Api) -> None:
    made = kubernetes.create(NAMESPACE, "short-lived", {})
    kubernetes.create(CONFIG_MAP, "cm", {"metadata": {"namespace": made.identifier}})
    kubernetes.delete(made)
    with pytest.raises(ApiError, match="not found"):
        api.request("GET", f"/api/v1/namespaces/{made.identifier}")


def test_what_a_finalizer_holds_is_reported_with_it(kubernetes: PluginClient, api: Api, namespace: str) -> None:
    metadata = {"name": "held", "namespace": namespace, "finalizers": ["rehearsal.test/hold"]}
    made = kubernetes.create(CONFIG_MAP, "held", {"metadata": metadata})
    with pytest.raises(Refused, match=r"rehearsal\.test/hold"):
        kubernetes.delete(made, timeout=0.2)
    _patch(api, f"/api/v1/namespaces/{namespace}/configmaps/held", {"op": "remove", "path": "/metadata/finalizers"})
    kubernetes.delete(made)
