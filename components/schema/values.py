"""Value types that sections share, in Kubernetes' and the DNS's own forms."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field

from .words import Matching, Words


def _dns_label(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", value):
        raise ValueError("must be a DNS label: lower-case letters, digits and '-', at most 63, for example 'forail'")
    return value


def dns_subdomain(value: str) -> str:
    """`value`, or ValueError where it is not lower-case labels joined by dots."""
    labels = value.split(".")
    if len(value) > 253 or not all(re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", label) for label in labels):
        raise ValueError("must be a DNS name: lower-case labels joined by dots, for example 'forail.example.com'")
    return value


def _host(value: str) -> str:
    if "://" in value:
        raise ValueError("must be a bare host name: leave the scheme out, exposure.tls decides it")
    if "*" in value:
        raise ValueError("must be one host name: '*' would accept any Host header and poison password-reset links")
    if re.fullmatch(r"[0-9.]+", value) or value.count(":") > 1:
        raise ValueError("must be a host name, not an IP address: Ingress rules and certificates need a DNS name")
    if ":" in value:
        raise ValueError("must be a bare host name: leave the port out, exposure.mode and exposure.ports decide it")
    if "/" in value:
        raise ValueError("must be a bare host name: leave the path out")
    return dns_subdomain(value)


_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?")
_SCALE = {
    "m": Decimal("0.001"),
    "": Decimal(1),
    **{unit: Decimal(1000) ** power for power, unit in enumerate(("k", "M", "G", "T", "P"), start=1)},
    **{unit: Decimal(1024) ** power for power, unit in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi"), start=1)},
}


def quantity(value: str) -> Decimal:
    """The number a Kubernetes quantity such as `500m` or `4Gi` stands for; raises ValueError for anything else."""
    match = _QUANTITY.fullmatch(value)
    if match is None:
        raise ValueError("must be a Kubernetes quantity such as 500m, 2, 512Mi or 8Gi")
    return Decimal(match.group(1)) * _SCALE[match.group(2) or ""]


def _quantity_text(value: str) -> str:
    if quantity(value) <= 0:
        raise ValueError("must be more than zero")
    return value


def _bytes(value: str) -> str:
    if quantity(value) < 1024:
        raise ValueError("must be an amount of bytes with a unit, such as 512Mi or 8Gi")
    return value


def _label_value(value: str) -> str:
    if not re.fullmatch(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?", value):
        raise ValueError("must be a label value: letters, digits, '-', '_' and '.', at most 63")
    return value


def _qualified_name(value: str) -> str:
    prefix, _, name = value.rpartition("/")
    if not re.fullmatch(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?", name) or ("/" in value and not prefix):
        raise ValueError("must be a Kubernetes key such as 'team' or 'example.com/team'")
    if prefix:
        dns_subdomain(prefix)
    return value


DnsLabel = Annotated[
    str, AfterValidator(_dns_label), Words("a DNS label: lower-case letters, digits and '-', at most 63")
]
DnsSubdomain = Annotated[str, AfterValidator(dns_subdomain), Words("a DNS name: lower-case labels joined by dots")]
HostName = Annotated[str, AfterValidator(_host), Words("a host name: without scheme, port and path")]
Cpu = Annotated[
    str,
    Field(coerce_numbers_to_str=True),
    AfterValidator(_quantity_text),
    Words("an amount of cores: such as 500m or 2"),
]
Memory = Annotated[
    str,
    AfterValidator(_quantity_text),
    AfterValidator(_bytes),
    Words("an amount of bytes: with a unit, such as 512Mi or 8Gi"),
]
Port = Annotated[int, Field(ge=1, le=65535, strict=True)]
Replicas = Annotated[int, Field(ge=1, le=50, strict=True)]
LabelValue = Annotated[
    str, AfterValidator(_label_value), Words("a label value: letters, digits, '-', '_' and '.', at most 63")
]
QualifiedName = Annotated[
    str, AfterValidator(_qualified_name), Words("a Kubernetes key: such as team or example.com/team")
]
SecretKeyName = Annotated[
    str, Matching("a key of a Secret: letters, digits, '-', '_' and '.', at most 253", r"[-._a-zA-Z0-9]{1,253}")
]
