"""Without a cluster a preview works, and everything else says which server is missing."""

from __future__ import annotations

import json
import socket
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import engine_pb2

from tests.rehearsal.providers.engine_log import engine_log
from tests.rehearsal.providers.plugin_client import CONFIG_MAP, PluginClient, Refused, Resource, connected

INPUTS: dict[str, Any] = {"metadata": {"name": "settings", "namespace": "somewhere"}, "data": {"a": "1"}}


def _kubeconfig(server: str, **user: Any) -> dict[str, Any]:
    return {
        "current-context": "main",
        "contexts": [{"name": "main", "context": {"cluster": "main", "user": "main"}}],
        "clusters": [{"name": "main", "cluster": {"server": server}}],
        "users": [{"name": "main", "user": user}],
    }


@pytest.fixture
def dead_server() -> Generator[str]:
    """An address that nobody listens on: bound, so that nobody else can, but never accepting."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield f"https://127.0.0.1:{holder.getsockname()[1]}"


@pytest.fixture
def client(ports: Mapping[str, int], dead_server: str) -> Generator[PluginClient]:
    with connected(ports["kubernetes"]) as connection:
        connection.configure(kubeconfig=json.dumps(_kubeconfig(dead_server)))
        yield connection


def test_a_preview_shows_the_programs_own_values(client: PluginClient) -> None:
    assert client.preview(CONFIG_MAP, "settings", INPUTS)["data"] == {"a": "1"}


def test_creating_names_the_server_and_the_fix(client: PluginClient, dead_server: str) -> None:
    with pytest.raises(Refused, match=rf"cannot be reached.*{dead_server}.*kubeconfig"):
        client.create(CONFIG_MAP, "settings", INPUTS)


def test_reading_and_deleting_fail_rather_than_forget(client: PluginClient, dead_server: str) -> None:
    known = Resource(CONFIG_MAP, "settings", "somewhere/settings", INPUTS, INPUTS)
    with pytest.raises(Refused, match=dead_server):
        client.refresh(known)
    with pytest.raises(Refused, match=dead_server):
        client.delete(known)


def test_the_engine_is_warned_once(ports: Mapping[str, int], dead_server: str) -> None:
    with engine_log() as (engine, log), connected(ports["kubernetes"]) as client:
        client.configure(engine=engine, kubeconfig=json.dumps(_kubeconfig(dead_server)))
        client.preview(CONFIG_MAP, "settings", INPUTS)
    assert [entry.severity for entry in log.entries] == [engine_pb2.LogSeverity.WARNING]
    assert dead_server in log.entries[0].message


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"current-context": "other"}, r"no context 'other' \(it has: none\)"),
        (_kubeconfig("https://x", exec={"command": "x"}), "logs in by 'exec'"),
        ({**_kubeconfig("https://x"), "clusters": None}, "no cluster 'main'"),
    ],
)
def test_a_kubeconfig_that_cannot_be_used_says_why(
    ports: Mapping[str, int], document: dict[str, Any], message: str
) -> None:
    with connected(ports["kubernetes"]) as client:
        client.configure(kubeconfig=json.dumps(document))
        with pytest.raises(Refused, match=message):
            client.create(CONFIG_MAP, "settings", INPUTS)


def test_a_missing_kubeconfig_is_named(ports: Mapping[str, int], tmp_path: Path) -> None:
    with connected(ports["kubernetes"]) as client:
        client.configure(kubeconfig=str(tmp_path / "absent"))
        with pytest.raises(Refused, match=r"absent cannot be read.*KUBECONFIG"):
            client.create(CONFIG_MAP, "settings", INPUTS)


@pytest.mark.parametrize(
    ("old", "new", "replaces"),
    [
        ({"kubeconfig": "https://a"}, {"kubeconfig": "https://a"}, []),
        ({"kubeconfig": "https://a"}, {"kubeconfig": "https://b"}, ["kubeconfig"]),
        (
            {"kubeconfig": "https://a", "clusterIdentifier": "x"},
            {"kubeconfig": "https://b", "clusterIdentifier": "x"},
            [],
        ),
        ({"clusterIdentifier": "x"}, {"clusterIdentifier": "y"}, ["clusterIdentifier"]),
    ],
)
def test_another_cluster_replaces_the_provider_unless_the_identifier_stays(
    ports: Mapping[str, int], old: dict[str, str], new: dict[str, str], replaces: list[str]
) -> None:
    with connected(ports["kubernetes"]) as client:
        assert list(client.diff_config(_written(old), _written(new)).replaces) == replaces


def _written(inputs: dict[str, str]) -> dict[str, str]:
    server = inputs.get("kubeconfig")
    return {**inputs, **({"kubeconfig": json.dumps(_kubeconfig(server))} if server else {})}


@pytest.mark.parametrize("inputs", [{"enableServerSideApply": "false"}, {"renderYamlToDirectory": "out"}])
def test_settings_that_the_stand_in_cannot_honour_are_refused(ports: Mapping[str, int], inputs: dict[str, str]) -> None:
    with connected(ports["kubernetes"]) as client:
        assert [name for name, _ in client.check_config(**inputs)] == list(inputs)
