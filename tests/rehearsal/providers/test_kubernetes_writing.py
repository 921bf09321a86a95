"""The `kubernetes` stand-in writes to a real API server and refuses what the official plugin refuses."""

from __future__ import annotations

import base64
import secrets
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from rehearsal.kubernetes.api import APPLY_PATCH, Api
from rehearsal.providers import serve
from rehearsal.providers.kubernetes.writing import Writer
from rehearsal.providers.wire import Secret
from tests.rehearsal.providers.plugin_client import (
    CONFIG_MAP,
    NAMESPACE,
    SECRET,
    PluginClient,
    Refused,
    connected,
)
from tests.rehearsal.rehearsed import Cluster


def _config(namespace: str, **data: str) -> dict[str, Any]:
    return {"metadata": {"name": "settings", "namespace": namespace}, "data": data}


def _live(api: Api, namespace: str, name: str = "settings", plural: str = "configmaps") -> dict[str, Any]:
    return api.request("GET", f"/api/v1/namespaces/{namespace}/{plural}/{name}")


def _managers(obj: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(entry["manager"], entry["operation"]) for entry in obj["metadata"]["managedFields"]]


def test_create_posts_the_object_and_names_it_by_namespace(kubernetes: PluginClient, api: Api, namespace: str) -> None:
    made = kubernetes.create(CONFIG_MAP, "settings", _config(namespace, a="1"))
    live = _live(api, namespace)
    assert made.identifier == f"{namespace}/settings"
    assert live["data"] == made.outputs["data"] == {"a": "1"}
    assert made.outputs["metadata"]["uid"] == live["metadata"]["uid"]
    assert _managers(live) == [("pulumi-kubernetes", "Update")]


def test_what_exists_already_is_refused_with_the_ways_out(kubernetes: PluginClient, namespace: str) -> None:
    kubernetes.create(CONFIG_MAP, "settings", _config(namespace, a="1"))
    with pytest.raises(Refused, match=r"ConfigMap .*/settings already exists.*import.*aliases"):
        kubernetes.create(CONFIG_MAP, "other", _config(namespace, a="2"))


def test_an_object_without_a_namespace_goes_to_the_providers(
    ports: Mapping[str, int], control_plane: Cluster, namespace: str
) -> None:
    with connected(ports["kubernetes"]) as client:
        client.configure(kubeconfig=control_plane.kubeconfig.read_text(), namespace=namespace)
        made = client.create(CONFIG_MAP, "cm", {"data": {"a": "1"}})
        cluster_wide = client.check(NAMESPACE, "ns", {})
    assert made.identifier.startswith(f"{namespace}/cm-")
    assert "namespace" not in cluster_wide["metadata"]


class _CreatesNamespace(threading.Event):
    """A cancellation that never comes; the pause before the second attempt is when the namespace appears."""

    def __init__(self, api: Api, name: str) -> None:
        super().__init__()
        self._api, self._name, self.pauses = api, name, 0

    def wait(self, timeout: float | None = None) -> bool:
        self.pauses += 1
        self._api.request("POST", "/api/v1/namespaces", body={"metadata": {"name": self._name}})
        return super().wait(timeout)


def test_a_namespace_that_comes_late_is_waited_for(api: Api) -> None:
    name = f"late-{secrets.token_hex(3)}"
    meanwhile = _CreatesNamespace(api, name)
    writer = Writer(api, strict=False, force_conflicts=False, upsert=False)
    made = writer.create({"apiVersion": "v1", "kind": "ConfigMap", **_config(name, a="1")}, "ours", meanwhile)
    assert made["metadata"]["namespace"] == name
    assert meanwhile.pauses == 1
    api.request("DELETE", f"/api/v1/namespaces/{name}")


def test_update_applies_and_removes_what_the_program_no_longer_sets(
    kubernetes: PluginClient, api: Api, namespace: str
) -> None:
    made = kubernetes.create(CONFIG_MAP, "settings", _config(namespace, a="1", b="2"))
    manager = made.outputs["__fieldManager"]
    changed = kubernetes.update(made, _config(namespace, a="3", c="4"))
    live = _live(api, namespace)
    assert live["data"] == changed.outputs["data"] == {"a": "3", "c": "4"}
    assert changed.outputs["__fieldManager"] == manager
    assert manager.startswith("pulumi-kubernetes-")
    assert _managers(live) == [(manager, "Apply")]


def test_update_leaves_the_fields_of_others_alone(kubernetes: PluginClient, api: Api, namespace: str) -> None:
    made = kubernetes.create(CONFIG_MAP, "settings", _config(namespace, a="1"))
    _apply(api, namespace, {"theirs": "x"})
    kubernetes.update(made, _config(namespace, a="2"))
    assert _live(api, namespace)["data"] == {"a": "2", "theirs": "x"}


def _apply(api: Api, namespace: str, data: dict[str, str], *, force: bool = False) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": data}
    api.request(
        "PATCH",
        f"/api/v1/namespaces/{namespace}/configmaps/settings",
        body=body,
        params={"fieldManager": "someone-else", "force": str(force).lower()},
        content_type=APPLY_PATCH,
    )


def test_a_field_that_another_manager_took_is_a_conflict_unless_forced(
    kubernetes: PluginClient, api: Api, namespace: str
) -> None:
    made = kubernetes.create(CONFIG_MAP, "settings", _config(namespace, a="1"))
    made = kubernetes.update(made, _config(namespace, a="2"))
    _apply(api, namespace, {"a": "theirs"}, force=True)
    with pytest.raises(Refused, match=r"another field manager owns fields.*someone-else.*pulumi.com/patchForce"):
        kubernetes.update(made, _config(namespace, a="3"))
    forced = _config(namespace, a="3")
    forced["metadata"]["annotations"] = {"pulumi.com/patchForce": "true"}
    kubernetes.update(made, forced)
    assert _live(api, namespace)["data"] == {"a": "3"}


def test_an_ignored_field_stays_with_whoever_took_it(kubernetes: PluginClient, api: Api, namespace: str) -> None:
    made = kubernetes.create(CONFIG_MAP, "settings", _config(namespace, a="1", b="1"))
    made = kubernetes.update(made, _config(namespace, a="1", b="2"))
    _apply(api, namespace, {"a": "theirs"}, force=True)
    changed = kubernetes.update(made, _config(namespace, a="1", b="3"), ignored=["data.a"])
    assert changed.outputs["data"] == _live(api, namespace)["data"] == {"a": "theirs", "b": "3"}


def test_an_object_deleted_behind_the_programs_back_is_not_made_anew_by_an_update(
    kubernetes: PluginClient, api: Api, namespace: str
) -> None:
    made = kubernetes.create(CONFIG_MAP, "settings", _config(namespace, a="1"))
    api.request("DELETE", f"/api/v1/namespaces/{namespace}/configmaps/settings")
    with pytest.raises(Refused, match="pulumi refresh"):
        kubernetes.update(made, _config(namespace, a="2"))


def test_secret_inputs_are_secret_outputs(kubernetes: PluginClient, namespace: str) -> None:
    inputs: dict[str, Any] = {
        "metadata": {"name": "settings", "namespace": namespace},
        "data": {"open": "1", "closed": Secret("2")},
    }
    outputs = kubernetes.create(CONFIG_MAP, "settings", inputs).outputs
    assert outputs["data"] == {"open": "1", "closed": Secret("2")}


def test_a_secret_s_contents_are_always_secret(kubernetes: PluginClient, namespace: str) -> None:
    inputs = {"metadata": {"name": "creds", "namespace": namespace}, "stringData": {"password": "pw"}}
    made = kubernetes.create(SECRET, "creds", inputs)
    encoded = base64.b64encode(b"pw").decode()
    assert made.outputs["data"] == Secret({"password": encoded})
    got = kubernetes.get(SECRET, made.identifier)
    assert got.outputs["data"] == got.inputs["data"] == Secret({"password": encoded})


def test_a_refusal_never_shows_a_secret(kubernetes: PluginClient, namespace: str) -> None:
    labels = {"token": Secret("not a valid label: hunter2")}
    inputs = {"metadata": {"name": "settings", "namespace": namespace, "labels": labels}}
    with pytest.raises(Refused, match=r"Invalid value.*\[secret\]") as refusal:
        kubernetes.create(CONFIG_MAP, "settings", inputs)
    assert "hunter2" not in str(refusal.value)


def test_what_exists_already_is_taken_over_where_the_provider_is_told_to(
    ports: Mapping[str, int], control_plane: Cluster, namespace: str
) -> None:
    with connected(ports["kubernetes"]) as client:
        client.configure(kubeconfig=str(control_plane.kubeconfig), upsertExistingObjects="true")
        client.create(CONFIG_MAP, "settings", _config(namespace, a="1"))
        made = client.create(CONFIG_MAP, "settings", _config(namespace, b="2"))
    assert made.outputs["data"]["b"] == "2"


def test_what_another_manager_owns_is_taken_over_only_by_force(
    ports: Mapping[str, int], control_plane: Cluster, api: Api, namespace: str
) -> None:
    _apply(api, namespace, {"a": "theirs", "b": "theirs"})
    with connected(ports["kubernetes"]) as client:
        client.configure(kubeconfig=str(control_plane.kubeconfig), upsertExistingObjects="true")
        # The official plugin forces a preview, which therefore shows nothing.
        client.preview(CONFIG_MAP, "settings", _config(namespace, a="ours"))
        with pytest.raises(
            Refused, match=r'another field manager owns fields.*someone-else.*data.a.*patchForce: "true"'
        ):
            client.create(CONFIG_MAP, "settings", _config(namespace, a="ours"))
        assert _live(api, namespace)["data"] == {"a": "theirs", "b": "theirs"}
        forced = _config(namespace, a="ours")
        forced["metadata"]["annotations"] = {"pulumi.com/patchForce": "true"}
        made = client.create(CONFIG_MAP, "settings", forced)
        assert made.outputs["data"] == {"a": "ours", "b": "theirs"}
        # From here on the fields are ours, and nothing has to be forced.
        client.update(made, _config(namespace, a="again"))
    live = _live(api, namespace)
    assert live["data"] == {"a": "again", "b": "theirs"}
    assert set(_managers(live)) == {("someone-else", "Apply"), (made.outputs["__fieldManager"], "Apply")}


def test_a_provider_may_force_everything(
    ports: Mapping[str, int], control_plane: Cluster, api: Api, namespace: str
) -> None:
    _apply(api, namespace, {"a": "theirs"})
    with connected(ports["kubernetes"]) as client:
        client.configure(
            kubeconfig=str(control_plane.kubeconfig), upsertExistingObjects="true", enablePatchForce="true"
        )
        client.create(CONFIG_MAP, "settings", _config(namespace, a="ours"))
    assert _live(api, namespace)["data"] == {"a": "ours"}


def test_a_misspelt_field_passes_as_with_the_official_plugin_and_fails_when_strict(
    kubernetes: PluginClient, control_plane: Cluster, namespace: str
) -> None:
    misspelt: dict[str, Any] = {**_config(namespace, a="1"), "dtaa": {}}
    kubernetes.create(CONFIG_MAP, "settings", misspelt)
    with serve(strict=True) as strict, connected(strict["kubernetes"]) as client:
        client.configure(kubeconfig=str(control_plane.kubeconfig))
        other = {**misspelt, "metadata": {"name": "other", "namespace": namespace}}
        with pytest.raises(Refused, match='unknown field "dtaa"'):
            client.create(CONFIG_MAP, "other", other)


def test_a_definition_and_its_first_object(kubernetes: PluginClient, api: Api, namespace: str) -> None:
    definition = _definition("widgets.rehearsal.test", "Widget")
    token = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
    made = kubernetes.create(token, "crd", definition)
    try:
        # No wait for the definition: the object's own create must tolerate that it is not served yet.
        widget = {
            "apiVersion": "rehearsal.test/v1",
            "kind": "Widget",
            "metadata": {"name": "one", "namespace": namespace},
            "spec": {"size": 1},
        }
        assert kubernetes.create("kubernetes:rehearsal.test/v1:Widget", "one", widget).outputs["spec"] == {"size": 1}
        definition["spec"]["names"]["shortNames"] = ["wg"]
        changed = kubernetes.update(made, definition)
        assert changed.outputs["spec"]["names"]["shortNames"] == ["wg"]
        assert all(operation == "Update" for _, operation in _managers(_definition_live(api)))
    finally:
        kubernetes.delete(made)


def _definition_live(api: Api) -> dict[str, Any]:
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.rehearsal.test"
    return api.request("GET", path)


def _definition(name: str, kind: str) -> dict[str, Any]:
    schema = {
        "type": "object",
        "properties": {"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
    }
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    plural, group = name.split(".", 1)
    return {
        "metadata": {"name": name},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": plural, "singular": kind.lower(), "kind": kind},
            "versions": [version],
        },
    }


@pytest.mark.parametrize(
    ("token", "inputs", "message"),
    [
        (CONFIG_MAP, {"metadata": {"generateName": "x-"}}, "generateName|server-side apply"),
        (CONFIG_MAP + "Patch", {"kind": "ConfigMap"}, "does not serve patches"),
        ("kubernetes:helm.sh/v3:Release", {"chart": "x"}, "Helm releases"),
        (CONFIG_MAP, {"metadata": {"annotations": {"pulumi.com/waitFor": "sunshine"}}}, "cannot be understood"),
    ],
)
def test_what_the_stand_in_cannot_do_is_refused_with_the_reason(
    kubernetes: PluginClient, token: str, inputs: dict[str, Any], message: str
) -> None:
    reasons = [reason for _, reason in kubernetes.failures(token, inputs)]
    assert len(reasons) == 1
    assert any(part in reasons[0] for part in message.split("|"))
