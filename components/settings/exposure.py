"""`exposure`: host, TLS, and the way from outside to the platform. URLs, allowed hosts, CSRF origins, cookie flags,
what proxies are believed, and outputs derive from this one object."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from ..schema.section import Section
from ..schema.values import DnsSubdomain
from ..schema.words import ConflictError
from .addresses import HostName
from .controllers import ABILITIES, GROUP_NAME, Controller
from .edge import EdgeSettings
from .exposure_conflicts import conflicts
from .gateway import GatewaySettings
from .metadata import Annotations
from .networks import Networks
from .reach import NodePorts, Reach, Via
from .tls import DisabledTls, SelfSignedTls, TerminatedUpstreamTls, Tls
from .variables import VARIABLE_BYTES


class ExposureSettings(Section):
    """How the platform is reached from outside the cluster."""

    via: Via = Via.INGRESS
    """`ingress` makes an Ingress for a controller that runs; `gateway` makes HTTPRoutes of the Gateway API; `service`
    runs a small nginx of the stack's own, for clusters without a controller; `none` makes nothing, for what you route
    yourself."""
    host: HostName = "forail.lan"
    """Public host name, without scheme or port. The pods of web and task read it, as they do `extraHosts`, `mode`,
    `ports` and whether TLS is disabled: a change restarts them, and running jobs get
    `task.terminationGracePeriodSeconds` to end."""
    extra_hosts: tuple[HostName, ...] = ()
    """Further host names that serve the same platform."""
    mode: Reach = Reach.NODE_PORT
    """How the controller, the Gateway or the edge is reached. `nodePort` puts the ports into URLs; `loadBalancer` also
    waits until the Ingress has an address; `hostNetwork` uses 80 and 443."""
    ports: NodePorts | None = None
    """The node ports, with `mode: nodePort` only; 30080 and 30443 where left out."""
    class_name: DnsSubdomain | None = None
    """IngressClass, with `via: ingress`; left out, the one of `controller`, or `traefik`."""
    controller: Controller | None = None
    """Writes the Ingress for this controller: class, time-outs that websockets survive, size of uploads, and what it
    does with plain HTTP. `haproxy` is HAProxy Technologies' controller. Left out, the Ingress carries nothing but
    `annotations`."""
    gateway: GatewaySettings | None = None
    """The Gateway, with `via: gateway`."""
    edge: EdgeSettings | None = None
    """The pods of the stack's own nginx, with `via: service`."""
    annotations: Annotations = Field(default_factory=dict[str, str])
    """Annotations of the Ingress, for the controller or for cert-manager. With `via: gateway` they are the own
    Gateway's, or without one the HTTPRoute's; with `via: service` the Service's."""
    allow_from: Networks = ()
    """Networks whose clients are let in; empty for everyone. Refused where the way in cannot hold it."""
    trusted_proxies: Networks = ()
    """Networks of the proxies in front of the platform (pods of the controller, load balancers): what X-Forwarded-For
    says of a client is believed from these only. Empty, the audit log and provisioning callbacks see the last proxy."""
    tls: Tls = SelfSignedTls()
    """Who ends TLS, and where the certificate comes from."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for key, message in conflicts(self):
            raise ConflictError(key, message)
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
    def balances_each_ingress(self) -> bool:
        """Whether the controller makes a load balancer of its own for each Ingress."""
        if self.controller is None or not ABILITIES[self.controller].is_load_balancer:
            return False
        return self.controller is not Controller.ALB or GROUP_NAME not in self.annotations

    @property
    def scheme(self) -> str:
        """What clients use: `https`, or `http` where TLS is disabled."""
        return "http" if isinstance(self.tls, DisabledTls) else "https"

    @property
    def serves_certificate(self) -> bool:
        """Whether the way in ends TLS with a Secret of the platform's namespace."""
        return not isinstance(self.tls, DisabledTls | TerminatedUpstreamTls)

    @property
    def node_ports(self) -> NodePorts:
        """The ports on nodes, given or the default ones; they count with `mode: nodePort` only."""
        return self.ports or NodePorts()

    @property
    def port(self) -> int | None:
        """The port that URLs must carry, or None where it is the scheme's own."""
        if isinstance(self.tls, TerminatedUpstreamTls):
            port = self.tls.port
        elif self.mode is not Reach.NODE_PORT:
            return None
        else:
            port = self.node_ports.http if self.scheme == "http" else self.node_ports.https
        return None if port == (80 if self.scheme == "http" else 443) else port

    @property
    def origins(self) -> tuple[str, ...]:
        """Scheme, host and port of each host, as a browser's Origin header has them."""
        port = "" if self.port is None else f":{self.port}"
        return tuple(f"{self.scheme}://{host}{port}" for host in self.hosts)

    @property
    def ingress_class(self) -> str:
        """IngressClass: the given one, the controller's, or traefik."""
        if self.class_name is not None:
            return self.class_name
        return "traefik" if self.controller is None else ABILITIES[self.controller].class_name
