"""`forail.auth`: sign-in beside the local accounts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from ..schema.section import Section
from .ldap import MOST_SERVERS, LdapSettings
from .oidc import SECRET as OIDC_SECRET
from .oidc import OidcSettings
from .saml import SECRET as SAML_SECRET
from .saml import SamlSettings
from .secrets import ExistingSecret


@dataclass(frozen=True)
class NeededSecret:
    """A secret of a way to sign in."""

    setting: str
    """The backend's name of it."""
    path: str
    """Where the stack file may name a Secret with it, below `forail.auth`."""
    existing: ExistingSecret | None
    """The Secret, where it does."""


class AuthSettings(Section):
    """Ways to sign in beside the local accounts; several at once are fine."""

    oidc: OidcSettings | None = None
    """OpenID Connect."""
    saml: SamlSettings | None = None
    """SAML 2.0."""
    ldap: Annotated[tuple[LdapSettings, ...], Field(max_length=MOST_SERVERS)] = ()
    """LDAP, Active Directory: at most 6 directories, asked in order."""

    @property
    def declared(self) -> bool:
        """Whether any is given."""
        return self.oidc is not None or self.saml is not None or bool(self.ldap)

    def django(self, origin: str) -> dict[str, Any]:
        """The backend's settings, without secrets; `origin` is the platform's URL, without a slash at its end."""
        made: dict[str, Any] = {"TOWER_URL_BASE": origin} if self.declared else {}
        if self.oidc is not None:
            made |= self.oidc.django()
        if self.saml is not None:
            made |= self.saml.django(origin)
        for number, server in enumerate(self.ldap):
            made |= server.django(_prefix(number))
        return made

    def secrets(self) -> Iterator[NeededSecret]:
        """The secrets that the given ways need."""
        if self.oidc is not None:
            yield NeededSecret(OIDC_SECRET, "oidc.clientSecret", self.oidc.client_secret)
        if self.saml is not None:
            yield NeededSecret(SAML_SECRET, "saml.privateKey", self.saml.private_key)
        for number, server in enumerate(self.ldap):
            if server.bind_dn is not None:
                yield NeededSecret(
                    f"{_prefix(number)}BIND_PASSWORD", f"ldap.{number}.bindPassword", server.bind_password
                )

    def callback_urls(self, origin: str) -> dict[str, str]:
        """What the provider must be told, by name; `origin` as above. Empty where no provider sends browsers back."""
        found: dict[str, str] = {}
        if self.oidc is not None:
            found["oidc"] = f"{origin}/sso/complete/oidc/"
        if self.saml is not None:
            found |= {"saml": f"{origin}/sso/complete/saml/", "samlMetadata": f"{origin}/sso/metadata/saml/"}
        return found


def _prefix(number: int) -> str:
    return "AUTH_LDAP_" if number == 0 else f"AUTH_LDAP_{number}_"
