"""What every workload can be given: resources, scheduling and extra environment."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from components.settings.base import (
    Cpu,
    DnsSubdomain,
    LabelValue,
    Memory,
    QualifiedName,
    SecretKeyName,
    Section,
    quantity,
)
from components.settings.words import ConflictError, Words


class Amount(Section):
    """An amount of memory and CPU."""

    memory: Memory | None = None
    """Memory."""
    cpu: Cpu | None = None
    """CPU."""


class Resources(Section):
    """Requests and limits of a container."""

    requests: Amount = Amount()
    """What the scheduler reserves."""
    limits: Amount = Amount()
    """What the container may use at most; memory above it ends the container with exit code 137."""

    @model_validator(mode="after")
    def _requests_fit_limits(self) -> Self:
        for name in ("memory", "cpu"):
            request, limit = getattr(self.requests, name), getattr(self.limits, name)
            if request and limit and quantity(request) > quantity(limit):
                raise ConflictError(f"requests.{name}", f"is above limits.{name}: raise the limit or lower the request")
        return self


def resources(memory: str, cpu: str, memory_limit: str, cpu_limit: str) -> Resources:
    """Requests and limits from four quantities."""
    return Resources(requests=Amount(memory=memory, cpu=cpu), limits=Amount(memory=memory_limit, cpu=cpu_limit))


# Nanoseconds in 64 bits: above it, 292 years, the taint manager's count turns negative and the pod is ended at once.
LONGEST_SECONDS = (2**63 - 1) // 10**9


class Toleration(Section):
    """A taint that the pods tolerate."""

    key: QualifiedName | None = None
    """Taint key; left out with `operator: Exists`, every taint."""
    operator: Literal["Exists", "Equal"] = "Equal"
    """`Exists` or `Equal`."""
    value: LabelValue | None = None
    """Taint value, with `Equal`."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    """Taint effect; left out, every effect."""
    toleration_seconds: Annotated[int, Field(ge=0, le=LONGEST_SECONDS, strict=True)] | None = None
    """Seconds a pod stays after a `NoExecute` taint appears."""

    @model_validator(mode="after")
    def _as_the_api_server_checks(self) -> Self:
        if self.operator == "Exists" and self.value is not None:
            raise ConflictError("value", "has no use with operator Exists: drop the value")
        if self.operator == "Equal" and self.key is None:
            raise ConflictError("key", "is missing and operator Equal needs it: name the key, or use operator Exists")
        if self.toleration_seconds is not None and self.effect != "NoExecute":
            raise ConflictError("tolerationSeconds", "needs effect: NoExecute: set it, or drop tolerationSeconds")
        return self


class SecretEnvironment(Section):
    """A variable read from a key of an existing Secret in the namespace."""

    secret_name: DnsSubdomain
    """Name of the Secret."""
    key: SecretKeyName
    """Key in the Secret."""


# Linux starts no process with a longer variable, counted with its name, '=' and the byte at its end.
VARIABLE_BYTES = 131072
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SENSITIVE = re.compile(r"(PASSWORD|PASSWD|SECRET|TOKEN|PRIVATE_?KEY|API_?KEY|CREDENTIAL)", re.IGNORECASE)
_PASSWORD_IN_URL = re.compile(r"://[^/\s@]*:[^/\s@]+@")
# Set by the program from other settings; a second value would contradict them.
_OWNED = re.compile(
    r"(DATABASE_|POSTGRES_|PG|REDIS|MY_POD_|OTEL_|BACKUP_|TENANCY_|OPA_|SYSTEM_TASK_ABS_|FORAIL_(?!ASSISTANT_)"
    r"|FORAIL_ASSISTANT_(OLLAMA_BASE_URL|OLLAMA_MODEL|LOG_LEVEL|CHAT_TOKEN)$"
    r"|(AWX_COMPONENT|OLLAMA_HOST|POD_NAMESPACE|SECRET_NAMESPACES|SYSTEM_UUID)$)"
)


def _variable_name(name: str) -> str:
    if not _VARIABLE.fullmatch(name):
        raise ValueError("is not a variable name: letters, digits and '_', not starting with a digit")
    if _OWNED.match(name):
        raise ValueError("is set by the program from other settings: use the setting instead (see docs/options.md)")
    return name


def _environment_kind(value: Any) -> str:
    return "secret" if isinstance(value, dict | SecretEnvironment) else "text"


EnvironmentVariables = dict[
    Annotated[str, AfterValidator(_variable_name), Words("a variable name: letters, digits and '_'")],
    Annotated[
        Annotated[str, Tag("text")] | Annotated[SecretEnvironment, Tag("secret")], Discriminator(_environment_kind)
    ],
]


class Scheduling(Section):
    """Where the pods of a workload may run."""

    node_selector: dict[QualifiedName, LabelValue] = Field(default_factory=dict[str, str])
    """Node labels that a node must have."""
    tolerations: tuple[Toleration, ...] = ()
    """Taints that the pods tolerate."""
    priority_class_name: DnsSubdomain | None = None
    """PriorityClass of the pods."""


class Workload(Scheduling):
    """Resources, environment and scheduling of one workload."""

    resources: Resources = Resources()
    """Requests and limits of its container."""
    extra_env: EnvironmentVariables = Field(default_factory=dict[str, str | SecretEnvironment])
    """Further variables: text, or `{secretName, key}` of an existing Secret."""

    @model_validator(mode="after")
    def _variables_can_be_given(self) -> Self:
        for name, value in self.extra_env.items():
            if isinstance(value, str) and len(f"{name}={value}".encode()) >= VARIABLE_BYTES:
                raise ConflictError(
                    f"extraEnv.{name}",
                    f"has more than the {VARIABLE_BYTES} bytes that Linux gives a variable: mount a file instead",
                )
            if isinstance(value, str) and (_SENSITIVE.search(name) or _PASSWORD_IN_URL.search(value)):
                raise ConflictError(
                    f"extraEnv.{name}",
                    "is a secret given in clear: put it in a Secret, and write {secretName: …, key: …}",
                )
        return self
