"""A project's files in the workspace that the engine works in."""

from pathlib import Path

import yaml

from rehearsal.project import Project


def test_a_project_is_prepared_without_backend_and_without_what_it_cannot_decrypt(
    fixture_project: Path, tmp_path: Path
) -> None:
    dropped = Project.load(fixture_project).prepare(tmp_path, "dev", {"nested": {"more": 2}, "other:key": "value"})
    assert dropped == ["rehearsal-fixture:token", "rehearsal-fixture:nested.password"]
    assert "backend" not in yaml.safe_load((tmp_path / "Pulumi.yaml").read_text())
    assert yaml.safe_load((tmp_path / "Pulumi.dev.yaml").read_text()) == {
        "config": {
            "rehearsal-fixture:greeting": "hello",
            "rehearsal-fixture:nested": {"kept": 1, "more": 2},
            "other:key": "value",
        }
    }


def test_the_rehearsals_own_salt_survives_the_next_preparation(fixture_project: Path, tmp_path: Path) -> None:
    project = Project.load(fixture_project)
    project.prepare(tmp_path, "dev", {})
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(f"encryptionsalt: v1:own\n{file.read_text()}")
    project.prepare(tmp_path, "dev", {})
    assert yaml.safe_load(file.read_text())["encryptionsalt"] == "v1:own"
