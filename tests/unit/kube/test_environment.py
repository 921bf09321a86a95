"""Variables: texts, references, and what a change of them changes."""

from __future__ import annotations

import pulumi
import pytest

from components.kube.environment import Env, SecretRef, joined, texts
from tests.unit.engine import resolved


def test_texts_without_a_value_are_left_out() -> None:
    assert [env.name for env in texts(A="1", B=None, C="")] == ["A", "C"]


def test_groups_are_joined_in_order() -> None:
    assert [env.name for env in joined(texts(B="1"), (), texts(A="2", C="3"))] == ["B", "A", "C"]


@pytest.mark.parametrize(
    "again", [Env("A", "1"), Env("A", secret=SecretRef("s", "k")), Env("A", field="metadata.name")]
)
def test_a_name_set_twice_is_refused_by_name(again: Env) -> None:
    with pytest.raises(ValueError, match=r"set twice: A$"):
        joined(texts(A="1", B="2"), (again,))


@pytest.mark.parametrize(
    ("env", "identity"),
    [
        (Env("A", "text"), ("A=", "text")),
        (Env("A"), ("A=", "")),
        (Env("A", field="status.podIP"), ("A=field", "status.podIP")),
        (Env("A", secret=SecretRef("name-1a2b", "value")), ("A=secret:value", "name-1a2b")),
    ],
    ids=["text", "no text", "field", "secret"],
)
def test_the_identity_names_what_is_read(env: Env, identity: tuple[str, str]) -> None:
    assert env.identity() == identity


def test_a_text_that_comes_later_is_part_of_the_identity() -> None:
    def value() -> pulumi.Output[str]:
        _, later = Env("A", pulumi.Output.from_input("later")).identity()
        return pulumi.Output.from_input(later)

    assert resolved(value) == "later"


def test_a_reference_renders_without_a_value() -> None:
    rendered = Env("A", secret=SecretRef("name", "key")).render()
    assert rendered.value is None
    assert rendered.value_from is not None


def test_a_text_renders_without_a_reference() -> None:
    rendered = Env("A", "text").render()
    assert rendered.value == "text"
    assert rendered.value_from is None
