"""The data group: what is in it, and that it needs nothing that runs."""

from __future__ import annotations

import pytest

from tests.unit.stacks import EVERY, every

GROUP = "$forail:data:Data$"


def kinds(stack: str) -> set[str]:
    """The components directly below the group."""
    deployment = every(stack)
    return {
        item.kind for item in deployment.resources if item.urn.partition(GROUP)[2].count("$") == 0 and GROUP in item.urn
    }


@pytest.mark.parametrize(("stack", "server"), [("dev", {"Postgres"}), ("elsewhere", {"ConfigMap"})])
def test_a_server_elsewhere_leaves_its_certificate_only(stack: str, server: set[str]) -> None:
    assert kinds(stack) == {"Credentials", "SharedClaims", "Redis"} | server


@pytest.mark.parametrize("stack", list(EVERY))
def test_it_waits_for_nothing_that_runs(stack: str) -> None:
    deployment = every(stack)
    for item in deployment.resources:
        if GROUP in item.urn:
            assert not [urn for urn in deployment.ancestors(item) if "$forail:application:" in urn], item.label
