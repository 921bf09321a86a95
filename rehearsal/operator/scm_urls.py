"""Addresses of source control that Forail refuses."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

_SCHEMES = {
    "git": ("ssh", "git", "git+ssh", "http", "https", "ftp", "ftps", "file"),
    "svn": ("http", "https", "svn", "svn+ssh", "file"),
    "insights": ("http", "https"),
    "archive": ("http", "https"),
}


def refusal(scm_type: str, url: str) -> str:
    """Why a project of this type cannot have this address; empty when it can.

    Args:
        scm_type: as Forail has it, which is empty for a manual project.
        url: the address, without blanks around it.
    """
    if not scm_type:
        return ""
    if scm_type not in _SCHEMES:
        return f'"{scm_type}" is not a valid choice.'
    if not url:
        return "SCM URL is required."
    try:
        parts = _split(scm_type, url)
        _ = parts.port
    except ValueError:
        return f"Invalid {scm_type} URL"
    if parts.scheme not in _SCHEMES[scm_type] or urlsplit(url).scheme == "git+ssh":
        return f"Unsupported {scm_type} URL"
    if parts.scheme == "file" and parts.netloc not in ("", "localhost"):
        return f'Unsupported host "{parts.netloc}" for file:// URL'
    return "" if parts.scheme == "file" or parts.netloc else f"Host is required for {parts.scheme} URL"


def _split(scm_type: str, url: str) -> SplitResult:
    _ = urlsplit(url).port
    if "://" in url:
        return urlsplit(url)
    if scm_type != "git":
        raise ValueError("without a scheme it is a path or the short form of ssh, which git takes and nobody else")
    if ":" not in url:
        return urlsplit(f"file://{url}" if url.startswith("/") else f"file:///{url}")
    user, _, rest = url.rpartition("@") if url.count("@") == 1 else ("", "", url)
    if rest.startswith("[") and "]:" in rest:
        host, _, path = rest.partition("]:")
        return urlsplit(f"ssh://{user and user + '@'}{host}]/{path}")
    if rest.count(":") > 1:
        raise ValueError("several colons")
    host, _, path = rest.partition(":")
    return urlsplit(f"ssh://{user and user + '@'}{host}/{path}")
