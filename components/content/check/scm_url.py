"""Addresses of projects, as Forail takes them apart for each source control."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from ...api.models import ScmType

SCHEMES: Mapping[ScmType, tuple[str, ...]] = {
    ScmType.GIT: ("https", "http", "ssh", "git", "file", "ftp", "ftps"),
    ScmType.SVN: ("https", "http", "svn", "svn+ssh", "file"),
    ScmType.ARCHIVE: ("https", "http"),
    ScmType.INSIGHTS: ("https", "http"),
}
# Forail insists on the user `git` when it fetches from these through SSH.
_SSH_AS_GIT = frozenset({"github.com", "bitbucket.org", "altssh.bitbucket.org"})
# What GitHub and GitLab put in front of their tokens; they are often given as the user name of an address.
_TOKEN = re.compile(r"gh[a-z]_|github_pat_|glpat-")
# How Forail marks an address of git's own short form, user@host:path.
_SHORT = "git+ssh"


class ScmUrlError(ValueError):
    """An address that Forail refuses, or that has no host; says what to do, and repeats nothing of it."""


def taken_apart(kind: ScmType, url: str) -> SplitResult:
    """The parts of `url` without white space around it; a path on the server becomes one of `file`.

    Raises:
        ScmUrlError: Forail refuses it for that source control.
    """
    parts = _split(url.strip())
    if parts.scheme == _SHORT:
        raise ScmUrlError("has the scheme git+ssh, which Forail refuses: write ssh://")
    if "://" not in url:
        parts = _without_scheme(kind, url.strip())
    if parts.scheme not in (*SCHEMES[kind], *([_SHORT] if "://" not in url else [])):
        schemes = ", ".join(f"{scheme}://" for scheme in SCHEMES[kind])
        raise ScmUrlError(f"has a scheme that Forail does not take for {kind}: use one of {schemes}")
    if parts.scheme == "file":
        if parts.netloc not in ("", "localhost"):
            raise ScmUrlError("names a host, and file:// is a path on the server itself: write file:/// and the path")
    elif not parts.hostname:
        raise ScmUrlError("has no host: write it like https://git.example.com/team/playbooks.git")
    return parts


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ScmUrlError("is not an address that can be read: correct its host, or the brackets around it") from None
    try:
        _ = parts.port
    except ValueError:
        raise ScmUrlError(
            "has a port that is not a number from 0 to 65535: correct it; a path of git's short form goes behind the "
            "host and a single colon, without ://"
        ) from None
    return parts


def _without_scheme(kind: ScmType, url: str) -> SplitResult:
    if kind is not ScmType.GIT:
        raise ScmUrlError(f"has no scheme, and Forail needs one for {kind}: begin with {SCHEMES[kind][0]}://")
    if ":" not in url:
        return _split(f"file:///{url.removeprefix('/')}")
    user, at, address = url.partition("@") if "@" in url else ("", "", url)
    bracketed = address.startswith("[") and "]:" in address
    if not bracketed and address.count(":") != 1:
        raise ScmUrlError(
            "must have one colon between host and path in git's short form, git@git.example.com:team/playbooks.git: "
            "write ssh://git@git.example.com:22/team/playbooks.git where the port has to be given"
        )
    host, _, path = address.partition("]:" if bracketed else ":")
    return _split(f"{_SHORT}://{user}{at}{host}{']' if bracketed else ''}/{path}")


def holds_secret(parts: SplitResult) -> bool:
    """Whether a password, or a token in its place, is in the address."""
    return parts.password is not None or bool(_TOKEN.match(parts.username or ""))


def wants_user_git(parts: SplitResult) -> bool:
    """Whether Forail fetches from it only as the user `git`."""
    return parts.scheme.endswith("ssh") and parts.hostname in _SSH_AS_GIT
