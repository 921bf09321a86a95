"""Everything that runs, as one group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pulumi

from ..data.data import Data
from ..from_settings import Storage, image
from ..kube.files import FileSet
from ..settings.application import ApplicationSections
from ..settings.exposure import ExposureSettings
from ..settings.images import ImageName, ImagesSettings
from ..settings.secrets import SecretName
from . import opa, otel_collector
from .access import Access, AccessArgs
from .assistant import Assistant, AssistantArgs
from .backend import SETTINGS_FILES, Backend, policy_env, receptor_files, tenancy_env
from .backups import Backups, BackupsArgs
from .before_init import BeforeInitArgs, before_init
from .django_settings import django_env
from .frontend import Frontend, FrontendArgs
from .gke import frontend_annotations
from .init import Init, InitArgs
from .outbound import ApplicationOutbound
from .task import Task, TaskArgs
from .web import Web, WebArgs, allowed_hosts


@dataclass(frozen=True, kw_only=True)
class ApplicationArgs:
    """What runs, and on which data."""

    storage: Storage
    """Namespace, labels, and whether data is protected."""
    namespace: str
    """Name of the namespace, for the API's DNS names."""
    images: ImagesSettings
    """`images`."""
    data: Data
    """Database, Redis, credentials, claims."""
    exposure: ExposureSettings
    """`exposure`: hosts, origins and scheme."""
    sections: ApplicationSections
    """What is said about each of them."""
    backup_before_upgrade: bool
    """Whether the database is dumped before another backend version migrates it."""
    outbound: ApplicationOutbound
    """How it reaches the outside."""
    copies_secrets: Mapping[str, pulumi.Output[str]] = field(default_factory=dict[str, pulumi.Output[str]])
    """`copiesSecrets`: credentials of the store for `backups.copies`."""
    settings_secrets: Mapping[str, pulumi.Output[str]] = field(default_factory=dict[str, pulumi.Output[str]])
    """`settingsSecrets`: the backend's settings that are secrets."""


class Application(pulumi.ComponentResource):
    """What runs.

    Creates: configuration of the backend, Access, Init, Backups, Web, Task, Frontend, and where they are enabled Opa,
    OtelCollector, BackupBeforeUpgrade and Assistant, where one is asked for Restore.
    """

    args: ApplicationArgs
    """What it was made from, for who looks at it as a whole."""
    web: pulumi.Output[str]
    """Service of the API, known once it answers."""
    frontend: pulumi.Output[str]
    """Service of the single-page application, known once it answers."""
    assistant: pulumi.Output[str] | None
    """Service of the assistant, known once it answers; None where it is off."""
    applied: pulumi.Output[str]
    """Changes with what any of the pods that keep running runs, and with a restore."""

    def __init__(self, name: str, args: ApplicationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:application:Application", name, None, opts)
        self.args, child = args, pulumi.ResourceOptions(parent=self)
        services = self._services(name, args, child)
        backend = self._backend(name, args)
        backups = self._backups(name, args, backend, child)
        steps = InitArgs(
            backend=backend,
            postgres_image=image(args.images, ImageName.POSTGRES),
            admin=args.sections.forail.admin,
            tokens=args.sections.forail.tokens,
            token_values=None if args.data.tokens is None else args.data.tokens.ref,
            execution=args.sections.task.execution,
            settings=args.sections.init,
        )
        earlier = before_init(
            name,
            BeforeInitArgs(
                backend=backend,
                init=steps,
                backups=backups,
                claim=args.data.claims.backups,
                sections=args.sections,
                backup_before_upgrade=args.backup_before_upgrade,
            ),
            child,
        )
        init = Init(f"{name}-init", replace(steps, after=earlier.after, secret_key=earlier.secret_key), child)
        web = self._web(name, args, backend, backups, init.job, earlier.annotations, child)
        task = Task(
            f"{name}-task",
            TaskArgs(
                backend=backend,
                settings=args.sections.task,
                storage=args.storage,
                receptor=args.sections.receptor.storage,
                projects=args.data.claims.projects,
                service_account=Access(name, AccessArgs(scope=args.storage.scope), child).service_account,
                after=init.job,
                annotations=earlier.annotations,
            ),
            child,
        )
        frontend = Frontend(
            f"{name}-frontend",
            FrontendArgs(
                scope=args.storage.scope,
                settings=args.sections.frontend,
                image=image(args.images, ImageName.FRONTEND),
                service_annotations=frontend_annotations(args.exposure),
            ),
            child,
        )
        assistant = self._assistant(name, args, child)
        self.web, self.frontend = web.address, frontend.address
        self.assistant = None if assistant is None else assistant.address
        parts = [web, task, frontend, *services, *([] if assistant is None else [assistant])]
        found = [*(part.applied for part in parts), *earlier.applied]
        self.applied = pulumi.Output.all(*found).apply(" ".join)
        self.register_outputs({"web": self.web, "frontend": self.frontend})

    def _services(
        self, name: str, args: ApplicationArgs, child: pulumi.ResourceOptions
    ) -> list[opa.Opa | otel_collector.OtelCollector]:
        """What web and task talk to when it is there, and do not wait for."""
        scope, level = args.storage.scope, args.sections.forail.log_level
        made: list[opa.Opa | otel_collector.OtelCollector] = []
        if args.sections.opa.enabled:
            policy = opa.OpaArgs(
                scope=scope, settings=args.sections.opa, image=image(args.images, ImageName.OPA), log_level=level
            )
            made += [opa.Opa(f"{name}-opa", policy, child)]
        if args.sections.otel_collector.enabled:
            collector = otel_collector.OtelCollectorArgs(
                scope=scope,
                settings=args.sections.otel_collector,
                image=image(args.images, ImageName.OTEL_COLLECTOR),
                log_level=level,
            )
            made += [otel_collector.OtelCollector(f"{name}-otel-collector", collector, child)]
        return made

    def _backend(self, name: str, args: ApplicationArgs) -> Backend:
        scope, forail = args.storage.scope, args.sections.forail
        return Backend(
            scope=scope,
            image=image(args.images, ImageName.BACKEND),
            images=args.images,
            database=args.data.database,
            redis=args.data.redis,
            credentials=args.data.credentials,
            exposure=args.exposure,
            allowed_hosts=allowed_hosts(args.exposure, args.namespace),
            decisions=(
                *policy_env(args.sections.opa, f"http://{opa.NAME}:{opa.PORT}"),
                *tenancy_env(forail.tenancy),
                *django_env(f"{name}-settings", forail, args.exposure, args.settings_secrets, scope, self),
            ),
            settings_files=FileSet(f"{name}-settings", SETTINGS_FILES, scope, "settings", parent=self),
            receptor_files=receptor_files(f"{name}-receptor", forail.log_level, scope, self),
            nodes=args.sections.task.nodes,
            outbound=args.outbound,
        )

    def _backups(self, name: str, args: ApplicationArgs, backend: Backend, child: pulumi.ResourceOptions) -> Backups:
        return Backups(
            name,
            BackupsArgs(
                backend=backend,
                settings=args.sections.backups,
                claim=args.data.claims.backups,
                postgres_image=image(args.images, ImageName.POSTGRES),
                rclone=image(args.images, ImageName.RCLONE),
                copies_secrets=args.copies_secrets,
            ),
            child,
        )

    def _web(
        self,
        name: str,
        args: ApplicationArgs,
        backend: Backend,
        backups: Backups,
        init: pulumi.Resource,
        restored: Mapping[str, str],
        child: pulumi.ResourceOptions,
    ) -> Web:
        claims = args.data.claims
        return Web(
            f"{name}-web",
            WebArgs(
                backend=backend,
                settings=args.sections.web,
                telemetry=otel_collector.otel_env(args.sections.otel_collector, args.sections.forail.otel),
                projects=claims.projects,
                backups=claims.backups,
                backup_files=backups.files,
                backup_env=backups.env,
                metrics=args.sections.monitoring.enabled,
                after=init,
                annotations=restored,
            ),
            child,
        )

    def _assistant(self, name: str, args: ApplicationArgs, child: pulumi.ResourceOptions) -> Assistant | None:
        if not args.sections.assistant.enabled:
            return None
        return Assistant(
            f"{name}-assistant",
            AssistantArgs(
                scope=args.storage.scope,
                storage=args.storage,
                settings=args.sections.assistant,
                image=image(args.images, ImageName.ASSISTANT),
                ollama_image=image(args.images, ImageName.ASSISTANT_OLLAMA),
                chat_token=args.data.credentials.ref(SecretName.ASSISTANT_CHAT_TOKEN),
                outbound=args.outbound.beside,
            ),
            child,
        )
