"""The vendor's Helm values, key by key: what takes their place. Refusals, converter and reference read this table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from ..schema.shape import Path


class Fate(StrEnum):
    """What becomes of a key of the chart."""

    SAME = "same name"
    """The stack file has the same key, with the same meaning."""
    MAPPED = "mapped"
    """What it says is said elsewhere."""
    DERIVED = "derived"
    """It follows from other keys; a value that says something else cannot be kept."""
    SECRET = "secret"
    """Never in a stack file in clear."""
    REFUSED = "refused"
    """Nothing takes its place, or a person has to decide."""


@dataclass(frozen=True)
class ChartKey:
    """One key of the chart's values."""

    fate: Fate
    """What becomes of it."""
    message: str = ""
    """Reads as a sentence that begins with the key: what a stack file with it is told. Empty for `SAME`."""
    target: str = ""
    """Key of the stack file that takes the value as it is, where one does."""


def _same(holder: str, *keys: str) -> dict[str, ChartKey]:
    paths = [f"{holder}.{key}" for key in keys] or [holder]
    return {path: ChartKey(Fate.SAME, target=path) for path in paths}


def _secret(name: str) -> ChartKey:
    return ChartKey(
        Fate.SECRET,
        "names an existing Secret here ({secretName, key}); "
        f"the value itself is given by pulumi config set --secret {name}",
    )


def _called(target: str) -> ChartKey:
    return ChartKey(Fate.MAPPED, f"is called {target} here", target)


_EXPOSURE = "is derived from exposure (host, extraHosts, mode, ports, tls): remove it"
_EXECUTION = "is derived from task.execution: set that to hybrid or control"
_SECURITY = "is not offered, since each image needs its own: every workload sets the strictest context it runs with"
_ALWAYS = "is not offered, since the program needs it always: remove it"
_OPERATOR = "belongs to the operator's chart"
_STORAGE = ("storage.size", "storage.storageClass", "resources")
_IMAGES = ("backend", "frontend", "assistant", "assistantOllama", "postgres", "redis", "opa", "otelCollector")

CHART_KEYS: Mapping[str, ChartKey] = {
    **_same("namespace", "create", "name"),
    **_same("images", *(f"{image}.{key}" for image in _IMAGES for key in ("repository", "tag", "pullPolicy"))),
    "images.nginx": ChartKey(Fate.REFUSED, "is an image that nothing runs: remove it"),
    **_same("imagePullSecrets"),
    "secrets.postgresPassword": _secret("postgresPassword"),
    "secrets.forailSecretKey": _secret("forailSecretKey"),
    "secrets.forailBroadcastWebsocketSecret": _secret("forailBroadcastWebsocketSecret"),
    "secrets.redisPassword": _secret("redisPassword"),
    "secrets.assistantChatToken": _secret("assistantChatToken"),
    "secrets.forailAdminPassword": _secret("forailAdminPassword"),
    **_same("forail.admin", "user", "email"),
    "forail.allowedHosts": ChartKey(Fate.DERIVED, _EXPOSURE),
    "forail.csrfTrustedOrigins": ChartKey(Fate.DERIVED, _EXPOSURE),
    "forail.cookieSecure": ChartKey(
        Fate.DERIVED, "is derived from exposure.tls.mode: only disabled drops the Secure flag"
    ),
    "forail.node": ChartKey(Fate.MAPPED, _EXECUTION),
    "forail.node.name": ChartKey(
        Fate.DERIVED, "is derived: each task pod registers under its own name when task.replicas is above 1"
    ),
    "forail.node.type": ChartKey(Fate.MAPPED, _EXECUTION),
    "forail.tenancyEnabled": ChartKey(Fate.MAPPED, "is forail.tenancy.isolation here: disabled, audit or strict"),
    "forail.tenancy.enabled": ChartKey(Fate.MAPPED, "is forail.tenancy.isolation here: disabled, audit or strict"),
    "forail.tenancy.rls": ChartKey(
        Fate.DERIVED, "is derived from forail.tenancy.isolation: audit and strict turn row-level security on"
    ),
    "forail.tenancy.strictIsolation": ChartKey(Fate.MAPPED, "is forail.tenancy.isolation: strict here"),
    **_same("forail.tenancy", "rateLimiting"),
    "forail.otel.enabled": ChartKey(
        Fate.MAPPED,
        "is derived: otelCollector.enabled runs a collector, otelCollector.endpoint names another",
    ),
    "forail.otel.endpoint": ChartKey(Fate.MAPPED, "is called otelCollector.endpoint here"),
    **_same("forail.otel", "serviceName", "tracesSampler", "tracesSamplerArg"),
    "forail.url": ChartKey(Fate.DERIVED, f"{_OPERATOR}, and is derived: remove it"),
    "forail.token": ChartKey(Fate.SECRET, f"{_OPERATOR}: run pulumi config set --secret personalAccessToken"),
    "forail.hostHeader": ChartKey(
        Fate.MAPPED, f"{_OPERATOR}: it is called operator.hostHeader here", "operator.hostHeader"
    ),
    "forail.insecureSkipVerify": ChartKey(Fate.DERIVED, f"{_OPERATOR}: it is called operator.insecureSkipVerify here"),
    "forail.existingSecret": ChartKey(Fate.MAPPED, f"{_OPERATOR}: it is called operator.existingSecret here"),
    "postgres.enabled": ChartKey(Fate.REFUSED, "is postgres.mode here: inCluster or external"),
    **_same("postgres", "user", "database", *_STORAGE),
    "redis.enabled": ChartKey(Fate.DERIVED, _ALWAYS),
    **_same("redis", *_STORAGE),
    **_same("opa", "enabled", "resources"),
    **_same("otelCollector", "enabled", "resources"),
    **_same("web", "replicas", "resources"),
    **_same("task", "replicas", "resources"),
    "task.privileged": ChartKey(Fate.DERIVED, _EXECUTION),
    "task.hostCgroup": ChartKey(Fate.DERIVED, _EXECUTION),
    **_same("frontend", "replicas", "resources"),
    **_same("assistant", "enabled", "model", "logLevel", *_STORAGE),
    **_same("assistant.ollama", "gpu.enabled", "gpu.count", "nodeSelector", "tolerations", *_STORAGE),
    "serviceAccount": ChartKey(
        Fate.DERIVED, "is not offered: the account is made with exactly the rights that task.execution needs"
    ),
    "rbac": ChartKey(
        Fate.DERIVED, "is not offered: the roles are made with exactly the rights that task.execution needs"
    ),
    "networkPolicy": ChartKey(Fate.REFUSED, "is not offered: keep policies with whoever owns the cluster's network"),
    "podSecurityContext": ChartKey(Fate.DERIVED, _SECURITY),
    "securityContext": ChartKey(Fate.DERIVED, _SECURITY),
    "ingress": ChartKey(Fate.MAPPED, "is called exposure here: move its keys there"),
    "ingress.enabled": ChartKey(Fate.DERIVED, "is exposure.via here: ingress makes one, none leaves the way in to you"),
    "ingress.className": _called("exposure.className"),
    "ingress.host": _called("exposure.host"),
    "ingress.annotations": _called("exposure.annotations"),
    "ingress.tls": ChartKey(Fate.MAPPED, "is called exposure.tls here"),
    "ingress.tls.enabled": ChartKey(
        Fate.MAPPED, "is exposure.tls.mode here: selfSigned, provided, existing, or disabled for plain HTTP"
    ),
    "ingress.tls.secretName": ChartKey(Fate.MAPPED, "is exposure.tls here: mode: existing, with secretName"),
}


def replacement(path: Path) -> str | None:
    """What to write instead of the chart's key at `path`; None where the stack file, or no chart, has such a key."""
    for length in range(len(path), 0, -1):
        key = CHART_KEYS.get(".".join(str(part) for part in path[:length]))
        if key is not None and key.message:
            return key.message
    return None


def written(path: Path, value: object) -> Iterator[Path]:
    """The chart's keys that `value`, given at the chart's key `path`, writes: those that the table names singly."""
    if isinstance(value, dict):
        below = [
            (*path, key) for key in cast("dict[str, object]", value) if ".".join(map(str, (*path, key))) in CHART_KEYS
        ]
        if below:
            for child in below:
                yield from written(child, cast("dict[str, object]", value)[str(child[-1])])
            return
    yield path
