"""What every workload can be given: resources, scheduling and extra environment."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from ..schema.section import Section
from ..schema.values import Cpu, DnsSubdomain, LabelValue, Memory, QualifiedName, SecretKeyName, quantity
from ..schema.words import ConflictError, Words


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
    toleration_seconds: Annotated[int, Field(ge=0, strict=True)] | None = None
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


_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SENSITIVE = re.compile(r"(PASSWORD|PASSWD|SECRET|TOKEN|PRIVATE_?KEY|API_?KEY|CREDENTIAL)", re.IGNORECASE)
_PASSWORD_IN_URL = re.compile(r"://[^/\s@]*:[^/\s@]+@")
# Set by the program from other settings; a second value would contradict them.
_OWNED = re.compile(
    r"(DATABASE_|POSTGRES_|PG|REDIS|MY_POD_|OTEL_|BACKUP_|TENANCY_|OPA_|SYSTEM_TASK_ABS_|FORAIL_(?!ASSISTANT_)"
    r"|FORAIL_ASSISTANT_(OLLAMA_BASE_URL|OLLAMA_MODEL|LOG_LEVEL|CHAT_TOKEN)$"
    r"|(AWX_COMPONENT|AWX_(SETTINGS|TEST_DATABASE)_[A-Z]+|DJANGO_SETTINGS_MODULE|OLLAMA_HOST|POD_NAMESPACE|SECRET_NAMESPACES"
    r"|SYSTEM_UUID)$)"
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


class PodSettings(Section):
    """What can be said of any pods: where they may run, and what they use."""

    node_selector: dict[QualifiedName, LabelValue] = Field(default_factory=dict[str, str])
    """Node labels that a node must have."""
    tolerations: tuple[Toleration, ...] = ()
    """Taints that the pods tolerate."""
    priority_class_name: DnsSubdomain | None = None
    """PriorityClass of the pods."""
    resources: Resources = Resources()
    """Requests and limits of its container."""


class WorkloadSettings(PodSettings):
    """Resources, environment and scheduling of one workload."""

    extra_env: EnvironmentVariables = Field(default_factory=dict[str, str | SecretEnvironment])
    """Further variables: text, or `{secretName, key}` of an existing Secret."""

    @model_validator(mode="after")
    def _no_secret_in_clear(self) -> Self:
        for name, value in self.extra_env.items():
            if isinstance(value, str) and (_SENSITIVE.search(name) or _PASSWORD_IN_URL.search(value)):
                raise ConflictError(
                    f"extraEnv.{name}",
                    "is a secret given in clear: put it in a Secret, and write {secretName: …, key: …}",
                )
        return self
