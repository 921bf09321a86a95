"""Names that the provider makes."""

from __future__ import annotations

import re
from typing import Any

from rehearsal.providers.kubernetes.annotations import AUTONAMED
from rehearsal.providers.kubernetes.autonaming import is_autonamed, with_name
from rehearsal.providers.wire import UNKNOWN


def _named(inputs: dict[str, Any], olds: dict[str, Any] | None = None, seed: bytes = b"", **more: Any) -> Any:
    return with_name(inputs, olds or {}, "web", seed, more.get("proposed"))


def test_an_object_without_a_name_gets_its_logical_name_and_eight_hex_digits() -> None:
    named = _named({"metadata": {"labels": {"a": "b"}}})
    assert re.fullmatch(r"web-[0-9a-f]{8}", named["metadata"]["name"])
    assert named["metadata"]["annotations"] == {AUTONAMED: "true"}
    assert named["metadata"]["labels"] == {"a": "b"}
    assert is_autonamed(named)


def test_the_engine_s_seed_decides_the_name() -> None:
    names = {_named({}, seed=seed)["metadata"]["name"] for seed in (b"one", b"one", b"two")}
    assert len(names) == 2


def test_two_objects_without_a_seed_get_different_names() -> None:
    assert _named({})["metadata"]["name"] != _named({})["metadata"]["name"]


def test_an_automatic_name_is_kept_for_the_object_s_life() -> None:
    old = _named({})
    assert _named({}, old)["metadata"]["name"] == old["metadata"]["name"]


def test_a_fixed_name_of_the_past_is_not_taken_over() -> None:
    named = _named({}, {"metadata": {"name": "fixed"}})
    assert named["metadata"]["name"].startswith("web-")


def test_names_in_the_program_stay() -> None:
    for name in ("fixed", UNKNOWN):
        inputs = {"metadata": {"name": name}}
        assert _named(inputs) == inputs


def test_the_engine_s_own_naming_scheme_is_followed() -> None:
    assert _named({}, proposed="team-web")["metadata"]["name"] == "team-web"


def test_metadata_that_is_not_known_yet_is_left_alone() -> None:
    assert _named({"metadata": UNKNOWN}) == {"metadata": UNKNOWN}
