"""ForailInstances: addresses that the operator can call."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ...api.models import ForailInstance
from .protocol import Found

# Go's client refuses these in a Host header before it connects.
_HOST_HEADER = re.compile(r"[^\s\x00-\x20\x7f\"#/<>?\\^`{|}]+")


def check(spec: ForailInstance) -> Found:
    """An address or a Host header that cannot work."""
    path = ("spec", "url")
    try:
        parts = urlsplit(spec.url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        parts, usable = urlsplit(""), False
    if not usable:
        yield path, "must be an address such as https://forail.example.com"
    elif parts.username is not None or parts.password is not None:
        yield path, "holds a name or password in clear: remove it, the token is all that is needed"
    elif re.search(r"/api(/v2)?/?$", parts.path):
        yield path, "is the API's, and the operator adds /api/v2 itself: leave /api and what follows out"
    elif spec.url.endswith("/"):
        yield path, "ends with a slash, which the operator doubles: remove it"
    elif parts.query or parts.fragment or any(character.isspace() for character in spec.url):
        yield path, "must be a bare address: remove what follows the path"
    if spec.host_header and not _HOST_HEADER.fullmatch(spec.host_header):
        yield ("spec", "hostHeader"), "must be a host, with a port if need be, such as forail.example.com"
