"""Manifests of the shapes that the operator's project shows load as they are, or are refused for what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from components.api.kinds import Kind
from tests.unit.content.builders import project
from tests.unit.content.manifests import Manifest, manifest, problems

Bodies = list[Any]
SECRET: Manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"token": "t"}}
INSTANCE = manifest(
    Kind.FORAIL_INSTANCE,
    {"url": "https://forail.eu.example.com", "tokenSecretRef": {"name": "forail-eu-token", "key": "token"}},
    "forail-eu",
)


def sample(kind: Kind, name: str, **spec: Any) -> Manifest:
    return manifest(kind, spec, name, namespace="default")


LOADED: dict[str, Bodies] = {
    "organization": [sample(Kind.ORGANIZATION, "platform-team", maxHosts=500)],
    "team": [sample(Kind.TEAM, "platform-oncall", organization="Default", users=["admin"])],
    "project": [
        sample(
            Kind.PROJECT,
            "ansible-collection-mycorp",
            organization="Default",
            scmType="git",
            scmUrl="https://github.com/mycorp/ansible-collection.git",
            scmBranch="main",
            scmClean=True,
            scmUpdateOnLaunch=True,
        )
    ],
    "inventory": [
        sample(
            Kind.INVENTORY,
            "production",
            organization="Default",
            hosts=[{"name": "web-1.prod"}, {"name": "web-2.prod"}, {"name": "db-1.prod"}],
            groups=[
                {"name": "web", "hosts": ["web-1.prod", "web-2.prod"]},
                {"name": "db", "hosts": ["db-1.prod"]},
                {"name": "prod", "children": ["web", "db"]},
            ],
        )
    ],
    "credential": [
        sample(
            Kind.CREDENTIAL,
            "deploy-key",
            organization="Default",
            credentialType="Machine",
            inputs={"username": "deploy"},
            inputsFrom=[{"name": "ssh_key_data", "valueFrom": {"name": "deploy-ssh", "key": "ssh_key_data"}}],
        )
    ],
    "job template": [
        sample(
            Kind.JOB_TEMPLATE,
            "deploy-web",
            inventory="Demo Inventory",
            project="Demo Project",
            playbook="hello_world.yml",
            credentials=["Demo Credential"],
            forks=5,
            verbosity=1,
        )
    ],
    "further Forail": [
        INSTANCE,
        project("eu-platform-roles", forailInstance="forail-eu"),
    ],
}
REFUSED: dict[str, tuple[Bodies, list[str]]] = {
    "schedule": (
        [
            sample(
                Kind.SCHEDULE,
                "nightly-deploy",
                jobTemplate="hello-world",
                rrule="DTSTART:20260101T020000Z RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,TU,WE,TH,FR",
            )
        ],
        ["test.yaml#1: spec.jobTemplate: names JobTemplate 'hello-world', which nothing declares: "],
    ),
    "workflow": (
        [
            sample(
                Kind.WORKFLOW,
                "provision-and-deploy",
                organization="Default",
                nodes=[
                    {"identifier": "bake", "unifiedJobTemplate": "Bake AMI", "successNodes": ["roll"]},
                    {"identifier": "roll", "unifiedJobTemplate": "Demo Job Template"},
                ],
            )
        ],
        ["test.yaml#1: spec.nodes[0].unifiedJobTemplate: names JobTemplate 'Bake AMI', which nothing declares: "],
    ),
    "a Secret beside": ([SECRET, INSTANCE], ["test.yaml#1: kind: is a Secret"]),
}


@pytest.mark.parametrize("bodies", LOADED.values(), ids=LOADED)
def test_loaded(bodies: Bodies) -> None:
    assert problems(bodies) == []


@pytest.mark.parametrize(("bodies", "starts"), REFUSED.values(), ids=REFUSED)
def test_refused(bodies: Bodies, starts: list[str]) -> None:
    found = problems(bodies)

    assert len(found) == len(starts)
    assert all(line.startswith(start) for line, start in zip(found, starts, strict=True)), found
