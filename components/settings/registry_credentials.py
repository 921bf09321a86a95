"""`registryCredentials`: a pull Secret that the stack makes."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from ..schema.section import Section
from ..schema.words import Matching, Words
from .images import REGISTRY_FORM, registry_host


def _server(value: str) -> str:
    if re.fullmatch(r"[-.:A-Za-z0-9]+", value) is None:
        raise ValueError(f"must be {_SERVER.long}")
    return registry_host(value)


_SERVER = Words("a registry host: with a port where it has one, without scheme and path", form=REGISTRY_FORM)


class RegistryCredentialsSettings(Section):
    """`registryCredentials`: a pull Secret is built from these and the secret `registryPassword`."""

    server: Annotated[str, AfterValidator(_server), _SERVER]
    """Registry host, with port where it has one."""
    username: Annotated[
        str, Matching("a user name: one line without ':', at most 255", r"[^\x00-\x1f\x7f:]+", longest=255)
    ]
    """User or robot account."""
