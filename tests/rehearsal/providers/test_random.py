"""The `random` stand-in keeps the official plugin's promises about its values."""

from __future__ import annotations

import base64
import string
from typing import Any

import pytest

from rehearsal.providers.wire import UNKNOWN
from tests.rehearsal.providers.plugin_client import PluginClient, Refused

PASSWORD = "random:index/randomPassword:RandomPassword"
ID = "random:index/randomId:RandomId"
SPECIAL = "!@#$%&*()-_=+[]{}<>:?"


@pytest.mark.parametrize(
    ("inputs", "allowed"),
    [
        ({"special": False}, string.ascii_letters + string.digits),
        ({"special": False, "upper": False}, string.ascii_lowercase + string.digits),
        ({"special": False, "numeric": False}, string.ascii_letters),
        ({"special": False, "number": False}, string.ascii_letters),
        ({"lower": False, "upper": False, "numeric": False}, SPECIAL),
        ({}, string.ascii_letters + string.digits + SPECIAL),
    ],
)
def test_only_the_wanted_characters_occur(random: PluginClient, inputs: dict[str, Any], allowed: str) -> None:
    made = random.create(PASSWORD, "pw", {"length": 400, **inputs})
    assert len(made.outputs["result"]) == 400
    assert set(made.outputs["result"]) <= set(allowed)


def test_every_class_has_its_minimum(random: PluginClient) -> None:
    minimums = {"minLower": 3, "minUpper": 3, "minNumeric": 3, "minSpecial": 3}
    result = random.create(PASSWORD, "pw", {"length": 12, **minimums}).outputs["result"]
    classes = (string.ascii_lowercase, string.ascii_uppercase, string.digits, SPECIAL)
    assert [sum(character in characters for character in result) for characters in classes] == [3, 3, 3, 3]


def test_a_password_has_no_telling_identifier(random: PluginClient) -> None:
    assert random.create(PASSWORD, "pw", {"length": 20}).identifier == "none"


def test_two_passwords_differ(random: PluginClient) -> None:
    first, second = (random.create(PASSWORD, "pw", {"length": 20}).outputs["result"] for _ in range(2))
    assert first != second


def test_values_are_unknown_until_they_are_made(random: PluginClient) -> None:
    assert random.preview(PASSWORD, "pw", {"length": 20})["result"] is UNKNOWN


@pytest.mark.parametrize("change", [{"length": 21}, {"special": False}, {"keepers": {"epoch": "2"}}])
def test_every_change_replaces(random: PluginClient, change: dict[str, Any]) -> None:
    inputs = {"length": 20, "keepers": {"epoch": "1"}}
    made = random.create(PASSWORD, "pw", inputs)
    answer = random.diff(made, {**inputs, **change})
    assert list(answer.replaces)
    assert not random.diff(made, inputs).replaces
    assert answer.changes != random.diff(made, inputs).changes


@pytest.mark.parametrize(
    ("inputs", "failing"),
    [
        ({}, "length"),
        ({"length": 0}, "length"),
        ({"length": 5, "overrideSpecial": "_"}, "overrideSpecial"),
        ({"length": 5, "minLower": 3, "minUpper": 3}, "length"),
        ({"length": 5, "lower": False, "upper": False, "numeric": False, "special": False}, "special"),
    ],
)
def test_what_cannot_be_made_is_refused_before_it_is_tried(
    random: PluginClient, inputs: dict[str, Any], failing: str
) -> None:
    assert [name for name, _ in random.failures(PASSWORD, inputs)] == [failing]


def test_an_unknown_length_is_not_refused(random: PluginClient) -> None:
    assert random.failures(PASSWORD, {"length": UNKNOWN}) == []


@pytest.mark.parametrize("kind", ["Pet", "Shuffle", "String"])
def test_another_kind_is_refused_with_what_there_is(random: PluginClient, kind: str) -> None:
    with pytest.raises(Refused, match=rf"random{kind}.*it has RandomId, RandomPassword"):
        random.create(f"random:index/random{kind}:Random{kind}", "x", {"length": 3})


def test_functions_are_refused_by_name(random: PluginClient) -> None:
    with pytest.raises(Refused, match="random:index/x:x"):
        random.invoke("random:index/x:x")


def test_an_identifier_is_the_same_bytes_in_every_notation(random: PluginClient) -> None:
    made = random.create(ID, "id", {"byteLength": 4, "keepers": {"from": "newest"}})
    value = bytes.fromhex(made.outputs["hex"])
    assert len(value) == 4
    assert made.outputs["dec"] == str(int.from_bytes(value))
    assert made.outputs["b64Std"] == base64.b64encode(value).decode()
    assert made.outputs["b64Url"] == made.identifier
    assert base64.urlsafe_b64decode(f"{made.identifier}==") == value


@pytest.mark.parametrize("change", [{"byteLength": 5}, {"keepers": {"from": "forail-1"}}])
def test_every_change_makes_another_identifier(random: PluginClient, change: dict[str, Any]) -> None:
    inputs = {"byteLength": 4, "keepers": {"from": "newest"}}
    made = random.create(ID, "id", inputs)
    assert list(random.diff(made, {**inputs, **change}).replaces)
    assert not random.diff(made, inputs).replaces


@pytest.mark.parametrize("inputs", [{}, {"byteLength": 0}, {"byteLength": "four"}])
def test_an_identifier_has_a_length(random: PluginClient, inputs: dict[str, Any]) -> None:
    assert [name for name, _ in random.failures(ID, inputs)] == ["byteLength"]
