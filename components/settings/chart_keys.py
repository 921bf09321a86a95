"""Keys of the vendor's Helm values that this program derives or replaces, and what takes their place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from ..schema.shape import Path

_EXPOSURE = "is derived from exposure (host, extraHosts, mode, ports, tls): remove it"
_EXECUTION = "is derived from task.execution: set that to hybrid or control"
_SECURITY = "is not offered, since each image needs its own: every workload sets the strictest context it runs with"
_ALWAYS = "is not offered, since the program needs it always: remove it"

CHART_KEYS: Mapping[str, str] = {
    "ingress": "is called exposure here: move its keys there",
    "ingress.enabled": "is not offered: there is always an Ingress, and exposure.mode says how it is reached",
    "ingress.className": "is called exposure.className here",
    "ingress.host": "is called exposure.host here",
    "ingress.annotations": "is called exposure.annotations here",
    "ingress.tls": "is called exposure.tls here",
    "ingress.tls.enabled": "is exposure.tls.mode here: selfSigned, provided, existing, or disabled for plain HTTP",
    "ingress.tls.secretName": "is exposure.tls here: mode: existing, with secretName",
    "forail.allowedHosts": _EXPOSURE,
    "forail.csrfTrustedOrigins": _EXPOSURE,
    "forail.cookieSecure": "is derived from exposure.tls.mode: only disabled drops the Secure flag",
    "forail.node": _EXECUTION,
    "forail.node.name": "is derived: each task pod registers under its own name when task.replicas is above 1",
    "forail.node.type": _EXECUTION,
    "forail.tenancyEnabled": "is forail.tenancy.isolation here: disabled, audit or strict",
    "forail.tenancy.enabled": "is forail.tenancy.isolation here: disabled, audit or strict",
    "forail.tenancy.rls": "is derived from forail.tenancy.isolation: audit and strict turn row-level security on",
    "forail.tenancy.strictIsolation": "is forail.tenancy.isolation: strict here",
    "forail.otel.enabled": "is derived: otelCollector.enabled runs a collector, otelCollector.endpoint names another",
    "forail.otel.endpoint": "is called otelCollector.endpoint here",
    "forail.url": "belongs to the operator's chart, and is derived: remove it",
    "forail.token": "belongs to the operator's chart: run pulumi config set --secret personalAccessToken",
    "forail.hostHeader": "belongs to the operator's chart: it is called operator.hostHeader here",
    "forail.insecureSkipVerify": "belongs to the operator's chart: it is called operator.insecureSkipVerify here",
    "forail.existingSecret": "belongs to the operator's chart: it is called operator.existingSecret here",
    "postgres.enabled": "is postgres.mode here: inCluster or external",
    "redis.enabled": _ALWAYS,
    "task.privileged": _EXECUTION,
    "task.hostCgroup": _EXECUTION,
    "serviceAccount": "is not offered: the account is made with exactly the rights that task.execution needs",
    "rbac": "is not offered: the roles are made with exactly the rights that task.execution needs",
    "networkPolicy": "is not offered: keep policies with whoever owns the cluster's network",
    "podSecurityContext": _SECURITY,
    "securityContext": _SECURITY,
    "images.nginx": "is an image that nothing runs: remove it",
}


def replacement(path: Path) -> str | None:
    """What to write instead of the chart's key at `path`; None where the chart has no such key either."""
    for length in range(len(path), 0, -1):
        message = CHART_KEYS.get(".".join(str(part) for part in path[:length]))
        if message is not None:
            return message
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
