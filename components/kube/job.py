"""Work that ends: a Job named after what it applies, and a CronJob."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import pulumi
from pulumi_kubernetes.batch.v1 import (
    CronJob,
    CronJobSpecArgs,
    Job,
    JobSpecArgs,
    JobTemplateSpecArgs,
    PodFailurePolicyArgs,
    PodFailurePolicyOnExitCodesRequirementArgs,
    PodFailurePolicyRuleArgs,
)
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from .container import Container
from .metadata import Scope
from .mounts import FileMount
from .pod import Pod

# Beyond a Job's own deadline: its pods' end, and the provider's look at it.
GRACE_SECONDS = 300
# A run that the scheduler missed by more than an hour waits for the next one.
STARTING_DEADLINE_SECONDS = 3600

# A Job that failed for good is replaced by the next `up`, even when nothing else changed.
_REPLACE_FAILED: Mapping[str, str] = {"pulumi.com/replaceUnready": "true"}


@dataclass(frozen=True, kw_only=True)
class HashedJobArgs:
    """What runs to its end."""

    scope: Scope
    """Namespace and labels."""
    object_name: str
    """Name of the Job, before the hash."""
    pod: Pod
    """What runs. Its restart policy is Never: a new pod for each try keeps the log of the one that failed."""
    retries: int
    """Tries after the first."""
    deadline_seconds: int
    """Seconds for all tries together; `up` waits five minutes longer."""
    exclusive: bool = False
    """Delete the old Job before the new one starts: both at once would break each other."""
    final_exit_code: int | None = None
    """Exit code of the one container after which no other pod is tried."""
    after: tuple[pulumi.Resource, ...] = ()
    """What must be complete before it starts, where no value flows."""


class HashedJob(pulumi.ComponentResource):
    """A Job `<object name>-<hash>`: it runs again when something that it applies has changed.

    The hash covers, of every container: image, command and arguments, the text of each mounted file, the text of each
    variable and the name of each Secret that one reads. Secrets of the stack change their name with their value; where
    Secrets of others are read (`Scope.live_secrets`), a change of their value counts too.
    Under the same name it runs again when it failed for good or was deleted, when it still runs at the next `up` (after
    one that was killed), and when the rest of its pod template changes (resources, placement, labels): the API server
    changes no Job's template, so the provider replaces the Job.
    Two of its pods never run at once.
    Creates: a Job.
    """

    job: Job
    """Complete once the work is done."""

    def __init__(self, name: str, args: HashedJobArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:kube:HashedJob", name, None, opts)
        within = f"{(args.deadline_seconds + GRACE_SECONDS) // 60}m"
        self.job = Job(
            name,
            metadata=args.scope.meta(
                args.pod.component,
                pulumi.Output.concat(args.object_name, "-", applied(args.pod.steps, args.scope)),
                version=args.pod.containers[0].image.version,
                annotations=_REPLACE_FAILED,
            ),
            spec=JobSpecArgs(
                backoff_limit=args.retries,
                active_deadline_seconds=args.deadline_seconds,
                completions=1,
                parallelism=1,
                pod_replacement_policy="Failed",
                pod_failure_policy=_final(args),
                template=args.pod.template(args.scope),
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=list(args.after),
                # Not False: under its own name another can only come once it is gone, and the provider says so then.
                delete_before_replace=args.exclusive or None,
                custom_timeouts=pulumi.CustomTimeouts(create=within, update=within),
            ),
        )
        self.register_outputs({"job": self.job.metadata.name})


def _final(args: HashedJobArgs) -> PodFailurePolicyArgs | None:
    if args.final_exit_code is None:
        return None
    (container,) = args.pod.containers
    codes = PodFailurePolicyOnExitCodesRequirementArgs(
        container_name=container.name, operator="In", values=[args.final_exit_code]
    )
    return PodFailurePolicyArgs(rules=[PodFailurePolicyRuleArgs(action="FailJob", on_exit_codes=codes)])


def applied(steps: tuple[Container, ...], scope: Scope) -> pulumi.Output[str]:
    """Eight hex digits over what the containers run; see `HashedJob`."""
    fixed = [f"{step.name} {step.image.reference} {' '.join((*step.command, *step.args))}" for step in steps]
    files = {
        f"{mount.path}\n{mount.content}" for step in steps for mount in step.mounts if isinstance(mount, FileMount)
    }
    variables = [variable.identity() for step in steps for variable in step.env]
    labels = [label for label, _ in variables]
    marks = scope.live_secrets.marks(steps) if scope.live_secrets else None
    values = pulumi.Output.all(*(value for _, value in variables), *([] if marks is None else [marks]))
    return values.apply(lambda found: _hash([*fixed, *sorted(files), *labels, *found]))


def _hash(parts: list[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8]


class Concurrency(StrEnum):
    """What happens to a run that is not over when the next one is due."""

    FORBID = "Forbid"
    """It goes on, and the next one is left out."""
    REPLACE = "Replace"
    """It is ended, and the next one starts."""


@dataclass(frozen=True, kw_only=True)
class ScheduledJobArgs:
    """What runs on a schedule."""

    scope: Scope
    """Namespace and labels."""
    object_name: str
    """Name of the CronJob."""
    pod: Pod
    """What runs."""
    schedule: str
    """Cron schedule, in the controller manager's time zone."""
    suspended: bool = False
    """Keep it without running it."""
    retries: int
    """Tries after the first."""
    deadline_seconds: int
    """Seconds for all tries of one run: a hung one must not block the next."""
    concurrency: Concurrency = Concurrency.FORBID
    """What happens to a run that is not over when the next one is due."""


class ScheduledJob(pulumi.ComponentResource):
    """A CronJob that runs one Job at a time.

    Creates: a CronJob.
    """

    def __init__(self, name: str, args: ScheduledJobArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:kube:ScheduledJob", name, None, opts)
        scope, component = args.scope, args.pod.component
        CronJob(
            name,
            metadata=scope.meta(component, args.object_name, version=args.pod.steps[0].image.version),
            spec=CronJobSpecArgs(
                schedule=args.schedule,
                suspend=args.suspended,
                concurrency_policy=args.concurrency.value,
                starting_deadline_seconds=STARTING_DEADLINE_SECONDS,
                successful_jobs_history_limit=1,
                failed_jobs_history_limit=3,
                job_template=JobTemplateSpecArgs(
                    metadata=ObjectMetaArgs(
                        labels=scope.labels_of(component), annotations=dict(scope.annotations) or None
                    ),
                    spec=JobSpecArgs(
                        backoff_limit=args.retries,
                        active_deadline_seconds=args.deadline_seconds,
                        template=args.pod.template(scope),
                    ),
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
