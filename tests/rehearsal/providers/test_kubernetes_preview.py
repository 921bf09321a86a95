"""A preview shows what the real API server would make of an object, and changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.kubernetes.api import Api
from rehearsal.kubernetes.exchange import ApiError
from rehearsal.providers.wire import UNKNOWN
from tests.rehearsal.providers.plugin_client import CONFIG_MAP, DEPLOYMENT, PluginClient, Refused


def _config(namespace: str, **data: str) -> dict[str, Any]:
    return {"metadata": {"name": "settings", "namespace": namespace}, "data": data}


def _live(api: Api, namespace: str, name: str = "settings", plural: str = "configmaps") -> dict[str, Any]:
    return api.request("GET", f"/api/v1/namespaces/{namespace}/{plural}/{name}")


def test_preview_shows_what_the_server_would_make_of_it_and_makes_nothing(
    kubernetes: PluginClient, api: Api, namespace: str
) -> None:
    preview = kubernetes.preview(DEPLOYMENT, "web", _deployment(namespace))
    assert preview["spec"]["strategy"]["type"] == "RollingUpdate"
    assert "status" not in preview
    with pytest.raises(ApiError, match="not found"):
        api.request("GET", f"/apis/apps/v1/namespaces/{namespace}/deployments/web")


def _deployment(namespace: str) -> dict[str, Any]:
    return {
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": "nginx"}]},
            },
        },
    }


def test_preview_refuses_what_the_server_would_refuse(kubernetes: PluginClient, namespace: str) -> None:
    wrong = _deployment(namespace)
    wrong["spec"]["template"]["spec"]["restartPolicy"] = "Sometimes"
    with pytest.raises(Refused, match="restartPolicy"):
        kubernetes.preview(DEPLOYMENT, "web", wrong)


@pytest.mark.parametrize("token", [CONFIG_MAP, "kubernetes:example.com/v1:Unheard"])
def test_preview_falls_back_to_the_inputs(kubernetes: PluginClient, token: str) -> None:
    preview = kubernetes.preview(token, "x", _config("not-there-yet", a="1"))
    assert preview["data"] == {"a": "1"}


def test_preview_of_unknown_values_shows_the_inputs(kubernetes: PluginClient, namespace: str) -> None:
    preview = kubernetes.preview(CONFIG_MAP, "x", {"metadata": {"namespace": namespace}, "data": {"a": UNKNOWN}})
    assert preview["data"] == {"a": UNKNOWN}
    assert preview["metadata"]["name"].startswith("x-")


def test_preview_of_an_update_changes_nothing(kubernetes: PluginClient, api: Api, namespace: str) -> None:
    made = kubernetes.create(CONFIG_MAP, "settings", _config(namespace, a="1"))
    preview = kubernetes.update(made, _config(namespace, a="2"), preview=True)
    assert preview.outputs["data"] == {"a": "2"}
    assert _live(api, namespace)["data"] == {"a": "1"}
