"""The backend's settings that a stack file may give by name: which there are, and what each may hold."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError

from ..schema.suggestions import nearest
from .addresses import Url
from .derived_settings import where
from .memberships import organization_map_problem, team_map_problem
from .secrets import ExistingSecret
from .variables import PASSWORD_IN_URL, unusable

DJANGO_SETTINGS: Mapping[str, str] = json.loads(
    Path(__file__).with_name("django_settings.json").read_text(encoding="utf-8")
)
"""Kind of each setting that backend 2026.07.1 registers and the program does not derive: the kind's name, then its
bounds or choices. Left out: what the backend writes itself."""
SECRET_FORM = ("secretName", "key")
"""The keys of a setting that is read from an existing Secret."""
LONGEST_TEXT = 32768
"""Characters of one text."""
_LIFETIMES = ("ACCESS_TOKEN_EXPIRE_SECONDS", "AUTHORIZATION_CODE_EXPIRE_SECONDS", "REFRESH_TOKEN_EXPIRE_SECONDS")
_URL = Url("a URL: http or https, with a host", schemes=("http", "https"), path=r"(/[^\s?#]*)?(\?[^\s#]*)?")
_LOGO = re.compile(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/]+={0,2}")
_DEPTH = 20
# Options of a mount, as the backend's own form has them.
_MOUNT = re.compile(r"/[^:]*(:/[^:]*(:(z|O|ro|rw))?)?")
_SECRET: TypeAdapter[ExistingSecret] = TypeAdapter(ExistingSecret)
Found = Iterator[tuple[tuple[str | int, ...], str]]


def command(name: str) -> str:
    """What gives a setting that is a secret."""
    return f"pulumi config set --secret --path 'settingsSecrets.{name}'"


def in_clear(name: str) -> str:
    """What to do about a secret that the stack file shows."""
    return (
        f"is a secret given in clear: run {command(name)}, or name its Secret with {{secretName: …, key: …}}, "
        "and remove the clear value from the file and from its history"
    )


def takes_secret(name: str) -> bool:
    """Whether the setting may come from a Secret: every text may, so that an account's name can lie beside its key."""
    return DJANGO_SETTINGS.get(name) in ("secret", "text", "url")


def is_reference(value: object) -> bool:
    """Whether `value` has the form that names a Secret."""
    return isinstance(value, dict) and any(key in SECRET_FORM for key in cast("dict[str, object]", value))


def problems(given: Mapping[str, Any]) -> Found:
    """What is wrong with settings by name: path below them and message, without a value."""
    for name, value in given.items():
        elsewhere = where(name)
        if elsewhere is not None:
            yield (name,), elsewhere
        elif name not in DJANGO_SETTINGS:
            yield (name,), unknown(name)
        elif value is None or (value == "" and DJANGO_SETTINGS[name] != "text" and "choice |" not in _kind(name)):
            yield (name,), f"is empty: give it {words(name)}, or remove it"
        elif is_reference(value) and takes_secret(name):
            yield from _reference_problems(name, cast("dict[str, object]", value))
        else:
            wrong = _problem(name, value)
            if wrong is not None:
                yield (name,), wrong


def unknown(name: str) -> str:
    """What is said to a name that is no setting."""
    near = nearest(name, DJANGO_SETTINGS)
    hint = f"did you mean {near}?" if near else "/api/v2/settings/all/ of a running platform lists them"
    return f"is not a setting of the backend: {hint}"


def words(name: str) -> str:
    """What the setting takes, as a noun phrase."""
    kind, *limits = _kind(name).split(" ")
    if kind == "integer":
        return f"a whole number from {limits[0]} to {limits[1]}"
    if kind == "choice":
        return f"one of {', '.join(choice or 'empty text' for choice in limits[0].split('|'))}"
    return _WORDS[kind]


def plain(given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings whose value the stack file shows."""
    return {name: value for name, value in given.items() if not (is_reference(value) and takes_secret(name))}


def references(given: Mapping[str, Any]) -> dict[str, ExistingSecret]:
    """The settings that are read from Secrets that exist."""
    return {
        name: _SECRET.validate_python(value)
        for name, value in given.items()
        if is_reference(value) and takes_secret(name)
    }


def _kind(name: str) -> str:
    return DJANGO_SETTINGS[name]


def _reference_problems(name: str, value: dict[str, object]) -> Found:
    try:
        _SECRET.validate_python(value)
    except ValidationError as error:
        for details in error.errors(include_url=False, include_input=False):
            cause = details.get("ctx", {}).get("error")
            # A key that the form does not have may be a misplaced value.
            inside = tuple(part for part in details["loc"] if part in SECRET_FORM)
            yield (name, *inside), str(cause) if cause else "must be {secretName: …, key: …}, both as text"


def _problem(name: str, value: object) -> str | None:
    kind, *limits = _kind(name).split(" ")
    if kind == "secret":
        return in_clear(name) if isinstance(value, str) else f"must be {words(name)}"
    if kind == "integer":
        fits = type(value) is int and int(limits[0]) <= value <= int(limits[1])
        return None if fits else f"must be {words(name)}"
    if kind == "choice":
        choices = limits[0].split("|")
        near = nearest(value, choices) if isinstance(value, str) and value not in choices else None
        wrong = f"must be {words(name)}" + (f": did you mean {near}?" if near else "")
        return None if isinstance(value, str) and value in choices else wrong
    return _CHECKS[kind](name, value)


def _boolean(name: str, value: object) -> str | None:
    return None if isinstance(value, bool) else f"must be {words(name)}"


def _text(name: str, value: object) -> str | None:
    if not isinstance(value, str):
        number = isinstance(value, bool | int | float)
        quotes = "; YAML reads it as a number or as true or false: put it in quotes" if number else ""
        return f"must be {words(name)}{quotes}"
    if len(value) > LONGEST_TEXT:
        return f"must be {words(name)}, at most {LONGEST_TEXT} characters"
    return in_clear(name) if PASSWORD_IN_URL.search(value) else None


def _url(name: str, value: object) -> str | None:
    wrong = _text(name, value)
    if wrong is None:
        try:
            _URL.check(str(value))
        except ValueError as error:
            return str(error)
    return wrong


def _logo(name: str, value: object) -> str | None:
    fits = isinstance(value, str) and len(value) <= 2 * LONGEST_TEXT and _LOGO.fullmatch(value) is not None
    return None if fits else f"must be {words(name)}"


def _list(name: str, value: object) -> str | None:
    fits = isinstance(value, list) and all(isinstance(item, str) and item for item in cast("list[object]", value))
    if not fits:
        return f"must be {words(name)}"
    return _shown(cast("object", value))


def _mounts(name: str, value: object) -> str | None:
    wrong = _list(name, value)
    fits = wrong is None and all(_MOUNT.fullmatch(item) for item in cast("list[str]", value))
    return None if fits else f"must be {words(name)}"


def _variables(name: str, value: object) -> str | None:
    if not isinstance(value, dict):
        return f"must be {words(name)}"
    for variable, text in cast("dict[str, object]", value).items():
        if not isinstance(text, str):
            return f"must be {words(name)}; quote numbers"
        if unusable(variable, text) is not None:
            return "holds a secret in clear, which jobs and everyone who reads settings would see: use a credential"
    return None


def _lifetimes(name: str, value: object) -> str | None:
    found = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    # What is left out falls to the library's ten hours and not to the backend's default.
    fits = set(found) == set(_LIFETIMES) and all(type(one) is int and 1 <= one < 2**40 for one in found.values())
    return None if fits else f"must be {words(name)}"


def _mapping(name: str, value: object) -> str | None:
    if not (isinstance(value, dict) and _fits(cast("object", value))):
        return f"must be {words(name)}"
    return _shown(cast("object", value))


def _fits(value: object) -> bool:
    """Whether nothing in `value` lies deeper than `_DEPTH`: what makes JSON of it would fail."""
    level = [value]
    for _ in range(_DEPTH):
        level = [item for one in level for item in _inside(one)]
    return not level


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return cast("dict[str, object]", value).values()
    return cast("list[object]", value) if isinstance(value, list) else ()


def _texts(items: list[object]) -> int:
    """How many texts there are; none where there is anything else."""
    return len(items) if all(isinstance(item, str) for item in items) else 0


def _pairs(name: str, value: object) -> str | None:
    pairs = cast("list[object]", value) if isinstance(value, list) else [None]
    fits = all(isinstance(pair, list) and _texts(cast("list[object]", pair)) in (1, 2) for pair in pairs)
    return _shown(pairs) if fits else f"must be {words(name)}"


def _shown(value: object) -> str | None:
    """What is wrong where a text in `value` has a password in clear."""
    if isinstance(value, str):
        return "holds a password in a URL: give the address without it" if PASSWORD_IN_URL.search(value) else None
    return next(filter(None, map(_shown, _inside(value))), None)


_WORDS: Mapping[str, str] = {
    "boolean": "true or false",
    "text": "text",
    "url": "a URL (http or https, with a host)",
    "secret": "a secret: settingsSecrets, or {secretName: …, key: …}",
    "logo": "a picture as data:image/png;base64,… (png, jpeg or gif)",
    "list": "a list of texts that are not empty",
    "mounts": "a list of folders such as /etc/pki or /etc/pki:/etc/pki:O",
    "variables": "a mapping from names of variables to text",
    "lifetimes": f"a mapping with {', '.join(_LIFETIMES)}, each a number of seconds",
    "mapping": f"a mapping, nested at most {_DEPTH} deep",
    "pairs": "a list of lists of one or two texts",
    "organizations": "a mapping from organizations to admins, users, remove_admins and remove_users",
    "teams": "a mapping from teams to organization, users and remove",
}
_CHECKS: Mapping[str, Callable[[str, object], str | None]] = {
    "boolean": _boolean,
    "text": _text,
    "url": _url,
    "logo": _logo,
    "list": _list,
    "mounts": _mounts,
    "variables": _variables,
    "lifetimes": _lifetimes,
    "mapping": _mapping,
    "pairs": _pairs,
    "organizations": lambda _, value: organization_map_problem(value),
    "teams": lambda _, value: team_map_problem(value),
}
