"""A small client of the rehearsal's own API server."""

import ssl
from collections.abc import Mapping
from http import HTTPStatus
from typing import cast

import httpx

from rehearsal.certificates import Certificates, KeyPair

_TIMEOUT = 30.0

Json = dict[str, object]


def tls_context(certificates: Certificates, identity: KeyPair) -> ssl.SSLContext:
    """Trust the rehearsal's authority alone and show `identity`."""
    context = ssl.create_default_context(cafile=str(certificates.authority))
    context.load_cert_chain(identity.certificate, identity.key)
    return context


class ApiServer:
    """Requests to one API server; use it as a context manager.

    Args:
        url: `https://127.0.0.1:PORT`.
        context: from `tls_context`.
    """

    def __init__(self, url: str, context: ssl.SSLContext) -> None:
        self._client = httpx.Client(base_url=url, verify=context, timeout=_TIMEOUT, trust_env=False)

    def __enter__(self) -> "ApiServer":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str) -> Json | None:
        """The object at `path`, None when there is none."""
        response = self._client.get(path)
        if response.status_code == HTTPStatus.NOT_FOUND:
            return None
        response.raise_for_status()
        return cast("Json", response.json())

    def items(self, path: str) -> list[Json]:
        """The objects of the list at `path`."""
        found = self.get(path)
        return [] if found is None else cast("list[Json]", found["items"])

    def delete(self, path: str) -> None:
        """Delete the object or the collection at `path`; nothing happens when there is none."""
        response = self._client.delete(path)
        if response.status_code != HTTPStatus.NOT_FOUND:
            response.raise_for_status()

    def create(self, path: str, body: Mapping[str, object]) -> None:
        """Create an object; one that exists is left as it is."""
        response = self._client.post(path, json=dict(body))
        if response.status_code != HTTPStatus.CONFLICT:
            response.raise_for_status()
