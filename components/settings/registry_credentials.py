"""`registryCredentials`: a pull Secret that the stack makes."""

from __future__ import annotations

from typing import Annotated

from ..schema.section import Section
from ..schema.words import Matching
from .images import HOST_AND_PORT


class RegistryCredentialsSettings(Section):
    """`registryCredentials`: a pull Secret is built from these and the secret `registryPassword`."""

    server: Annotated[
        str, Matching("a registry host: with a port where it has one, without scheme and path", HOST_AND_PORT)
    ]
    """Registry host, with port where it has one."""
    username: Annotated[
        str, Matching("a user name: one line without ':', at most 255", r"[^\x00-\x1f\x7f:]+", longest=255)
    ]
    """User or robot account."""
