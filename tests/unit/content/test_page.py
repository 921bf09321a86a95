"""The reference page is what the models and samples say."""

from __future__ import annotations

import pytest

from components.api.kinds import Kind
from docs import content
from tests.unit.content.fields import FIELDS, STATUS


@pytest.mark.parametrize("kind", Kind)
def test_every_field_is_on_the_page(kind: Kind) -> None:
    section = content.page().partition(f"\n## {kind}\n")[2].partition("\n## ")[0]
    spec, _, status = section.partition("| `status` |")

    assert f"kind: {kind}\n" in spec
    for path in FIELDS[kind]:
        if not path.endswith(("[]", "{}")):
            assert f"\n| `{path}` |" in spec
    for name in STATUS[kind]:
        assert f"\n| `{name}` |" in status
