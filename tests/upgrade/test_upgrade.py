"""A stack that an earlier release made previews without an unplanned replacement or deletion.

Without a cluster, as in a pull request: what the program asks for is compared with the recorded state.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from components.settings.stack import StackFile
from tests.upgrade.releases import Json, Release, recorded, resources, resumed

RELEASES = list(recorded())
KEEPS = {"same", "create", "update", "refresh", "read"}
REPLACES = {"replace", "create-replacement", "delete-replaced"}
# What goes on purpose, by release and end of the URN, with the reason that CHANGELOG.md gives.
PLANNED: Mapping[str, Mapping[str, str]] = {}


def renews_itself(resource: Json) -> bool:
    """Whether a change of content makes another object by design: a ConfigMap or Secret that the provider named, and a
    Job that is named after what it applies."""
    kind = resource["type"].rpartition(":")[2]
    # In a state every object has a name; the provider marks those that it chose.
    annotations = resource.get("inputs", {}).get("metadata", {}).get("annotations", {})
    autonamed = annotations.get("pulumi.com/autonamed") == "true"
    return (kind in ("ConfigMap", "Secret") and autonamed) or "$forail:kube:HashedJob$" in resource["urn"]


def lost(plan: Mapping[str, str], state: str, planned: Mapping[str, str]) -> list[str]:
    """What the plan would delete or replace although nobody planned it."""
    before = resources(state)
    wrong: list[str] = []
    for urn, operation in plan.items():
        renewed = operation in REPLACES and urn in before and renews_itself(before[urn])
        if operation not in KEEPS and not renewed and not any(urn.endswith(end) for end in planned):
            wrong.append(f"{operation} {urn}")
    return wrong


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: f"{release.version} {release.stack}")
def test_a_stack_of_an_earlier_release_keeps_everything(release: Release, tmp_path: Path) -> None:
    plan = resumed(tmp_path, release).plan()
    assert set(resources(release.text)) <= set(plan), "the preview said nothing of some resources"
    wrong = lost(plan, release.text, PLANNED.get(release.version, {}))
    assert not wrong, "give what was renamed or moved an alias, or say in PLANNED why it goes:\n" + "\n".join(wrong)


def test_a_rename_without_an_alias_is_seen(tmp_path: Path) -> None:
    # Not prod's, whose data is protected: the engine itself refuses to preview that deletion.
    release = next(release for release in reversed(RELEASES) if release.stack == "dev")
    renamed = release.text.replace("::forail-redis", "::forail-cache")
    assert renamed != release.text
    found = lost(resumed(tmp_path, release, renamed).plan(), renamed, {})
    assert [item for item in found if item.startswith("delete ") and item.endswith("Deployment::forail-cache")]


def test_there_is_a_recorded_release() -> None:
    assert {release.stack for release in RELEASES} == {"dev", "prod"}


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: f"{release.version} {release.stack}")
def test_a_recorded_state_shows_no_secret(release: Release) -> None:
    for urn, item in resources(release.text).items():
        if item["type"].endswith((":Secret", ":RandomPassword", ":PrivateKey")):
            assert "ciphertext" in json.dumps(item.get("outputs", {})), urn
    generated = [item for item in resources(release.text).values() if item["type"].endswith(":RandomPassword")]
    assert generated
    assert all(isinstance(item["outputs"]["result"], dict) for item in generated)


def test_only_what_has_no_name_of_its_own_may_be_replaced() -> None:
    renewed = {
        urn.rpartition("$")[2]
        for release in RELEASES
        for urn, item in resources(release.text).items()
        if renews_itself(item)
    }
    assert {"kubernetes:core/v1:ConfigMap::forail-settings", "kubernetes:batch/v1:Job::forail-init"} <= renewed
    assert {item.rpartition("::")[0].rpartition(":")[2] for item in renewed} <= {"ConfigMap", "Secret", "Job"}


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: f"{release.version} {release.stack}")
def test_a_stack_file_of_an_earlier_release_loads(release: Release) -> None:
    config: Mapping[str, object] = yaml.safe_load(release.stack_file.read_text(encoding="utf-8"))["config"]
    sections = {key.removeprefix("forail:"): value for key, value in config.items() if key.startswith("forail:")}
    assert sections
    StackFile.model_validate(sections)
