"""The generated reference is current and complete."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from pydantic import Field

from components.schema.section import Section
from components.schema.shape import leaves
from components.settings.chart_keys import CHART_KEYS
from components.settings.images import ImageName
from components.settings.secrets import SecretName
from components.settings.stack import StackFile
from docs import __main__ as docs
from docs import options
from docs.rows import rows, shown

REFERENCE = options.page()


def test_the_files_in_the_repository_are_current() -> None:
    assert docs.main(["--check"]) == 0


def test_every_option_has_a_row() -> None:
    listed = set(re.findall(r"^\| `([^`]+)` \|", REFERENCE, flags=re.MULTILINE))
    missing: list[str] = []
    for path, _, _ in leaves(StackFile):
        dotted, last = ".".join(map(str, path)), path[-1]
        shared = {
            f"<workload>.{last}",
            *([f"images.<image>.{last}"] if path[0] == "images" else []),
            *([f"secrets.<secret>.{last}"] if path[0] == "secrets" else []),
        }
        if not listed & {dotted, *shared}:
            missing.append(dotted)

    assert missing == []
    assert listed >= {f"<workload>.tolerations[].{key}" for key in ("key", "operator", "value", "effect")}


class Alias(Section):
    """An entry of /etc/hosts."""

    ip: str
    """Address."""
    names: tuple[str, ...] = ()
    """Names."""


class Net(Section):
    """A section with a list, a mapping and a union of sections."""

    aliases: tuple[Alias, ...] = ()
    """Entries."""
    by_name: dict[str, Alias] = Field(default_factory=dict[str, Alias])
    """The same by name."""
    mixed: dict[str, str | Alias] = Field(default_factory=dict[str, str | Alias])
    """Text or an entry."""


def test_lists_and_mappings_of_sections_document_their_fields() -> None:
    found = {row.path: row for row in rows(Net, "net.", Net())}

    assert list(found) == [
        *("net.aliases", "net.aliases[].ip", "net.aliases[].names"),
        *("net.byName", "net.byName.<name>.ip", "net.byName.<name>.names"),
        *("net.mixed", "net.mixed.<name>.ip", "net.mixed.<name>.names"),
    ]
    assert (found["net.aliases[].ip"].default, found["net.aliases[].ip"].about) == ("required", "Address.")


def test_what_the_stack_files_lists_and_mappings_hold_has_rows() -> None:
    for path in ("content.fleet.<name>.stack", "<workload>.tolerations[].effect", "<workload>.extraEnv.<name>.key"):
        assert f"| `{path}` |" in REFERENCE


def test_every_secret_image_and_key_of_the_chart_has_a_row() -> None:
    for name in (*SecretName, *ImageName, *CHART_KEYS):
        assert f"| `{name}` |" in REFERENCE


def test_no_option_has_two_rows_and_each_is_described() -> None:
    lines = [line.strip("| ").split(" | ") for line in REFERENCE.splitlines() if line.startswith("| `")]
    before_secrets = lines[: next(number for number, row in enumerate(lines) if row[0] == "`forailAdminPassword`")]
    paths = [row[0] for row in before_secrets]

    assert len(paths) == len(set(paths))
    assert all(row[-1].strip() for row in before_secrets)


def test_defaults_are_the_models() -> None:
    assert (
        "| `task.resources.limits.memory` | amount of bytes (with a unit, such as 512Mi or 8Gi) | `4Gi` |" in REFERENCE
    )
    modes = "selfSigned, provided, existing, certManager, terminatedUpstream, disabled"
    assert f"| `exposure.tls.mode` | one of {modes} | `selfSigned` |" in REFERENCE
    assert "| `postgres.host` | host name or IPv4 address (without port) | required |" in REFERENCE


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (True, "true"), (3, "3"), ((), "[]"), ({}, "{}"), (SecretName.REDIS_PASSWORD, "redisPassword")],
)
def test_defaults_are_shown_as_yaml(value: object, text: str) -> None:
    assert shown(value) == text


def test_a_stale_file_is_found_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "docs").mkdir()
    readme = tmp_path / "README.md"
    readme.write_text("# Title\n<!-- options -->\nold\n<!-- /options -->\nrest\n")

    assert docs.main(["--check"], tmp_path) == 1
    assert "README.md is stale: run make docs" in capsys.readouterr().err
    assert "old" in readme.read_text()

    assert docs.main([], tmp_path) == 0
    assert docs.main(["--check"], tmp_path) == 0
    text = readme.read_text()
    assert text.startswith("# Title\n<!-- options -->\n| Option |")
    assert text.endswith("<!-- /options -->\nrest\n")
    assert "old" not in text


def test_a_readme_without_the_region_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    shutil.copy(docs.ROOT / "docs" / "options.md", tmp_path / "docs" / "options.md")
    (tmp_path / "README.md").write_text("# Title\n")

    assert docs.main([], tmp_path) == 0
    assert (tmp_path / "README.md").read_text() == "# Title\n"
