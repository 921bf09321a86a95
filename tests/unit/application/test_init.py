"""The init Job: what it runs, and what gives it another name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from components.kube import files
from tests.unit.deployment import Deployment
from tests.unit.engine import stack_file
from tests.unit.pods import Container, Pod, pods
from tests.unit.stacks import alone, every, prod


def job_name(deployment: Deployment) -> str:
    """The Job's name."""
    return deployment.one("Job", "forail-init").object_name


def pod(deployment: Deployment) -> Pod:
    """The Job's pod."""
    return pods(deployment)["Job/forail-init"]


def bootstrap(deployment: Deployment) -> Container:
    """The step that registers everything."""
    return pod(deployment).container("bootstrap")


def test_steps_run_one_after_the_other() -> None:
    steps = [(item.name, item.raw["command"]) for item in pod(every("alone")).containers]
    assert [name for name, _ in steps] == ["database", "migrate", "bootstrap"]
    assert [item.name for item in pod(every("alone")).main] == ["bootstrap"]
    for container, (_, command) in zip(pod(every("alone")).containers, steps, strict=True):
        assert command[-1] in container.mounts, f"{container.name} runs a script that it does not mount"


def test_it_tries_long_enough_for_a_first_migration_and_never_twice_at_once() -> None:
    spec = every("alone").one("Job", "forail-init").inputs["spec"]
    assert spec["backoffLimit"] >= 3
    assert spec["activeDeadlineSeconds"] >= 1800
    assert (spec["completions"], spec["parallelism"]) == (1, 1)
    # A new pod only when the old one is gone, and its log stays.
    assert spec["podReplacementPolicy"] == "Failed"
    assert pod(every("alone")).spec["restartPolicy"] == "Never"


def test_the_name_says_nothing_and_is_short() -> None:
    assert re.fullmatch(r"forail-init-[0-9a-f]{8}", job_name(every("alone")))


@pytest.mark.parametrize("file", ["init/bootstrap.py", "settings/forail.py"])
def test_it_runs_again_when_its_own_file_changes(file: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for original in sorted(files.FOLDER.rglob("*")):
        target = tmp_path / original.relative_to(files.FOLDER)
        if original.is_dir():
            target.mkdir()
        elif original.suffix != ".pyc":
            target.write_bytes(original.read_bytes())
    changed = tmp_path / file
    changed.write_text(changed.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    monkeypatch.setattr(files, "FOLDER", tmp_path)
    assert job_name(alone().deploy(kubernetes={"context": file})) != job_name(every("alone"))


def test_it_registers_the_one_node_by_name_or_the_groups_alone() -> None:
    one, several = bootstrap(every("alone")).env, bootstrap(every("prod")).env
    assert one["FORAIL_NODE_NAME"] == pods(every("alone"))["Deployment/forail-task"].env["FORAIL_NODE_NAME"]
    assert several["FORAIL_NODE_NAME"] == ""
    assert several["FORAIL_SINGLE_NODE_NAME"] == one["FORAIL_NODE_NAME"], (
        "its row must go when pods have their own names"
    )


@pytest.mark.parametrize(("stack", "node"), [("alone", "hybrid"), ("elsewhere", "control")])
def test_node_types_of_init_and_task_agree(stack: str, node: str) -> None:
    assert bootstrap(every(stack)).env["FORAIL_NODE_TYPE"] == node
    assert pods(every(stack))["Deployment/forail-task"].env["FORAIL_NODE_TYPE"] == node


def test_only_the_last_step_knows_password_and_token() -> None:
    for container in pod(every("alone")).containers:
        names = {"FORAIL_ADMIN_PASSWORD", "FORAIL_PAT"} & set(container.env)
        assert bool(names) is (container.name == "bootstrap")
    elsewhere = [
        label for label, item in pods(every("alone")).items() if any("FORAIL_PAT" in c.env for c in item.containers)
    ]
    assert elsewhere == ["Job/forail-init"]


def test_demo_data_comes_only_where_it_is_wanted() -> None:
    assert stack_file("prod")["init"] == {"preloadData": False}
    assert bootstrap(prod().deploy()).env["FORAIL_PRELOAD_DATA"] == "false"
    assert bootstrap(every("alone")).env["FORAIL_PRELOAD_DATA"] == "true"
