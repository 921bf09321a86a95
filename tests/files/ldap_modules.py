"""Stand-ins for python-ldap and django-auth-ldap, which need libldap: each object is the tuple of what made it."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable

import pytest

SCOPES = {"SCOPE_BASE": 0, "SCOPE_ONELEVEL": 1, "SCOPE_SUBTREE": 2}
# The classes of django-auth-ldap 4.6 that the settings file names, all made without a parameter but the searches.
CLASSES = (
    *("LDAPSearch", "LDAPSearchUnion", "ActiveDirectoryGroupType", "NestedActiveDirectoryGroupType"),
    *("GroupOfNamesType", "NestedGroupOfNamesType", "GroupOfUniqueNamesType", "OrganizationalRoleGroupType"),
    "PosixGroupType",
)


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts both where `import` finds them."""
    ldap, package, config = (types.ModuleType(name) for name in ("ldap", "django_auth_ldap", "django_auth_ldap.config"))
    vars(ldap).update(SCOPES)
    vars(config).update({name: _made_by(name) for name in CLASSES})
    vars(package)["config"] = config
    for module in (ldap, package, config):
        monkeypatch.setitem(sys.modules, module.__name__, module)


def _made_by(name: str) -> Callable[..., tuple[object, ...]]:
    def make(*given: object) -> tuple[object, ...]:
        return (name, *given)

    return make
