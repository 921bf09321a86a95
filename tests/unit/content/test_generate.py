"""Generated content of any size is valid, so that what measurements measure is the whole of the checks."""

from __future__ import annotations

import pytest

from components.api.kinds import Kind
from tests.unit.content.generate import documents, manifests
from tests.unit.content.manifests import load


@pytest.mark.parametrize("count", [1, 11, 12, 100])
def test_generated_content_is_valid(count: int) -> None:
    catalog = load(document.data for document in documents(count))

    assert len(catalog.resources) == count


def test_it_has_the_usual_mix() -> None:
    assert {Kind(one["kind"]) for one in manifests(12)} == set(Kind) - {Kind.FORAIL_INSTANCE}
