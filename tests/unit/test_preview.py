"""A first preview, where nothing that a provider computes is known, and no cluster is asked."""

from __future__ import annotations

import json

import pytest

from tests.unit.engine import deploy
from tests.unit.stacks import EVERY
from tests.unit.values import UNKNOWN

# The other stacks hold nothing that these do not.
PLANNED = ["dev", "everything", "elsewhere"]
COMPUTED = {"adminPassword", "personalAccessToken", "caCertificate"}


@pytest.mark.parametrize("name", PLANNED)
def test_a_preview_plans_the_same_resources(name: str) -> None:
    stack = EVERY[name]()
    planned = deploy(stack.config, stack.secrets, stack.name, preview=True)
    assert {item.urn for item in planned.resources} == {item.urn for item in stack.deploy().resources}


# A restore's id is made in the same `up`, because taken out and put back it is another restore; what was restored is
# verified again.
MADE_BY_THEN = {"Job/forail-restore", "Job/forail-verify"}


@pytest.mark.parametrize("name", PLANNED)
def test_names_and_pods_are_known_before_anything_exists(name: str) -> None:
    stack = EVERY[name]()
    for item in deploy(stack.config, stack.secrets, stack.name, preview=True).objects:
        if item.label in MADE_BY_THEN:
            continue
        assert item.object_name != UNKNOWN, item.label
        if item.kind != "Secret":
            assert UNKNOWN not in json.dumps(item.inputs), f"{item.label} cannot be reviewed in a preview"


def test_only_generated_outputs_are_unknown() -> None:
    stack = EVERY["dev"]()
    outputs = deploy(stack.config, stack.secrets, stack.name, preview=True).outputs
    assert {name for name, value in outputs.items() if value == UNKNOWN} == COMPUTED
