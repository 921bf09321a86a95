"""From sections of the stack file to the vocabulary of `kube`: images, pod options, claims, scopes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from pulumi_kubernetes.core.v1 import TolerationArgs

from .kube.claim import ClaimArgs
from .kube.container import ImageRef
from .kube.environment import Env, Kept, SecretRef
from .kube.metadata import Scope
from .kube.pod import PodOptions
from .settings.images import ImageName, ImagesSettings
from .settings.storage import ClaimSettings
from .settings.variables import SecretEnvironment
from .settings.workload import PodSettings, WorkloadSettings


def image(images: ImagesSettings, name: ImageName) -> ImageRef:
    """The image called `name`, with its mirror, version and pull policy."""
    return ImageRef(images.reference(name), images.version(name), images.of(name).pull_policy.value)


def pod_options(section: PodSettings) -> PodOptions:
    """What a section says about its pods; amounts that it leaves out stay out."""
    return PodOptions(
        resources=section.resources.model_dump(exclude_none=True),
        env=_extra_env(section) if isinstance(section, WorkloadSettings) else (),
        node_selector=section.node_selector,
        tolerations=tuple(
            TolerationArgs(
                key=toleration.key,
                operator=toleration.operator,
                value=toleration.value,
                effect=toleration.effect,
                toleration_seconds=toleration.toleration_seconds,
            )
            for toleration in section.tolerations
        ),
        priority_class=section.priority_class_name,
    )


def _extra_env(section: WorkloadSettings) -> tuple[Env, ...]:
    return tuple(
        Env(name, secret=SecretRef(value.secret_name, value.key, Kept(f"extraEnv.{name}", value.secret_name)))
        if isinstance(value, SecretEnvironment)
        else Env(name, value)
        for name, value in sorted(section.extra_env.items())
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

    def claim(self, claim: ClaimSettings, component: str, object_name: str) -> ClaimArgs:
        """The arguments that make, or name, the claim `object_name`; the claim itself is made by `kube.claim`."""
        fields: _ClaimFields = {
            "size": claim.size,
            "access_mode": claim.access_mode.value,
            "storage_class": claim.storage_class,
            "existing": claim.existing_claim,
        }
        return ClaimArgs(scope=self.scope, component=component, object_name=object_name, protect=self.protect, **fields)
