"""Who belongs to which organization and team after a sign-in, in the backend's own form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, cast

from pydantic import AfterValidator, StrictBool

from ..schema.section import Section
from ..schema.words import Words
from .content import Name

_EXPRESSION = re.compile(r"/(?P<pattern>.*)/(?P<flags>[im]*)")
_WHO = "true, false, a user name or e-mail address, a regular expression such as /@example\\.com$/i, or a list of them"


def expression_problem(text: str) -> str | None:
    """What is wrong with a name, an address or a regular expression between slashes."""
    match = _EXPRESSION.fullmatch(text)
    if not text or len(text) > 1000:
        return f"must be {_WHO}"
    if match is None:
        return None
    try:
        re.compile(match.group("pattern"))
    except (re.error, OverflowError, RecursionError):
        return "must be a regular expression that Python's re knows, between slashes"
    return None


def who_problem(value: object) -> str | None:
    """What is wrong with who is meant."""
    if isinstance(value, bool):
        return None
    many = cast("list[object]", value) if isinstance(value, list) else [value]
    for one in many:
        if not isinstance(one, str):
            return f"must be {_WHO}"
        wrong = expression_problem(one)
        if wrong is not None:
            return wrong
    return None


def organization_map_problem(value: object) -> str | None:
    """What is wrong with a mapping from organizations to their members, as the backend takes it from its API."""
    return _problem(value, ("admins", "users"), ("remove_admins", "remove_users"), ("organization_alias",), "")


def team_map_problem(value: object) -> str | None:
    """What is wrong with a mapping from teams to their members, as the backend takes it from its API."""
    return _problem(value, ("users",), ("remove",), ("organization",), "organization")


def _problem(
    value: object, who: tuple[str, ...], flags: tuple[str, ...], texts: tuple[str, ...], needed: str
) -> str | None:
    if not isinstance(value, dict):
        return f"must be a mapping from names to {', '.join((*texts, *who, *flags))}"
    for name, found in cast("dict[str, object]", value).items():
        rules = cast("dict[str, object]", found) if isinstance(found, dict) else None
        if not name or rules is None or rules.keys() - {*who, *flags, *texts} or (needed and not rules.get(needed)):
            must = f", with {needed}" if needed else ""
            return f"must be a mapping from names to {', '.join((*texts, *who, *flags))}{must}"
        if any(not isinstance(rules[flag], bool) for flag in flags if flag in rules):
            return f"must have true or false for {' and '.join(flags)}"
        if any(not isinstance(rules[text], str) for text in texts if text in rules):
            return f"must have text for {' and '.join(texts)}"
        for key in who:
            wrong = who_problem(rules[key]) if key in rules else None
            if wrong is not None:
                return wrong
    return None


EVERYONE = "everyone"
"""In a list of who is meant: everyone who signs in this way."""


def _person(value: str) -> str:
    wrong = None if value == EVERYONE else expression_problem(value)
    if wrong is not None:
        raise ValueError(wrong)
    return value


Person = Annotated[
    str,
    AfterValidator(_person),
    Words("a user name, an e-mail address, a regular expression between slashes, or everyone", form=r"[\s\S]{1,1000}"),
]


class OrganizationMembers(Section):
    """Who belongs to an organization after a sign-in. It is made where it is missing."""

    admins: tuple[Person, ...] | None = None
    """Who administers it. Left out: that role stays as it is."""
    users: tuple[Person, ...] | None = None
    """Who is a member. Left out: that role stays as it is."""
    remove_admins: StrictBool = True
    """`true` takes the role from whoever signs in and is not among `admins`."""
    remove_users: StrictBool = True
    """`true` takes the role from whoever signs in and is not among `users`."""


class TeamMembers(Section):
    """Who belongs to a team after a sign-in. It is made where it is missing."""

    organization: Name
    """Organization of the team."""
    users: tuple[Person, ...] = ()
    """Who is a member."""
    remove: StrictBool = True
    """`true` takes whoever signs in and is not among `users` out of the team."""


Organizations = dict[Name, OrganizationMembers]
Teams = dict[Name, TeamMembers]


def who(people: tuple[str, ...] | None) -> bool | list[str] | None:
    """Who is meant, as the backend has it."""
    return None if people is None else True if EVERYONE in people else list(people)


def organization_map(organizations: Mapping[str, OrganizationMembers]) -> dict[str, Any]:
    """The backend's mapping. A role that is left out is kept by its flag, because SAML would otherwise take it away."""
    return {
        name: {
            **{key: who(found) for key, found in (("admins", one.admins), ("users", one.users)) if found is not None},
            "remove_admins": one.admins is not None and one.remove_admins,
            "remove_users": one.users is not None and one.remove_users,
        }
        for name, one in organizations.items()
    }


def team_map(teams: Mapping[str, TeamMembers]) -> dict[str, Any]:
    """The backend's mapping."""
    return {
        name: {"organization": one.organization, "users": who(one.users), "remove": one.remove}
        for name, one in teams.items()
    }
