"""Stacks that use what dev and prod do not, accepted and brought up by a real API server with strict validation."""

import json
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import cast
from urllib.parse import quote

import pytest

from rehearsal.pins import GATEWAY_API, PROMETHEUS_OPERATOR, Definitions
from tests.rehearsal.rehearsed import Cluster, Rehearse
from tests.rehearsal.rollout import watched
from tests.unit.certificates import Authority, certificate

CHECKOUT = Path(__file__).parents[2]
IMAGES = {"registry": "registry.example.com/mirror", "backend": {"digest": f"sha256:{'5' * 64}"}}
PROXY = "http://proxy.example.com:3128"
STATEFUL_SETS = "/apis/apps/v1/namespaces/wide/statefulsets"


def identities(cluster: Cluster, path: str) -> dict[str, str]:
    """The uid of each object in a list of the API."""
    return {item["metadata"]["name"]: item["metadata"]["uid"] for item in cluster.api.items(path)}


def outside_the_way_in(cluster: Cluster, namespace: str) -> dict[str, tuple[str, int]]:
    """The uid and the generation of what runs, and of the Services that are led to."""
    paths = [f"/apis/apps/v1/namespaces/{namespace}/deployments", f"/api/v1/namespaces/{namespace}/services"]
    paths.append(f"/apis/batch/v1/namespaces/{namespace}/jobs")
    return {
        f"{path} {item['metadata']['name']}": (item["metadata"]["uid"], item["metadata"].get("generation", 0))
        for path in paths
        for item in cluster.api.items(path)
    }


def complete_verifications(cluster: Cluster) -> list[str]:
    """Names of the Jobs that verified the platform and ended well."""
    return [
        job["metadata"]["name"]
        for job in cluster.api.items("/apis/batch/v1/namespaces/wide/jobs")
        if job["metadata"]["name"].startswith("forail-verify-")
        and any((c["type"], c["status"]) == ("Complete", "True") for c in job["status"]["conditions"])
    ]


@pytest.fixture
def namespaces(control_plane: Cluster) -> Generator[tuple[str, str]]:
    """Two namespaces that exist outside the stack."""
    names = ("kept", "kept-operator")
    for name in names:
        control_plane.api.create("/api/v1/namespaces", {"metadata": {"name": name}})
    yield names
    for name in names:
        control_plane.api.delete(f"/api/v1/namespaces/{name}")


def test_everything_switched_on(
    rehearse: Rehearse, control_plane: Cluster, defined: Callable[[Definitions], None]
) -> None:
    defined(PROMETHEUS_OPERATOR)
    leaf, key = certificate("forail.example.com", "forail.example.org")
    config: Mapping[str, object] = {
        "namespace": {"name": "wide"},
        "operator": {"enabled": False},
        "content": {"files": []},
        "commonLabels": {"team": "automation"},
        "commonAnnotations": {"example.com/owner": "automation"},
        "images": IMAGES,
        "registryCredentials": {"server": "registry.example.com", "username": "robot"},
        "exposure": {
            "host": "forail.example.com",
            "extraHosts": ["forail.example.org"],
            "mode": "loadBalancer",
            "tls": {"mode": "provided", "certificate": leaf},
        },
        "trust": {"bundle": Authority("The company's CA").pem},
        "proxy": {"http": PROXY, "https": PROXY, "username": "robot", "noProxy": [".example.net"]},
        "forail": {
            "tenancy": {"isolation": "strict"},
            "logLevel": "debug",
            "settings": {"SESSION_COOKIE_AGE": 3600},
            "auth": {"oidc": {"endpoint": "https://sso.example.com", "clientId": "forail"}},
        },
        "opa": {"enforcement": "failClosed"},
        "assistant": {"enabled": True, "ingress": {}, "ollama": {"gpu": {"enabled": True}}},
        "projects": {"storage": {"accessMode": "ReadWriteMany", "storageClass": "shared"}},
        "backups": {
            "schedule": "@daily",
            "storage": {"accessMode": "ReadWriteMany"},
            "copies": {"type": "webdav", "path": "forail", "options": {"url": "https://dav.example.com"}},
            "drill": {"schedule": "@hourly", "deadlineSeconds": 1800},
        },
        "task": {
            "replicas": 3,
            "tolerations": [{"key": "dedicated", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60}],
        },
        "verify": {"enabled": True, "tolerations": [{"operator": "Exists"}]},
        "monitoring": {"enabled": True, "labels": {"release": "prometheus"}},
        "web": {"replicas": 2, "extraEnv": {"HTTP_PROXY_TOKEN": {"secretName": "proxy", "key": "token"}}},
    }
    secrets = {
        "tlsPrivateKey": key,
        "registryPassword": "kept-apart",
        "forailAdminPassword": "correct horse battery",
        "proxyPassword": "p@ss-of-the-proxy",
        "settingsSecrets.SOCIAL_AUTH_OIDC_SECRET": "kept-from-the-state",
    }
    stack = rehearse(CHECKOUT, config_overrides=config, secret_overrides=secrets, strict=True)
    outputs = json.loads(stack.up().as_json(show_secrets=True))
    assert outputs["url"] == "https://forail.example.com/"
    assert outputs["adminPassword"] == "correct horse battery"
    assert outputs["callbackUrls"] == {"oidc": "https://forail.example.com/sso/complete/oidc/"}
    items = control_plane.api.items(STATEFUL_SETS)
    ready = {item["metadata"]["name"]: item["status"]["readyReplicas"] for item in items}
    assert ready == {"forail-postgres": 1, "forail-task": 3}
    state = stack.state_text()
    forms = {name: {value, json.dumps(value)[1:-1], quote(value, safe="")} for name, value in secrets.items()}
    assert not [name for name, shown in forms.items() if any(form in state for form in shown)]
    stack.up(expect_no_changes=True)
    stack.refresh(expect_no_changes=True)
    verified = complete_verifications(control_plane)
    assert len(verified) == 1
    claims = "/api/v1/namespaces/wide/persistentvolumeclaims"
    kept = identities(control_plane, claims)
    stateful = identities(control_plane, STATEFUL_SETS)
    images = {**IMAGES, "backend": {"digest": f"sha256:{'6' * 64}"}}
    upgraded = rehearse(
        CHECKOUT, config_overrides={**config, "images": images}, secret_overrides=secrets, strict=True, beside=stack
    )
    with watched(control_plane, "wide") as rollout:
        upgraded.up()
    ended, begun = rollout.ended(), rollout.begun()
    assert rollout.killed_jobs() == []
    assert (len(ended), len(begun)) == (3, 3)
    assert max(ended.values()) < min(begun.values()), "a new task pod ran beside an old one"
    after = identities(control_plane, STATEFUL_SETS)
    assert {name for name, uid in after.items() if stateful[name] != uid} == {"forail-task"}
    assert identities(control_plane, claims) == kept
    # What runs has changed, so it was verified again, and what was said of the former is gone.
    assert len(again := complete_verifications(control_plane)) == 1
    assert again != verified
    upgraded.up(expect_no_changes=True)
    task = {**cast("Mapping[str, object]", config["task"]), "extraEnv": {"COLOUR": "blue"}}
    changed = rehearse(
        CHECKOUT,
        config_overrides={**config, "images": images, "task": task},
        secret_overrides=secrets,
        strict=True,
        beside=stack,
    )
    with watched(control_plane, "wide") as rollout:
        changed.up()
    assert rollout.killed_jobs() == []
    assert (len(rollout.ended()), rollout.most_away()) == (3, 1), "another setting rolls one pod at a time"
    assert identities(control_plane, STATEFUL_SETS) == after


def test_everything_kept_by_somebody_else(
    rehearse: Rehearse,
    control_plane: Cluster,
    namespaces: tuple[str, str],
    defined: Callable[[Definitions], None],
) -> None:
    defined(GATEWAY_API)
    kept = [
        "forailAdminPassword",
        "postgresPassword",
        "forailSecretKey",
        "forailBroadcastWebsocketSecret",
        "redisPassword",
        "personalAccessToken",
    ]
    config: Mapping[str, object] = {
        "namespace": {"name": namespaces[0], "create": False},
        "operator": {"enabled": False},
        "content": {"files": []},
        "postgres": {
            "mode": "external",
            "host": "db.example.com",
            "tls": {"mode": "verify-full", "ca": certificate("db.example.com")[0]},
        },
        "secrets": {key: {"secretName": "kept", "key": key} for key in kept},
        "exposure": {"host": "forail.lan", "mode": "hostNetwork", "tls": {"mode": "existing", "secretName": "kept"}},
        "trust": {"existingConfigMap": {"configMapName": "kept-cas", "key": "ca.pem"}},
        "proxy": {"https": PROXY},
        "opa": {"enabled": False},
        "otelCollector": {"enabled": False, "endpoint": "http://collector.observability:4317"},
        "task": {"execution": "control"},
        "init": {"preloadData": False},
    }
    stack = rehearse(CHECKOUT, config_overrides=config, strict=True)
    outputs = json.loads(stack.up().as_json(show_secrets=True))
    assert (outputs["url"], outputs["adminPassword"], outputs["caCertificate"]) == ("https://forail.lan/", None, "")
    assert not control_plane.api.items(f"/apis/apps/v1/namespaces/{namespaces[0]}/statefulsets")
    assert not control_plane.api.items(f"/api/v1/namespaces/{namespaces[0]}/secrets")
    stack.up(expect_no_changes=True)
    exposure = {
        **cast("Mapping[str, object]", config["exposure"]),
        "via": "gateway",
        "gateway": {"className": "public"},
    }
    moved = rehearse(CHECKOUT, config_overrides={**config, "exposure": exposure}, strict=True, beside=stack)
    running = outside_the_way_in(control_plane, namespaces[0])
    moved.up()
    assert outside_the_way_in(control_plane, namespaces[0]) == running
    routed = f"/apis/gateway.networking.k8s.io/v1/namespaces/{namespaces[0]}"
    assert set(identities(control_plane, f"{routed}/gateways")) == {"forail"}
    assert set(identities(control_plane, f"{routed}/httproutes")) == {"forail", "forail-redirect"}
    assert not control_plane.api.items(f"/apis/networking.k8s.io/v1/namespaces/{namespaces[0]}/ingresses")
    moved.up(expect_no_changes=True)
    served = {**cast("Mapping[str, object]", config["exposure"]), "via": "service", "mode": "nodePort"}
    served |= {"allowFrom": ["10.0.0.0/8", "2001:db8::/32"]}
    edge = rehearse(CHECKOUT, config_overrides={**config, "exposure": served}, strict=True, beside=stack)
    assert json.loads(edge.up().as_json(show_secrets=True))["url"] == "https://forail.lan:30443/"
    assert not control_plane.api.items(f"{routed}/gateways")
    services = control_plane.api.items(f"/api/v1/namespaces/{namespaces[0]}/services")
    (made,) = (item for item in services if item["metadata"]["name"] == "forail-edge")
    assert [port["nodePort"] for port in made["spec"]["ports"]] == [30080, 30443]
    edge.up(expect_no_changes=True)
