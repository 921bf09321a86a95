"""Stand-in for the `tls` plugin: keys, signing requests and certificates, kept in the state."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version

from rehearsal.providers.generated import GeneratedKind, GeneratedProvider
from rehearsal.providers.tls.certificates import LocallySignedCert, SelfSignedCert
from rehearsal.providers.tls.keys import PrivateKey
from rehearsal.providers.tls.requests import CertRequest

__all__ = ["TlsProvider"]


class TlsProvider(GeneratedProvider):
    """The `tls` package."""

    name = "tls"
    version = version("pulumi_tls")
    kinds: Mapping[str, GeneratedKind] = {
        "tls:index/privateKey:PrivateKey": PrivateKey(),
        "tls:index/certRequest:CertRequest": CertRequest(),
        "tls:index/selfSignedCert:SelfSignedCert": SelfSignedCert(),
        "tls:index/locallySignedCert:LocallySignedCert": LocallySignedCert(),
    }
