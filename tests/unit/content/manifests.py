"""Manifests for tests: one of every kind with every field, and ways to load what a test changed."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from components import Catalog, ContentError, Known
from components.api.kinds import API_VERSION, Kind
from components.content.read.documents import Document

NAMESPACE = "forail-content"
KNOWN = Known.seeded()
Manifest = dict[str, Any]

COMPLETE: Mapping[Kind, Mapping[str, Any]] = {
    Kind.FORAIL_INSTANCE: {
        "url": "https://forail.example.com",
        "tokenSecretRef": {"name": "token-of-other", "key": "token", "optional": True},
        "hostHeader": "forail.lan",
        "insecureSkipVerify": True,
    },
    Kind.ORGANIZATION: {
        "name": "The organization",
        "description": "text",
        "maxHosts": 7,
        "defaultEnvironment": "AWX EE (latest)",
        "forailInstance": "forailinstance-1",
    },
    Kind.TEAM: {
        "name": "The team",
        "description": "text",
        "organization": "The organization",
        "users": ["admin"],
        "forailInstance": "forailinstance-1",
    },
    Kind.CREDENTIAL: {
        "name": "The credential",
        "description": "text",
        "organization": "Default",
        "credentialType": "Machine",
        "inputs": {"username": "deploy"},
        "inputsFrom": [{"name": "password", "valueFrom": {"name": "machine", "key": "password"}}],
    },
    Kind.PROJECT: {
        "name": "The project",
        "description": "text",
        "organization": "The organization",
        "scmType": "git",
        "scmUrl": "https://git.example.com/playbooks",
        "scmBranch": "main",
        "scmRefspec": "refs/heads/*",
        "scmCredential": "Demo Credential",
        "scmClean": True,
        "scmDeleteOnUpdate": True,
        "scmUpdateOnLaunch": True,
        "scmUpdateCacheTimeout": 60,
        "allowOverride": True,
        "timeout": 600,
        "defaultEnvironment": "AWX EE (latest)",
        "forailInstance": "forailinstance-1",
    },
    Kind.INVENTORY: {
        "name": "The inventory",
        "description": "text",
        "organization": "Default",
        "variables": "a: 1",
        "hosts": [{"name": "web", "description": "text", "enabled": False, "variables": "b: 2"}],
        "groups": [
            {"name": "all-web", "description": "text", "variables": "c: 3", "hosts": ["web"], "children": ["inner"]},
            {"name": "inner"},
        ],
    },
    Kind.JOB_TEMPLATE: {
        "name": "The template",
        "description": "text",
        "organization": "Default",
        "project": "Demo Project",
        "playbook": "site.yml",
        "inventory": "The inventory",
        "credentials": ["The credential"],
        "jobType": "check",
        "limit": "web",
        "extraVars": "d: 4",
        "forks": 3,
        "verbosity": 2,
        "askCredentialOnLaunch": True,
        "askInventoryOnLaunch": True,
        "askLimitOnLaunch": True,
        "askVariablesOnLaunch": True,
    },
    Kind.SCHEDULE: {
        "name": "The schedule",
        "description": "text",
        "jobTemplate": "The template",
        "rrule": "DTSTART:20300101T020000Z RRULE:FREQ=DAILY;INTERVAL=1",
        "enabled": False,
        "extraData": "e: 5",
    },
    Kind.WORKFLOW: {
        "name": "The workflow",
        "description": "text",
        "organization": "Default",
        "inventory": "The inventory",
        "extraVars": "f: 6",
        "allowSimultaneous": True,
        "askInventoryOnLaunch": True,
        "askLimitOnLaunch": True,
        "askVariablesOnLaunch": True,
        "nodes": [
            {
                "identifier": "first",
                "unifiedJobTemplate": "The template",
                "unifiedJobTemplateKind": "job_template",
                "extraData": "g: 7",
                "successNodes": ["second"],
                "failureNodes": ["third"],
                "alwaysNodes": ["fourth"],
            },
            {
                "identifier": "second",
                "unifiedJobTemplate": "Other workflow",
                "unifiedJobTemplateKind": "workflow_job_template",
            },
            {"identifier": "third", "unifiedJobTemplate": "The template"},
            {"identifier": "fourth", "unifiedJobTemplate": "The template"},
        ],
    },
}
"""Specs with every field that the API has; together they are a catalog, but for `forailInstance` on the workflow."""


def manifest(kind: Kind, spec: Mapping[str, Any], name: str | None = None, **metadata: Any) -> Manifest:
    """A custom resource of `kind`."""
    return {
        "apiVersion": API_VERSION,
        "kind": kind.value,
        "metadata": {"name": name or f"{kind.singular}-1", **metadata},
        "spec": copy.deepcopy(dict(spec)),
    }


def complete() -> list[Manifest]:
    """One of every kind with every field, and what they refer to."""
    other = manifest(Kind.WORKFLOW, {"organization": "Default"}, "Other workflow".lower().replace(" ", "-"))
    other["spec"]["name"] = "Other workflow"
    return [*(manifest(kind, spec) for kind, spec in COMPLETE.items()), other]


def load(manifests: Iterable[object], known: Known = KNOWN) -> Catalog:
    """The catalog of `manifests`, which are documents number 1, 2, … of the file `test.yaml`."""
    documents = [Document(f"test.yaml#{number}", data) for number, data in enumerate(manifests, start=1)]
    return Catalog.load(documents, NAMESPACE, known)


def problems(manifests: Iterable[object], known: Known = KNOWN) -> list[str]:
    """What is wrong, one line each; empty when nothing is."""
    try:
        load(manifests, known)
    except ContentError as error:
        return [problem.text for problem in error.problems]
    return []


def parts(path: str) -> list[str | int]:
    """`hosts[].name` as the way into a complete spec: the first member of each list, the only one of each mapping."""
    steps: list[str | int] = []
    for part in path.split("."):
        name = part.rstrip("[]{}")
        steps.append(name)
        if part.endswith("[]"):
            steps.append(0)
        if part.endswith("{}"):
            steps.append("username")
    return steps


def changed(spec: Mapping[str, Any], path: list[str | int], value: object) -> dict[str, Any]:
    """A copy of `spec` with `value` at `path`; REMOVED takes the key away."""
    copied = copy.deepcopy(dict(spec))
    holder: Any = copied
    for part in path[:-1]:
        holder = holder[part]
    if value is REMOVED:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return copied


REMOVED = object()
