"""Whoever comes from the Helm chart learns the new place of each key."""

from __future__ import annotations

import re

import pytest

from components.schema.shape import follow, leaves
from components.settings.chart_keys import CHART_KEYS, Fate
from components.settings.stack import StackFile
from tests.unit.settings.stackfile import nested, problems

# A key under `secrets` is one of ours too: it takes the name of an existing Secret, and refuses a value in clear.
REPLACED = {key: found for key, found in CHART_KEYS.items() if found.message and not key.startswith("secrets.")}


@pytest.mark.parametrize("key", REPLACED)
def test_a_replaced_key_of_the_chart_is_refused_with_its_replacement(key: str) -> None:
    assert problems(nested({key: "x"})) == {key: CHART_KEYS[key].message}


@pytest.mark.parametrize("key", REPLACED)
def test_a_replaced_key_is_not_one_of_ours(key: str) -> None:
    assert not follow(StackFile, key.split(".")).kinds


@pytest.mark.parametrize("key", [key for key in CHART_KEYS if key.startswith("secrets.")])
def test_a_secret_of_the_chart_is_refused_in_clear(key: str) -> None:
    assert "given in clear" in problems(nested({key: "x"}))[key]
    assert CHART_KEYS[key].fate is Fate.SECRET


@pytest.mark.parametrize("key", CHART_KEYS)
def test_what_takes_a_value_as_it_is_exists(key: str) -> None:
    found = CHART_KEYS[key]
    assert (found.target == key) is (found.fate is Fate.SAME)
    assert not found.target or follow(StackFile, found.target.split(".")).kinds
    assert bool(found.message) is (found.fate is not Fate.SAME)


def test_replacements_are_keys_that_exist() -> None:
    ours = {".".join(str(part) for part in path) for path, _, _ in leaves(StackFile)}
    sections = {path.rpartition(".")[0] for path in ours} | ours
    named = {
        name
        for found in CHART_KEYS.values()
        for name in re.findall(
            r"\b(?:exposure|forail|postgres|task|otelCollector|operator|secrets)\.[A-Za-z.]+\b", found.message
        )
    }

    assert named
    assert named <= sections


def test_a_whole_mapping_of_the_chart_is_answered_key_by_key() -> None:
    found = problems({"ingress": {"host": "a.lan", "tls": {"enabled": True, "secretName": "s"}}})

    assert set(found) == {"ingress.host", "ingress.tls.enabled", "ingress.tls.secretName"}


def test_the_charts_list_of_pull_secrets_is_answered() -> None:
    assert "write only the name" in problems({"imagePullSecrets": [{"name": "r"}]})["imagePullSecrets[0]"]
