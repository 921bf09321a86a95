"""The operator and what it works on: definitions, release, canary and content, in this order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from .content.apply.canary import Canary, CanaryArgs
from .content.apply.content import Content, ContentArgs, FleetMember
from .content.catalog import Catalog
from .data.credentials import Credentials
from .kube.container import ImageRef
from .kube.metadata import Scope
from .operator.definitions import Definitions, DefinitionsArgs
from .operator.release import Operator, OperatorArgs
from .outbound import operator_outbound
from .settings.content import ContentSettings
from .settings.operator import OperatorSettings
from .settings.secrets import SecretName
from .settings.trust import TrustSettings

_Proofs = tuple[pulumi.Resource, ...]


@dataclass(frozen=True, kw_only=True)
class OperationArgs:
    """What the operator is, and what it works on."""

    scope: Scope
    """The operator's namespace and labels."""
    settings: OperatorSettings
    """`operator`."""
    image: ImageRef
    """Its image."""
    trust: TrustSettings | None
    """`trust`."""
    protect: bool
    """Whether the definitions, and so all content, are protected."""
    definitions_provider: kubernetes.Provider | None
    """Takes over definitions that a Helm release left; None: the component's own."""
    declared: pulumi.Resource
    """What must be allowed before anything changes."""
    url: pulumi.Output[str]
    """The API, known once it answers."""
    credentials: Credentials
    """The platform's secrets, for the token."""
    content: ContentSettings
    """`content`."""
    catalog: Catalog
    """The content, checked."""
    secrets: Mapping[str, pulumi.Output[str]]
    """`contentSecrets`."""
    fleet: Mapping[str, FleetMember]
    """Further Forails that the operator serves."""


def operation(name: str, args: OperationArgs, opts: pulumi.ResourceOptions) -> _Proofs:
    """Declares the operator and its content; what proves that content arrives, for who comes after."""
    definitions = Definitions(
        name,
        DefinitionsArgs(
            protect=args.protect, scope=args.scope, provider=args.definitions_provider, after=args.declared
        ),
        opts,
    )
    reads = {*args.settings.secret_namespaces, *args.catalog.namespaces_with_secrets} - {args.settings.namespace.name}
    token = args.credentials.ref(SecretName.PERSONAL_ACCESS_TOKEN)
    operator = Operator(
        f"{name}-operator",
        OperatorArgs(
            scope=args.scope,
            settings=args.settings,
            image=args.image,
            url=args.url,
            token=args.credentials.value(SecretName.PERSONAL_ACCESS_TOKEN),
            token_identity=pulumi.Output.concat(token.name, "/", token.key),
            secret_namespaces=tuple(sorted(reads)),
            after=definitions.established,
            # A chart's pods have no place for it.
            outbound=operator_outbound(
                f"{name}-operator-outbound", args.scope, None if args.settings.chart else args.trust, opts
            ),
        ),
        opts,
    )
    proved = pulumi.Output.concat(operator.token_identity, " ", args.url, " ", args.image.reference)
    return _content(name, args, proved, (*definitions.established, operator.ready), opts)


def _content(
    name: str, args: OperationArgs, identity: pulumi.Output[str], after: _Proofs, opts: pulumi.ResourceOptions
) -> _Proofs:
    timeout_seconds = args.content.timeout_seconds
    if args.content.canary:
        proof = CanaryArgs(scope=args.scope, identity=identity, timeout_seconds=timeout_seconds, after=after)
        after = (Canary(f"{name}-canary", proof, opts).synced,)
    Content(
        name,
        ContentArgs(
            scope=args.scope,
            namespace=args.settings.namespace.name,
            catalog=args.catalog,
            secrets=args.secrets,
            fleet=args.fleet,
            timeout_seconds=timeout_seconds,
            after=after,
        ),
        opts,
    )
    return after
