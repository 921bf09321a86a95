"""`trust`: certificates that the platform trusts beside those that its images bring."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator, Mapping
from typing import Self

from pydantic import model_validator

from ..schema.pem import CertificatePem, blocks
from ..schema.section import Section
from ..schema.values import DnsSubdomain, SecretKeyName
from ..schema.words import ConflictError
from .secrets import ExistingSecret

STORE_FILE_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "LDAPTLS_CACERT")
"""What OpenSSL and Go, Python's requests, curl, git and libldap read the place of their store from."""
STORE_FOLDER_VARIABLE = "SSL_CERT_DIR"
"""Where Go looks beside the system's file; OpenSSL takes from there only what has a hash for a name."""
STORE_VARIABLES = (*STORE_FILE_VARIABLES, STORE_FOLDER_VARIABLE)


def _authority(block: str) -> Mapping[str, object] | None:
    """What the certificate in `block` says; None where it is not a CA's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=block)
    return next(iter(context.get_ca_certs()), None)


class ExistingConfigMap(Section):
    """A key of a ConfigMap that exists, for example from trust-manager."""

    config_map_name: DnsSubdomain
    """Name of the ConfigMap."""
    key: SecretKeyName
    """Key in the ConfigMap."""


class TrustSettings(Section):
    """`trust`: private CAs, given in one of three ways; docs/operations.md says who trusts them."""

    bundle: CertificatePem | None = None
    """The CAs' certificates, one after the other."""
    existing_config_map: ExistingConfigMap | None = None
    """A ConfigMap with them, which the program never reads; pods see a change when they start again."""
    existing_secret: ExistingSecret | None = None
    """The same in a Secret; with `secrets.onChange: roll` the next `up` rolls the pods where it changed."""

    @model_validator(mode="after")
    def _given_once(self) -> Self:
        given = {
            "bundle": self.bundle,
            "existingConfigMap": self.existing_config_map,
            "existingSecret": self.existing_secret,
        }
        named = [name for name, value in given.items() if value is not None]
        if not named:
            raise ConflictError("bundle", "is missing: give the CAs' PEM, or existingConfigMap, or existingSecret")
        if len(named) > 1:
            raise ConflictError(named[1], f"is given beside {named[0]}: keep one of the two")
        return self

    @model_validator(mode="after")
    def _signs_others(self) -> Self:
        # OpenSSL would trust nothing for another one.
        for number, block in enumerate(blocks(self.bundle or ""), start=1):
            if _authority(block) is None:
                raise ConflictError(
                    "bundle", f"has a certificate that is no CA's, block {number}: give the CA that signed it instead"
                )
        return self

    def warnings(self, now: float | None = None) -> Iterator[str]:
        """Certificates that no longer count. `now` is in seconds since the epoch; left out, the clock's."""
        at = time.time() if now is None else now
        for number, block in enumerate(blocks(self.bundle or ""), start=1):
            ends = str((_authority(block) or {})["notAfter"])
            if at >= ssl.cert_time_to_seconds(ends):
                yield f"trust.bundle: certificate {number} has expired on {ends}: what it signed is not trusted"
