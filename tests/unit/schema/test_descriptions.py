"""The text below a field is its description, read only when somebody asks."""

from __future__ import annotations

from typing import ClassVar

from components.schema import descriptions
from components.schema.section import Section
from components.settings.stack import StackFile


class Below(Section):
    """Each kind of field."""

    one: str
    """One line."""
    two_lines: int = 0
    """The first,
    and the second.
    """
    bare: bool = False
    CONSTANT: ClassVar = 1
    """Not a field."""


class Further(Below):
    """Adds one, and says another anew."""

    one: str = "a"
    """Another line."""
    more: str = ""
    """More."""


def test_the_text_below_a_field_is_its_description() -> None:
    assert descriptions.of(Below) == {"one": "One line.", "twoLines": "The first,\nand the second."}


def test_bases_describe_what_they_bring() -> None:
    assert descriptions.of(Further) == {**descriptions.of(Below), "one": "Another line.", "more": "More."}


def test_a_schema_has_them() -> None:
    properties = Further.model_json_schema(by_alias=True)["properties"]
    assert {key: form.get("description") for key, form in properties.items()} == {
        **descriptions.of(Further),
        "bare": None,
    }


def test_making_a_model_reads_no_source() -> None:
    """It took 0.1 s of every preview: a search through all modules that are loaded, for each model."""
    assert [field.description for field in StackFile.model_fields.values() if field.description] == []
