"""Kubeconfig files: which API server, how to trust it, how to be trusted by it."""

from __future__ import annotations

import base64
import binascii
import os
import ssl
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml

from rehearsal import files
from rehearsal.certificates import KeyPair

_DEFAULT_PATH = "~/.kube/config"
_NAME = "forail-rehearsal"


class KubeconfigError(Exception):
    """The kubeconfig cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Cluster:
    """One context of a kubeconfig, resolved. `entry` is its cluster entry, which tells clusters apart."""

    server: str
    namespace: str
    entry: dict[str, Any]
    user: dict[str, Any] = field(repr=False)
    folder: Path

    def trust(self) -> ssl.SSLContext:
        """A TLS context with the cluster's authority and the user's client certificate.

        Raises:
            KubeconfigError: a certificate or key is missing or unreadable.
        """
        authority = self._material(self.entry, "certificate-authority")
        context = ssl.create_default_context(cadata=authority.decode() if authority else None)
        if self.entry.get("insecure-skip-tls-verify"):
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        certificate = self._material(self.user, "client-certificate")
        key = self._material(self.user, "client-key")
        if certificate and key:
            # The ssl module takes a client certificate from a file only.
            with tempfile.NamedTemporaryFile(prefix="client-", suffix=".pem") as file:
                file.write(certificate + b"\n" + key)
                file.flush()
                context.load_cert_chain(file.name)
        return context

    def headers(self) -> dict[str, str]:
        """The authorization header when the user has a token."""
        token = self.user.get("token")
        path = self.user.get("tokenFile")
        if not token and path:
            token = (self.folder / str(path)).read_text(encoding="utf-8").strip()
        return {"Authorization": f"Bearer {token}"} if token else {}

    def _material(self, section: dict[str, Any], name: str) -> bytes | None:
        try:
            if section.get(f"{name}-data"):
                return base64.b64decode(section[f"{name}-data"])
            if section.get(name):
                return (self.folder / str(section[name])).read_bytes()
        except (OSError, binascii.Error) as error:
            raise KubeconfigError(f"the kubeconfig's {name} cannot be read ({error}): repair the kubeconfig") from None
        return None


def load(value: str | None, context: str | None = None, cluster: str | None = None) -> Cluster:
    """Resolve a kubeconfig.

    Args:
        value: its path or its content; default: the variable KUBECONFIG, then ~/.kube/config.
        context: the context to use; default: the current one.
        cluster: the cluster entry to use instead of the context's.

    Raises:
        KubeconfigError: there is none, or it has no usable context, cluster or user.
    """
    document, folder = _document(value)
    name = context or document.get("current-context") or ""
    chosen = _entry(document, "contexts", "context", name)
    server_entry = _entry(document, "clusters", "cluster", cluster or str(chosen.get("cluster", "")))
    user = _entry(document, "users", "user", str(chosen.get("user", ""))) if chosen.get("user") else {}
    for method in ("exec", "auth-provider"):
        if method in user:
            raise KubeconfigError(
                f"the kubeconfig's user logs in by {method!r}, which the stand-in provider does not run: "
                "use a kubeconfig with a client certificate or a token, or install the official plugin"
            )
    if not server_entry.get("server"):
        raise KubeconfigError("the kubeconfig's cluster has no server: repair the kubeconfig")
    namespace = str(chosen.get("namespace") or "default")
    return Cluster(str(server_entry["server"]).rstrip("/"), namespace, server_entry, user, folder)


def _document(value: str | None) -> tuple[dict[str, Any], Path]:
    text, folder, origin = value or "", Path.cwd(), "the kubeconfig given as text"
    # Content is several lines (or JSON); anything else is a path.
    if not value or ("\n" not in value and not value.lstrip().startswith("{")):
        path = Path(value or _from_environment()).expanduser()
        try:
            folder, origin = path.parent, f"kubeconfig {path}"
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise KubeconfigError(
                f"{path} cannot be read ({error.strerror}): set KUBECONFIG or the provider's kubeconfig"
            ) from None
        except UnicodeDecodeError:
            raise KubeconfigError(f"{origin} is not UTF-8") from None
    try:
        document: object = yaml.safe_load(text)
    except yaml.YAMLError:
        raise KubeconfigError(f"{origin} is not YAML") from None
    if not isinstance(document, dict):
        raise KubeconfigError(f"{origin} is not a kubeconfig")
    return cast("dict[str, Any]", document), folder


def _from_environment() -> str:
    candidates = [part for part in os.environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    existing = [part for part in candidates if Path(part).expanduser().exists()]
    return (existing or candidates or [_DEFAULT_PATH])[0]


def _entry(document: dict[str, Any], section: str, key: str, name: str) -> dict[str, Any]:
    listed: object = document.get(section) or []
    entries = (
        [cast("dict[str, Any]", one) for one in cast("list[object]", listed) if isinstance(one, dict)]
        if (isinstance(listed, list))
        else []
    )
    for entry in entries:
        if entry.get("name") == name:
            found: object = entry.get(key) or {}
            if isinstance(found, dict):
                return cast("dict[str, Any]", found)
    known = ", ".join(str(entry.get("name")) for entry in entries) or "none"
    raise KubeconfigError(f"the kubeconfig has no {key} {name!r} (it has: {known}): choose one of them")


def content(server: str, authority: Path, identity: KeyPair) -> str:
    """A kubeconfig with one cluster and one user, everything inline so that it can be copied.

    Args:
        server: the API server's URL.
        authority: the certificate authority's PEM file.
        identity: the client certificate and key.
    """
    user = {"client-certificate-data": _base64(identity.certificate), "client-key-data": _base64(identity.key)}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": _NAME, "cluster": {"server": server, "certificate-authority-data": _base64(authority)}}],
        "users": [{"name": _NAME, "user": user}],
        "contexts": [{"name": _NAME, "context": {"cluster": _NAME, "user": _NAME}}],
        "current-context": _NAME,
    }
    return yaml.safe_dump(document, sort_keys=False)


def write(path: Path, server: str, authority: Path, identity: KeyPair) -> None:
    """Write such a kubeconfig to a file that only its owner can read; an older one is replaced at once."""
    files.write(path, content(server, authority, identity))


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
