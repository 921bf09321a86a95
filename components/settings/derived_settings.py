"""Settings of the backend that no stack file gives by name, and where each is decided."""

from __future__ import annotations

import re
from collections.abc import Mapping

_EXPOSURE = "exposure.host, exposure.extraHosts and exposure.tls"
_TASK = "task.replicas and task.resources"
_TENANCY = "forail.tenancy.isolation"
# Full matches, the first one counts.
_SET_BY: Mapping[str, str] = {
    r"ALLOWED_HOSTS|CSRF_TRUSTED_ORIGINS|(SESSION|CSRF)_COOKIE_SECURE|SECURE_PROXY_SSL_HEADER": _EXPOSURE,
    r"DATABASES|LISTENER_DATABASES": "postgres",
    r"CACHES|BROKER_URL|CHANNEL_LAYERS": "redis",
    r"SECRET_KEY": "the secret forailSecretKey",
    r"BROADCAST_WEBSOCKET_[A-Z_]+": "the secret forailBroadcastWebsocketSecret",
    r"CLUSTER_HOST_ID|SYSTEM_UUID|AWX_AUTO_DEPROVISION_INSTANCES|SYSTEM_TASK_(ABS|FORKS)_(CPU|MEM)": _TASK,
    r"OPA_(ENABLED|SERVER_URL|FAIL_MODE)": "opa.enforcement",
    r"TENANCY_(ENABLED|RLS_ENABLED|STRICT_ISOLATION_ENABLED)": _TENANCY,
    r"OTEL_(ENABLED|EXPORTER_ENDPOINT)": "otelCollector",
    r"OTEL_(SERVICE_NAME|TRACES_SAMPLER|TRACES_SAMPLER_ARG)": "forail.otel",
    r"LOG_AGGREGATOR_LEVEL": "forail.logLevel",
    r"(GLOBAL_JOB_EXECUTION_ENVIRONMENTS|DEFAULT_EXECUTION_ENVIRONMENT)": "images.executionEnvironment",
    r"CONTROL_PLANE_EXECUTION_ENVIRONMENT": "images.controlPlaneExecutionEnvironment",
    r"SOCIAL_AUTH_OIDC_[A-Z_]+": "forail.auth.oidc",
    r"(?!.*(CALLBACK|METADATA)_URL$|SOCIAL_AUTH_SAML_(SECURITY_CONFIG|SP_EXTRA|EXTRA_DATA)$)"
    r"(SOCIAL_AUTH_SAML_[A-Z_]+|SAML_AUTO_CREATE_OBJECTS)": "forail.auth.saml",
    r"AUTH_LDAP_[0-9A-Z_]+": "forail.auth.ldap",
}
_LIMITS_NOTHING = r"TENANCY_(RATE_LIMITING_ENABLED|RATE_LIMIT_FAIL_CLOSED|DEFAULT_API_RATE_LIMIT)"
_BACKENDS_OWN = (
    r"LICENSE|INSTALL_UUID|IS_K8S|DEFAULT_(CONTROL_PLANE|EXECUTION)_QUEUE_NAME|AUTHENTICATION_BACKENDS"
    r"|PENDO_TRACKING_STATE|AUTOMATION_ANALYTICS_LAST_(GATHER|ENTRIES)|CLEANUP_HOST_METRICS_LAST_TS"
    r"|HOST_METRIC_SUMMARY_TASK_LAST_TS|SOCIAL_AUTH_[A-Z0-9_]+_(CALLBACK|METADATA)_URL"
)


def where(name: str) -> str | None:
    """What to do instead of giving the setting by name; None where it may be given."""
    if len(name) > 100:
        return None
    if re.fullmatch(_LIMITS_NOTHING, name):
        return "belongs to limits that the backend does not keep: limit requests in the Ingress controller instead"
    if re.fullmatch(_BACKENDS_OWN, name):
        return "is not offered: the backend writes it itself; remove it"
    key = _set_by(name)
    return None if key is None else f"is set by the program from other settings: set {key}, and remove it here"


def auth_section(name: str) -> str:
    """The section of `forail.auth` that the setting belongs to; empty for others."""
    return (_set_by(name) or "").partition("forail.auth.")[2]


def _set_by(name: str) -> str | None:
    return next((key for pattern, key in _SET_BY.items() if re.fullmatch(pattern, name)), None)
