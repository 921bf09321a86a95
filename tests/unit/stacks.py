"""Stack files that between them use every part of the program; what holds for all of them holds."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from components.api.kinds import Kind
from components.settings.secrets import ExistingSecrets, SecretName
from tests.unit.certificates import Authority, certificate
from tests.unit.content.manifests import manifest
from tests.unit.deployment import Deployment
from tests.unit.engine import RELEASE, deploy, stack_file

GIVEN = "GivenSecretValue0"
"""How every secret below begins, so that a search finds any that escaped."""
HOSTS = ("forail.example.com", "forail.example.org")
PROXY = "http://proxy.example.com:3128"
DIGEST = f"sha256:{'5' * 64}"
EXISTING = tuple(sorted(name.value for name in ExistingSecrets.names()))

WORKLOADS = (
    *("web", "task", "frontend", "init", "redis", "opa", "otelCollector", "postgres", "backups", "assistant"),
    *("operator", "verify"),
)
CLAIMS = ("postgres", "redis", "projects", "receptor", "backups")

CONTENT_SECRETS = ("deployKey", "branchToken")
COPIES_SECRETS = ("key_pem", "key_file_pass")
"""A secret that rclone reads as it is, and a password, which it takes obscured."""
SETTINGS_SECRETS = ("SOCIAL_AUTH_OIDC_SECRET", "SOCIAL_AUTH_SAML_SP_PRIVATE_KEY", "AUTH_LDAP_1_BIND_PASSWORD")
_PERSON = {"name": "Ann", "email": "ann@example.com"}
_DIRECTORY: Mapping[str, Any] = {"servers": ["ldaps://ldap.example.com"], "groupSearch": {"base": "ou=groups,dc=a"}}
SIGN_IN: Mapping[str, Any] = {
    "logLevel": "warning",
    "settings": {
        "SESSION_COOKIE_AGE": 3600,
        "RADIUS_SERVER": "radius.example.com",
        "RADIUS_SECRET": {"secretName": "radius", "key": "it"},
    },
    "auth": {
        "oidc": {"endpoint": "https://sso.example.com", "clientId": "forail"},
        "saml": {
            "certificate": certificate("saml.example.com")[0],
            "organization": {"name": "acme", "displayName": "ACME", "url": "https://example.com"},
            "technicalContact": _PERSON,
            "supportContact": _PERSON,
            "identityProviders": {
                "acme": {
                    "entityId": "https://idp.example.com",
                    "url": "https://idp.example.com/sso",
                    "certificate": certificate("idp.example.com")[0],
                }
            },
        },
        "ldap": [
            {
                **_DIRECTORY,
                "bindDn": "cn=forail,dc=a",
                "bindPassword": {"secretName": "ldap-bind", "key": "it"},
                "userSearch": [{"base": "ou=people,dc=a"}],
            },
            {
                **_DIRECTORY,
                "bindDn": "cn=forail,dc=b",
                "userDnTemplate": "uid=%(user)s,dc=b",
                "groupType": "nestedActiveDirectory",
            },
        ],
    },
}
"""Every way to sign in, a setting of each kind, secrets of the stack and from Secrets that exist."""
CONTENT: Mapping[str, Any] = {
    "files": ["content/dev.yaml"],
    "resources": [
        manifest(Kind.ORGANIZATION, {"name": "Operations"}, "operations"),
        manifest(
            Kind.CREDENTIAL,
            {
                "organization": "Operations",
                "credentialType": "Machine",
                "inputs": {"username": "deploy"},
                "inputsFrom": [{"name": "ssh_key_data", "valueFrom": {"secretConfig": CONTENT_SECRETS[0]}}],
            },
            "deploy-key",
            namespace="team-a",
        ),
        manifest(
            Kind.FORAIL_INSTANCE,
            {"url": "https://branch.example.com", "tokenSecretRef": {"secretConfig": CONTENT_SECRETS[1]}},
            "branch",
        ),
        manifest(Kind.ORGANIZATION, {"forailInstance": "branch"}, "branch-operations"),
        manifest(Kind.ORGANIZATION, {"forailInstance": "other"}, "other-operations"),
    ],
    "fleet": {
        "other": {"stack": "acme/forail/other"},
        "inside": {"stack": "acme/forail/inside", "address": "internal", "insecureSkipVerify": True},
    },
}
"""All nine kinds, routed ones, secrets from configuration, another namespace, and two other stacks."""


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


def alone() -> Stack:
    """The development stack without operator and content: the platform, and nothing that would slow its tests down."""
    return Stack({**stack_file("dev"), "operator": {"enabled": False}, "content": {}})


def edge() -> Stack:
    """The platform alone, reached by an nginx of its own, which serves a certificate of somebody else's."""
    exposure: dict[str, Any] = {
        "host": HOSTS[0],
        "via": "service",
        "mode": "loadBalancer",
        "tls": {"mode": "existing"},
        "allowFrom": ["10.0.0.0/8"],
        "edge": _placed("edge"),
    }
    return Stack({**alone().config, "exposure": exposure})


def adopted() -> Stack:
    """The platform alone, on a Helm release's data."""
    release = {"adopt": {"release": RELEASE}, "namespace": {"name": "tools"}, "postgres": {"user": "owner"}}
    return Stack({**alone().config, **release})


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
        "trust": {"bundle": Authority("Everything's CA").pem},
        "proxy": {"http": PROXY, "https": PROXY, "username": "robot", "noProxy": [".example.net", "10.0.0.0/8"]},
        "forail": {"tenancy": {"isolation": "strict"}, **SIGN_IN},
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
        "operator": {
            "replicas": 2,
            "url": "https://forail.example.com",
            "hostHeader": HOSTS[1],
            "insecureSkipVerify": True,
            "secretNamespaces": ["vault"],
        },
        "content": CONTENT,
        "restore": {"from": "newest", "confirm": "dev"},
        "verify": {"enabled": True},
        "monitoring": {"enabled": True, "labels": {"release": "prometheus"}, "scrapeSeconds": 30},
    }
    config["backups"] = {
        "drill": {},
        "copies": {"type": "sftp", "path": "forail", "options": {"host": "store.lan", "user": "forail"}},
    }
    for workload in WORKLOADS:
        config[workload] = {**config.get(workload, {}), **_placed(workload)}
    for workload in set(WORKLOADS) - {"backups", "verify"}:
        config[workload]["extraEnv"] = {
            "EXTRA_TEXT": workload,
            "EXTRA_TOKEN": {"secretName": f"{workload.lower()}-extra", "key": "token"},
        }
    secrets = {name.value: f"{GIVEN}{name.name.replace('_', '').title()}{'x' * 40}"[:64] for name in SecretName}
    # The first is a private key to Forail: PEM with a content that base64 can decode.
    armour = {CONTENT_SECRETS[0]: ("-----BEGIN PRIVATE KEY-----\n", "00\n-----END PRIVATE KEY-----\n")}
    given = {name: f"{GIVEN}{name}".join(armour.get(name, ("", ""))) for name in CONTENT_SECRETS}
    copies = {name: f"{GIVEN}{name}" for name in COPIES_SECRETS}
    settings = {name: f"{GIVEN}{name}" for name in SETTINGS_SECRETS}
    mappings = {
        "contentSecrets": json.dumps(given),
        "copiesSecrets": json.dumps(copies),
        "settingsSecrets": json.dumps(settings),
    }
    return Stack(config, {**secrets, SecretName.TLS_PRIVATE_KEY.value: key, **mappings})


def _placed(workload: str) -> dict[str, Any]:
    return {
        "nodeSelector": {"example.com/pool": workload},
        "tolerations": [{"key": "example.com/dedicated", "value": workload, "effect": "NoSchedule"}],
        "priorityClassName": f"{workload.lower()}-priority",
    }


@functools.cache
def elsewhere() -> Stack:
    """Everything that can exist outside the stack: secrets, claims, namespaces, database and collector."""
    config: dict[str, Any] = {
        "namespace": {"name": "apps", "create": False},
        "operator": {
            "namespace": {"name": "apps-operator", "create": False},
            "existingSecret": {"secretName": "kept-token", "key": "pat"},
        },
        "content": {"canary": False, "resources": [CONTENT["resources"][0]]},
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
            if key != SecretName.POSTGRES_SUPERUSER_PASSWORD
        },
        "exposure": {"host": "forail.lan", "tls": {"mode": "disabled"}},
        "trust": {"existingConfigMap": {"configMapName": "kept-cas", "key": "bundle.pem"}},
        "proxy": {"https": PROXY},
        "opa": {"enabled": False},
        "otelCollector": {"enabled": False, "endpoint": "http://collector.observability:4317"},
        "task": {"execution": "control"},
        "assistant": {"enabled": True},
        "monitoring": {"enabled": True},
        "restore": {"from": "forail-20260101T013000Z", "confirm": "dev"},
    }
    config["backups"] = {
        "drill": {},
        "copies": {
            "type": "s3",
            "path": "bucket/forail",
            "options": {"provider": "AWS", "region": "eu-central-1"},
            "existingSecret": {"secretName": "kept-store", "keys": {"access_key_id": "id", "secret_access_key": "key"}},
        },
    }
    for claim in set(CLAIMS) - {"postgres"}:
        mode = "ReadWriteMany" if claim == "projects" else "ReadWriteOnce"
        storage = {"existingClaim": f"kept-{claim}", "accessMode": mode}
        config[claim] = {**config.get(claim, {}), "storage": storage}
    return Stack(config)


EVERY: Mapping[str, Callable[[], Stack]] = {
    "dev": dev,
    "prod": prod,
    "everything": everything,
    "elsewhere": elsewhere,
    "alone": alone,
    "edge": edge,
}
"""The stacks, by name."""


def every(name: str) -> Deployment:
    """What the stack called `name` registers."""
    return EVERY[name]().deploy()
