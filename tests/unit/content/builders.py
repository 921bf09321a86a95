"""Short forms of manifests, each valid as it is."""

from __future__ import annotations

from typing import Any

from components.api.kinds import Kind
from tests.unit.content.manifests import Manifest, manifest

NIGHTLY = "DTSTART:20300101T020000Z RRULE:FREQ=DAILY;INTERVAL=1"


def organization(name: str = "ops", /, **spec: Any) -> Manifest:
    return manifest(Kind.ORGANIZATION, spec, name)


def template(name: str = "deploy", /, **spec: Any) -> Manifest:
    base = {"project": "Demo Project", "inventory": "Demo Inventory", "playbook": "site.yml"}
    return manifest(Kind.JOB_TEMPLATE, {**base, **spec}, name)


def schedule(rrule: str = NIGHTLY, /, **spec: Any) -> Manifest:
    return manifest(Kind.SCHEDULE, {"jobTemplate": "Demo Job Template", "rrule": rrule, **spec}, "nightly")


def credential(name: str = "key", /, **spec: Any) -> Manifest:
    return manifest(Kind.CREDENTIAL, {"organization": "Default", "credentialType": "Machine", **spec}, name)


def project(name: str = "p", /, **spec: Any) -> Manifest:
    base = {"organization": "Default", "scmUrl": "https://git.example.com/playbooks"}
    return manifest(Kind.PROJECT, {**base, **spec}, name)


def instance(name: str = "branch", /, **spec: Any) -> Manifest:
    base = {"url": "https://branch.example.com", "tokenSecretRef": {"name": "token", "key": "token"}}
    return manifest(Kind.FORAIL_INSTANCE, {**base, **spec}, name)


def inventory(**spec: Any) -> Manifest:
    return manifest(Kind.INVENTORY, {"organization": "Default", **spec}, "hosts")


def workflow(*nodes: Manifest, called: str = "release", **spec: Any) -> Manifest:
    return manifest(Kind.WORKFLOW, {"organization": "Default", "nodes": list(nodes), **spec}, called)


def node(identifier: str, /, **spec: Any) -> Manifest:
    return {"identifier": identifier, "unifiedJobTemplate": "Demo Job Template", **spec}


def from_config(name: str, key: str) -> Manifest:
    return {"name": name, "valueFrom": {"secretConfig": key}}
