"""Records of which resource holds which object in Forail: they outlive it, so that a rename is seen."""

from __future__ import annotations

import re
from collections.abc import Mapping

from components.api.kinds import Kind
from tests.unit.content.builders import instance, organization
from tests.unit.content.manifests import NAMESPACE, Manifest, load, manifest
from tests.unit.test_content_component import applied, custom_resources, of_every_kind, routed


def records(*content: Manifest) -> dict[str, Mapping[str, str]]:
    """Which resource holds which object in Forail, by the name of the record."""
    return {item.name: item.inputs["input"] for item in applied(load(content)).all("Stash")}


def test_each_object_in_forail_has_a_record_that_outlives_its_resource() -> None:
    deployment = applied(load(of_every_kind()))
    found = [item for item in custom_resources(deployment) if item.kind != Kind.FORAIL_INSTANCE]
    assert len(deployment.all("Stash")) == len(found)
    for item in found:
        (record,) = (one for one in deployment.all("Stash") if one.urn in item.dependencies)
        metadata = item.inputs["metadata"]
        assert record.inputs == {"input": {"namespace": metadata["namespace"], "name": metadata["name"]}}
        # Whatever else an `up` does or leaves undone, the record is written.
        assert not record.dependencies


def test_another_resource_with_the_same_object_finds_its_record() -> None:
    def holder(name: str, forail_name: str, namespace: str = NAMESPACE) -> Manifest:
        return manifest(Kind.ORGANIZATION, {"name": forail_name}, name, namespace=namespace)

    for former, latter in (
        (holder("old", "Ops"), holder("new", "Ops")),
        (holder("old", "Ops"), holder("old", "Ops", "team-a")),
        (holder("old", "new"), manifest(Kind.ORGANIZATION, {}, "new")),
        (manifest(Kind.ORGANIZATION, {}, "old"), holder("new", "old")),
    ):
        ((name, before),), ((same, after),) = records(former).items(), records(latter).items()
        assert name == same
        assert before != after


def test_other_objects_have_other_records() -> None:
    content = [
        organization("ops"),
        manifest(Kind.TEAM, {"organization": "ops"}, "ops"),
        instance("branch"),
        manifest(Kind.ORGANIZATION, {"forailInstance": "branch", "name": "ops"}, "there"),
        manifest(Kind.ORGANIZATION, {"name": "Ops, 'all' of it::ü"}, "odd"),
    ]
    found = records(*content)
    assert len(found) == 4
    # They are typed into shells, as part of a URN.
    assert not [name for name in found if not re.fullmatch(r"[A-Za-z0-9._~%/-]+", name)]


def test_one_forail_by_two_instances_is_one() -> None:
    """A resource that moves to another namespace is routed by the instance there."""
    moved: list[set[str]] = []
    for namespace in (NAMESPACE, "team-a"):
        branch = instance("branch")
        branch["metadata"]["namespace"] = namespace
        routed_there = routed("there", "branch")
        routed_there["metadata"]["namespace"] = namespace
        moved.append(set(records(branch, routed_there)))
    assert moved[0] == moved[1]


def test_a_rename_is_looked_for_in_previews_too_and_nothing_needs_the_program_to_go() -> None:
    deployment = applied(load(of_every_kind()), with_fleet=True)
    for record in deployment.all("Stash"):
        assert list(record.request.hooks.before_update) == ["forail-rename"]
    for item in deployment.resources:
        hooks = item.request.hooks
        assert not [*hooks.before_delete, *hooks.after_delete], f"{item.label} would need `destroy --run-program`"
