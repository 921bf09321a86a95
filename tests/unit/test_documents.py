"""What the documents tell to type, open or look up is there: links, files, commands, keys, outputs and URNs."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from pydantic.alias_generators import to_camel

from components.outputs import StackOutputs
from components.settings.load import parse
from components.settings.secrets import SecretName
from rehearsal import command
from rehearsal.pins import ENGINE, pinned_version
from tests.unit.engine import PROJECT, ROOT, stack_file

DOCUMENTS = sorted(
    path for found in ("*.md", "docs/**/*.md", "examples/*/README.md") for path in ROOT.glob(found) if path.is_file()
)
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yaml"))
FOLDERS = sorted(path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith("."))
any_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def code(path: Path) -> str:
    """What a reader may type or look up: blocks and spans of code."""
    text = path.read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    return "\n".join([*blocks, *spans])


def found(pattern: str) -> Iterator[tuple[Path, re.Match[str]]]:
    """Every place in the documents' code that matches. A pattern that finds nothing tests nothing."""
    places = [(path, match) for path in DOCUMENTS for match in re.finditer(pattern, code(path))]
    assert places, f"no document has {pattern}"
    yield from places


def anchors(path: Path) -> set[str]:
    """The headings that a link may name."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@any_document
def test_links_lead_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), f"{link} is not there"
        assert not anchor or anchor in anchors(target), f"{link} names no heading"


def test_files_that_are_named_are_there() -> None:
    for path, match in found(rf"(?<![\w./~-])(?:{'|'.join(FOLDERS)})/[\w./-]*"):
        assert (ROOT / match[0]).exists() or (path.parent / match[0]).exists(), f"{path.name}: {match[0]}"


def test_urns_are_those_of_the_state() -> None:
    urns = "".join((ROOT / "tests/unit/golden" / f"urns.{stack}.txt").read_text() for stack in ("dev", "prod")).split()
    ends = {f"{kind.rpartition(':')[2]}::{name}" for kind, name in (urn.rsplit("::", 2)[1:] for urn in urns)}
    for path, match in found(r"((?<![.\w])\w+::(?!test_)[\w./%-]+)"):
        assert match[1] in ends, f"{path.name}: {match[1]}"


def test_make_has_the_targets() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for path, match in found(r"(?:^|\s)make ([a-z]+)(?![\w ]* [a-z])"):
        assert match[1] in targets, f"{path.name}: make {match[1]}"


def test_python_has_the_modules() -> None:
    for path, match in found(r"python -m ([\w.]+)"):
        if match[1] in ("venv", "pip"):
            continue
        module = ROOT / match[1].replace(".", "/")
        assert module.with_suffix(".py").exists() or (module / "__main__.py").exists(), f"{path.name}: {match[0]}"


def test_the_rehearsal_has_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    for name in {match[1] for _, match in found(r"-m rehearsal ([a-z]+)")}:
        with pytest.raises(SystemExit) as ended:
            command.main([name, "--help"])
        assert ended.value.code == 0, name
        assert f"rehearsal {name}" in capsys.readouterr().out


def test_secrets_that_are_set_are_secrets() -> None:
    for path, match in found(r"pulumi config set --secret (\w+)"):
        assert match[1] in list(SecretName), f"{path.name}: {match[0]}"


def test_settings_that_are_set_are_taken() -> None:
    for _, match in found(r"pulumi config set (?:--path )?([a-z][\w.]*) ([^\s<]+)"):
        *sections, key = match[1].split(".")
        assert not sections or "--path" in match[0], f"{match[0]}: without --path that is one key with dots"
        stack: dict[str, Any] = stack_file("dev")
        inner = stack
        for section in sections:
            inner = cast("dict[str, Any]", inner.setdefault(section, {}))
        # With --path the CLI writes numbers and booleans as such.
        inner[key] = yaml.safe_load(match[2]) if sections else match[2]
        values = {name: value if isinstance(value, str) else json.dumps(value) for name, value in stack.items()}
        parse({f"{PROJECT}:{name}": value for name, value in values.items() if ":" not in name}, set(), PROJECT)


def test_outputs_that_are_read_are_exported() -> None:
    exported = {to_camel(field.name) for field in dataclasses.fields(StackOutputs)}
    for path, match in found(r'(?:stack output |require_output\(")(\w+)'):
        assert match[1] in exported, f"{path.name}: {match[0]}"


def test_a_newcomer_makes_the_folder_before_logging_in() -> None:
    """`pulumi login` refuses a folder that does not exist, and `~` in its address is not $HOME's."""
    block = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Deploy to your cluster")[2].split("```")[1]
    steps = ["mkdir -p ~/.pulumi-state", 'pulumi login "file://$HOME/.pulumi-state"', "stack init dev", "pulumi up"]
    places = [block.index(step) for step in steps]
    assert places == sorted(places)


def test_an_example_is_typed_where_its_stack_file_is() -> None:
    """Pulumi writes to `Pulumi.<stack>.yaml` beside Pulumi.yaml, whatever --config-file says."""
    for page in (ROOT / "examples").glob("*/README.md"):
        for stack in re.findall(r"pulumi stack init (\w+)", page.read_text(encoding="utf-8")):
            file = f"Pulumi.{stack}.yaml"
            copied = re.search(rf"^cp .*\b{re.escape(file)}.* \.$", page.read_text(encoding="utf-8"), re.MULTILINE)
            assert (page.parent / file).exists()
            assert (page.parent / "Pulumi.yaml").exists() or copied, f"{page}: {file} is not where Pulumi looks"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_use_the_engine_that_is_pinned(path: Path) -> None:
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    steps = [step for job in jobs.values() for step in job["steps"] if "pulumi/actions" in step.get("uses", "")]
    assert steps
    assert {step["with"]["pulumi-version"] for step in steps} == {pinned_version(ENGINE).removeprefix("v")}
