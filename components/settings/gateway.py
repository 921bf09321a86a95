"""`exposure.gateway`: the Gateway that the routes hang on, one that exists or one of the stack's own."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from ..schema.section import Section
from ..schema.values import DnsLabel, DnsSubdomain, Port
from ..schema.words import ConflictError, Words

_ADDRESS = Words("an IP address: such as 192.0.2.10 or 2001:db8::10", form=r"[0-9A-Fa-f:.]+")


def _address(value: str) -> str:
    try:
        fits = "%" not in value and bool(ip_address(value))
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(f"must be {_ADDRESS.long}")
    return value


Address = Annotated[str, AfterValidator(_address), _ADDRESS]


class ParentRef(Section):
    """A Gateway that exists, or one of its listeners."""

    name: DnsSubdomain
    """Name of the Gateway."""
    namespace: DnsLabel | None = None
    """Its namespace; left out, the platform's. It must allow routes from the platform's (`allowedRoutes`)."""
    section_name: DnsSubdomain | None = None
    """The listener, by its name; left out, every listener that fits."""


class ListenerPorts(Section):
    """Ports of the own Gateway's listeners. Some controllers serve only ports that they listen on already."""

    http: Port = 80
    """Port for plain HTTP; 8000 with Traefik's chart."""
    https: Port = 443
    """Port for HTTPS; 8443 with Traefik's chart."""

    @model_validator(mode="after")
    def _two_ports(self) -> Self:
        if self.http == self.https:
            raise ConflictError("https", "is the same port as http: give each its own")
        return self


class GatewaySettings(Section):
    """The Gateway: `parentRefs` to one that exists, or `className` for one of the stack's own."""

    parent_refs: tuple[ParentRef, ...] = ()
    """Gateways that exist. They end TLS with certificates of their own, so that `tls.mode` is `terminatedUpstream` or
    `disabled`."""
    class_name: DnsSubdomain | None = None
    """GatewayClass of a Gateway of the stack's own, which is called `forail`."""
    listener_ports: ListenerPorts | None = None
    """Ports of the own Gateway's listeners; 80 and 443 where left out."""
    addresses: tuple[Address, ...] = ()
    """Addresses that the own Gateway asks for; left out, its class gives one."""

    @model_validator(mode="after")
    def _one_gateway(self) -> Self:
        if self.parent_refs and self.class_name is not None:
            raise ConflictError(
                "className", "asks for a Gateway of the stack's own beside parentRefs: drop one of the two"
            )
        if not self.parent_refs and self.class_name is None:
            raise ConflictError(
                "className",
                "is missing, and so are parentRefs: name the GatewayClass for a Gateway of the stack's own, or a "
                "Gateway that exists",
            )
        for key, given in (("listenerPorts", self.listener_ports), ("addresses", self.addresses)):
            if given and self.parent_refs:
                raise ConflictError(key, "have no effect with parentRefs: they are the Gateway's own, so drop them")
        # Lists whose entries the API server compares.
        for key, listed in (("parentRefs", self.parent_refs), ("addresses", self.addresses)):
            if len(set(map(str, listed))) != len(listed):
                raise ConflictError(key, "name one twice: name each once")
            if len(listed) > _MOST[key]:
                raise ConflictError(key, f"are more than the {_MOST[key]} that the Gateway API takes: name fewer")
        named = [(one.namespace, one.name) for one in self.parent_refs]
        if any(named.count((one.namespace, one.name)) > 1 and one.section_name is None for one in self.parent_refs):
            raise ConflictError("parentRefs", "name a Gateway twice: give each its sectionName")
        return self


_MOST = {"parentRefs": 32, "addresses": 16}
