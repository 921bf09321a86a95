"""The stack's own edge."""

from __future__ import annotations

from tests.unit.stacks import alone


def test_the_edge_takes_the_place_of_the_ingress() -> None:
    made = alone().deploy(exposure={"via": "service"})
    assert [item.type for item in made.resources if item.type == "forail:edge:EdgeNginx"]
    assert not [item for item in made.objects if item.inputs.get("kind") == "Ingress"]
