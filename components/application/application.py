"""Everything that runs, as one group."""

from __future__ import annotations

from dataclasses import dataclass

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
from .backend import RECEPTOR_FILES, SETTINGS_FILES, Backend, policy_env, tenancy_env
from .backup_before_upgrade import BackupBeforeUpgrade, BackupBeforeUpgradeArgs
from .backups import Backups, BackupsArgs
from .frontend import Frontend, FrontendArgs
from .init import Init, InitArgs
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


class Application(pulumi.ComponentResource):
    """What runs.

    Creates: configuration of the backend, Access, Init, Backups, Web, Task, Frontend, and where they are enabled Opa,
    OtelCollector, BackupBeforeUpgrade and Assistant.
    """

    web: pulumi.Output[str]
    """Service of the API, known once it answers."""
    frontend: pulumi.Output[str]
    """Service of the single-page application, known once it answers."""
    assistant: pulumi.Output[str] | None
    """Service of the assistant, known once it answers; None where it is off."""

    def __init__(self, name: str, args: ApplicationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:application:Application", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self._services(name, args, child)
        backend = self._backend(name, args)
        backups = Backups(
            name,
            BackupsArgs(backend=backend, settings=args.sections.backups, claim=args.data.claims.backups),
            child,
        )
        init = Init(
            f"{name}-init",
            InitArgs(
                backend=backend,
                postgres_image=image(args.images, ImageName.POSTGRES),
                admin=args.sections.forail.admin,
                execution=args.sections.task.execution,
                settings=args.sections.init,
                after=self._backup_before_upgrade(name, args, backend, backups, child),
            ),
            child,
        )
        self.web = self._web(name, args, backend, backups, init.job, child)
        Task(
            f"{name}-task",
            TaskArgs(
                backend=backend,
                settings=args.sections.task,
                storage=args.storage,
                receptor=args.sections.receptor.storage,
                projects=args.data.claims.projects,
                service_account=Access(name, AccessArgs(scope=args.storage.scope), child).service_account,
                after=init.job,
            ),
            child,
        )
        self.frontend = Frontend(
            f"{name}-frontend",
            FrontendArgs(
                scope=args.storage.scope, settings=args.sections.frontend, image=image(args.images, ImageName.FRONTEND)
            ),
            child,
        ).address
        self.assistant = self._assistant(name, args, child)
        self.register_outputs({"web": self.web, "frontend": self.frontend})

    def _services(self, name: str, args: ApplicationArgs, child: pulumi.ResourceOptions) -> None:
        """What web and task talk to when it is there, and do not wait for."""
        scope = args.storage.scope
        if args.sections.opa.enabled:
            opa.Opa(
                f"{name}-opa",
                opa.OpaArgs(scope=scope, settings=args.sections.opa, image=image(args.images, ImageName.OPA)),
                child,
            )
        if args.sections.otel_collector.enabled:
            otel_collector.OtelCollector(
                f"{name}-otel-collector",
                otel_collector.OtelCollectorArgs(
                    scope=scope,
                    settings=args.sections.otel_collector,
                    image=image(args.images, ImageName.OTEL_COLLECTOR),
                ),
                child,
            )

    def _backend(self, name: str, args: ApplicationArgs) -> Backend:
        scope = args.storage.scope
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
                *tenancy_env(args.sections.forail.tenancy),
            ),
            settings_files=FileSet(f"{name}-settings", SETTINGS_FILES, scope, "settings", parent=self),
            receptor_files=FileSet(f"{name}-receptor", RECEPTOR_FILES, scope, "receptor", parent=self),
            nodes=args.sections.task.nodes,
        )

    def _backup_before_upgrade(
        self, name: str, args: ApplicationArgs, backend: Backend, backups: Backups, child: pulumi.ResourceOptions
    ) -> tuple[pulumi.Resource, ...]:
        if not args.backup_before_upgrade:
            return ()
        made = BackupBeforeUpgrade(
            f"{name}-before-upgrade",
            BackupBeforeUpgradeArgs(
                backend=backend,
                postgres_image=image(args.images, ImageName.POSTGRES),
                settings=args.sections.backups,
                backups=backups,
                claim=args.data.claims.backups,
            ),
            child,
        )
        return (made.job,)

    def _web(
        self,
        name: str,
        args: ApplicationArgs,
        backend: Backend,
        backups: Backups,
        init: pulumi.Resource,
        child: pulumi.ResourceOptions,
    ) -> pulumi.Output[str]:
        claims = args.data.claims
        web = Web(
            f"{name}-web",
            WebArgs(
                backend=backend,
                settings=args.sections.web,
                telemetry=otel_collector.otel_env(args.sections.otel_collector, args.sections.forail.otel),
                projects=claims.projects,
                backups=claims.backups,
                backup_files=backups.files,
                backup_env=backups.env,
                after=init,
            ),
            child,
        )
        return web.address

    def _assistant(self, name: str, args: ApplicationArgs, child: pulumi.ResourceOptions) -> pulumi.Output[str] | None:
        if not args.sections.assistant.enabled:
            return None
        assistant = Assistant(
            f"{name}-assistant",
            AssistantArgs(
                scope=args.storage.scope,
                storage=args.storage,
                settings=args.sections.assistant,
                image=image(args.images, ImageName.ASSISTANT),
                ollama_image=image(args.images, ImageName.ASSISTANT_OLLAMA),
                chat_token=args.data.credentials.ref(SecretName.ASSISTANT_CHAT_TOKEN),
            ),
            child,
        )
        return assistant.address
