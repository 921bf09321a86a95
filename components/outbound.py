"""How pods reach the outside: the CAs they trust beside their image's own, and the proxy between.

Who gets what (docs/operations.md, "A private CA and a proxy"):

    web, task, init, restore, drill    `merged`, by `Backend`: one file with the image's CAs and the stack's; the proxy
    verify                             the same without the proxy, past which it asks the platform's own Services
    copies of dumps, ollama            `beside`: programs in Go read a folder beside the image's CAs; the proxy
    operator                           CAs only: its client for Forail's API reads no proxy
    jobs, project and inventory syncs  the proxy by the settings file; CAs by podman's defaults where they run in the
                                       task pod, and by the container group's pod spec where they have pods of their own

Frontend, Postgres, Redis, OPA, the collector and the assistant itself talk to nothing outside of the cluster.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

import pulumi
from pulumi_kubernetes.core.v1 import Secret

from .application import assistant, frontend, opa, otel_collector, web
from .application.outbound import UNCHANGED, ApplicationOutbound, job_pod
from .data import postgres, redis
from .kube.container import Container, ImageRef
from .kube.environment import Env, SecretRef, texts
from .kube.files import File, FileSet
from .kube.metadata import Scope
from .kube.mounts import FileMount, Holder, KeyMount, PreparedMount, ScratchMount
from .kube.outbound import Outbound
from .kube.secret import encoded
from .settings.proxy import ProxySettings
from .settings.trust import STORE_FILE_VARIABLES, STORE_FOLDER_VARIABLE, TrustSettings

FOLDER = "/etc/forail/trust"
STORE = f"{FOLDER}/ca-bundle.crt"
ADDED_FOLDER, ADDED_FILE = "/etc/forail/trust-added", "ca.crt"
MERGE = File("trust/merge.sh", "/etc/forail/trust-merge.sh")
PODMAN = File("trust/containers.conf", "/etc/containers/containers.conf.d/forail-trust.conf")
SERVICES = (
    *(web.NAME, frontend.NAME, opa.NAME, otel_collector.NAME, assistant.NAME, assistant.OLLAMA_NAME),
    *(postgres.NAME, redis.NAME, "kubernetes"),
)
"""Short names of Services that pods talk to; longer ones end in one of `DOMAINS`."""
DOMAINS = (".svc", ".cluster.local")


@dataclass(frozen=True, kw_only=True)
class OutboundConfigurationArgs:
    """What pods of one namespace need."""

    scope: Scope
    """Their namespace and labels."""
    trust: TrustSettings | None
    """`trust`."""
    proxy: ProxySettings | None = None
    """`proxy`; None where its pods use none."""
    password: pulumi.Output[str] | None = None
    """`proxyPassword`, where the proxy has a user."""
    direct: tuple[str, ...] = ()
    """Hosts of this stack that are reached without the proxy."""
    image: ImageRef | None = None
    """The backend's, for `application`; None where no pod has it."""
    job_image: ImageRef | None = None
    """Execution environment of jobs that have pods of their own; None where jobs run in the task pod."""


class OutboundConfiguration(pulumi.ComponentResource):
    """What pods mount and read to reach the outside.

    Creates: ConfigMaps with the CAs and merge.sh, and a Secret with the proxy's address where that has a user.
    """

    application: ApplicationOutbound
    """For what runs."""
    beside: Outbound
    """For programs in Go, which read a folder beside the image's own file; their image needs no shell."""

    def __init__(self, name: str, args: OutboundConfigurationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:outbound:OutboundConfiguration", name, None, opts)
        self._proxy = () if args.proxy is None else self._variables(name, args.proxy, args)
        added = None if args.trust is None else self._cas(name, args.trust, args.scope)
        if added is None:
            self.beside = Outbound(env=self._proxy)
            self.application = ApplicationOutbound(merged=self.beside, trusting=Outbound(), beside=self.beside)
        else:
            folder = texts(**{STORE_FOLDER_VARIABLE: ADDED_FOLDER})
            self.beside = Outbound(env=(*folder, *self._proxy), mounts=(added,))
            self.application = self._application(name, args, added)
        self.register_outputs({})

    def _application(
        self, name: str, args: OutboundConfigurationArgs, added: FileMount | KeyMount
    ) -> ApplicationOutbound:
        if args.image is None:
            return UNCHANGED
        merge, podman = FileSet(f"{name}-trust", (MERGE, PODMAN), args.scope, "trust", parent=self).mounts
        trusting = _merged(args.image, merge, added)
        return ApplicationOutbound(
            merged=Outbound(env=(*trusting.env, *self._proxy), mounts=trusting.mounts),
            trusting=trusting,
            beside=self.beside,
            podman=(podman,),
            job_pod=None if args.job_image is None else job_pod(_merged(args.job_image, merge, added)),
        )

    def _cas(self, name: str, trust: TrustSettings, scope: Scope) -> FileMount | KeyMount:
        config_map, secret = trust.existing_config_map, trust.existing_secret
        if config_map is not None:
            kept, said = (Holder.CONFIG_MAP, config_map.config_map_name, config_map.key), "trust.existingConfigMap"
            return KeyMount("trust-added", *kept, ADDED_FILE, ADDED_FOLDER, said)
        if secret is not None:
            kept, said = (Holder.SECRET, secret.secret_name, secret.key), "trust.existingSecret"
            return KeyMount("trust-added", *kept, ADDED_FILE, ADDED_FOLDER, said)
        file, bundle = File(ADDED_FILE, f"{ADDED_FOLDER}/{ADDED_FILE}"), trust.bundle or ""
        # A ConfigMap of its own: the certificates may fill it.
        made = FileSet(f"{name}-trust-added", (file,), scope, "trust", parent=self, content={file.key: bundle})
        (mount,) = made.mounts
        return mount

    def _variables(self, name: str, proxy: ProxySettings, args: OutboundConfigurationArgs) -> tuple[Env, ...]:
        direct = ",".join(dict.fromkeys((*_direct(args.direct), *proxy.no_proxy)))
        addresses = {scheme: url for scheme, url in (("http", proxy.http), ("https", proxy.https)) if url is not None}
        refs = {} if proxy.username is None else self._with_user(name, addresses, proxy.username, args)
        variables = (
            Env(variable, secret=refs[scheme]) if refs else Env(variable, url)
            for scheme, url in addresses.items()
            for variable in (f"{scheme}_proxy".upper(), f"{scheme}_proxy")
        )
        return (*variables, *texts(NO_PROXY=direct, no_proxy=direct))

    def _with_user(
        self, name: str, addresses: dict[str, str], user: str, args: OutboundConfigurationArgs
    ) -> dict[str, SecretRef]:
        if args.password is None:
            raise ValueError("proxy.username is given without proxyPassword")
        login = args.password.apply(lambda password: f"{quote(user, safe='')}:{quote(password, safe='')}@")
        whole = {
            scheme: pulumi.Output.concat(url.partition("//")[0], "//", login, url.partition("//")[2]).apply(encoded)
            for scheme, url in addresses.items()
        }
        made = Secret(
            f"{name}-proxy",
            metadata=args.scope.meta("secrets"),
            type="Opaque",
            data={scheme: pulumi.Output.secret(address) for scheme, address in whole.items()},
            # Without a name of its own another password makes another Secret, so who reads it rolls.
            opts=pulumi.ResourceOptions(parent=self),
        )
        return {scheme: SecretRef(made.metadata.name, scheme) for scheme in addresses}


def application_outbound(
    name: str, args: OutboundConfigurationArgs, opts: pulumi.ResourceOptions
) -> ApplicationOutbound:
    """The ways to the outside of what runs; without `trust` and `proxy` nothing is made."""
    if args.trust is None and args.proxy is None:
        return UNCHANGED
    return OutboundConfiguration(name, args, opts).application


def operator_outbound(name: str, scope: Scope, trust: TrustSettings | None, opts: pulumi.ResourceOptions) -> Outbound:
    """The CAs that the operator trusts; without `trust` nothing is made."""
    if trust is None:
        return Outbound()
    return OutboundConfiguration(name, OutboundConfigurationArgs(scope=scope, trust=trust), opts).beside


def _merged(image: ImageRef, merge: FileMount, added: FileMount | KeyMount) -> Outbound:
    """One file with the CAs of `image` and the stack's: programs that are told of a file read no other."""
    merging = Container(
        name="trust",
        image=image,
        command=("bash", MERGE.path, f"{ADDED_FOLDER}/{ADDED_FILE}", STORE),
        mounts=(merge, added, ScratchMount("trust", FOLDER)),
        # It copies some hundred kilobytes.
        resources={"requests": {"memory": "16Mi", "cpu": "10m"}, "limits": {"memory": "64Mi", "cpu": "500m"}},
    )
    variables = texts(**dict.fromkeys(STORE_FILE_VARIABLES, STORE))
    return Outbound(env=variables, mounts=(PreparedMount("trust", FOLDER, merging),))


def _direct(hosts: tuple[str, ...]) -> tuple[str, ...]:
    """What is reached without a proxy whatever the stack file says."""
    # The kubelet puts in the API server's address, by which client libraries reach it.
    loopback = ("localhost", "127.0.0.1", "::1", "$(KUBERNETES_SERVICE_HOST)")
    return (*loopback, *DOMAINS, *SERVICES, *hosts)
