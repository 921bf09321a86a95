"""task: dispatcher, receptor and, in hybrid execution, the jobs themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pulumi
from pulumi_kubernetes.core.v1 import PersistentVolumeClaimArgs
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from ..data.claims import SharedClaim, same_node
from ..from_settings import Storage, pod_options
from ..kube.claim import claim, claim_name, spec
from ..kube.container import Container, Probe, Probes, Security
from ..kube.environment import Env, texts
from ..kube.files import File, FileSet
from ..kube.mounts import ClaimMount, Mount, NodeFolderMount, TemplateMount
from ..kube.pod import Pod
from ..kube.workload import Rollout, Workload, WorkloadArgs
from ..schema.values import plain_bytes, plain_cores
from ..settings.storage import ClaimSettings
from ..settings.task import Execution, Nodes, TaskSettings
from .backend import SINGLE_NODE, Backend, node_env

NAME = "forail-task"
RECEPTOR_CLAIM = "forail-receptor"
WORK_UNITS_PATH = "/tmp/receptor"
CGROUP_PATH = "/sys/fs/cgroup"
# Two application starts with little CPU, and a node that pulls the image first.
READY_SECONDS = 900
# What the grace must hold beside the drain's time: 13 s for its last pause and question to the database, 10 s in which
# supervisor stops the dispatcher (a whole pod was measured to take 9), and the rest for a node under load.
STOP_SECONDS = 30
FILES = (
    File("probes/task.sh", "/etc/forail/probes/task.sh"),
    File("task/drain.sh", "/etc/forail/task/drain.sh"),
    File("task/sql.sh", "/etc/forail/task/sql.sh"),
    File("task/start.sh", "/etc/forail/task/start.sh"),
)


def drain(grace_seconds: int) -> tuple[str, ...]:
    """The preStop command of a pod with this grace; none where the grace is no more than the pod's own end takes."""
    seconds = grace_seconds - STOP_SECONDS
    return ("bash", "/etc/forail/task/drain.sh", str(seconds)) if seconds > 0 else ()


@dataclass(frozen=True, kw_only=True)
class TaskArgs:
    """Dispatcher and jobs."""

    backend: Backend
    """Image, connections, credentials, settings."""
    settings: TaskSettings
    """`task`."""
    storage: Storage
    """How claims are made."""
    receptor: ClaimSettings
    """`receptor.storage`."""
    projects: SharedClaim
    """Project repositories."""
    service_account: pulumi.Input[str]
    """Account that may run job pods."""
    after: pulumi.Resource
    """The init Job."""
    annotations: Mapping[str, pulumi.Input[str]]
    """Annotations of the Deployment or StatefulSet."""


class Task(pulumi.ComponentResource):
    """The task pods. There is no Service: nothing reaches into them.

    Creates: configuration, a work-unit claim per pod, and a Deployment `forail-task`; above one replica a StatefulSet,
    because every pod needs a name of its own.
    """

    applied: pulumi.Output[str]
    """Changes with what its pods run."""

    def __init__(self, name: str, args: TaskArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:application:Task", name, None, opts)
        files = FileSet(name, FILES, args.backend.scope, "task", parent=self, executable=True)
        several, grace = args.backend.nodes is Nodes.EACH_POD, args.settings.termination_grace_period_seconds
        work_units: Mount = TemplateMount(RECEPTOR_CLAIM, WORK_UNITS_PATH) if several else self._one_claim(name, args)
        hybrid = args.settings.execution is Execution.HYBRID
        mounts: list[Mount] = [*args.backend.mounts, *files.mounts, args.projects.mount, work_units]
        if hybrid:
            mounts += [NodeFolderMount("cgroup", CGROUP_PATH), *args.backend.outbound.podman]
        container = Container(
            name="task",
            image=args.backend.image,
            command=("bash", "/etc/forail/task/start.sh"),
            env=self._env(args),
            mounts=tuple(mounts),
            # It registers itself before it starts anything: two application starts, each 6 to 10 seconds of CPU.
            probes=Probes.same(Probe(command=("bash", "/etc/forail/probes/task.sh")), startup_failures=300),
            pre_stop=drain(grace),
            security=Security(privileged=hybrid),
        )
        pinned = same_node(args.projects)
        workload = Workload(
            name,
            WorkloadArgs(
                scope=args.backend.scope,
                object_name=NAME,
                replicas=args.settings.replicas,
                pod=Pod(
                    component="task",
                    containers=(container,),
                    options=pod_options(args.settings),
                    service_account=args.service_account,
                    hostname=None if several else SINGLE_NODE,
                    same_node=pinned,
                    spread=True,
                    grace_seconds=grace,
                ),
                # Two pods with one node name, even for a moment, run every job twice; and pods of an older version stop
                # their services, with all jobs, as soon as a newer one registers.
                rollout=Rollout.RECREATE,
                stateful=several,
                claim_templates=self._templates(args) if several else (),
                # Old pods may take their whole grace first, and those of a StatefulSet go one after the other.
                ready_within=f"{READY_SECONDS + args.settings.replicas * grace}s",
                # No value flows from the init Job, and the dispatcher must not start on a half-migrated database.
                after=(args.after, *(self._own_claims(name, args) if several else ())),
                annotations=args.annotations,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.applied = workload.applied
        self.register_outputs({})

    def _env(self, args: TaskArgs) -> tuple[Env, ...]:
        limits = args.settings.resources.limits
        own = (
            node_env(args.backend.nodes),
            Env("MY_POD_IP", field="status.podIP"),
            *texts(
                FORAIL_NODE_TYPE=args.settings.execution.value,
                # Capacity follows from what the pod may use; without these the node's own size is taken. For a form
                # that it does not read, such as 4.5Gi, the backend assumes one byte, and no job ever fits the node.
                SYSTEM_TASK_ABS_CPU=limits.cpu and plain_cores(limits.cpu),
                SYSTEM_TASK_ABS_MEM=limits.memory and plain_bytes(limits.memory),
            ),
        )
        return args.backend.env_with(own)

    def _one_claim(self, name: str, args: TaskArgs) -> Mount:
        claim = args.storage.claim(args.receptor, "task", RECEPTOR_CLAIM)
        return ClaimMount("receptor", claim_name(f"{name}-receptor", claim, self), WORK_UNITS_PATH)

    def _own_claims(self, name: str, args: TaskArgs) -> list[pulumi.Resource]:
        # Made here, under the names that the StatefulSet looks for, so that they can grow. Not protected: what a pod
        # that is scaled away had left to do is void, and protection would refuse to scale down.
        storage = replace(args.storage, protect=False)
        return [
            claim(
                f"{name}-receptor-{ordinal}",
                storage.claim(args.receptor, "task", f"{RECEPTOR_CLAIM}-{NAME}-{ordinal}"),
                self,
            )
            for ordinal in range(args.settings.replicas)
        ]

    def _templates(self, args: TaskArgs) -> tuple[PersistentVolumeClaimArgs, ...]:
        template = PersistentVolumeClaimArgs(
            metadata=ObjectMetaArgs(name=RECEPTOR_CLAIM),
            spec=spec(args.storage.claim(args.receptor, "task", RECEPTOR_CLAIM)),
        )
        return (template,)
