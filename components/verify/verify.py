"""The Job that verifies the platform from inside the cluster, after everything else."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from ..application import assistant, opa, otel_collector
from ..application.application import Application
from ..application.backend import SINGLE_NODE
from ..application.task import NAME as TASK
from ..edge.way_in import routes
from ..from_settings import image, pod_options
from ..kube.container import Container, Security
from ..kube.environment import Env, texts
from ..kube.files import File, FileSet
from ..kube.job import HashedJob, HashedJobArgs
from ..kube.pod import Pod
from ..settings.forail import PasswordPolicy
from ..settings.images import ImageName
from ..settings.secrets import SecretName
from ..settings.task import Nodes
from ..settings.verify import VerifySettings

NAME = "forail-verify"
FOLDER = "/etc/forail/verify"
MODULES = (
    *("__main__", "api", "browser", "checks", "entrance", "job", "nodes", "parts", "report"),
    "target",
)
# Ubuntu's nobody: it reads its files and the network, and needs nothing else.
USER = 65534
# Beside the checks' own time: a node that pulls the backend image first, and a job that is begun late.
START_SECONDS = 600


@dataclass(frozen=True, kw_only=True)
class VerifyArgs:
    """What is verified."""

    settings: VerifySettings
    """`verify`."""
    application: Application
    """What runs, and what it was made from."""
    operator: str
    """What the operator shows: `canary`, `silent` where it declares none, "" without an operator."""
    after: tuple[pulumi.Resource, ...]
    """What must be complete beforehand, beside what runs."""


class Verify(pulumi.ComponentResource):
    """The Job `forail-verify-<hash>`. It runs again when anything that it looks at has changed.

    Creates: its program, Job.
    Leaves DNS, the way in and the certificate to `python -m components.verify` from outside.
    """

    def __init__(self, name: str, args: VerifyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:verify:Verify", name, None, opts)
        made_from, scope = args.application.args, args.application.args.storage.scope
        files = tuple(File(f"verify/{module}.py", f"{FOLDER}/{module}.py") for module in MODULES)
        program = FileSet(name, files, scope, "verify", parent=self)
        seconds = args.settings.timeout_seconds
        container = Container(
            name="verify",
            image=image(made_from.images, ImageName.BACKEND),
            command=("python3", FOLDER, "--environment", "--timeout", str(seconds)),
            env=self._env(args),
            mounts=program.mounts,
            security=Security(user=USER, group=USER, read_only_root=True),
        )
        container = made_from.outbound.trusting.given_to(container)
        made = HashedJob(
            name,
            HashedJobArgs(
                scope=scope,
                object_name=NAME,
                pod=Pod(
                    component="verify",
                    containers=(container,),
                    options=pod_options(args.settings),
                    restart_policy="Never",
                ),
                # It tries again itself until its time is up; a second pod would only tell the same later.
                retries=0,
                deadline_seconds=seconds + START_SECONDS,
                after=(args.application, *args.after),
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"job": made.job.metadata.name})

    def _env(self, args: VerifyArgs) -> tuple[Env, ...]:
        running, made_from = args.application, args.application.args
        sections, credentials = made_from.sections, made_from.data.credentials
        bases = {
            route.path: pulumi.Output.concat("http://", route.service, f":{route.port}")
            for route in routes(running.web, running.frontend)
        }
        one = sections.task.nodes is Nodes.ONE
        nodes = (SINGLE_NODE,) if one else tuple(f"{TASK}-{ordinal}" for ordinal in range(sections.task.replicas))
        helps = sections.assistant.enabled
        enforced = sections.forail.admin.password_policy is PasswordPolicy.ENFORCE
        return (
            *texts(
                VERIFY_ORIGIN=made_from.exposure.origins[0],
                VERIFY_ROUTES=pulumi.Output.json_dumps(bases),
                VERIFY_VERSION=made_from.images.version(ImageName.BACKEND),
                VERIFY_ADMIN_USER=sections.forail.admin.user,
                VERIFY_NODES=",".join(nodes),
                VERIFY_EXECUTION=sections.task.execution.value,
                VERIFY_OPA=f"http://{opa.NAME}:{opa.PORT}" if sections.opa.enabled else "",
                VERIFY_COLLECTOR=otel_collector.endpoint(sections.otel_collector) or "",
                VERIFY_ASSISTANT=f"http://{assistant.NAME}:{assistant.PORT}" if helps else "",
                VERIFY_OPERATOR=args.operator,
                # Nothing reads it: it gives the Job another name, and with it another run, when a pod has changed.
                VERIFY_APPLIED=running.applied,
            ),
            # One that people may change in the UI is not the stack's to sign in with.
            *((Env("VERIFY_ADMIN_PASSWORD", secret=credentials.ref(SecretName.ADMIN_PASSWORD)),) if enforced else ()),
            Env("VERIFY_TOKEN", secret=credentials.ref(SecretName.PERSONAL_ACCESS_TOKEN)),
        )
