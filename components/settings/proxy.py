"""`proxy`: the HTTP proxy by which the platform and its jobs reach the outside."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from ..schema.section import Section
from ..schema.words import ConflictError, Matching, Words
from .addresses import Url, host_and_port

PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
"""curl reads the lower-case names, most others both."""
# Half of what Linux gives a variable (VARIABLE_BYTES): the program's own entries come beside.
_ENTRIES_BYTES = 65536


def _without_user(value: str) -> str:
    # Whatever else is wrong with it: a proxy's address has this sign for nothing else.
    if "@" in value:
        raise ValueError(
            "holds a user or a password: write scheme, host and port only, give the user as proxy.username and the "
            "password with pulumi config set --secret proxyPassword, and remove it from the file's history"
        )
    return value


ProxyUrl = Annotated[
    str,
    AfterValidator(_without_user),
    Url("a proxy's address such as http://proxy.example.com:3128: scheme, host and port", ("http", "https"),
        needs_port=True),
]  # fmt: skip


def _direct(entry: str) -> str:
    if "://" in entry:
        raise ValueError("must be a host: leave the scheme out")
    if re.search(r"\s|,", entry):
        raise ValueError("must be one host: give each as an entry of its own, without blanks and commas")
    if "*" in entry:
        raise ValueError("must be a host: most programs read no '*'; .example.com stands for all of its hosts")
    if "/" in entry or entry.count(":") > 1:
        try:
            ip_network(entry)
        except ValueError:
            raise ValueError("must be an IP address or a range from its first address, such as 10.0.0.0/8") from None
        return entry
    host_and_port(entry.removeprefix("."))
    return entry


Direct = Annotated[
    str,
    AfterValidator(_direct),
    Words("a host name, .domain, IP address or range: without scheme, such as .example.com or 10.0.0.0/8"),
]


class ProxySettings(Section):
    """`proxy`: a way to the outside; docs/operations.md says who takes it."""

    http: ProxyUrl | None = None
    """Proxy for `http://` addresses."""
    https: ProxyUrl | None = None
    """Proxy for `https://` addresses; usually the same one, an `http://` address too."""
    username: Annotated[
        str, Matching("a user of the proxy: one line of at most 255 characters", r"[^\x00-\x1f\x7f]+", longest=255)
    ] | None = None  # fmt: skip
    """User at the proxy; the password is the secret `proxyPassword`."""
    no_proxy: tuple[Direct, ...] = ()
    """What is reached without it. The platform's own Services, the cluster's (`.svc`, `.cluster.local`), its API
    server, loopback, the public hosts, and hosts of an external database and collector are there by themselves."""

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if self.http is None and self.https is None:
            raise ConflictError("https", "is missing: give the proxy's address here, as http, or both")
        if len(",".join(self.no_proxy)) > _ENTRIES_BYTES:
            raise ConflictError("noProxy", "has more than 64 KiB in all: give domains and ranges instead of hosts")
        return self
