"""`forail.settings` as a field of the stack file, and what settings say about each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Annotated, Any

from pydantic import AfterValidator

from ..schema.words import ConflictsError, Words
from .auth import AuthSettings
from .derived_settings import auth_section, where
from .django_settings import DJANGO_SETTINGS, command, problems, takes_secret, unknown

_KEY = "settingsSecrets"
# What a setting needs beside it to do anything.
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "LOG_AGGREGATOR_ENABLED": ("LOG_AGGREGATOR_HOST", "LOG_AGGREGATOR_TYPE"),
    "RADIUS_SERVER": ("RADIUS_SECRET",),
    "TACACSPLUS_HOST": ("TACACSPLUS_SECRET",),
}
# What switches on a way to sign in.
_SIGN_IN = ("RADIUS_SERVER", "TACACSPLUS_HOST")


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    found = list(problems(given))
    if found:
        raise ConflictsError(found)
    return given


DjangoSettings = Annotated[
    dict[str, Any],
    AfterValidator(_checked),
    Words("the backend's settings by name: such as SESSION_COOKIE_AGE, each with a value of its type"),
]


def contradictions(
    settings: Mapping[str, Any], auth: AuthSettings, secrets: AbstractSet[str]
) -> Iterator[tuple[str, str]]:
    """Pairs of YAML path and message where `settings`, `auth` and the names below `settingsSecrets` do not fit."""
    needed = {one.setting: one for one in auth.secrets()}
    for one in needed.values():
        if one.existing is None and one.setting not in secrets:
            yield f"forail.auth.{one.path}", f"is missing: run {command(one.setting)}, or name a Secret that exists"
        elif one.existing is not None and one.setting in secrets:
            yield f"forail.auth.{one.path}", f"is given beside {_KEY}.{one.setting}: keep one of the two"
    for name in sorted(secrets - needed.keys()):
        elsewhere = where(name)
        if elsewhere is not None:
            yield f"{_KEY}.{name}", _unused(name, auth) or elsewhere
        elif name not in DJANGO_SETTINGS:
            yield f"{_KEY}.{name}", unknown(name)
        elif not takes_secret(name):
            yield f"{_KEY}.{name}", "is not a secret but a plain setting: give it in forail.settings"
        elif name in settings:
            yield f"forail.settings.{name}", f"is given beside {_KEY}.{name}: keep one of the two"
    # What is empty or off switches nothing on.
    given = {name for name, value in settings.items() if value is not False and value != ""} | secrets
    yield from _incomplete(given)
    if settings.get("DISABLE_LOCAL_AUTH") is True and not (auth.declared or _signs_in(given)):
        yield (
            "forail.settings.DISABLE_LOCAL_AUTH",
            "is true and nobody could sign in: declare forail.auth, or remove it",
        )


def _unused(name: str, auth: AuthSettings) -> str | None:
    """What is said to a secret of a way to sign in that is not declared as needing it; None for other settings."""
    section = auth_section(name)
    if name.endswith("_BIND_PASSWORD") and auth.ldap:
        return "belongs to no server with a bindDn: add bindDn to its server in forail.auth.ldap, or remove it"
    if not section or getattr(auth, section):
        return None
    return f"has no effect without forail.auth.{section}: declare that, or remove it"


def _incomplete(given: AbstractSet[str]) -> Iterator[tuple[str, str]]:
    for name in sorted(given):
        needs = _NEEDS.get(name, ())
        if name.endswith("_KEY") and (secret := f"{name.removesuffix('_KEY')}_SECRET") in DJANGO_SETTINGS:
            needs = (secret,)
        for other in needs:
            if other not in given:
                fix = f"run {command(other)}" if other.endswith("_SECRET") else "add it"
                yield f"forail.settings.{other}", f"is missing, and {name} does nothing without it: {fix}"


def _signs_in(given: AbstractSet[str]) -> bool:
    social = any(name.startswith("SOCIAL_AUTH_") and name.endswith("_KEY") and takes_secret(name) for name in given)
    return social or any(name in given for name in _SIGN_IN)
