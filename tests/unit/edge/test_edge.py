"""The edge group: the certificate belongs to the way in, and nothing that runs waits for it."""

from __future__ import annotations

import pytest

from tests.unit.stacks import EVERY, every

GROUP = "$forail:edge:Edge$"


@pytest.mark.parametrize("stack", list(EVERY))
def test_the_platform_does_not_wait_for_its_exposure(stack: str) -> None:
    deployment = every(stack)
    edge = {item.urn for item in deployment.resources if GROUP in item.urn}
    assert edge, "the group is not where this test looks for it"
    for item in deployment.objects:
        # What verifies everything comes after everything.
        if item.urn not in edge and "$forail:verify:Verify$" not in item.urn:
            assert not edge & deployment.ancestors(item), item.label


def test_the_ca_is_the_groups_only_output() -> None:
    (group,) = (item for item in every("dev").resources if item.type == "forail:edge:Edge")
    assert set(group.registered_outputs or {}) == {"ca"}
