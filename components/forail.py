"""The root component: namespaces, platform, operator and content, in dependency order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pulumi
import pulumi_kubernetes as kubernetes

from .application.web import NAME as WEB
from .content.canary import Canary, CanaryArgs
from .content.catalog import Catalog
from .content.component import Content, ContentArgs, FleetMember
from .data.credentials import pull_secret
from .edge.namespaces import Namespaces, NamespacesArgs
from .inventory import images_used
from .kube.metadata import Scope
from .operator.definitions import Definitions, DefinitionsArgs
from .operator.release import Operator, OperatorArgs
from .outputs import StackOutputs
from .placement import image
from .platform import Platform, PlatformArgs, internal_url
from .settings.images import ImageName
from .settings.secrets import SecretName, SecretSettings
from .settings.stack import StackFile


@dataclass(frozen=True, kw_only=True)
class ForailArgs:
    """A stack."""

    stack: StackFile
    """What the stack file says."""
    secrets: SecretSettings
    """Secret configuration."""
    catalog: Catalog
    """The content, checked."""
    definitions_provider: kubernetes.Provider | None
    """Takes over definitions that a Helm release left; None without an operator."""
    fleet: Mapping[str, FleetMember] = field(default_factory=dict[str, FleetMember])
    """Further Forails that the operator serves."""


class Forail(pulumi.ComponentResource):
    """The platform, its operator and its content.

    Creates: namespaces, Platform and, unless the operator is off, definitions, Operator, Canary and Content.
    """

    outputs: StackOutputs
    """What the stack exports."""

    def __init__(self, name: str, args: ForailArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:platform:Forail", name, None, opts)
        stack, child = args.stack, pulumi.ResourceOptions(parent=self)
        namespaces = Namespaces(
            "namespaces",
            NamespacesArgs(
                platform=stack.namespace,
                operator=stack.operator.namespace if stack.operator.enabled else None,
                chart=stack.operator.chart is not None,
                execution=stack.task.execution,
                protect=not stack.destroy_data,
                labels=stack.common_labels,
                annotations=stack.common_annotations,
            ),
            child,
        )
        platform = Platform(
            "platform", PlatformArgs(stack=stack, secrets=args.secrets, namespace=namespaces.platform), child
        )
        if namespaces.operator is not None and args.definitions_provider is not None:
            self._operator(args, platform, namespaces.operator, args.definitions_provider)
        self.outputs = self._outputs(stack, namespaces, platform)
        self.register_outputs({"url": self.outputs.url})

    def _operator(
        self,
        args: ForailArgs,
        platform: Platform,
        namespace: pulumi.Output[str],
        definitions_provider: kubernetes.Provider,
    ) -> None:
        stack, settings, child = args.stack, args.stack.operator, pulumi.ResourceOptions(parent=self)
        scope = Scope(
            namespace=namespace,
            application="forail-operator",
            part_of="forail-platform",
            labels=stack.common_labels,
            annotations=stack.common_annotations,
            pull_secrets=stack.image_pull_secrets,
        )
        if stack.registry_credentials is not None:
            password = args.secrets.given[SecretName.REGISTRY_PASSWORD]
            made = pull_secret("forail-operator-registry", stack.registry_credentials, password, scope, self)
            scope = replace(scope, pull_secrets=(*stack.image_pull_secrets, made))
        definitions = Definitions(
            "definitions",
            DefinitionsArgs(
                protect=not stack.destroy_data,
                scope=scope,
                provider=definitions_provider,
            ),
            child,
        )
        # Also another address goes through the platform's: the operator comes after the platform and goes before it.
        url = platform.internal_url.apply(lambda own: settings.url or own)
        reads = {*settings.secret_namespaces, *args.catalog.namespaces_with_secrets} - {settings.namespace.name}
        operator = Operator(
            "operator",
            OperatorArgs(
                scope=scope,
                settings=settings,
                image=image(stack.images, ImageName.OPERATOR),
                url=url,
                token=platform.token,
                token_identity=platform.token_identity,
                secret_namespaces=tuple(sorted(reads)),
                after=definitions.established,
            ),
            child,
        )
        after: tuple[pulumi.Resource, ...] = (*definitions.established, operator.ready)
        if stack.content.canary:
            identity = pulumi.Output.concat(
                operator.token_identity, " ", url, " ", stack.images.reference(ImageName.OPERATOR)
            )
            canary = Canary(
                "canary",
                CanaryArgs(scope=scope, identity=identity, timeout_seconds=stack.content.timeout_seconds, after=after),
                child,
            )
            after = (canary.synced,)
        Content(
            "content",
            ContentArgs(
                scope=scope,
                namespace=settings.namespace.name,
                catalog=args.catalog,
                secrets=args.secrets.content,
                fleet=args.fleet,
                timeout_seconds=stack.content.timeout_seconds,
                after=after,
            ),
            child,
        )

    def _outputs(self, stack: StackFile, namespaces: Namespaces, platform: Platform) -> StackOutputs:
        url = stack.exposure.origins[0]
        return StackOutputs(
            url=f"{url}/",
            api_url=f"{url}/api/v2/",
            ping_url=f"{url}/api/v2/ping/",
            internal_url=internal_url(WEB, stack.namespace.name),
            admin_username=stack.forail.admin.user,
            admin_password=platform.admin_password,
            personal_access_token=platform.token,
            namespace=namespaces.platform,
            operator_namespace=namespaces.operator,
            ca_certificate=platform.ca,
            images=images_used(stack),
            version=stack.images.version(ImageName.BACKEND),
        )
