"""A changed setting rolls only the pods that read it, and gives the init Job another name only where that reads it."""

from __future__ import annotations

from typing import Any

import pytest

from components.settings.rotation import RotationSettings
from tests.unit.certificates import Authority
from tests.unit.deployment import Deployment
from tests.unit.pods import pods
from tests.unit.stacks import alone

INIT = "Job/forail-init"
WEB = "Deployment/forail-web"
TASK = "Deployment/forail-task"
TASKS = "StatefulSet/forail-task"
POSTGRES = "StatefulSet/forail-postgres"
REDIS = "Deployment/forail-redis"
OPA = "Deployment/forail-opa"
FRONTEND = "Deployment/forail-frontend"
COLLECTOR = "Deployment/forail-otel-collector"
OLLAMA = "Deployment/forail-assistant-ollama"
BACKUP = "CronJob/forail-backup"
RESTORE = "CronJob/forail-restore"
# Whatever loads Django computes the same settings, so a changed one is applied to all.
DJANGO = {INIT, WEB, TASK, RESTORE}
BACKEND = DJANGO | {BACKUP}


ON = {"assistant": {"enabled": True}, "monitoring": {"enabled": True}}


def base() -> Deployment:
    """The platform with the assistant and monitoring, so that who reads their secrets is watched too."""
    return alone().deploy(**ON)


def changed(**changes: Any) -> set[str]:
    """Owners whose pod templates differ, or that are new or gone."""
    deployment = alone().deploy(**{**ON, **changes})
    before, after = pods(base()), pods(deployment)
    different = {label for label in before.keys() & after.keys() if before[label].text != after[label].text}
    assert (job_name(deployment) != job_name(base())) == (INIT in different), "a Job runs once for each name"
    return different | (before.keys() ^ after.keys())


def job_name(deployment: Deployment) -> str:
    """Name of the init Job."""
    return deployment.one("Job", "forail-init").object_name


@pytest.mark.parametrize(
    ("changes", "rolled"),
    [
        pytest.param({}, set[str](), id="nothing"),
        pytest.param(
            {
                "exposure": {"host": "forail.lan", "className": "nginx"},
                "backups": {"schedule": "@daily"},
                "redis": {"storage": {"size": "3Gi"}},
                "kubernetes": {"context": "other"},
            },
            set[str](),
            id="what no pod reads",
        ),
        pytest.param({"images": {"backend": {"tag": "2026.07.2"}}}, BACKEND, id="backend image"),
        pytest.param({"images": {"executionEnvironment": {"tag": "24.6.2"}}}, DJANGO, id="environment"),
        pytest.param(
            {"images": {"frontend": {"tag": "2026.07.2"}}, "frontend": {"replicas": 2, "nodeSelector": {"a": "b"}}},
            {FRONTEND},
            id="frontend",
        ),
        pytest.param(
            {"web": {"extraEnv": {"A": "b"}}, "forail": {"otel": {"serviceName": "other"}}},
            {WEB},
            id="variables and traces of web",
        ),
        pytest.param({"exposure": {"host": "forail.example.com"}}, DJANGO, id="host"),
        pytest.param(
            {"exposure": {"host": "forail.lan", "tls": {"validityDays": 90}, "annotations": {"a": "b"}}},
            set[str](),
            id="exposure that no setting derives from",
        ),
        pytest.param({"otelCollector": {"enabled": False}}, {WEB, COLLECTOR}, id="collector off"),
        pytest.param(
            {"forail": {"admin": {"email": "me@example.com"}}, "init": {"preloadData": False}},
            {INIT},
            id="administrator and demo data",
        ),
        pytest.param(
            {"forail": {"tenancy": {"isolation": "audit"}}, "opa": {"enforcement": "failOpen"}},
            DJANGO,
            id="tenancy and policies",
        ),
        pytest.param({"opa": {"enabled": False}}, DJANGO | {OPA}, id="no policies"),
        pytest.param({"task": {"execution": "control"}}, {INIT, TASK}, id="execution"),
        pytest.param(
            {"task": {"replicas": 2}, "projects": {"storage": {"accessMode": "ReadWriteMany"}}},
            {INIT, WEB, TASK, TASKS},
            id="several task pods",
        ),
        pytest.param({"task": {"terminationGracePeriodSeconds": 600}}, {TASK}, id="grace"),
        pytest.param({"trust": {"bundle": Authority("Rolls").pem}}, DJANGO | {OLLAMA}, id="private CAs"),
        pytest.param({"proxy": {"https": "http://proxy:3128"}}, DJANGO | {OLLAMA}, id="proxy"),
        pytest.param({"backups": {"retentionDays": 8}}, {WEB, BACKUP, RESTORE}, id="retention"),
        pytest.param({"projects": {"storage": {"accessMode": "ReadWriteMany"}}}, {TASK}, id="projects on many nodes"),
    ],
)
def test_only_readers_roll(changes: dict[str, Any], rolled: set[str]) -> None:
    assert changed(**changes) == rolled


READERS = {
    "forailAdminPassword": {INIT},
    "postgresPassword": BACKEND,
    "forailBroadcastWebsocketSecret": DJANGO,
    "redisPassword": DJANGO | {REDIS},
    "personalAccessToken": {INIT},
    "assistantChatToken": {"Deployment/forail-assistant"},
    "monitoringToken": {INIT},
    "postgresSuperuserPassword": {INIT, POSTGRES},
    "forailSecretKey": BACKEND,
}


def test_every_secret_that_rotates_is_in_the_table() -> None:
    assert set(READERS) == {name.value for name in RotationSettings.rotates()}


def rotated(*secrets: str) -> Deployment:
    """The same with a new value for each of these."""
    return alone().deploy(**ON, rotation=dict.fromkeys(secrets, 2))


def renewed(deployment: Deployment) -> dict[str, dict[str, Any]]:
    """Generated values that are made again, and from what."""
    before = {item.name: item.inputs for item in base().all("RandomPassword")}
    after = {item.name: item.inputs for item in deployment.all("RandomPassword")}
    return {name: inputs for name, inputs in after.items() if inputs != before.get(name)}


def test_a_rotation_makes_one_new_value_and_rolls_its_readers() -> None:
    after = rotated("redisPassword")
    assert {name: inputs["keepers"] for name, inputs in renewed(after).items()} == {
        "forail-redis-password": {"epoch": "2"}
    }
    names = {item.object_name for item in base().all("Secret")}
    assert [item.name for item in after.all("Secret") if item.object_name not in names] == ["forail-redis-password"]
    assert changed(rotation={"redisPassword": 2}) == READERS["redisPassword"]


@pytest.mark.parametrize("secret", list(READERS))
def test_every_rotation_rolls_its_readers(secret: str) -> None:
    """A pod rolls because it names the new Secret."""
    after = rotated(*READERS)
    assert len(renewed(after)) == len(READERS)
    (made,) = (
        item
        for item in after.all("Secret")
        if _camel(item.name.removesuffix("-2")) in (secret, f"forail{secret[0].upper()}{secret[1:]}")
        and item.name in renewed(after)
    )
    assert {label for label, pod in pods(after).items() if made.object_name in pod.text} == READERS[secret]
    assert changed(rotation=dict.fromkeys(READERS, 2)) == set[str]().union(*READERS.values())


def _camel(name: str) -> str:
    first, *rest = name.split("-")
    return first + "".join(part.title() for part in rest)
