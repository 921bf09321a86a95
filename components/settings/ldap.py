"""`forail.auth.ldap`: sign-in with the passwords of LDAP servers."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, StrictBool, model_validator

from ..schema.section import Section
from ..schema.words import ConflictError, Matching
from .addresses import Url
from .content import Name
from .memberships import EVERYONE, who
from .secrets import ExistingSecret

MOST_SERVERS = 6
"""The backend has settings for so many."""
_RDN = r" *[A-Za-z0-9][A-Za-z0-9.-]* *=([^,\\\x00-\x1f]|\\.)+"
_DN = rf"{_RDN}(,{_RDN})*"
Dn = Annotated[str, Matching("a distinguished name: such as ou=people,dc=example,dc=com", _DN)]
_BIND = rf"{_DN}|[A-Za-z][A-Za-z0-9._-]*\\[A-Za-z0-9 ._-]+|[a-zA-Z0-9_.+-]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9.-]+"
# As the backend checks them: one condition, or several joined by &, | or !.
BindName = Annotated[str, Matching("a bind name: a distinguished name, DOMAIN\\user or user@domain", _BIND)]
_JOINED = r"\([&|!]\([^\x00-\x1f]*\)\)"
Filter = Annotated[
    str,
    Matching("an LDAP filter: such as (objectClass=group)", rf"\([A-Za-z0-9-]+=[^()\x00-\x1f]+\)|{_JOINED}"),
]
_FOR_USER = rf"(?=.*%\(user\)s)(\([A-Za-z0-9-]+=(%\(user\)s|[^()\x00-\x1f])+\)|{_JOINED})"
UserFilter = Annotated[str, Matching("an LDAP filter with %(user)s: such as (uid=%(user)s)", _FOR_USER)]
UserDn = Annotated[
    str, Matching("a distinguished name with %(user)s: such as uid=%(user)s,dc=example", rf"(?=.*%\(user\)s){_DN}")
]
_Attribute = Annotated[str, Matching("an attribute: letters, digits and '-'", r"[A-Za-z][A-Za-z0-9-]{0,99}")]
GroupDn = Annotated[
    str, Matching("a group's distinguished name, or everyone: such as cn=ops,dc=example,dc=com", rf"{EVERYONE}|{_DN}")
]


class LdapScope(StrEnum):
    """How far below the base a search goes."""

    BASE = "base"
    ONE_LEVEL = "oneLevel"
    SUBTREE = "subtree"


class LdapGroupType(StrEnum):
    """How groups hold their members."""

    ACTIVE_DIRECTORY = "activeDirectory"
    NESTED_ACTIVE_DIRECTORY = "nestedActiveDirectory"
    GROUP_OF_NAMES = "groupOfNames"
    NESTED_GROUP_OF_NAMES = "nestedGroupOfNames"
    GROUP_OF_UNIQUE_NAMES = "groupOfUniqueNames"
    ORGANIZATIONAL_ROLE = "organizationalRole"
    POSIX = "posix"


_SCOPES: Mapping[LdapScope, str] = {
    LdapScope.BASE: "SCOPE_BASE",
    LdapScope.ONE_LEVEL: "SCOPE_ONELEVEL",
    LdapScope.SUBTREE: "SCOPE_SUBTREE",
}
# The backend's classes that need no further parameter, and the filter that finds such groups.
_GROUP_TYPES: Mapping[LdapGroupType, tuple[str, str]] = {
    LdapGroupType.ACTIVE_DIRECTORY: ("ActiveDirectoryGroupType", "(objectClass=group)"),
    LdapGroupType.NESTED_ACTIVE_DIRECTORY: ("NestedActiveDirectoryGroupType", "(objectClass=group)"),
    LdapGroupType.GROUP_OF_NAMES: ("GroupOfNamesType", "(objectClass=groupOfNames)"),
    LdapGroupType.NESTED_GROUP_OF_NAMES: ("NestedGroupOfNamesType", "(objectClass=groupOfNames)"),
    LdapGroupType.GROUP_OF_UNIQUE_NAMES: ("GroupOfUniqueNamesType", "(objectClass=groupOfUniqueNames)"),
    LdapGroupType.ORGANIZATIONAL_ROLE: ("OrganizationalRoleGroupType", "(objectClass=organizationalRole)"),
    LdapGroupType.POSIX: ("PosixGroupType", "(objectClass=posixGroup)"),
}


class LdapUserSearch(Section):
    """Where users are looked for."""

    base: Dn
    """Where the search begins."""
    scope: LdapScope = LdapScope.SUBTREE
    """How far below it goes."""
    filter: UserFilter = "(uid=%(user)s)"
    """What finds the user; Active Directory needs (sAMAccountName=%(user)s)."""


class LdapGroupSearch(Section):
    """Where groups are looked for."""

    base: Dn
    """Where the search begins."""
    scope: LdapScope = LdapScope.SUBTREE
    """How far below it goes."""
    filter: Filter | None = None
    """What finds groups. Left out: the object class of `groupType`."""


class LdapAttributes(Section):
    """Attributes of the user's entry."""

    first_name: _Attribute = "givenName"
    """First name."""
    last_name: _Attribute = "sn"
    """Last name."""
    email: _Attribute = "mail"
    """E-mail address."""


class LdapOrganization(Section):
    """Which groups belong to an organization. It is made where it is missing."""

    admins: tuple[GroupDn, ...] | None = None
    """Groups that administer it. Left out: that role stays as it is."""
    users: tuple[GroupDn, ...] | None = None
    """Groups that are members. Left out: that role stays as it is."""
    auditors: tuple[GroupDn, ...] | None = None
    """Groups that audit it. Left out: that role stays as it is."""
    remove: StrictBool = True
    """`true` takes a role that is said here from whoever signs in and is in none of its groups."""


class LdapTeam(Section):
    """Which groups belong to a team. It is made where it is missing."""

    organization: Name
    """Organization of the team."""
    users: tuple[GroupDn, ...] = ()
    """Groups that are members."""
    remove: StrictBool = True
    """`true` takes whoever signs in and is in none of the groups out of the team."""


class LdapSettings(Section):
    """An LDAP server, or several that hold the same."""

    servers: Annotated[
        tuple[Annotated[str, Url("an LDAP URL: ldaps or ldap, with a host", schemes=("ldaps", "ldap"))], ...],
        Field(min_length=1, max_length=10),
    ]
    """URLs, tried in order."""
    bind_dn: (
        Annotated[str, Matching("a bind name: a distinguished name, DOMAIN\\user or user@domain", _BIND)] | None
    ) = None
    """Who searches. Left out: anonymous."""
    bind_password: ExistingSecret | None = None
    """Secret that exists, with the password of `bindDn`. Left out: `settingsSecrets.AUTH_LDAP_BIND_PASSWORD`, and for
    the second server and those after it AUTH_LDAP_1_BIND_PASSWORD and so on."""
    start_tls: StrictBool = False
    """Switch ldap:// to TLS before anything is sent."""
    user_search: tuple[LdapUserSearch, ...] = ()
    """Where users are looked for, in order."""
    user_dn_template: UserDn | None = None
    """The user's entry, without a search."""
    attributes: LdapAttributes = LdapAttributes()
    """Attributes of the user."""
    group_search: LdapGroupSearch
    """Where groups are looked for; the backend lets nobody sign in without it."""
    group_type: LdapGroupType = LdapGroupType.GROUP_OF_NAMES
    """How groups hold their members."""
    require_group: Dn | None = None
    """Only its members may sign in."""
    deny_group: Dn | None = None
    """Its members may not sign in."""
    superusers: tuple[Dn, ...] | None = None
    """Groups whose members are superusers. Left out: that flag stays as it is."""
    auditors: tuple[Dn, ...] | None = None
    """Groups whose members audit the whole platform. Left out: that flag stays as it is."""
    organizations: dict[Name, LdapOrganization] = Field(default_factory=dict[str, LdapOrganization])
    """Groups of organizations, by name."""
    teams: dict[Name, LdapTeam] = Field(default_factory=dict[str, LdapTeam])
    """Groups of teams, by name."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if bool(self.user_search) == (self.user_dn_template is not None):
            raise ConflictError("userSearch", "must be given, or userDnTemplate instead of it: exactly one of the two")
        if self.start_tls and any(server.startswith("ldaps:") for server in self.servers):
            raise ConflictError("startTls", "has no effect with ldaps://, which is TLS already: remove it")
        if self.bind_password is not None and self.bind_dn is None:
            raise ConflictError("bindPassword", "has no effect without bindDn: add it, or remove the password")
        return self

    def django(self, prefix: str) -> dict[str, Any]:
        """The backend's settings of the server whose names begin with `prefix`, without the password."""
        searches = [[search.base, _SCOPES[search.scope], search.filter] for search in self.user_search]
        group_class, found_by = _GROUP_TYPES[self.group_type]
        groups = self.group_search
        flags = {"is_superuser": self.superusers, "is_system_auditor": self.auditors}
        made = {
            "SERVER_URI": " ".join(self.servers),
            "BIND_DN": self.bind_dn,
            "START_TLS": self.start_tls,
            "USER_SEARCH": searches[0] if len(searches) == 1 else searches or None,
            "USER_DN_TEMPLATE": self.user_dn_template,
            "USER_ATTR_MAP": self.attributes.model_dump(),
            "GROUP_SEARCH": [groups.base, _SCOPES[groups.scope], groups.filter or found_by],
            "GROUP_TYPE": group_class,
            "REQUIRE_GROUP": self.require_group,
            "DENY_GROUP": self.deny_group,
            "USER_FLAGS_BY_GROUP": {flag: list(found) for flag, found in flags.items() if found is not None},
            "ORGANIZATION_MAP": {name: _organization(one) for name, one in self.organizations.items()},
            "TEAM_MAP": {
                name: {"organization": one.organization, "users": who(one.users), "remove": one.remove}
                for name, one in self.teams.items()
            },
        }
        return {f"{prefix}{name}": value for name, value in made.items() if value is not None}


def _organization(one: LdapOrganization) -> dict[str, Any]:
    roles = {"admins": one.admins, "users": one.users, "auditors": one.auditors}
    said = {role: who(found) for role, found in roles.items() if found is not None}
    return {**said, **{f"remove_{role}": one.remove for role in said}}
