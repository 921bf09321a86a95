"""Host names, ports and URLs: one rule for each, for every setting that takes one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from typing import Annotated, Any

from pydantic import AfterValidator, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from ..schema.values import DNS_LABEL
from ..schema.words import Matching, Words, whole

# RFC 1123.
_LONGEST_NAME = 253
_HIGHEST_PORT = 65535
# As host_name() and is_ipv4() have them: the last label may not be a number; bytes have no leading zero.
_NAME_FORM = rf"({DNS_LABEL}\.)*(?![0-9]+(?![-a-z0-9])){DNS_LABEL}"
PORT_FORM = (
    r"(?!0{1,5}(?![0-9]))([0-5]?[0-9]{1,4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"  # 1 to 65535
)
"""The port that `host_and_port` takes."""
_BYTE = r"(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_HOST_FORM = rf"({_NAME_FORM}|{_BYTE}(\.{_BYTE}){{3}})"
_FITS = rf"(?=.{{1,{_LONGEST_NAME}}}$)"


def host_name(value: str) -> str:
    """`value`, or ValueError where it is not a lower-case DNS name that a resolver looks up."""
    labels = value.split(".")
    if len(value) > _LONGEST_NAME or not all(re.fullmatch(DNS_LABEL, label) for label in labels):
        raise ValueError(
            "must be a DNS name: lower-case labels of at most 63 characters joined by dots, at most 253 in all, "
            "for example 'forail.example.com'"
        )
    # URL parsers and resolvers take whatever ends in a number for an IPv4 address.
    if labels[-1].isdecimal():
        raise ValueError("must be a DNS name: its last label may not be a number, which is read as an IP address")
    return value


def is_ipv4(value: str) -> bool:
    """Whether `value` is an IPv4 address in its usual form."""
    try:
        return str(IPv4Address(value)) == value
    except AddressValueError:
        return False


def host_and_port(value: str) -> tuple[str, int | None]:
    """Host (a DNS name or IPv4 address) and port, None where there is none; ValueError for anything else."""
    host, colon, port = value.partition(":")
    if colon and (re.fullmatch(r"[0-9]{1,5}", port) is None or not 1 <= int(port) <= _HIGHEST_PORT):
        raise ValueError(f"has a port out of range: give a number from 1 to {_HIGHEST_PORT}")
    return (host if is_ipv4(host) else host_name(host)), (int(port) if colon else None)


def _public_host(value: str) -> str:
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
    return host_name(value)


def _server(value: str) -> str:
    if "/" in value:
        raise ValueError("must be the server's host name only: port, database and user are keys of their own")
    if ":" in value:
        raise ValueError("must be a host name or an IPv4 address: the port is postgres.port")
    return value if is_ipv4(value) else host_name(value)


HostName = Annotated[
    str, AfterValidator(_public_host), Words("a host name: without scheme, port and path", form=_FITS + _NAME_FORM)
]
ServerHost = Annotated[
    str, AfterValidator(_server), Words("a host name or IPv4 address: without port", form=_FITS + _HOST_FORM)
]

Email = Annotated[
    str,
    Matching(
        "an e-mail address: such as admin@example.com",
        # As Django's validator, without its quoted forms.
        r"[A-Za-z0-9!#$%&'*+/=?^_`{}|~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{}|~-]+)*"
        r"@(localhost|([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}(?<!-))",
        longest=254,
    ),
]


@dataclass(frozen=True)
class Url(Words):
    """A URL of one of `schemes`, whose host and port keep the rules above; `words` name it in errors."""

    schemes: tuple[str, ...]
    path: str = ""
    """Pattern of what follows host and port; nothing may, where it is empty."""
    needs_port: bool = False
    """Whether the port must be written."""
    longest: int = 1000
    """Characters."""

    def check(self, text: str) -> str:
        """Returns `text`, or raises ValueError."""
        scheme, separator, rest = text.partition("://")
        authority = re.match(r"[^/?#@\s]*", rest)
        if len(text) > self.longest or not separator or scheme not in self.schemes or authority is None:
            raise ValueError(f"must be {self.long}")
        if re.fullmatch(self.path, rest[authority.end() :]) is None:
            raise ValueError(f"must be {self.long}")
        _, port = host_and_port(authority.group())
        if self.needs_port and port is None:
            raise ValueError(f"must be {self.long}")
        return text

    def keywords(self) -> dict[str, Any]:
        """What a JSON schema says about it: everything but the length of the name."""
        port = f":{PORT_FORM}" if self.needs_port else f"(:{PORT_FORM})?"
        pattern = f"({'|'.join(self.schemes)})://{_HOST_FORM}{port}{self.path}"
        return {"pattern": whole(pattern), "maxLength": self.longest}

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))


BaseUrl = Annotated[
    str,
    Url(
        "an address such as https://forail.example.com: scheme, host and port, without path or slash at the end",
        ("http", "https"),
    ),
]
Endpoint = Annotated[
    str,
    Url(
        "an OTLP endpoint: scheme, host and port without path, such as http://collector.observability:4317",
        ("http", "https"),
        needs_port=True,
    ),
]
RepositoryUrl = Annotated[
    str,
    Url("the https:// address of a chart repository: without user and password", ("https",), r"(/[^\s@?#]*)?"),
]
