"""Networks in CIDR form, as far as programs of several kinds read them alike."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import Annotated

from pydantic import AfterValidator

from ..schema.words import Words

_FORM = r"[0-9A-Fa-f:.]+/(0|[1-9][0-9]{0,2})"
_LONGEST = 49
_WORDS = Words("a network: address, slash and length, such as 10.0.0.0/8 or 2001:db8::/32", form=_FORM)


def _network(value: str) -> str:
    # ip_network() also takes one address, a netmask and a zone, which nginx and the API server read otherwise or not.
    if len(value) > _LONGEST or re.fullmatch(_FORM, value) is None:
        raise ValueError(f"must be {_WORDS.long}")
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        raise ValueError(f"must be {_WORDS.long}") from None
    if network.network_address != ip_address(value.partition("/")[0]):
        raise ValueError("has bits set behind its length: give the network's own address, such as 10.0.0.0/8")
    return value


Network = Annotated[
    str,
    AfterValidator(_network),
    _WORDS,
]
"""An IPv4 or IPv6 network."""
# Controllers get them in one annotation, in the room that is kept for what the program adds (metadata.ADDED_BYTES).
MOST = 64


def _few(networks: tuple[str, ...]) -> tuple[str, ...]:
    if len(networks) > MOST:
        raise ValueError(f"have more than {MOST} networks: give wider ones that hold several")
    if len(set(networks)) != len(networks):
        raise ValueError("name a network twice: name each once")
    return networks


Networks = Annotated[tuple[Network, ...], AfterValidator(_few)]
"""Networks, each once."""
