"""Stack files that between them use every part of the program; what holds for all of them holds."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from components.settings.credentials import ExistingSecrets, SecretName
from tests.unit.certificates import certificate
from tests.unit.deployment import Deployment
from tests.unit.engine import deploy, stack_file

GIVEN = "GivenSecretValue0"
"""How every secret below begins, so that a search finds any that escaped."""
HOSTS = ("forail.example.com", "forail.example.org")
DIGEST = f"sha256:{'5' * 64}"
EXISTING = tuple(str(model_field.alias) for model_field in ExistingSecrets.model_fields.values())

WORKLOADS = ("web", "task", "frontend", "init", "redis", "opa", "otelCollector", "postgres", "backups", "assistant")
CLAIMS = ("postgres", "redis", "projects", "receptor", "backups")


@dataclass(frozen=True)
class Stack:
    """A stack file and its secrets."""

    config: Mapping[str, Any]
    secrets: Mapping[str, str] = field(default_factory=dict[str, str])
    name: str = "dev"

    def deploy(self, **changes: Any) -> Deployment:
        """What it registers; `changes` replace whole sections."""
        return deploy({**self.config, **changes}, self.secrets, self.name)


def dev() -> Stack:
    """`Pulumi.dev.yaml`."""
    return Stack(stack_file("dev"))


def prod() -> Stack:
    """`Pulumi.prod.yaml`."""
    return Stack(stack_file("prod"), name="prod")


@functools.cache
def everything() -> Stack:
    """Everything that can be switched on, every secret given, every workload placed, every object marked."""
    leaf, key = certificate(*HOSTS)
    config: dict[str, Any] = {
        "commonLabels": {"team": "automation"},
        "commonAnnotations": {"example.com/owner": "automation"},
        "images": {"registry": "registry.example.com/mirror", "backend": {"digest": DIGEST}},
        "imagePullSecrets": ["mirror"],
        "registryCredentials": {"server": "registry.example.com", "username": "robot"},
        "kubernetes": {"context": "production"},
        "exposure": {
            "host": HOSTS[0],
            "extraHosts": [HOSTS[1]],
            "mode": "hostNetwork",
            "annotations": {"example.com/route": "public"},
            "tls": {"mode": "provided", "certificate": leaf},
        },
        "forail": {"tenancy": {"isolation": "strict", "rateLimiting": True}},
        "opa": {"enforcement": "failClosed"},
        "assistant": {
            "enabled": True,
            "ingress": {"annotations": {"example.com/strip": "/assistant"}},
            "ollama": {"gpu": {"enabled": True, "count": 2}, **_placed("ollama")},
        },
        "projects": {"storage": {"accessMode": "ReadWriteMany", "storageClass": "shared"}},
        "task": {"replicas": 3},
        "web": {"replicas": 2},
        "frontend": {"replicas": 2},
    }
    for workload in WORKLOADS:
        config[workload] = {**config.get(workload, {}), **_placed(workload)}
    for workload in set(WORKLOADS) - {"backups"}:
        config[workload]["extraEnv"] = {
            "EXTRA_TEXT": workload,
            "EXTRA_TOKEN": {"secretName": f"{workload.lower()}-extra", "key": "token"},
        }
    secrets = {name.value: f"{GIVEN}{name.name.replace('_', '').title()}{'x' * 40}"[:64] for name in SecretName}
    return Stack(config, {**secrets, SecretName.TLS_PRIVATE_KEY.value: key})


def _placed(workload: str) -> dict[str, Any]:
    return {
        "nodeSelector": {"example.com/pool": workload},
        "tolerations": [{"key": "example.com/dedicated", "value": workload, "effect": "NoSchedule"}],
        "priorityClassName": f"{workload.lower()}-priority",
    }


@functools.cache
def elsewhere() -> Stack:
    """Everything that somebody else can keep: secrets, claims, namespaces, database and collector."""
    config: dict[str, Any] = {
        "namespace": {"name": "apps", "create": False},
        "operator": {"namespace": {"name": "apps-operator", "create": False}},
        "postgres": {
            "mode": "external",
            "host": "db.example.com",
            "port": 6432,
            "database": "platform",
            "user": "owner",
            "tls": {"mode": "verify-full", "ca": certificate("db.example.com")[0]},
        },
        "secrets": {
            key: {"secretName": f"kept-{key.lower()}", "key": "it"}
            for key in EXISTING
            if key not in (SecretName.POSTGRES_SUPERUSER_PASSWORD, SecretName.PERSONAL_ACCESS_TOKEN)
        },
        "exposure": {"host": "forail.lan", "tls": {"mode": "disabled"}},
        "opa": {"enabled": False},
        "otelCollector": {"enabled": False, "endpoint": "http://collector.observability:4317"},
        "task": {"execution": "control"},
        "assistant": {"enabled": True},
    }
    for claim in set(CLAIMS) - {"postgres"}:
        mode = "ReadWriteMany" if claim == "projects" else "ReadWriteOnce"
        config[claim] = {"storage": {"existingClaim": f"kept-{claim}", "accessMode": mode}}
    return Stack(config)


EVERY: Mapping[str, Any] = {"dev": dev, "prod": prod, "everything": everything, "elsewhere": elsewhere}
"""The stacks, by name."""


def every(name: str) -> Deployment:
    """What the stack called `name` registers."""
    return EVERY[name]().deploy()
