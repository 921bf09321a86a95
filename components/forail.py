"""The root component: data, application, edge, operator and content, in dependency order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import pulumi
import pulumi_kubernetes as kubernetes

from .application.application import Application, ApplicationArgs
from .application.web import HTTP_PORT
from .application.web import NAME as WEB
from .content.apply.canary import Canary, CanaryArgs
from .content.apply.content import Content, ContentArgs, FleetMember
from .content.catalog import Catalog
from .data.credentials import pull_secret
from .data.data import Data, DataArgs
from .edge.edge import Edge, EdgeArgs
from .edge.namespaces import Namespaces, NamespacesArgs
from .from_settings import Storage, image
from .kube.metadata import Scope
from .operator.definitions import Definitions, DefinitionsArgs
from .operator.release import Operator, OperatorArgs
from .outputs import StackOutputs
from .schema.problems import render
from .settings import unusable_text
from .settings.images import ImageName
from .settings.secrets import SecretName, SecretSettings
from .settings.stack import StackFile, contradictions

# Names of volumes, at most 63 characters, and of objects begin with it; the longest of a fixed length adds 37.
_NAME = re.compile(r"[a-z]([-a-z0-9]{0,21}[a-z0-9])?")
_NO_CONTENT = Catalog()


@dataclass(frozen=True, kw_only=True)
class ForailArgs:
    """A stack: its file, secrets and content, read and checked."""

    stack: StackFile = field(default_factory=StackFile)
    """What the stack file says."""
    secrets: SecretSettings = field(default_factory=SecretSettings)
    """Secret configuration."""
    catalog: Catalog = _NO_CONTENT
    """The content, checked: from `Catalog.of`, or from `content.declared` for what the stack file declares."""
    definitions_provider: kubernetes.Provider | None = None
    """Takes over definitions that a Helm release left; None: the component's own, which refuses objects that exist."""
    fleet: Mapping[str, FleetMember] = field(default_factory=dict[str, FleetMember])
    """Further Forails that the operator serves."""


class Forail(pulumi.ComponentResource):
    """The platform, its operator and its content. The one component that sees the whole stack file, to take it apart.

    Creates: Namespaces, Data, Application, Edge and, unless the operator is off, Definitions, Operator, Canary and
    Content.

    Raises:
        RunError: the name does not fit, or settings, secrets and content do not fit together.
    """

    outputs: StackOutputs
    """What the stack exports."""

    def __init__(self, name: str, args: ForailArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:index:Forail", name, None, opts)
        _check(name, args)
        stack, child = args.stack, pulumi.ResourceOptions(parent=self)
        namespaces = self._namespaces(name, stack, child)
        scope = self._scope(f"{name}-registry", "forail", namespaces.platform, args)
        data = self._data(name, args, scope, child)
        application = self._application(name, stack, scope, data, child)
        edge = Edge(
            name,
            EdgeArgs(
                scope=scope,
                exposure=stack.exposure,
                private_key=args.secrets.given.get(SecretName.TLS_PRIVATE_KEY),
                web=application.web,
                frontend=application.frontend,
                assistant=application.assistant,
                assistant_ingress=stack.assistant.ingress,
            ),
            child,
        )
        if namespaces.operator is not None:
            operator = self._scope(f"{name}-operator-registry", "forail-operator", namespaces.operator, args)
            self._operator(name, args, operator, data, application.web, child)
        self.outputs = _outputs(stack, namespaces, data, edge)
        self.register_outputs({"url": self.outputs.url})

    def _namespaces(self, name: str, stack: StackFile, child: pulumi.ResourceOptions) -> Namespaces:
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
            ),
            child,
        )

    def _scope(self, registry: str, application: str, namespace: pulumi.Output[str], args: ForailArgs) -> Scope:
        stack = args.stack
        scope = Scope(
            namespace=namespace,
            application=application,
            part_of="forail-platform",
            labels=stack.common_labels,
            annotations=stack.common_annotations,
            pull_secrets=stack.image_pull_secrets,
        )
        if stack.registry_credentials is None:
            return scope
        password = args.secrets.given[SecretName.REGISTRY_PASSWORD]
        made = pull_secret(registry, stack.registry_credentials, password, scope, self)
        return replace(scope, pull_secrets=(*stack.image_pull_secrets, made))

    def _data(self, name: str, args: ForailArgs, scope: Scope, child: pulumi.ResourceOptions) -> Data:
        stack = args.stack
        return Data(
            name,
            DataArgs(
                storage=Storage(scope, not stack.destroy_data),
                images=stack.images,
                needed=stack.secrets_needed,
                given=args.secrets,
                secrets=stack.secrets,
                rotation=stack.rotation,
                postgres=stack.postgres,
                redis=stack.redis,
                projects=stack.projects,
                backups=stack.backups,
                adopt=stack.adopt,
            ),
            child,
        )

    def _application(
        self, name: str, stack: StackFile, scope: Scope, data: Data, child: pulumi.ResourceOptions
    ) -> Application:
        return Application(
            name,
            ApplicationArgs(
                storage=Storage(scope, not stack.destroy_data),
                namespace=stack.namespace.name,
                images=stack.images,
                data=data,
                exposure=stack.exposure,
                sections=stack,
            ),
            child,
        )

    def _operator(
        self,
        name: str,
        args: ForailArgs,
        scope: Scope,
        data: Data,
        web: pulumi.Output[str],
        child: pulumi.ResourceOptions,
    ) -> None:
        stack, settings = args.stack, args.stack.operator
        definitions = Definitions(
            name,
            DefinitionsArgs(protect=not stack.destroy_data, scope=scope, provider=args.definitions_provider),
            child,
        )
        # A given address waits for web too: the operator starts after the platform and is deleted before it.
        url = web.apply(lambda service: settings.url or internal_url(service, stack.namespace.name))
        reads = {*settings.secret_namespaces, *args.catalog.namespaces_with_secrets} - {settings.namespace.name}
        token = data.credentials.ref(SecretName.PERSONAL_ACCESS_TOKEN)
        operator = Operator(
            f"{name}-operator",
            OperatorArgs(
                scope=scope,
                settings=settings,
                image=image(stack.images, ImageName.OPERATOR),
                url=url,
                token=data.credentials.value(SecretName.PERSONAL_ACCESS_TOKEN),
                token_identity=pulumi.Output.concat(token.name, "/", token.key),
                secret_namespaces=tuple(sorted(reads)),
                after=definitions.established,
            ),
            child,
        )
        proved = pulumi.Output.concat(
            operator.token_identity, " ", url, " ", stack.images.reference(ImageName.OPERATOR)
        )
        self._content(name, args, scope, proved, (*definitions.established, operator.ready), child)

    def _content(
        self,
        name: str,
        args: ForailArgs,
        scope: Scope,
        identity: pulumi.Output[str],
        after: tuple[pulumi.Resource, ...],
        child: pulumi.ResourceOptions,
    ) -> None:
        settings = args.stack.content
        if settings.canary:
            canary = Canary(
                f"{name}-canary",
                CanaryArgs(scope=scope, identity=identity, timeout_seconds=settings.timeout_seconds, after=after),
                child,
            )
            after = (canary.synced,)
        Content(
            name,
            ContentArgs(
                scope=scope,
                namespace=args.stack.operator.namespace.name,
                catalog=args.catalog,
                secrets=args.secrets.content,
                fleet=args.fleet,
                timeout_seconds=settings.timeout_seconds,
                after=after,
            ),
            child,
        )


def _check(name: str, args: ForailArgs) -> None:
    """What each setting alone does not show; whoever reads a stack file has heard of it before, with its paths."""
    stack = args.stack
    found = [f"{path}: {message}" for path, message in contradictions(stack, frozenset(args.secrets.given))]
    said = stack.model_dump(mode="json", by_alias=True, exclude={"content"})
    found += [f"{render(path)}: {message}" for path, message in unusable_text.faults(said)]
    if not _NAME.fullmatch(name):
        found.append("its name: use at most 23 lower-case letters, digits and '-', beginning with a letter")
    if stack.operator.enabled:
        found += _missing_content(args)
    if found:
        lines = [f"Forail {name!r} cannot be made:", *(f"  {line}" for line in found)]
        raise pulumi.RunError("\n".join([*lines, "Values of secrets are given in ForailArgs.secrets."]))


def _missing_content(args: ForailArgs) -> Iterator[str]:
    content = args.stack.content
    if args.catalog is _NO_CONTENT and (content.files or content.resources):
        yield "content: is declared and was not read: give what content.declared.catalog makes of it as catalog"
    for member in sorted(content.fleet.keys() - args.fleet.keys()):
        yield f"content.fleet.{member}: is declared and has no address: give it in fleet"
    for key in sorted(set(args.catalog.secret_config_keys) - args.secrets.content.keys()):
        yield f"contentSecrets.{key}: is read by the content and has no value"


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
        namespace=namespaces.platform,
        operator_namespace=namespaces.operator,
        ca_certificate=edge.ca,
        images=stack.images_used,
        version=stack.images.version(ImageName.BACKEND),
    )
