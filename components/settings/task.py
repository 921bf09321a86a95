"""`task`: dispatcher, receptor and how jobs are executed."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from ..schema.values import Replicas
from .workload import Resources, WorkloadSettings, resources


class Execution(StrEnum):
    """Where jobs run."""

    HYBRID = "hybrid"
    """In the task pod with podman: privileged, host cgroups. The only path that syncs projects from source control."""
    CONTROL = "control"
    """In pods of their own through a container group, without privilege; no source-control project sync."""


class Nodes(StrEnum):
    """How task pods are registered as nodes in Forail."""

    ONE = "one"
    """One pod, whose node keeps one name for ever."""
    EACH_POD = "eachPod"
    """Several pods, each a node of its own name: pods that share a name run every job twice."""


class TaskSettings(WorkloadSettings):
    """`task`: dispatcher, receptor and, in hybrid execution, the jobs."""

    replicas: Replicas = 1
    """Pods. Above one they become a StatefulSet whose pods register under their own names."""
    execution: Execution = Execution.HYBRID
    """`hybrid` runs jobs with podman in this (privileged) pod; `control` runs them in pods of their own."""
    resources: Resources = resources("1Gi", "200m", "4Gi", "2")
    """Requests and limits. 2Gi was seen to be killed (exit code 137) during a first project sync."""
    termination_grace_period_seconds: Annotated[int, Field(ge=1, le=86400, strict=True)] = 300
    """Seconds that a pod gets to end. Its running jobs get all but the last 30, and no new ones begin on its node."""

    @property
    def nodes(self) -> Nodes:
        """Whether there is one node or one for each pod; follows from `replicas`."""
        return Nodes.ONE if self.replicas == 1 else Nodes.EACH_POD
