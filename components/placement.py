"""From settings to the vocabulary of `kube`: images, resources, scheduling, claims, extra variables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from pulumi_kubernetes.core.v1 import TolerationArgs

from components.kube.claim import ClaimArgs
from components.kube.container import ImageRef, ResourceAmounts
from components.kube.environment import Env, SecretRef
from components.kube.metadata import Scope
from components.kube.pod import Placement
from components.settings.images import ImageName, Images
from components.settings.storage import Claim
from components.settings.variables import SecretEnvironment
from components.settings.workloads import Resources, Scheduling, Workload


def image(images: Images, name: ImageName) -> ImageRef:
    """The image of a container."""
    return ImageRef(images.reference(name), images.version(name), images.of(name).pull_policy.value)


def amounts(resources: Resources) -> ResourceAmounts:
    """Requests and limits without what was left open."""
    return resources.model_dump(exclude_none=True)


def placement(scheduling: Scheduling) -> Placement:
    """Where pods may run."""
    return Placement(
        node_selector=scheduling.node_selector,
        tolerations=tuple(
            TolerationArgs(
                key=toleration.key,
                operator=toleration.operator,
                value=toleration.value,
                effect=toleration.effect,
                toleration_seconds=toleration.toleration_seconds,
            )
            for toleration in scheduling.tolerations
        ),
        priority_class=scheduling.priority_class_name,
    )


def extra_env(workload: Workload) -> tuple[Env, ...]:
    """The variables a stack file adds."""
    return tuple(
        Env(name, secret=SecretRef(value.secret_name, value.key))
        if isinstance(value, SecretEnvironment)
        else Env(name, value)
        for name, value in sorted(workload.extra_env.items())
    )


class _ClaimFields(TypedDict):
    size: str
    access_mode: str
    storage_class: str | None
    existing: str | None


@dataclass(frozen=True)
class Storage:
    """What all claims of a stack have in common."""

    scope: Scope
    protect: bool

    def claim(self, claim: Claim, component: str, object_name: str) -> ClaimArgs:
        """The claim `object_name`, as the settings want it."""
        fields: _ClaimFields = {
            "size": claim.size,
            "access_mode": claim.access_mode.value,
            "storage_class": claim.storage_class,
            "existing": claim.existing_claim,
        }
        return ClaimArgs(scope=self.scope, component=component, object_name=object_name, protect=self.protect, **fields)
