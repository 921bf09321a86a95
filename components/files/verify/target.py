"""What is verified and how it is reached: read from a stack's outputs, or from the variables of the Job."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

# What `pulumi stack output` prints in place of a secret.
HIDDEN = "[secret]"


class UnusableError(Exception):
    """The description of the stack cannot be used; the text names the key or variable and the fix, and no value."""


@dataclass(frozen=True)
class Route:
    """Where paths below `prefix` go: `base` is a scheme with host and port."""

    prefix: str
    base: str


@dataclass(frozen=True)
class Target:
    """One platform. A part is an address, "" where the stack has it switched off, None where that cannot be known."""

    origin: str
    """The public address: scheme, host and, where it is not the scheme's own, port."""
    routes: tuple[Route, ...]
    """From a pod: the Services behind the Ingress. Empty from outside, where everything goes to the origin."""
    ca: str
    """PEM of the CA that signed the public certificate; "" for the system's."""
    version: str
    """Tag or digest of the backend image."""
    admin_user: str
    admin_password: str | None
    """None where only an existing Secret holds it."""
    token: str | None
    """The same for the personal access token."""
    nodes: tuple[str, ...]
    """Names of the task nodes; empty where only those that registered are known."""
    execution: str | None
    """`hybrid` or `control`; None where each node's own type decides."""
    opa: str | None
    collector: str | None
    assistant: str | None
    operator: str | None
    """`canary`, or `silent` where it writes nothing that could be looked for."""

    @property
    def inside(self) -> bool:
        """Whether this runs in the cluster."""
        return bool(self.routes)

    @property
    def https(self) -> bool:
        """Whether browsers come by TLS."""
        return self.origin.startswith("https://")

    @property
    def host(self) -> str:
        """The Host header: with the port, where the public address has one."""
        return self.origin.partition("://")[2]

    def route(self, path: str) -> str:
        """The base address that serves `path`: the longest prefix wins, as in an Ingress."""
        found = [route for route in self.routes if path == route.prefix or path.startswith(_folder(route.prefix))]
        return max(found, key=lambda route: len(route.prefix)).base if found else self.origin


def _folder(prefix: str) -> str:
    return prefix if prefix.endswith("/") else f"{prefix}/"


def from_outputs(text: str) -> Target:
    """From what `pulumi stack output --json --show-secrets` prints.

    Raises UnusableError for anything else.
    """
    try:
        outputs = json.loads(text)
    except (ValueError, RecursionError):
        outputs = None
    if not isinstance(outputs, dict):
        raise UnusableError(
            "standard input holds no stack's outputs: pipe `pulumi stack output --json --show-secrets` into this"
        )
    password, token = _secret(outputs, "adminPassword"), _secret(outputs, "personalAccessToken")
    return Target(
        origin=origin("url", _text(outputs, "url")),
        routes=(),
        ca=_text(outputs, "caCertificate", ""),
        version=_text(outputs, "version"),
        admin_user=_text(outputs, "adminUsername"),
        admin_password=password,
        token=_usable_token("personalAccessToken", token),
        nodes=(),
        execution=None,
        opa=None,
        collector=None,
        assistant=None,
        operator=None if _text(outputs, "operatorNamespace", "") else "",
    )


def _text(outputs: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = outputs.get(name, default)
    if not isinstance(value, str) or (default is None and not value):
        raise UnusableError(f"the stack's outputs have no text {name}: run `pulumi up` with this release first")
    return value


def _secret(outputs: Mapping[str, Any], name: str) -> str | None:
    value = outputs.get(name)
    if value == HIDDEN:
        raise UnusableError(f"{name} is hidden: add --show-secrets to `pulumi stack output --json`")
    if value is not None and not isinstance(value, str):
        raise UnusableError(f"{name} is no text: pipe `pulumi stack output --json --show-secrets` into this")
    return value or None


def from_environment(environ: Mapping[str, str]) -> Target:
    """From the variables that the Job sets.

    Raises UnusableError, naming the variable, for a missing or unusable one.
    """
    needed = ("VERIFY_ORIGIN", "VERIFY_ROUTES", "VERIFY_VERSION", "VERIFY_ADMIN_USER")
    needed += ("VERIFY_TOKEN", "VERIFY_NODES", "VERIFY_EXECUTION")
    missing = [name for name in needed if not environ.get(name)]
    if missing:
        raise UnusableError(f"environment variables missing or empty: {', '.join(missing)}")
    execution = environ["VERIFY_EXECUTION"]
    if execution not in ("hybrid", "control"):
        raise UnusableError("VERIFY_EXECUTION must be hybrid or control")
    return Target(
        origin=origin("VERIFY_ORIGIN", environ["VERIFY_ORIGIN"]),
        routes=tuple(_routes(environ["VERIFY_ROUTES"])),
        ca="",
        version=environ["VERIFY_VERSION"],
        admin_user=environ["VERIFY_ADMIN_USER"],
        admin_password=environ.get("VERIFY_ADMIN_PASSWORD") or None,
        token=_usable_token("VERIFY_TOKEN", environ["VERIFY_TOKEN"]),
        nodes=tuple(environ["VERIFY_NODES"].split(",")),
        execution=execution,
        opa=_part(environ, "VERIFY_OPA"),
        collector=environ.get("VERIFY_COLLECTOR", ""),
        assistant=_part(environ, "VERIFY_ASSISTANT"),
        operator=environ.get("VERIFY_OPERATOR", ""),
    )


def _routes(text: str) -> list[Route]:
    try:
        prefixes = json.loads(text)
        return [Route(prefix, origin("VERIFY_ROUTES", base)) for prefix, base in prefixes.items()]
    except (ValueError, AttributeError, TypeError):
        raise UnusableError("VERIFY_ROUTES must be JSON: an address for each path prefix") from None


def _part(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "")
    return origin(name, value) if value else ""


def origin(name: str, value: str) -> str:
    """Scheme, host and port of a URL; raises UnusableError, naming `name`, where it has none."""
    try:
        parts = urlsplit(value)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits or "@" in parts.netloc or not re.fullmatch(r"[!-~]+", value):
        raise UnusableError(f"{name} must be an http or https address without credentials")
    return f"{parts.scheme}://{parts.netloc}"


def _usable_token(name: str, token: str | None) -> str | None:
    # A header with anything else would be refused by the library, with the token in its message.
    if token is not None and not re.fullmatch(r"[!-~]+", token):
        raise UnusableError(f"{name} holds characters that no HTTP header carries: give it letters and digits")
    return token
