"""Claims: made, or only named."""

from __future__ import annotations

from dataclasses import replace

import pulumi
import pytest

from components.kube.claim import ClaimArgs, claim_name
from tests.unit.deployment import Deployment
from tests.unit.engine import run
from tests.unit.kube.rendered import SCOPE

CLAIM = ClaimArgs(
    scope=SCOPE, component="data", object_name="data", size="1Gi", access_mode="ReadWriteOnce", protect=True
)


def made(args: ClaimArgs) -> Deployment:
    """What comes of the claim."""

    def program() -> None:
        pulumi.export(
            "name", claim_name(args.object_name, args, pulumi.ComponentResource("forail:test:Owner", "owner"))
        )

    return run(program)


def test_a_claim_is_made_under_its_name() -> None:
    deployment = made(CLAIM)
    claim = deployment.one("PersistentVolumeClaim", "data")
    assert claim.inputs["spec"] == {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    assert deployment.parent(claim).name == "owner"
    assert deployment.outputs["name"] == claim.object_name == "data"


def test_a_class_is_named_where_one_is_given() -> None:
    claim = made(replace(CLAIM, storage_class="fast")).one("PersistentVolumeClaim", "data")
    assert claim.inputs["spec"]["storageClassName"] == "fast"


@pytest.mark.parametrize("protect", [True, False])
def test_protection_is_the_callers_choice(protect: bool) -> None:
    claim = made(replace(CLAIM, protect=protect)).one("PersistentVolumeClaim", "data")
    assert claim.request.protect is protect


def test_an_existing_claim_is_only_named() -> None:
    deployment = made(replace(CLAIM, existing="theirs"))
    assert not deployment.objects
    assert deployment.outputs["name"] == "theirs"
