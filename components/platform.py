"""The platform without its operator: one statement per component, in dependency order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pulumi

from .application import opa, otel_collector
from .application.access import Access, AccessArgs
from .application.assistant import Assistant, AssistantArgs
from .application.backend import RECEPTOR_FILES, SETTINGS_FILES, Backend, policy_env, tenancy_env
from .application.frontend import Frontend, FrontendArgs
from .application.init import Init, InitArgs
from .application.task import Task, TaskArgs
from .application.web import HTTP_PORT, Web, WebArgs
from .data import postgres
from .data.backups import Backups, BackupsArgs
from .data.claims import SharedClaims, SharedClaimsArgs
from .data.credentials import Credentials, CredentialsArgs, pull_secret
from .data.redis import Redis, RedisArgs
from .edge.certificate import Certificate, CertificateArgs
from .edge.exposure import Exposure, ExposureArgs
from .inventory import needed_secrets
from .kube.files import FileSet
from .kube.metadata import Scope
from .placement import Storage, image
from .settings.images import ImageName
from .settings.postgres import ExternalPostgres
from .settings.secrets import SecretName, SecretSettings
from .settings.stack import StackFile


@dataclass(frozen=True, kw_only=True)
class PlatformArgs:
    """The platform's settings."""

    stack: StackFile
    """What the stack file says."""
    secrets: SecretSettings
    """Secret configuration."""
    namespace: pulumi.Output[str]
    """The platform's namespace, once it exists."""


class Platform(pulumi.ComponentResource):
    """Everything in the platform's namespace.

    Creates: credentials, certificate, claims, Postgres, Redis, OPA, collector, init Job, web, task, frontend, backups,
    assistant and the Ingress.
    Leaves both namespaces, the operator and the content to the root.
    """

    internal_url: pulumi.Output[str]
    """The API inside the cluster, known once it answers."""
    admin_password: pulumi.Output[str] | None
    """Password of the first superuser; None where an existing Secret holds it."""
    token: pulumi.Output[str] | None
    """Personal access token; None where an existing Secret holds it."""
    token_identity: pulumi.Output[str]
    """Changes whenever the token does, without telling it."""
    ca: pulumi.Output[str] | None
    """PEM of the private CA; None unless TLS is self-signed."""

    def __init__(self, name: str, args: PlatformArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:platform:Platform", name, None, opts)
        stack, images, child = args.stack, args.stack.images, pulumi.ResourceOptions(parent=self)
        protect = not stack.destroy_data

        scope = self._scope(stack, args.secrets, args.namespace)
        storage = Storage(scope, protect)
        credentials = Credentials(
            "credentials",
            CredentialsArgs(
                scope=scope,
                needed=needed_secrets(stack),
                given=args.secrets,
                existing=stack.secrets,
                rotation=stack.rotation,
                protect=protect,
            ),
            child,
        )
        certificate = Certificate(
            "certificate",
            CertificateArgs(
                scope=scope,
                exposure=stack.exposure,
                private_key=args.secrets.given.get(SecretName.TLS_PRIVATE_KEY),
            ),
            child,
        )
        access = Access("access", AccessArgs(scope=scope), child)
        claims = SharedClaims(
            "claims",
            SharedClaimsArgs(storage=storage, projects=stack.projects.storage, backups=stack.backups.storage),
            child,
        )
        redis = Redis(
            "redis",
            RedisArgs(
                scope=scope,
                storage=storage,
                settings=stack.redis,
                image=image(images, ImageName.REDIS),
                password=credentials.ref(SecretName.REDIS_PASSWORD),
            ),
            child,
        )
        if stack.opa.enabled:
            opa.Opa(
                "opa",
                opa.OpaArgs(
                    scope=scope,
                    settings=stack.opa,
                    image=image(images, ImageName.OPA),
                ),
                child,
            )
        if stack.otel_collector.enabled:
            otel_collector.OtelCollector(
                "otel-collector",
                otel_collector.OtelCollectorArgs(
                    scope=scope,
                    settings=stack.otel_collector,
                    image=image(images, ImageName.OTEL_COLLECTOR),
                ),
                child,
            )
        backend = Backend(
            scope=scope,
            image=image(images, ImageName.BACKEND),
            images=images,
            database=self._database(stack, scope, storage, credentials),
            redis=redis.connection,
            credentials=credentials,
            settings_files=FileSet("forail-settings", SETTINGS_FILES, scope, "settings", parent=self),
            receptor_files=FileSet("forail-receptor", RECEPTOR_FILES, scope, "receptor", parent=self),
        )
        bootstrap = Init(
            "bootstrap",
            InitArgs(
                backend=backend,
                postgres_image=image(images, ImageName.POSTGRES),
                admin=stack.forail.admin,
                task=stack.task,
                settings=stack.init,
            ),
            child,
        )
        backups = Backups("backups", BackupsArgs(backend=backend, settings=stack.backups, claim=claims.backups), child)
        decisions = (*policy_env(stack.opa, f"http://{opa.NAME}:{opa.PORT}"), *tenancy_env(stack.forail.tenancy))
        web = Web(
            "web",
            WebArgs(
                backend=backend,
                settings=stack.web,
                exposure=stack.exposure,
                namespace=stack.namespace.name,
                task_replicas=stack.task.replicas,
                env=(*decisions, *otel_collector.otel_env(stack.otel_collector, stack.forail.otel)),
                projects=claims.projects,
                backups=claims.backups,
                backup_files=backups.files,
                backup_env=backups.env,
                after=bootstrap.job,
            ),
            child,
        )
        Task(
            "task",
            TaskArgs(
                backend=backend,
                settings=stack.task,
                env=decisions,
                storage=storage,
                receptor=stack.receptor.storage,
                projects=claims.projects,
                service_account=access.service_account,
                after=bootstrap.job,
            ),
            child,
        )
        frontend = Frontend(
            "frontend",
            FrontendArgs(
                scope=scope,
                settings=stack.frontend,
                image=image(images, ImageName.FRONTEND),
            ),
            child,
        )
        if stack.assistant.enabled:
            Assistant(
                "assistant",
                AssistantArgs(
                    scope=scope,
                    storage=storage,
                    settings=stack.assistant,
                    image=image(images, ImageName.ASSISTANT),
                    ollama_image=image(images, ImageName.ASSISTANT_OLLAMA),
                    chat_token=credentials.ref(SecretName.ASSISTANT_CHAT_TOKEN),
                    exposure=stack.exposure,
                    tls_secret=certificate.secret_name,
                ),
                child,
            )
        Exposure(
            "exposure",
            ExposureArgs(
                scope=scope,
                settings=stack.exposure,
                web=web.address,
                frontend=frontend.address,
                tls_secret=certificate.secret_name,
            ),
            child,
        )
        token = credentials.ref(SecretName.PERSONAL_ACCESS_TOKEN)
        self.internal_url = web.address.apply(lambda service: internal_url(service, stack.namespace.name))
        self.admin_password = credentials.value(SecretName.ADMIN_PASSWORD)
        self.token = credentials.value(SecretName.PERSONAL_ACCESS_TOKEN)
        self.token_identity = pulumi.Output.concat(token.name, "/", token.key)
        self.ca = certificate.ca
        self.register_outputs({"internalUrl": self.internal_url})

    def _scope(self, stack: StackFile, secrets: SecretSettings, namespace: pulumi.Output[str]) -> Scope:
        scope = Scope(
            namespace=namespace,
            application="forail",
            part_of="forail-platform",
            labels=stack.common_labels,
            annotations=stack.common_annotations,
            pull_secrets=stack.image_pull_secrets,
        )
        if stack.registry_credentials is None:
            return scope
        password = secrets.given[SecretName.REGISTRY_PASSWORD]
        made = pull_secret("forail-registry", stack.registry_credentials, password, scope, self)
        return replace(scope, pull_secrets=(*stack.image_pull_secrets, made))

    def _database(
        self, stack: StackFile, scope: Scope, storage: Storage, credentials: Credentials
    ) -> postgres.DatabaseConnection:
        if isinstance(stack.postgres, ExternalPostgres):
            return postgres.external(stack.postgres, credentials, scope, self)
        postgres = postgres.Postgres(
            "postgres",
            postgres.PostgresArgs(
                scope=scope,
                storage=storage,
                settings=stack.postgres,
                image=image(stack.images, ImageName.POSTGRES),
                credentials=credentials,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        return postgres.connection


def internal_url(service: str, namespace: str) -> str:
    """The API's URL inside the cluster."""
    return f"http://{service}.{namespace}.svc.cluster.local:{HTTP_PORT}"
