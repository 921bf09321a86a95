"""`forail.auth.saml`: sign-in by SAML 2.0."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StrictBool

from ..schema.pem import CertificatePem
from ..schema.section import Section
from ..schema.words import Matching
from .addresses import Email, Url
from .memberships import OrganizationMembers, Organizations, TeamMembers, Teams, organization_map, team_map
from .secrets import ExistingSecret

SECRET = "SOCIAL_AUTH_SAML_SP_PRIVATE_KEY"
Line = Annotated[str, Matching("one line of text", r"[^\x00-\x1f]{1,1000}")]
_HttpUrl = Annotated[
    str, Url("a URL: http or https, with a host", schemes=("https", "http"), path=r"(/[^\s?#]*)?(\?[^\s#]*)?")
]


class SamlOrganization(Section):
    """Who runs this platform, as its metadata says."""

    name: Line
    """Name."""
    display_name: Line
    """Name for people."""
    url: _HttpUrl
    """Web site."""


class SamlContact(Section):
    """Whom to ask, as the metadata says."""

    name: Line
    """Given name."""
    email: Email
    """E-mail address."""


class SamlAttributes(Section):
    """Attributes of the assertion that make the user; what is left out has its usual OID."""

    user_permanent_id: Line | None = None
    """What identifies the user for good; `name_id` takes the assertion's NameID."""
    username: Line | None = None
    """User name."""
    first_name: Line | None = None
    """First name."""
    last_name: Line | None = None
    """Last name."""
    email: Line | None = None
    """E-mail address."""


class IdentityProvider(Section):
    """An identity provider, as its metadata names it."""

    entity_id: Line
    """Entity ID."""
    url: _HttpUrl
    """Where browsers are sent for single sign-on (HTTP-Redirect)."""
    certificate: CertificatePem
    """PEM of the certificate that it signs with."""
    attributes: SamlAttributes = SamlAttributes()
    """Names of its attributes."""


class SamlRole(Section):
    """Who gets a flag of the whole platform by an attribute."""

    attribute: Line
    """Attribute of the assertion."""
    values: Annotated[tuple[Line, ...], Field(min_length=1)]
    """Its values that give the flag. The backend gives it to nobody without one."""
    remove: StrictBool = True
    """`true` takes the flag from whoever signs in without such a value."""


class SamlMembership(Section):
    """Organizations whose names are an attribute's values. They are made where they are missing."""

    users: Line | None = None
    """Attribute with the organizations the user is a member of. Left out: that role stays as it is."""
    admins: Line | None = None
    """Attribute with the organizations the user administers. Left out: that role stays as it is."""
    auditors: Line | None = None
    """Attribute with the organizations the user audits. Left out: that role stays as it is."""


class SamlSettings(Section):
    """SAML identity providers. Responses and assertions must be signed, with SHA-256."""

    entity_id: Line | None = None
    """Entity ID of this platform. Left out: its URL."""
    certificate: CertificatePem
    """PEM of this platform's certificate for SAML."""
    private_key: ExistingSecret | None = None
    """Secret that exists, with its key. Left out: `settingsSecrets.SOCIAL_AUTH_SAML_SP_PRIVATE_KEY`."""
    organization: SamlOrganization
    """Who runs this platform."""
    technical_contact: SamlContact
    """Technical contact."""
    support_contact: SamlContact
    """Contact for users."""
    identity_providers: Annotated[
        dict[
            Annotated[str, Matching("a short name: letters, digits, '-' and '_'", r"[A-Za-z0-9_-]{1,64}")],
            IdentityProvider,
        ],
        Field(min_length=1),
    ]
    """Identity providers by the name in their sign-in URL."""
    create_objects: StrictBool = True
    """Make organizations and teams that are missing."""
    organization_attributes: SamlMembership = SamlMembership()
    """Organizations by attributes."""
    organizations: Organizations = Field(default_factory=dict[str, OrganizationMembers])
    """Members of organizations, by name. The backend takes the auditor role of these away at each sign-in."""
    teams: Teams = Field(default_factory=dict[str, TeamMembers])
    """Members of teams, by name."""
    superusers: SamlRole | None = None
    """Who becomes superuser."""
    auditors: SamlRole | None = None
    """Who becomes auditor of the whole platform."""

    def django(self, origin: str) -> dict[str, Any]:
        """The backend's settings, without the key; `origin` is the platform's URL."""
        made: dict[str, Any] = {
            "SOCIAL_AUTH_SAML_SP_ENTITY_ID": self.entity_id or origin,
            "SOCIAL_AUTH_SAML_SP_PUBLIC_CERT": self.certificate,
            "SOCIAL_AUTH_SAML_ORG_INFO": {
                "en-US": {
                    "name": self.organization.name,
                    "displayname": self.organization.display_name,
                    "url": self.organization.url,
                }
            },
            "SOCIAL_AUTH_SAML_TECHNICAL_CONTACT": _contact(self.technical_contact),
            "SOCIAL_AUTH_SAML_SUPPORT_CONTACT": _contact(self.support_contact),
            "SOCIAL_AUTH_SAML_ENABLED_IDPS": {name: _provider(one) for name, one in self.identity_providers.items()},
            "SAML_AUTO_CREATE_OBJECTS": self.create_objects,
            "SOCIAL_AUTH_SAML_ORGANIZATION_ATTR": _membership(self.organization_attributes),
            "SOCIAL_AUTH_SAML_ORGANIZATION_MAP": organization_map(self.organizations),
            "SOCIAL_AUTH_SAML_TEAM_MAP": team_map(self.teams),
        }
        flags = {**_role("superuser", self.superusers), **_role("system_auditor", self.auditors)}
        return {**made, "SOCIAL_AUTH_SAML_USER_FLAGS_BY_ATTR": flags}


def _contact(contact: SamlContact) -> dict[str, str]:
    return {"givenName": contact.name, "emailAddress": contact.email}


def _provider(provider: IdentityProvider) -> dict[str, str]:
    attributes = provider.attributes.model_dump(exclude_none=True)
    made = {"entity_id": provider.entity_id, "url": provider.url, "x509cert": provider.certificate}
    return {**made, **{f"attr_{name}": attribute for name, attribute in attributes.items()}}


def _membership(membership: SamlMembership) -> dict[str, Any]:
    """Without these flags the backend takes each role in every organization away at each sign-in."""
    made: dict[str, Any] = {
        "remove": membership.users is not None,
        "remove_admins": membership.admins is not None,
        "remove_auditors": membership.auditors is not None,
    }
    names = {
        "saml_attr": membership.users,
        "saml_admin_attr": membership.admins,
        "saml_auditor_attr": membership.auditors,
    }
    return {**made, **{key: name for key, name in names.items() if name is not None}}


def _role(flag: str, role: SamlRole | None) -> dict[str, Any]:
    """Where nothing is said, whoever has the flag keeps it."""
    if role is None:
        return {f"remove_{flag}s": False}
    return {
        f"is_{flag}_attr": role.attribute,
        f"is_{flag}_value": list(role.values),
        f"remove_{flag}s": role.remove,
    }
