"""What every workload can be given: resources, scheduling and extra environment."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ..schema.section import Section
from ..schema.values import Cpu, DnsSubdomain, LabelValue, Memory, QualifiedName, quantity
from ..schema.words import ConflictError
from .variables import EnvironmentVariables, SecretEnvironment, unusable


class Amount(Section):
    """An amount of memory and CPU."""

    memory: Memory | None = None
    """Bytes, such as `512Mi`."""
    cpu: Cpu | None = None
    """Cores, such as `500m` or `2`."""


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
            raise ConflictError("value", "has no effect with operator Exists: drop the value")
        if self.operator == "Equal" and self.key is None:
            raise ConflictError("key", "is missing and operator Equal needs it: name the key, or use operator Exists")
        if self.toleration_seconds is not None and self.effect != "NoExecute":
            raise ConflictError("tolerationSeconds", "needs effect: NoExecute: set it, or drop tolerationSeconds")
        return self


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
    def _variables_can_be_given(self) -> Self:
        for name, value in self.extra_env.items():
            wrong = unusable(name, value) if isinstance(value, str) else None
            if wrong is not None:
                raise ConflictError(f"extraEnv.{name}", wrong)
        return self
