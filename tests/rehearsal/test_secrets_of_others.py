"""Secrets that others write, on the real definitions of External Secrets: who rolls, who does not, what is refused."""

import base64
import json
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from rehearsal.kubernetes.exchange import ApiFailure
from rehearsal.kubernetes.objects import KubeObject, at, condition, name_of
from rehearsal.pins import EXTERNAL_SECRETS, Definitions
from tests.rehearsal.refused import refused
from tests.rehearsal.rehearsed import Cluster, Rehearse
from tests.rehearsal.rollout import MERGE_PATCH

CHECKOUT = Path(__file__).parents[2]
NAMESPACE = "others"
CORE = f"/api/v1/namespaces/{NAMESPACE}"
EXTERNAL = f"/apis/external-secrets.io/v1/namespaces/{NAMESPACE}/externalsecrets"
VALUES = {
    "redisPassword": "redis-value-of-others",
    "forailAdminPassword": "admin-value-of-others",
    "forailBroadcastWebsocketSecret": "w" * 40,
    "forailSecretKey": "key-value-of-others-" + "k" * 30,
}
"""In one Secret that somebody applied."""
STORED = {"postgresPassword": "postgres-value-of-the-store", "personalAccessToken": "p" * 40}


def encoded(values: Mapping[str, str]) -> dict[str, str]:
    return {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}


class Controller:
    """Plays External Secrets: makes the Secret of each ExternalSecret from `store`, and says that it is ready."""

    def __init__(self, cluster: Cluster) -> None:
        self.store = dict(STORED)
        self._api, self._ended = cluster.api, threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Controller":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def refresh(self) -> None:
        """What the controller does when the interval is over."""
        for item in self._api.items(EXTERNAL):
            if at(item, "spec", "refreshPolicy") == "Periodic":
                self._patch(f"{CORE}/secrets/{name_of(item)}", {"data": self._data(item)})

    def _run(self) -> None:
        while not self._ended.wait(0.1):
            # The definitions may be about to go.
            with suppress(ApiFailure):
                for item in self._api.items(EXTERNAL):
                    if condition(item, "Ready") is None:
                        self._make(item)

    def _make(self, item: KubeObject) -> None:
        target = at(item, "spec", "target")
        labels = at(target, "template", "metadata", "labels")
        made = {"metadata": {"name": target["name"], "labels": labels}, "type": "Opaque", "data": self._data(item)}
        self._api.create(f"{CORE}/secrets", made)
        ready = {"type": "Ready", "status": "True", "reason": "SecretSynced", "message": "secret synced"}
        self._patch(f"{EXTERNAL}/{name_of(item)}/status", {"status": {"conditions": [ready]}})

    def _data(self, item: KubeObject) -> dict[str, str]:
        return encoded({data["secretKey"]: self.store[data["remoteRef"]["key"]] for data in at(item, "spec", "data")})

    def _patch(self, path: str, body: Mapping[str, object]) -> None:
        self._api.request("PATCH", path, body=body, content_type=MERGE_PATCH)


@pytest.fixture
def controller(control_plane: Cluster, defined: Callable[[Definitions], None]) -> Generator[Controller]:
    """A namespace of others, with a Secret that somebody applied, and External Secrets at work."""
    defined(EXTERNAL_SECRETS)
    control_plane.api.create("/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
    # `kubectl apply` keeps what it was given in an annotation, in clear.
    applied = json.dumps({"stringData": VALUES})
    metadata = {"name": "kept", "annotations": {"kubectl.kubernetes.io/last-applied-configuration": applied}}
    control_plane.api.create(f"{CORE}/secrets", {"metadata": metadata, "data": encoded(VALUES)})
    with Controller(control_plane) as playing:
        yield playing
    control_plane.api.delete(f"/api/v1/namespaces/{NAMESPACE}")


def config(**secrets: object) -> Mapping[str, object]:
    """The platform in that namespace, on a database elsewhere."""
    keys = {name: {"key": name} for name in STORED}
    return {
        "namespace": {"name": NAMESPACE, "create": False},
        "operator": {"enabled": False},
        "content": {"files": []},
        "postgres": {"mode": "external", "host": "db.example.com", "tls": {"mode": "require"}},
        "exposure": {"host": "forail.lan", "tls": {"mode": "disabled"}},
        "opa": {"enabled": False},
        "otelCollector": {"enabled": False},
        "secrets": {
            **{name: {"secretName": "kept", "key": name} for name in VALUES},
            "externalSecrets": {"store": {"name": "vault", "kind": "ClusterSecretStore"}, "keys": keys},
            **secrets,
        },
    }


def runs(cluster: Cluster) -> dict[str, object]:
    """What a roll changes: the pod template of each workload, and the init Job's name."""
    found: dict[str, Any] = {}
    for plural in ("deployments", "statefulsets"):
        for item in cluster.api.items(f"/apis/apps/v1/namespaces/{NAMESPACE}/{plural}"):
            found[name_of(item)] = at(item, "spec", "template")
    for item in cluster.api.items(f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs"):
        found[name_of(item).rpartition("-")[0]] = name_of(item)
    return found


def rolled(before: Mapping[str, object], after: Mapping[str, object]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def change(cluster: Cluster, key: str, value: str) -> None:
    """What whoever keeps the Secret does."""
    body = {"data": encoded({key: value})}
    cluster.api.request("PATCH", f"{CORE}/secrets/kept", body=body, content_type=MERGE_PATCH)


def test_who_reads_a_changed_secret_rolls(rehearse: Rehearse, control_plane: Cluster, controller: Controller) -> None:
    kept = rehearse(CHECKOUT, config_overrides=config(), strict=True)
    kept.up()
    first = runs(control_plane)
    # By default nothing is read, and whatever others do rolls nobody.
    change(control_plane, "redisPassword", "another-redis-value")
    kept.up(expect_no_changes=True)
    kept.refresh(expect_no_changes=True)

    stack = rehearse(CHECKOUT, config_overrides=config(onChange="roll"), strict=True, beside=kept)
    stack.up()
    read = runs(control_plane)
    assert rolled(first, read) == {"forail-web", "forail-task", "forail-redis", "forail-init"}
    state = stack.state_text()
    for value in (*VALUES.values(), *STORED.values(), "another-redis-value"):
        assert value not in state
        assert encoded({"it": value})["it"] not in state
    stack.up(expect_no_changes=True)
    stack.refresh(expect_no_changes=True)

    change(control_plane, "forailAdminPassword", "another-admin-value")
    # The store has another one from now on, and the controller has seen it.
    controller.store["personalAccessToken"] = "q" * 40
    controller.refresh()
    assert "update" not in stack.preview(), "web and task read neither"
    stack.up()
    after = runs(control_plane)
    assert rolled(read, after) == {"forail-init"}

    change(control_plane, "redisPassword", "a-third-redis-value")
    stack.up()
    assert rolled(after, runs(control_plane)) == {"forail-web", "forail-task", "forail-redis", "forail-init"}
    stack.up(expect_no_changes=True)

    control_plane.api.request(
        "PATCH", f"{CORE}/secrets/kept", body={"metadata": {"labels": {"a": "b"}}}, content_type=MERGE_PATCH
    )
    stack.up(expect_no_changes=True)

    change(control_plane, "forailSecretKey", "another-key-of-others-" + "k" * 30)
    said = refused(stack, "preview")
    assert "forailSecretKey changes (secret kept/forailSecretKey" in said
    assert "another-key-of-others" not in said
    change(control_plane, "forailSecretKey", VALUES["forailSecretKey"])
    # What the store has at another place is another Secret.
    elsewhere = {
        "postgresPassword": {"key": "personalAccessToken"},
        "personalAccessToken": {"key": "personalAccessToken"},
    }
    moved = config(onChange="keep", externalSecrets={"store": {"name": "vault"}, "keys": elsewhere})
    assert set(rehearse(CHECKOUT, config_overrides=moved, strict=True, beside=kept).preview()) >= {"update", "replace"}


def test_a_preview_reads_nothing_that_is_yet_to_be_made(rehearse: Rehearse) -> None:
    fresh = {**config(onChange="roll"), "namespace": {"name": "nowhere"}}
    assert set(rehearse(CHECKOUT, config_overrides=fresh, strict=True).preview()) == {"create"}
