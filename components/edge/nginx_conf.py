"""stack.conf of the edge's nginx: hosts, ports, paths and addresses of one stack, as nginx reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..application.web import real_ip
from .way_in import Route

# A host of such a name is written with a backslash, or nginx takes it for a parameter of `map`.
_PARAMETERS = ("default", "hostnames", "include", "volatile")


@dataclass(frozen=True, kw_only=True)
class StackConf:
    """What nginx is told of one stack."""

    hosts: Sequence[str]
    """Hosts that are served."""
    https_port: int | None
    """Port of https URLs as clients see it; None where it is 443."""
    routes: Sequence[Route]
    """Paths to Services of fixed names, `/` among them; the longest that fits wins."""
    allow_from: Sequence[str] = ()
    """Networks of the clients that are served; empty, all."""
    trusted_proxies: Sequence[str] = ()
    """Networks of the proxies whose X-Forwarded-For is believed; empty, none."""

    def render(self) -> str:
        """The text of the file; it is read at the level of `http`."""
        # nginx takes the first expression that fits. `/` comes last, and takes what no other does.
        *paths, rest = sorted(self.routes, key=lambda route: len(route.path), reverse=True)
        port = "" if self.https_port is None else f":{self.https_port}"
        served = ((network, "0") for network in self.allow_from)
        return "\n".join(
            (
                *_block("map $host $unknown_host", "1", ((_host(host), "0") for host in self.hosts)),
                *_block("map $host $https_port", f'"{port}"', ()),
                *_block("geo $outside", "1" if self.allow_from else "0", served),
                *_block("map $uri $upstream", _address(rest), ((_below(one), _address(one)) for one in paths)),
                real_ip(self.trusted_proxies) if self.trusted_proxies else "",
            )
        )


def _block(head: str, default: str, entries: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    return (f"{head} {{", f"    default {default};", *(f"    {key} {value};" for key, value in entries), "}")


def _host(name: str) -> str:
    return f"\\{name}" if name in _PARAMETERS else name


def _address(route: Route) -> str:
    assert isinstance(route.service, str), "the name is in a file, so it must be known before anything runs"
    # $zone is the pod's search domain, from pod.conf: nginx's resolver knows full names only.
    return f'"{route.service}.$zone:{route.port}"'


def _below(route: Route) -> str:
    return f'"~^{re.escape(route.path)}(/|$)"'
