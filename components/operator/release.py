"""The operator itself: typed resources, or upstream's chart with the same values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.core.v1 import Secret

from ..from_settings import pod_options
from ..kube.container import Container, ImageRef, Probe, Probes, Security
from ..kube.environment import Env, SecretRef, joined, texts
from ..kube.metadata import Scope
from ..kube.pod import Pod
from ..kube.secret import encoded
from ..kube.workload import Workload, WorkloadArgs
from ..settings.operator import OperatorChart, OperatorSettings
from .access import COMPONENT, OperatorAccess, OperatorAccessArgs

NAME = "forail-operator"
CREDENTIALS, TOKEN_KEY = "forail-operator-credentials", "token"
METRICS_PORT, PROBE_PORT = 8080, 8081
# The image's nonroot user.
USER = 65532


@dataclass(frozen=True, kw_only=True)
class OperatorArgs:
    """What the operator is made from, and how it reaches Forail."""

    scope: Scope
    """The operator's namespace and labels."""
    settings: OperatorSettings
    """`operator`."""
    image: ImageRef
    """Operator image."""
    url: pulumi.Input[str]
    """The API, known once it answers."""
    token: pulumi.Output[str] | None
    """The platform's token; None where an existing Secret holds it."""
    token_identity: pulumi.Input[str]
    """Changes whenever the token does, without telling it."""
    secret_namespaces: tuple[str, ...]
    """Further namespaces whose Secrets it reads."""
    after: tuple[pulumi.Resource, ...]
    """The custom resource definitions."""


class Operator(pulumi.ComponentResource):
    """The operator, in its own namespace.

    Creates: credentials Secret, account and rights, Deployment `forail-operator`; or a Helm release with the same
    values.
    Leaves the definitions and the content to others.
    """

    ready: pulumi.Resource
    """Complete once the operator runs. That proves nothing about its token: a canary does."""
    token_identity: pulumi.Output[str]
    """Changes whenever the token that the operator reads does, without telling it."""

    def __init__(self, name: str, args: OperatorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:operator:Operator", name, None, opts)
        token = self._token(name, args)
        self.token_identity = (
            pulumi.Output.from_input(args.token_identity)
            if args.settings.existing_secret is None
            else pulumi.Output.concat(token.name, "/", token.key)
        )
        if args.settings.chart is not None:
            self.ready = self._chart(name, args.settings.chart, args, token)
        else:
            self.ready = self._deployment(name, args, token)
        self.register_outputs({})

    def _token(self, name: str, args: OperatorArgs) -> SecretRef:
        existing = args.settings.existing_secret
        if existing is not None:
            return SecretRef(existing.secret_name, existing.key)
        assert args.token is not None, "settings refuse an operator without a token"
        secret = Secret(
            f"{name}-credentials",
            # A chart's pods carry no annotation of ours: there another token makes a Secret of another name.
            metadata=args.scope.meta(COMPONENT, CREDENTIALS if args.settings.chart is None else None),
            type="Opaque",
            data={TOKEN_KEY: args.token.apply(encoded)},
            opts=pulumi.ResourceOptions(parent=self),
        )
        return SecretRef(secret.metadata.name, TOKEN_KEY)

    def _deployment(self, name: str, args: OperatorArgs, token: SecretRef) -> pulumi.Resource:
        settings, namespace = args.settings, args.settings.namespace.name
        several = settings.replicas > 1
        access = OperatorAccess(
            name,
            OperatorAccessArgs(
                scope=args.scope,
                name=NAME,
                namespace=namespace,
                version=args.image.version,
                secret_namespaces=(namespace, *args.secret_namespaces),
                leader_election=several,
                after=args.after,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        container = Container(
            name="manager",
            image=args.image,
            args=(
                f"--metrics-bind-address=:{METRICS_PORT}",
                f"--health-probe-bind-address=:{PROBE_PORT}",
                *(("--leader-elect=true",) if several else ()),
            ),
            env=self._env(args, token),
            ports={"metrics": METRICS_PORT, "probe": PROBE_PORT},
            probes=Probes.of(Probe(path="/readyz", port=PROBE_PORT), Probe(path="/healthz", port=PROBE_PORT)),
            security=Security(user=USER, group=USER, read_only_root=True),
        )
        pod = Pod(
            component=COMPONENT,
            containers=(container,),
            options=pod_options(settings),
            service_account=access.service_account,
            # The token is read at start only, and its Secret keeps its name.
            annotations={"forail-platform.io/token": self.token_identity},
        )
        workload = Workload(
            name,
            WorkloadArgs(
                scope=args.scope,
                object_name=NAME,
                pod=pod,
                replicas=settings.replicas,
                # No value flows from the definitions, and without them the operator exits after two minutes.
                after=args.after,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return workload.controller

    def _env(self, args: OperatorArgs, token: SecretRef) -> tuple[Env, ...]:
        settings = args.settings
        return joined(
            texts(
                FORAIL_URL=args.url,
                FORAIL_HOST_HEADER=settings.host_header,
                FORAIL_INSECURE="true" if settings.insecure_skip_verify else "false",
                SECRET_NAMESPACES=",".join(args.secret_namespaces) or None,
            ),
            (Env("FORAIL_TOKEN", secret=token), Env("POD_NAMESPACE", field="metadata.namespace")),
        )

    def _chart(self, name: str, chart: OperatorChart, args: OperatorArgs, token: SecretRef) -> pulumi.Resource:
        # Half a second that only stacks with a chart pay.
        from pulumi_kubernetes.helm.v3 import Release, RepositoryOptsArgs

        repository, _, tag = args.image.reference.rpartition(":")
        settings = args.settings
        values: dict[str, Any] = {
            "image": {"repository": repository, "tag": tag, "pullPolicy": args.image.pull_policy},
            "imagePullSecrets": [{"name": name} for name in args.scope.pull_secrets],
            "forail": {
                "url": args.url,
                "hostHeader": settings.host_header or "",
                "insecureSkipVerify": settings.insecure_skip_verify,
                "existingSecret": token.name,
            },
            # The chart's own choice is the typed account's name, and Helm refuses an object that is not its own.
            "serviceAccount": {"name": f"{NAME}-{NAME}"},
            "replicas": settings.replicas,
            "leaderElection": settings.replicas > 1,
            "resources": pod_options(settings).resources,
            "secretNamespaces": list(args.secret_namespaces),
            "metrics": {"port": METRICS_PORT},
            "probe": {"port": PROBE_PORT},
            # The definitions belong to the stack: Helm installs them once and never upgrades them.
            "crds": {"install": False},
        }
        return Release(
            name,
            name=NAME,
            namespace=args.scope.namespace,
            chart=chart.source,
            version=chart.version,
            repository_opts=RepositoryOptsArgs(repo=chart.repository) if chart.repository else None,
            skip_crds=True,
            values=values,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
        )
