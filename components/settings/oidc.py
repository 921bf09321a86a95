"""`forail.auth.oidc`: sign-in by OpenID Connect."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, StrictBool, model_validator

from ..schema.section import Section
from ..schema.words import ConflictError, Matching
from .addresses import Url
from .memberships import OrganizationMembers, Organizations, TeamMembers, Teams, organization_map, team_map
from .secrets import ExistingSecret

SECRET = "SOCIAL_AUTH_OIDC_SECRET"
_CLAIM = Matching("a claim of the token: letters, digits, '_', '.', ':' and '-'", r"[A-Za-z0-9_.:-]{1,100}")
_LINE = Matching("one line of text", r"[^\x00-\x1f]{1,1000}")


class OidcSettings(Section):
    """An OpenID Connect provider. The backend reads no groups from it: roles follow names and addresses."""

    endpoint: Annotated[
        str, Url("the issuer's URL: https, without /.well-known", schemes=("https",), path=r"(/[^\s?#]*)?")
    ]
    """The issuer; the backend reads <endpoint>/.well-known/openid-configuration."""
    client_id: Annotated[str, _LINE]
    """The client's name at the provider."""
    client_secret: ExistingSecret | None = None
    """Secret that exists, with the client's secret. Left out: `settingsSecrets.SOCIAL_AUTH_OIDC_SECRET`."""
    verify_tls: StrictBool = True
    """Check the provider's certificate."""
    scopes: tuple[Annotated[str, _CLAIM], ...] = ()
    """Scopes to ask for beside openid, profile and email."""
    username_claim: Annotated[str, _CLAIM] = "preferred_username"
    """Claim that becomes the user's name in Forail."""
    button_label: Annotated[str, _LINE] = "Sign in with OIDC"
    """Text of the button on the sign-in page."""
    organizations: Organizations = Field(default_factory=dict[str, OrganizationMembers])
    """Members of organizations, by name; `everyone`, user names and e-mail addresses."""
    teams: Teams = Field(default_factory=dict[str, TeamMembers])
    """Members of teams, by name; `everyone`, user names and e-mail addresses."""

    @model_validator(mode="after")
    def _names_that_the_backend_compares(self) -> Self:
        if self.endpoint.rstrip("/").endswith("/.well-known/openid-configuration"):
            raise ConflictError("endpoint", "must be the issuer's URL: leave /.well-known/openid-configuration out")
        found = [
            *((f"organizations.{name}.admins", one.admins or ()) for name, one in self.organizations.items()),
            *((f"organizations.{name}.users", one.users or ()) for name, one in self.organizations.items()),
            *((f"teams.{name}.users", one.users) for name, one in self.teams.items()),
        ]
        for path, people in found:
            if any(person.startswith("/") and person.endswith("/") for person in people):
                raise ConflictError(
                    path,
                    "must be names, addresses or everyone: the backend compares OIDC's as text, and would match a "
                    "regular expression with nobody",
                )
        return self

    def django(self) -> dict[str, Any]:
        """The backend's settings, without the secret."""
        return {
            "SOCIAL_AUTH_OIDC_OIDC_ENDPOINT": self.endpoint.rstrip("/"),
            "SOCIAL_AUTH_OIDC_KEY": self.client_id,
            "SOCIAL_AUTH_OIDC_VERIFY_SSL": self.verify_tls,
            "SOCIAL_AUTH_OIDC_BUTTON_LABEL": self.button_label,
            "SOCIAL_AUTH_OIDC_SCOPE": list(self.scopes),
            "SOCIAL_AUTH_OIDC_USERNAME_KEY": self.username_claim,
            "SOCIAL_AUTH_OIDC_ORGANIZATION_MAP": organization_map(self.organizations),
            "SOCIAL_AUTH_OIDC_TEAM_MAP": team_map(self.teams),
        }
