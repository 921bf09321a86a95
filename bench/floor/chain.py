"""Trivial pods that wait for one another as the platform's do, on claims of their own.

Data stores, then a Job, then two Deployments, then one more: what Kubernetes itself takes for this, no program saves.
"""

from collections.abc import Sequence

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment, DeploymentSpecArgs, StatefulSet, StatefulSetSpecArgs
from pulumi_kubernetes.batch.v1 import Job, JobSpecArgs
from pulumi_kubernetes.core.v1 import (
    ContainerArgs,
    PersistentVolumeClaim,
    PersistentVolumeClaimSpecArgs,
    PersistentVolumeClaimVolumeSourceArgs,
    PodSpecArgs,
    PodTemplateSpecArgs,
    VolumeArgs,
    VolumeResourceRequirementsArgs,
)
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs

RESOURCES = 11
"""How many resources `declare` makes."""


def declare(options: pulumi.ResourceOptions) -> None:
    """Declares the pods and their claims; `options` names the provider."""

    def after(*needed: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(depends_on=list(needed)))

    def deployment(name: str, claims: Sequence[str], *needed: pulumi.Resource) -> Deployment:
        spec = DeploymentSpecArgs(selector=_selector(name), template=_pods(name, claims))
        return Deployment(name, metadata=_meta(name), spec=spec, opts=after(*needed))

    for name in ("postgres", "redis", "projects", "backups", "receptor"):
        PersistentVolumeClaim(
            name,
            metadata=_meta(name),
            spec=PersistentVolumeClaimSpecArgs(
                access_modes=["ReadWriteOnce"], resources=VolumeResourceRequirementsArgs(requests={"storage": "1Gi"})
            ),
            opts=options,
        )
    postgres = StatefulSet(
        "postgres",
        metadata=_meta("postgres"),
        spec=StatefulSetSpecArgs(
            service_name="postgres", selector=_selector("postgres"), template=_pods("postgres", ["postgres"])
        ),
        opts=options,
    )
    redis = deployment("redis", ["redis"])
    init = Job(
        "init",
        metadata=_meta("init"),
        spec=JobSpecArgs(template=_pods("init", [], "Never")),
        opts=after(postgres, redis),
    )
    web = deployment("web", ["projects", "backups"], init)
    deployment("task", ["receptor"], init)
    deployment("operator", [], web)


def _meta(name: str) -> ObjectMetaArgs:
    return ObjectMetaArgs(name=name, namespace="default")


def _selector(name: str) -> LabelSelectorArgs:
    return LabelSelectorArgs(match_labels=_labels(name))


def _labels(name: str) -> dict[str, str]:
    # The rehearsal finds a pod's delay by this label.
    return {"app.kubernetes.io/component": name}


def _pods(name: str, claims: Sequence[str], restart: str = "Always") -> PodTemplateSpecArgs:
    volumes = [
        VolumeArgs(name=claim, persistent_volume_claim=PersistentVolumeClaimVolumeSourceArgs(claim_name=claim))
        for claim in claims
    ]
    container = ContainerArgs(name=name, image="floor.invalid/floor:1")
    return PodTemplateSpecArgs(
        metadata=ObjectMetaArgs(labels=_labels(name)),
        spec=PodSpecArgs(restart_policy=restart, containers=[container], volumes=volumes),
    )
