"""`contentSecrets`: a mapping of names to values, encrypted or refused, and never shown."""

from __future__ import annotations

import json

import pytest

from components.settings.secret_mapping import CONTENT
from tests.unit.settings.stackfile import parsed, problems

MARKER = "zq7marker7qz"


def test_values_are_read_by_name() -> None:
    given = {"deployKey": "line\nline\n", "branch-token_2": MARKER}
    assert parsed({}, {"contentSecrets": json.dumps(given)}).content_secrets == given


def test_without_them_there_are_none() -> None:
    assert parsed({}).content_secrets == {}


@pytest.mark.parametrize(
    ("text", "path", "said"),
    [
        ("text", "contentSecrets", "must be a mapping from names to secrets"),
        (json.dumps([MARKER]), "contentSecrets", "must be a mapping from names to secrets"),
        ("[" * 100_000, "contentSecrets", "must be a mapping from names to secrets"),
        (json.dumps({"key": 7}), "contentSecrets.key", "quote numbers"),
        (json.dumps({"key": ""}), "contentSecrets.key", "not empty"),
        (json.dumps({"key": {"inner": MARKER}}), "contentSecrets.key", "must be text"),
        (json.dumps({"key": None}), "contentSecrets.key", "must be text"),
        (json.dumps({"key": f"{MARKER}\0"}), "contentSecrets.key", "holds a NUL character"),
        (json.dumps({"key": f"{MARKER}\ud800"}), "contentSecrets.key", "half of a surrogate pair"),
        (json.dumps({"key": MARKER + "x" * 2**20}), "contentSecrets.key", "more than the 1 MiB"),
        (json.dumps({"7": MARKER}), 'contentSecrets["7"]', "begins with a letter"),
        (json.dumps({"a" * 64: MARKER}), f"contentSecrets.{'a' * 64}", "must have a name"),
    ],
)
def test_other_forms_are_refused(text: str, path: str, said: str) -> None:
    found = problems({}, {"contentSecrets": text})
    assert set(found) == {path}
    assert said in found[path]
    assert MARKER not in str(found)


def test_values_in_clear_are_refused_with_the_command_that_encrypts_them() -> None:
    found = problems({"contentSecrets": {"deployKey": MARKER}})
    assert "pulumi config set --secret --path 'contentSecrets.<name>'" in found["contentSecrets"]
    assert MARKER not in str(found)


def test_every_problem_is_reported_and_no_value_kept() -> None:
    values, found = CONTENT.read(json.dumps({"good": MARKER, "bad key": "x", "empty": ""}), encrypted=True)
    assert len(found) == 2
    assert values == {}


@pytest.mark.parametrize("text", ["", "{}", "null"])
def test_nothing_in_clear_is_nothing(text: str) -> None:
    """What `pulumi config rm --path` leaves when the last value goes."""
    assert CONTENT.read(text, encrypted=False) == ({}, [])


def test_a_flat_key_is_answered_with_the_command_that_nests_it() -> None:
    found = problems({}, {"contentSecrets.deployKey": MARKER})
    assert "--secret --path 'contentSecrets.<name>'" in found['["contentSecrets.deployKey"]']
