"""What a killed run leaves is taken up by the next one: nothing is lost, however often it is killed again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from rehearsal import checkpoint, pending
from rehearsal.engine import Settling
from rehearsal.failure import RehearsalError
from tests.rehearsal.killed import Moment, Step, killed
from tests.rehearsal.rehearsed import Cluster, Rehearse, Rehearsed, eventually

WEB = "/apis/apps/v1/namespaces/fixture/deployments/web"
CONFIG_MAPS = "/api/v1/namespaces/fixture/configmaps"
STEPS: list[tuple[Moment, Step]] = [
    ("before", "stack export"),
    ("after", "stack export"),
    ("before", "stack import"),
    ("after", "stack import"),
    ("before", "refresh"),
    ("within", "refresh"),
    ("after", "refresh"),
]
Json = dict[str, Any]


@pytest.fixture(scope="module")
def alive(module_rehearse: Rehearse, fixture_project: Path) -> Rehearsed:
    """The small program, up on the shared control plane."""
    rehearsed = module_rehearse(fixture_project)
    rehearsed.up()
    return rehearsed


@pytest.fixture(autouse=True)
def every_step_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for a user: the fixtures of other modules write the state once, at the end of a run."""
    monkeypatch.delenv("PULUMI_SKIP_CHECKPOINTS", raising=False)


def edit(stack: Rehearsed, change: Callable[[Json], None]) -> None:
    """Change the engine's state as a kill would leave it."""
    file = stack.engine.state_file
    document = cast("Json", json.loads(file.read_text()))
    change(document["checkpoint"]["latest"])
    file.write_text(json.dumps(document))


def named(latest: Json, name: str) -> Json:
    (found,) = [resource for resource in latest["resources"] if resource["urn"].endswith(f"::{name}")]
    return cast("Json", found)


def in_creation(latest: Json, *names: str) -> None:
    """Have the objects' creation in flight: they are not among the resources yet."""
    resources = [named(latest, name) for name in names]
    latest["resources"] = [resource for resource in latest["resources"] if resource not in resources]
    latest["pending_operations"] = [
        {
            "type": "creating",
            "resource": {key: value for key, value in resource.items() if key not in ("id", "outputs")},
        }
        for resource in resources
    ]


def config_maps(cluster: Cluster) -> list[str]:
    names = [item["metadata"]["name"] for item in cluster.api.items(CONFIG_MAPS)]
    return [name for name in names if name.startswith("settings")]


def test_a_run_killed_at_every_step_of_settling_loses_nothing(alive: Rehearsed, control_plane: Cluster) -> None:
    # One of the two objects in flight has come to be, the other one has not.
    edit(alive, lambda latest: in_creation(latest, "migrate", "web"))
    control_plane.api.delete(WEB)
    eventually("the Deployment gone", lambda: control_plane.api.get(WEB) is None)
    for moment, step in STEPS:
        killed(alive, moment, step)
    alive.up()
    assert control_plane.api.get(WEB) is not None
    assert alive.refresh(expect_no_changes=True) == {"same": 9}
    alive.up(expect_no_changes=True)


def test_a_replacement_that_came_to_be_is_taken_up(alive: Rehearsed, control_plane: Cluster) -> None:
    (first,) = config_maps(control_plane)
    metadata = {"name": "settings-other", "namespace": "fixture"}
    control_plane.api.create(CONFIG_MAPS, {"metadata": metadata, "data": {"greeting": "other"}})
    edit(alive, lambda latest: in_replacement(latest, "settings-other"))
    alive.up()
    assert len(config_maps(control_plane)) == 1, first
    assert alive.refresh(expect_no_changes=True) == {"same": 9}
    alive.up(expect_no_changes=True)


def test_a_replacement_that_never_came_to_be_leaves_the_old_object(alive: Rehearsed, control_plane: Cluster) -> None:
    before = config_maps(control_plane)
    edit(alive, lambda latest: in_replacement(latest, "settings-never"))
    alive.up(expect_no_changes=True)
    assert config_maps(control_plane) == before


def in_replacement(latest: Json, name: str) -> None:
    old = named(latest, "settings")
    metadata = {**old["inputs"]["metadata"], "name": name}
    inputs = {**old["inputs"], "metadata": metadata, "data": {"greeting": "other"}}
    resource = {**{key: value for key, value in old.items() if key not in ("id", "outputs")}, "inputs": inputs}
    latest["pending_operations"] = [{"type": "creating", "resource": resource}]


def test_a_preview_without_a_cluster_leaves_settling_to_the_next_run(alive: Rehearsed) -> None:
    edit(alive, lambda latest: in_creation(latest, "web"))
    before = alive.state_text()
    alive.engine.preview(settling=Settling.LATER)
    assert "there is no cluster to look at" in alive.log
    assert alive.state_text() == before
    alive.up(expect_no_changes=True)


@pytest.mark.parametrize("left", ["", '{"version": 3, "checkpoint": {"sta', "\0\0\0\0", "[]", "null", None])
def test_a_damaged_state_is_restored_from_the_copy_before_its_last_step(alive: Rehearsed, left: str | None) -> None:
    file = alive.engine.state_file
    assert file.with_name(f"{file.name}.bak").exists()
    if left is None:
        file.unlink()
    else:
        file.write_text(left)
    alive.up()
    assert f"{file} was damaged: going on from the copy before its last step" in alive.log
    assert alive.refresh(expect_no_changes=True) == {"same": 9}


def test_a_damaged_state_without_a_good_copy_says_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "dev.json"
    assert checkpoint.load(file) is None
    assert not checkpoint.restored(file)
    file.write_text("")
    (tmp_path / "dev.json.bak").write_text("{")
    with pytest.raises(RehearsalError, match=r"(?s)dev\.json is damaged.*no good copy.*rehearsal down.*rehearsal up"):
        checkpoint.restored(file)
    with pytest.raises(RehearsalError, match=r"(?s)dev\.json is damaged.*rehearsal up"):
        pending.in_flight(file)


def test_an_empty_sidecar_of_a_killed_engine_does_no_harm(alive: Rehearsed) -> None:
    file = alive.engine.state_file
    sidecar = file.with_name(f"{file.name}.attrs")
    sidecar.write_text("")
    alive.up(expect_no_changes=True)
    assert not list(alive.engine.state.backend.glob(".pulumi/**/*.attrs"))


def test_files_that_a_kill_left_half_written_in_the_workspace_do_no_harm(alive: Rehearsed) -> None:
    workspace = alive.engine.state.workspace("rehearsal-fixture")
    for file in (workspace / "Pulumi.dev.yaml", workspace / "Pulumi.yaml", workspace / "settled.json"):
        file.write_text("")
    for file in alive.engine.state.engine_home.glob("**/*.json"):
        file.write_text("")
    alive.up(expect_no_changes=True)


def test_an_object_whose_predecessor_was_deleted_first_takes_its_place() -> None:
    gone = {"urn": "urn:job", "id": "forail/init", "pendingReplacement": True}
    inputs = {"metadata": {"name": "init", "namespace": "forail"}}
    new = {"urn": "urn:job", "type": "kubernetes:batch/v1:Job", "inputs": inputs}
    deployment = {
        "resources": [gone, {"urn": "urn:last"}],
        "pending_operations": [{"type": "creating", "resource": new}],
    }
    settled = json.loads(pending.adopted(json.dumps({"deployment": deployment})))["deployment"]
    assert settled["resources"] == [{**new, "id": "forail/init", "outputs": inputs}, {"urn": "urn:last"}]
