"""What the preview of a pull request runs, line by line, on a plan of the real engine: only pip is left out.

`pulumi`, `gh` and `curl` stand in for what would need a backend or a network; the flags of `pulumi` are in its help.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import yaml
from pulumi.automation import CommandResult

from rehearsal import engine
from rehearsal.engine_process import EngineCommand
from rehearsal.progress import Progress
from rehearsal.toolchain import engine_root
from tests.unit.engine import ROOT
from tests.upgrade.test_refused_changes import PROD, prod
from tests.upgrade.test_summary import SECTIONS

GITHUB, GITLAB = ROOT / ".github/workflows/preview.yaml", ROOT / "examples/ci/gitlab.yaml"
NOTES = "https://git.example.com/api/v4/projects/7/merge_requests/3/notes"
PULL_REQUEST = "https://git.example.com/pulls/3"
INSTALL = "venv .venv && .venv/bin/pip install --require-hashes -r requirements.lock"
# Writes down what it is given, arguments and standard input; `pulumi` prints the plan for --json.
STUB = """#!/bin/bash
printf '%q ' "${0##*/}" "$@" >> "$CALLS"; echo >> "$CALLS"
case ${0##*/} in
    pulumi) [[ $* != *--json* ]] || cat "$PLAN" ;;
    curl) cat >> "$CALLS" ;;
esac
"""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `pulumi preview --json` prints."""
    folder, printed = tmp_path_factory.mktemp("ci"), list[str]()

    class Printing(EngineCommand):
        def run(self, args: list[str], *rest: object, **named: object) -> CommandResult:
            preview = args[0] == "preview"
            result = super().run([*args, "--json"] if preview else args, *rest, **named)  # type: ignore[arg-type]
            printed.extend([result.stdout] if preview else [])
            return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "EngineCommand", Printing)
        prod(folder, PROD.text, **SECTIONS).engine.plan()
    (text,) = printed
    found = folder / "plan.json"
    found.write_text(text)
    return found


def github() -> list[tuple[str, Mapping[str, str]]]:
    """Each line with its variables."""
    job = yaml.safe_load(GITHUB.read_text(encoding="utf-8"))["jobs"]["preview"]
    return [(step["run"], {**job["env"], **step.get("env", {})}) for step in job["steps"] if "run" in step]


def gitlab() -> list[tuple[str, Mapping[str, str]]]:
    job = yaml.safe_load(GITLAB.read_text(encoding="utf-8"))["preview"]
    return [(line, job["variables"]) for line in job["script"]]


def ran(lines: Sequence[tuple[str, Mapping[str, str]]], folder: Path, plan: Path) -> list[str]:
    """What was called, after each line but pip's has succeeded in a checkout."""
    (installs,) = [line for line, _ in lines if "pip install" in line]
    assert installs.split(" -m ", 1)[1] == INSTALL
    programs, checkout, calls = folder / "bin", folder / "checkout", folder / "calls"
    programs.mkdir()
    checkout.mkdir()
    (checkout / "components").symlink_to(ROOT / "components")
    (checkout / ".venv/bin").mkdir(parents=True)
    (checkout / ".venv/bin/python").write_text(f'#!/bin/bash\nexec {sys.executable} "$@"\n')
    for stub in (*(programs / name for name in ("pulumi", "gh", "curl")), checkout / ".venv/bin/python"):
        if not stub.exists():
            stub.write_text(STUB)
        stub.chmod(0o755)
    given = {"TEXT": "", "PULL_REQUEST": PULL_REQUEST, "COMMENT_TOKEN": "hunter2", "CI_PROJECT_ID": "7"}
    given |= {"CI_MERGE_REQUEST_IID": "3", "CI_API_V4_URL": NOTES.partition("/projects")[0], "CALLS": str(calls)}
    given |= {"PLAN": str(plan), "RUNNER_TEMP": str(folder), "GITHUB_STEP_SUMMARY": str(folder / "step")}
    given |= {"GITHUB_ENV": str(folder / "env"), "PATH": f"{programs}:{os.environ['PATH']}"}
    for line, variables in lines:
        if line != installs:
            own = {key: value for key, value in variables.items() if "${{" not in value}
            # As both run them: the shell of GitHub sets no pipefail.
            subprocess.run(["bash", "-e", "-c", line], cwd=checkout, env={**own, **given}, check=True)
    return calls.read_text().splitlines()


def test_the_pull_request_gets_the_summary(tmp_path: Path, plan: Path) -> None:
    called = [shlex.split(line) for line in ran(github(), tmp_path, plan)]
    assert [words[:2] for words in called] == [["pulumi", "preview"], ["pulumi", "preview"], ["gh", "pr"]]
    said = Path(called[-1][called[-1].index("--body-file") + 1]).read_text()
    assert PULL_REQUEST in called[-1]
    assert said.startswith("### What this `pulumi up` does\n")
    assert "2026.07.1 -> ghcr.io/forail-platform/forail-backend:2026.10.0." in said
    assert (tmp_path / "step").read_text() == said


def test_the_merge_request_gets_the_summary_and_no_process_shows_the_token(tmp_path: Path, plan: Path) -> None:
    *_, posted, given = ran(gitlab(), tmp_path, plan)
    assert shlex.split(posted)[-1] == NOTES
    assert "body@summary.md" in shlex.split(posted)
    assert "hunter2" not in posted
    assert given == "PRIVATE-TOKEN: hunter2"
    assert "2026.10.0" in (tmp_path / "checkout/summary.md").read_text()


def test_a_preview_that_is_refused_ends_the_job_before_it_comments(tmp_path: Path) -> None:
    failed = tmp_path / "plan.json"
    failed.write_text('{"steps": [], "diagnostics": [{"severity": "error", "message": "refused"}]}')
    for number, lines in enumerate((github(), gitlab())):
        folder = tmp_path / str(number)
        folder.mkdir()
        with pytest.raises(subprocess.CalledProcessError) as ended:
            ran(lines, folder, failed)
        assert "components.summary" in ended.value.cmd[-1]


def test_pulumi_has_the_flags_and_the_release_is_the_one_that_is_pinned() -> None:
    root = engine_root(Progress())
    pulumi = str(Path(root) / "bin/pulumi") if root else "pulumi"
    shown = subprocess.run([pulumi, "preview", "--help"], capture_output=True, text=True, check=True).stdout
    for line, _ in (*github(), *gitlab()):
        if line.startswith("pulumi "):
            flags = [word for word in shlex.split(line) if word.startswith("--")]
            assert flags
            for flag in flags:
                assert f"{flag} " in shown, flag
    release = subprocess.run([pulumi, "version"], capture_output=True, text=True, check=True).stdout.strip()
    assert f"pulumi/pulumi-python:{release.removeprefix('v')}" in GITLAB.read_text(encoding="utf-8")
