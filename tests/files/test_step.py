"""init/step.sh, migrate.sh and bootstrap.sh with a stand-in forail-manage."""

import os
import shutil
from pathlib import Path

import pytest

from tests.files.programs import FILES, run, stand_in

FOLDER = FILES / "init"


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    return {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}", "TERMINATION_LOG": str(tmp_path / "termination")}


def manage(tmp_path: Path, body: str) -> None:
    """A forail-manage that notes its arguments and then does what the body says."""
    stand_in(tmp_path / "bin", "forail-manage", f'#!/bin/bash\necho "$*" >>{tmp_path}/arguments\n{body}\n')


def test_migrate_runs_the_command_and_passes_its_output_on(tmp_path: Path, variables: dict[str, str]) -> None:
    manage(tmp_path, f"cat >{tmp_path}/input-$1; [[ $1 == shell ]] || {{ echo Applying; echo noise >&2; }}")
    outcome = run(["bash", str(FOLDER / "migrate.sh")], variables)
    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (0, "Applying\n", "noise\n")
    assert (tmp_path / "arguments").read_text() == "shell\nmigrate --skip-checks --noinput\n"
    assert (tmp_path / "input-shell").read_text() == (FOLDER / "migrations.py").read_text()
    assert (tmp_path / "input-migrate").read_text() == ""
    assert not (tmp_path / "termination").exists()


@pytest.mark.parametrize(
    ("stderr", "status", "reason"),
    [
        (
            "django.db.utils.OperationalError: connection failed\\nIs the server running?\\n",
            1,
            "migrate: exit 1: django.db.utils.OperationalError: connection failed; the next attempt goes on",
        ),
        (
            "Traceback (most recent call last):\\n  File x\\nKeyError: 'DATABASE_HOST'\\n",
            1,
            "KeyError: 'DATABASE_HOST'",
        ),
        ("FATAL: password authentication failed for user\\n\\n", 1, "set the Secret to the role's password"),
        (
            "Your models in app(s): 'main' have changes\\n",
            137,
            "migrate: exit 137: killed, which is nearly always for want of memory: raise init.resources.limits.memory",
        ),
        ("FATAL: password authentication failed for user\\n", 137, "raise init.resources.limits.memory; the next"),
        ("migrations: too new\\n", 1, "migrations: too new"),
        ("", 2, "migrate: exit 2: no message; the next"),
    ],
)
def test_a_failure_leaves_one_line_that_says_why(
    tmp_path: Path, variables: dict[str, str], stderr: str, status: int, reason: str
) -> None:
    manage(tmp_path, f"""[[ $1 == migrate ]] || exit 0; printf "{stderr}" >&2; exit {status}""")
    outcome = run(["bash", str(FOLDER / "migrate.sh")], variables)
    assert outcome.returncode == status
    assert reason in outcome.stderr.splitlines()[-1]
    assert (tmp_path / "termination").read_text() == outcome.stderr.splitlines()[-1] + "\n"


def test_a_step_that_the_kernel_kills_says_what_to_raise(tmp_path: Path, variables: dict[str, str]) -> None:
    manage(tmp_path, "cat >/dev/null; echo 'bootstrap: going on' >&2; kill -KILL $$")
    outcome = run(["bash", str(FOLDER / "bootstrap.sh")], variables)
    assert outcome.returncode == 137
    said = outcome.stderr.splitlines()[-1]
    assert said.startswith("bootstrap: exit 137: killed")
    assert "init.resources.limits.memory" in said


def test_bootstrap_feeds_its_file_to_the_shell_and_keeps_its_reason(tmp_path: Path, variables: dict[str, str]) -> None:
    manage(tmp_path, f'cat >{tmp_path}/input; echo "bootstrap: the fault and the fix" >&2; echo late >&2; exit 1')
    outcome = run(["bash", str(FOLDER / "bootstrap.sh")], variables)
    assert outcome.returncode == 1
    assert (tmp_path / "input").read_text() == (FOLDER / "bootstrap.py").read_text()
    assert (tmp_path / "arguments").read_text() == "shell\n"
    assert (tmp_path / "termination").read_text() == "bootstrap: the fault and the fix\n"
    assert outcome.stderr.splitlines()[-1] == "bootstrap: the fault and the fix"


def test_an_unwritable_termination_log_does_not_hide_the_reason(tmp_path: Path, variables: dict[str, str]) -> None:
    manage(tmp_path, "echo 'KeyError: x' >&2; exit 1")
    outcome = run(["bash", str(FOLDER / "migrate.sh")], variables | {"TERMINATION_LOG": "/absent/log"})
    assert outcome.returncode == 1
    assert outcome.stderr.splitlines()[-1].startswith("migrate: exit 1: KeyError: x")


def test_the_scripts_work_from_a_mounted_folder_of_links(tmp_path: Path, variables: dict[str, str]) -> None:
    # A ConfigMap volume shows each file as a link into a hidden folder.
    mounted = tmp_path / "mounted"
    shutil.copytree(FOLDER, mounted / "..data")
    for file in (mounted / "..data").iterdir():
        (mounted / file.name).symlink_to(Path("..data") / file.name)
    manage(tmp_path, "cat >/dev/null; exit 0")
    assert run(["bash", str(mounted / "bootstrap.sh")], variables).returncode == 0
    assert run(["bash", str(mounted / "migrate.sh")], variables).returncode == 0
