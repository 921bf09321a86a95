"""`exposure`: host, TLS and how the Ingress controller is reached. URLs, allowed hosts, CSRF origins, cookie flags and
outputs derive from this one object."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal, Self, cast

from pydantic import Discriminator, Field, Tag, model_validator

from ..schema.pem import CertificatePem
from ..schema.section import Section
from ..schema.values import DnsSubdomain, Port
from ..schema.words import ConflictError
from .addresses import HostName
from .metadata import Annotations
from .variables import VARIABLE_BYTES


class Reach(StrEnum):
    """How clients reach the Ingress controller."""

    NODE_PORT = "nodePort"
    LOAD_BALANCER = "loadBalancer"
    HOST_NETWORK = "hostNetwork"


class NodePorts(Section):
    """Ports that the Ingress controller's NodePort Service opens on every node."""

    http: Port = 30080
    """Port for plain HTTP."""
    https: Port = 30443
    """Port for HTTPS."""

    @model_validator(mode="after")
    def _two_ports(self) -> Self:
        if self.http == self.https:
            raise ConflictError("https", "is the same port as ports.http: give each its own")
        return self


class SelfSignedTls(Section):
    """A private CA made for this stack signs a leaf for the hosts and one level below them."""

    mode: Literal["selfSigned"] = "selfSigned"
    """`selfSigned`: a private CA signs a leaf; `provided`: PEM from the stack file; `existing`: a Secret that
    exists, for example from cert-manager; `disabled`: plain HTTP."""
    validity_days: Annotated[int, Field(ge=2, le=825, strict=True)] = 365
    """Days the leaf is valid; browsers accept 825 at most. It is renewed by the first `up` in its last tenth."""


class ProvidedTls(Section):
    """A certificate given as PEM; its key is the secret `tlsPrivateKey`."""

    mode: Literal["provided"]
    """`provided`: PEM from the stack file."""
    certificate: CertificatePem
    """PEM of the leaf, followed by its intermediates."""


class ExistingTls(Section):
    """A Secret of type kubernetes.io/tls that exists, for example from cert-manager."""

    mode: Literal["existing"]
    """`existing`: a Secret that exists, for example from cert-manager."""
    secret_name: DnsSubdomain = "forail-tls"
    """Name of the Secret, in the platform's namespace."""


class DisabledTls(Section):
    """Plain HTTP: cookies lose their Secure flag. For test clusters."""

    mode: Literal["disabled"]
    """`disabled`: plain HTTP."""


def _mode(value: Any) -> str:
    if isinstance(value, Section):
        return str(getattr(value, "mode", "selfSigned"))
    return str(cast("dict[str, Any]", value).get("mode", "selfSigned")) if isinstance(value, dict) else "selfSigned"


Tls = Annotated[
    Annotated[SelfSignedTls, Tag("selfSigned")]
    | Annotated[ProvidedTls, Tag("provided")]
    | Annotated[ExistingTls, Tag("existing")]
    | Annotated[DisabledTls, Tag("disabled")],
    Discriminator(_mode),
]


class ExposureSettings(Section):
    """How the platform is reached from outside the cluster."""

    host: HostName = "forail.lan"
    """Public host name, without scheme or port. The pods of web and task read it, as they do `extraHosts`, `mode`,
    `ports` and whether TLS is disabled: a change restarts them, and running jobs get
    `task.terminationGracePeriodSeconds` to end."""
    extra_hosts: tuple[HostName, ...] = ()
    """Further host names that serve the same platform."""
    mode: Reach = Reach.NODE_PORT
    """`nodePort` puts the ports into URLs; `loadBalancer` also waits until the Ingress has an address; `hostNetwork`
    uses 80 and 443."""
    ports: NodePorts | None = None
    """The controller's node ports, with `mode: nodePort` only; 30080 and 30443 where left out."""
    class_name: DnsSubdomain = "traefik"
    """IngressClass."""
    annotations: Annotations = Field(default_factory=dict[str, str])
    """Annotations of the Ingress, for the controller or for cert-manager."""
    tls: Tls = SelfSignedTls()
    """Where the certificate comes from."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.ports is not None and self.mode is not Reach.NODE_PORT:
            raise ConflictError(
                "ports", f"have no effect with exposure.mode {self.mode}: drop them, or set mode: nodePort"
            )
        if len(set(self.hosts)) != len(self.hosts):
            raise ConflictError(
                "extraHosts", "name a host twice: each of exposure.host and extraHosts must be different"
            )
        # The pods get all of them in one variable.
        if len(",".join(self.origins)) > VARIABLE_BYTES - len("FORAIL_CSRF_TRUSTED_ORIGINS=") - 1:
            raise ConflictError("extraHosts", f"fill more than the {VARIABLE_BYTES} bytes of a variable: name fewer")
        return self

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every public host name, the main one first."""
        return (self.host, *self.extra_hosts)

    @property
    def scheme(self) -> str:
        """`https`, or `http` where TLS is disabled."""
        return "http" if isinstance(self.tls, DisabledTls) else "https"

    @property
    def port(self) -> int | None:
        """The port that URLs must carry, or None where it is the scheme's own."""
        if self.mode is not Reach.NODE_PORT:
            return None
        ports = self.ports or NodePorts()
        port, standard = (ports.http, 80) if self.scheme == "http" else (ports.https, 443)
        return None if port == standard else port

    @property
    def origins(self) -> tuple[str, ...]:
        """Scheme, host and port of each host, as a browser's Origin header has them."""
        port = "" if self.port is None else f":{self.port}"
        return tuple(f"{self.scheme}://{host}{port}" for host in self.hosts)
