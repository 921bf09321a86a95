"""The root component: data, application, edge, operator and content, in dependency order."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pulumi

from .application.application import Application, ApplicationArgs
from .application.outbound import ApplicationOutbound
from .application.web import HTTP_PORT
from .application.web import NAME as WEB
from .arguments import ForailArgs, check
from .data.credentials import pull_secret
from .data.data import Data, DataArgs
from .edge.edge import Edge, EdgeArgs
from .edge.namespaces import Namespaces, NamespacesArgs
from .from_settings import Storage, image
from .guards.declaration import Declaration, runs
from .guards.table import refusals
from .kube.live_secrets import LiveSecrets
from .kube.metadata import Scope
from .monitoring.monitoring import Monitoring, MonitoringArgs, WatchedOperator
from .operation import OperationArgs, operation
from .outbound import OutboundConfigurationArgs, application_outbound
from .outputs import StackOutputs
from .record import record
from .settings.images import ImageName
from .settings.secrets import OnChange, SecretName
from .settings.stack import StackFile
from .settings.task import Execution
from .summary.observed import Observed
from .verify.verify import Verify, VerifyArgs


class Forail(pulumi.ComponentResource):
    """The platform, its operator and its content. The one component that sees the whole stack file, to take it apart.

    Creates: Namespaces, Data, Application, Edge, unless the operator is off Definitions, Operator, Canary and Content,
    and Verify where it is on.

    Raises:
        RunError: the name does not fit, or settings, secrets and content do not fit together.
    """

    outputs: StackOutputs
    """What the stack exports."""

    def __init__(self, name: str, args: ForailArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:index:Forail", name, None, opts)
        check(name, args)
        stack, observed = args.stack, Observed(name)
        child = pulumi.ResourceOptions(parent=self, transformations=[observed.hooked])
        declared = self._declared(name, args)
        namespaces = self._namespaces(name, stack, declared, child)
        scope = self._scope(name, "forail", namespaces.platform, args)
        data = self._data(name, args, scope, child)
        application = self._application(name, args, scope, data, child)
        edge = Edge(
            name,
            EdgeArgs(
                scope=scope,
                exposure=stack.exposure,
                private_key=args.secrets.given.get(SecretName.TLS_PRIVATE_KEY),
                rotation=stack.rotation,
                edge_image=image(stack.images, ImageName.EDGE),
                web=application.web,
                frontend=application.frontend,
                assistant=application.assistant,
                assistant_ingress=stack.assistant.ingress,
            ),
            child,
        )
        proofs: tuple[pulumi.Resource, ...] = ()
        operator: Scope | None = None
        if namespaces.operator is not None:
            operator = self._scope(f"{name}-operator", "forail-operator", namespaces.operator, args)
            proofs = self._operation(name, args, operator, data, application.web, declared, child)
        if stack.verify.enabled:
            shows = ("canary" if stack.content.canary else "silent") if stack.operator.enabled else ""
            Verify(
                f"{name}-verify",
                VerifyArgs(settings=stack.verify, application=application, operator=shows, after=(edge, *proofs)),
                child,
            )
        self._monitoring(name, args, scope, data, edge, operator, child)
        self.outputs = _outputs(stack, namespaces, data, edge)
        observed.say_when_settled(self)
        self.register_outputs({"url": self.outputs.url})

    def _declared(self, name: str, args: ForailArgs) -> pulumi.Resource:
        """What is compared with the last `up` before anything else happens."""
        stack = args.stack
        check = partial(refusals, protected=not stack.destroy_data, runs=runs(args.catalog))
        facts = Declaration.of(stack, args.catalog).recorded
        return record(f"{name}-declared", facts, check, stack.upgrade.allow, self)

    def _namespaces(
        self, name: str, stack: StackFile, declared: pulumi.Resource, child: pulumi.ResourceOptions
    ) -> Namespaces:
        return Namespaces(
            name,
            NamespacesArgs(
                platform=stack.namespace,
                operator=stack.operator.namespace if stack.operator.enabled else None,
                chart=stack.operator.chart is not None,
                execution=stack.task.execution,
                protect=not stack.destroy_data,
                labels=stack.common_labels,
                annotations=stack.common_annotations,
                after=(declared,),
            ),
            child,
        )

    def _scope(self, name: str, application: str, namespace: pulumi.Output[str], args: ForailArgs) -> Scope:
        stack = args.stack
        rolls = stack.secrets.on_change is OnChange.ROLL
        live = LiveSecrets(f"{name}-live-secrets", namespace, self) if rolls else None
        scope = Scope(
            namespace=namespace,
            application=application,
            part_of="forail-platform",
            labels=stack.common_labels,
            annotations=stack.common_annotations,
            pull_secrets=stack.image_pull_secrets,
            live_secrets=live,
        )
        if stack.registry_credentials is None:
            return scope
        password = args.secrets.given[SecretName.REGISTRY_PASSWORD]
        made = pull_secret(f"{name}-registry", stack.registry_credentials, password, scope, self)
        return replace(scope, pull_secrets=(*stack.image_pull_secrets, made))

    def _data(self, name: str, args: ForailArgs, scope: Scope, child: pulumi.ResourceOptions) -> Data:
        stack = args.stack
        return Data(
            name,
            DataArgs(
                storage=Storage(scope, not stack.destroy_data),
                namespace=stack.namespace.name,
                images=stack.images,
                needed=stack.secrets_needed | (args.secrets.given.keys() & {SecretName.BACKUP_KEY_PASSPHRASE}),
                given=args.secrets,
                secrets=stack.secrets,
                rotation=stack.rotation,
                allowed=stack.upgrade.allow,
                postgres=stack.postgres,
                redis=stack.redis,
                tokens=stack.forail.tokens,
                projects=stack.projects,
                backups=stack.backups,
                adopt=stack.adopt,
            ),
            child,
        )

    def _application(
        self, name: str, args: ForailArgs, scope: Scope, data: Data, child: pulumi.ResourceOptions
    ) -> Application:
        stack = args.stack
        return Application(
            name,
            ApplicationArgs(
                storage=Storage(scope, not stack.destroy_data),
                namespace=stack.namespace.name,
                images=stack.images,
                data=data,
                exposure=stack.exposure,
                sections=stack,
                copies_secrets=args.secrets.copies,
                outbound=self._outbound(name, args, scope, child),
                settings_secrets=args.secrets.settings,
                backup_before_upgrade=stack.backs_up_before_upgrades,
            ),
            child,
        )

    def _outbound(
        self, name: str, args: ForailArgs, scope: Scope, child: pulumi.ResourceOptions
    ) -> ApplicationOutbound:
        stack, control = args.stack, args.stack.task.execution is Execution.CONTROL
        needs = OutboundConfigurationArgs(
            scope=scope,
            trust=stack.trust,
            proxy=stack.proxy,
            password=args.secrets.given.get(SecretName.PROXY_PASSWORD),
            direct=stack.own_hosts,
            image=image(stack.images, ImageName.BACKEND),
            job_image=image(stack.images, ImageName.EXECUTION_ENVIRONMENT) if control else None,
        )
        return application_outbound(f"{name}-outbound", needs, child)

    def _monitoring(
        self,
        name: str,
        args: ForailArgs,
        scope: Scope,
        data: Data,
        edge: Edge,
        operator: Scope | None,
        child: pulumi.ResourceOptions,
    ) -> None:
        stack = args.stack
        if not stack.monitoring.enabled:
            return
        # A chart's pods have other labels.
        own = operator if stack.operator.chart is None else None
        watched = None if own is None else WatchedOperator(scope=own, namespace=stack.operator.namespace.name)
        Monitoring(
            f"{name}-monitoring",
            MonitoringArgs(
                scope=scope,
                namespace=stack.namespace.name,
                settings=stack.monitoring,
                token=data.credentials.ref(SecretName.MONITORING_TOKEN),
                exposure=stack.exposure,
                certificate_ends=edge.certificate.ends(),
                backups=stack.backups,
                operator=watched,
            ),
            child,
        )

    def _operation(
        self,
        name: str,
        args: ForailArgs,
        scope: Scope,
        data: Data,
        web: pulumi.Output[str],
        declared: pulumi.Resource,
        child: pulumi.ResourceOptions,
    ) -> tuple[pulumi.Resource, ...]:
        stack = args.stack
        return operation(
            name,
            OperationArgs(
                scope=scope,
                settings=stack.operator,
                image=image(stack.images, ImageName.OPERATOR),
                trust=stack.trust,
                protect=not stack.destroy_data,
                definitions_provider=args.definitions_provider,
                declared=declared,
                # A given address waits for web too: the operator starts after the platform and is deleted before it.
                url=web.apply(lambda service: stack.operator.url or internal_url(service, stack.namespace.name)),
                credentials=data.credentials,
                content=stack.content,
                catalog=args.catalog,
                secrets=args.secrets.content,
                fleet=args.fleet,
            ),
            child,
        )


def internal_url(service: str, namespace: str) -> str:
    """The API's URL inside the cluster."""
    return f"http://{service}.{namespace}.svc.cluster.local:{HTTP_PORT}"


def _outputs(stack: StackFile, namespaces: Namespaces, data: Data, edge: Edge) -> StackOutputs:
    url = stack.exposure.origins[0]
    return StackOutputs(
        url=f"{url}/",
        api_url=f"{url}/api/v2/",
        ping_url=f"{url}/api/v2/ping/",
        internal_url=internal_url(WEB, stack.namespace.name),
        admin_username=stack.forail.admin.user,
        admin_password=data.credentials.value(SecretName.ADMIN_PASSWORD),
        personal_access_token=data.credentials.value(SecretName.PERSONAL_ACCESS_TOKEN),
        tokens=None if data.tokens is None else data.tokens.values,
        namespace=namespaces.platform,
        operator_namespace=namespaces.operator,
        ca_certificate=edge.ca,
        callback_urls=stack.forail.auth.callback_urls(url),
        images=stack.images_used,
        version=stack.images.version(ImageName.BACKEND),
    )
