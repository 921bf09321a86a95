"""The stack files of this repository are valid, dev and prod are among them, and so is what `pulumi new` writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from components.settings.load import parse
from components.settings.secrets import SecretName
from components.settings.stack import StackFile
from tests.unit.settings.stackfile import PROJECT, WELL_FORMED, cli_config

REPOSITORY = Path(__file__).parents[3]
FILES = sorted(REPOSITORY.glob("Pulumi.*.yaml"))


def configuration(file: Path) -> dict[str, Any]:
    """What the file says under `config`, keys without the project's prefix."""
    document = cast("dict[str, Any]", yaml.safe_load(file.read_text()))
    config = cast("dict[str, Any]", document.get("config") or {})
    return {key.removeprefix(f"{PROJECT}:"): value for key, value in config.items()}


def test_what_pulumi_new_writes_is_valid() -> None:
    project = cast("dict[str, Any]", yaml.safe_load((REPOSITORY / "Pulumi.yaml").read_text()))
    asked = cast("dict[str, dict[str, Any]]", project["template"]["config"])
    defaults = {key: about["default"] for key, about in asked.items()}
    # As the CLI does: text as it is, a key without namespace in the project's, which may have another name.
    config = {key if ":" in key else f"automation:{key}": value for key, value in defaults.items()}

    assert {type(value) for value in defaults.values()} == {str}
    assert parse(config, set(), "automation").stack == StackFile()
    assert json.loads(config["pulumi:disable-default-providers"]) == ["kubernetes"]


def test_the_repository_has_a_development_and_a_production_stack() -> None:
    assert {file.name for file in FILES} >= {"Pulumi.dev.yaml", "Pulumi.prod.yaml"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_stack_file_is_valid(file: Path) -> None:
    values = configuration(file)
    secret = {key for key, value in values.items() if isinstance(value, dict) and "secure" in value}
    # Their values need the stack's passphrase: others of the same form stand in for them.
    readable = {**values, **{key: WELL_FORMED[SecretName(key)] for key in secret}}
    ours = {key: value for key, value in readable.items() if ":" not in key}

    parsed = parse(cli_config(ours), {f"{PROJECT}:{key}" for key in secret}, PROJECT)

    assert parsed.stack.warnings == ()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_stack_file_disables_the_default_kubernetes_provider(file: Path) -> None:
    assert "kubernetes" in configuration(file).get("pulumi:disable-default-providers", [])
