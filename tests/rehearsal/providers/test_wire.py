"""Property values keep their meaning between the engine's notation and Python."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.output import Unknown
from pulumi.runtime import rpc

from rehearsal.providers import wire
from rehearsal.providers.wire import UNKNOWN, Secret

_leaves = st.none() | st.booleans() | st.integers(-(2**50), 2**50) | st.text(max_size=8) | st.just(UNKNOWN)
_trees = st.recursive(
    _leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=4), inner, max_size=3)
        | inner.map(lambda value: value if isinstance(value, Secret) else Secret(value))
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=4), _trees, max_size=4))
def test_every_tree_survives_the_round_trip(tree: dict[str, Any]) -> None:
    assert wire.read(wire.write(tree)) == tree


def test_secrets_and_unknowns_are_written_as_the_sdk_reads_them() -> None:
    struct = wire.write({"password": Secret("pw"), "address": UNKNOWN})
    read = rpc.deserialize_properties(struct, keep_unknowns=True)
    assert rpc.is_rpc_secret(read["password"])
    assert rpc.unwrap_rpc_secret(read["password"]) == "pw"
    assert isinstance(read["address"], Unknown)


def test_a_secret_never_shows_in_a_representation() -> None:
    assert "hunter2" not in repr({"password": Secret("hunter2")})


@pytest.mark.parametrize(
    ("outputs", "inputs", "expected"),
    [
        pytest.param({"a": 1, "b": 2}, {"a": Secret(1)}, {"a": Secret(1), "b": 2}, id="leaf"),
        pytest.param({"a": {"b": 1, "c": 2}}, {"a": Secret({"b": 1})}, {"a": Secret({"b": 1, "c": 2})}, id="map"),
        pytest.param({"a": {"b": 1, "c": 2}}, {"a": {"b": Secret(1)}}, {"a": {"b": Secret(1), "c": 2}}, id="nested"),
        pytest.param({"a": [1, 2]}, {"a": [1, Secret(2)]}, {"a": [1, Secret(2)]}, id="item"),
        pytest.param({"a": [0, 1, 2]}, {"a": [1, Secret(2)]}, {"a": Secret([0, 1, 2])}, id="list of another length"),
        pytest.param({"a": Secret(1)}, {"a": Secret(1)}, {"a": Secret(1)}, id="marked already"),
        pytest.param({"a": {"b": Secret(1)}}, {"a": Secret({"b": 1})}, {"a": Secret({"b": 1})}, id="marks merge"),
        pytest.param({"a": 1}, {"b": Secret(1)}, {"a": 1}, id="only in the inputs"),
    ],
)
def test_outputs_take_the_secret_marks_of_inputs(
    outputs: dict[str, Any], inputs: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert wire.mark_like(outputs, inputs) == expected
