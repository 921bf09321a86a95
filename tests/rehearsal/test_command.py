"""The command line, as a user runs it, and the engine behind it on the small program beside this file."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from rehearsal.failure import RehearsalError
from rehearsal.outputs import Outputs
from rehearsal.pins import OFFICIAL_RELEASE
from rehearsal.plugins import Choice
from rehearsal.state import CHECKOUT
from tests.rehearsal.rehearsed import Cluster, Rehearse, Rehearsed, eventually

WEB = "/apis/apps/v1/namespaces/fixture/deployments/web"


@dataclass(frozen=True)
class CommandLine:
    """`python -m rehearsal` with a state folder of the test's own."""

    project: Path
    state: Path

    def arguments(self, *words: str) -> list[str]:
        flags = ["--project", str(self.project), "--state", str(self.state)]
        return [sys.executable, "-m", "rehearsal", *words, *flags]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.arguments(*words), cwd=CHECKOUT, capture_output=True, text=True, check=False)

    def succeed(self, *words: str) -> str:
        """Run a command that must succeed, and return its standard output."""
        result = self.run(*words)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def begin(self, *words: str) -> subprocess.Popen[str]:
        # A shell starts its background jobs with Ctrl-C ignored, and so would every process below this test be. Python
        # could tell the child so itself, but forks for that: gRPC's handlers end a child that threads were busy beside.
        return subprocess.Popen(
            ["env", "--default-signal=INT", *self.arguments(*words)],
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def command(tmp_path: Path, fixture_project: Path) -> Generator[CommandLine]:
    made = CommandLine(fixture_project, tmp_path / "state")
    yield made
    made.succeed("down")


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """Read standard error up to and including the line with `words`."""
    assert process.stderr is not None
    seen = ""
    for line in process.stderr:
        seen += line
        if words in line:
            return seen
    raise AssertionError(f"{words!r} was never said:\n{seen}")


def processes_of(command: CommandLine) -> list[str]:
    listed = subprocess.run(["ps", "-wweo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if str(command.state) in line]


def shell_code(process: subprocess.Popen[str]) -> int:
    """The exit code as a shell reports it.

    CPython ends by the signal itself where the interrupt hit code that it had just generated, a dataclass for example,
    also when the program has caught it.
    """
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def test_a_life_from_up_to_down(command: CommandLine) -> None:
    assert command.run("status").returncode == 1
    first = command.run("up")
    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines()[0].split() == ["greeting", "hello"]
    served = {
        Choice.STAND_INS: "providers: the rehearsal's stand-ins for kubernetes, random, tls (",
        Choice.BUILT: f"providers: official {OFFICIAL_RELEASE}, built here: kubernetes; the rehearsal's stand-ins for",
    }
    assert served.get(Choice.of_environment(), "providers: official: kubernetes") in first.stderr
    assert (
        "left out here (generated instead): rehearsal-fixture:token, rehearsal-fixture:nested.password" in first.stderr
    )

    assert command.succeed("status").count("running, process") == 6
    kubeconfig = Path(command.succeed("kubeconfig").strip())
    assert yaml.safe_load(kubeconfig.read_text())["current-context"] == "forail-rehearsal"

    masked = json.loads(command.succeed("outputs", "--json"))
    assert masked == {"greeting": "hello", "namespace": "fixture", "password": "[secret]", "ports": [80, 443]}
    shown = json.loads(command.succeed("outputs", "--json", "--show-secrets"))
    assert len(shown["password"]) == 20
    assert shown["password"] not in first.stdout + first.stderr

    command.succeed("preview", "--expect-no-changes")
    command.succeed("up", "--expect-no-changes")
    command.succeed("refresh", "--expect-no-changes")
    command.succeed("destroy")
    assert command.run("preview", "--expect-no-changes").returncode == 1

    command.succeed("down")
    assert processes_of(command) == []
    assert not command.state.exists()
    command.succeed("down")


def test_an_interrupted_and_then_a_killed_up_converge(command: CommandLine) -> None:
    with command.begin("up") as running:
        read_until(running, "Job migrate creating")
        running.send_signal(signal.SIGINT)
        _, rest = running.communicate()
    assert shell_code(running) == 130
    assert "interrupted: the engine finishes what is in flight" in rest
    assert "run the same command again to continue" in rest

    with command.begin("up") as running:
        seen = read_until(running, "Deployment web creating")
        engine = subprocess.run(
            ["pgrep", "--parent", str(running.pid), "pulumi"], capture_output=True, text=True, check=True
        )
        for pid in (*map(int, engine.stdout.split()), running.pid):
            os.kill(pid, signal.SIGKILL)
        running.communicate()
    assert "a former run was killed" not in seen

    again = command.run("up")
    assert again.returncode == 0, again.stderr
    assert "a former run was killed" in again.stderr
    command.succeed("preview", "--expect-no-changes")


def test_ctrl_c_while_the_control_plane_starts_leaves_no_process(command: CommandLine) -> None:
    with command.begin("up") as running:
        read_until(running, "starting the control plane")
        eventually("etcd", lambda: any("etcd" in line for line in processes_of(command)))
        running.send_signal(signal.SIGINT)
        running.communicate()
    assert shell_code(running) == 130
    assert processes_of(command) == []


def test_two_ups_at_once_do_the_work_once(command: CommandLine) -> None:
    with command.begin("up") as first:
        begun = read_until(first, "starting the control plane")
        with command.begin("up") as second:
            waiting = read_until(second, "waiting for it")
            _, done = first.communicate()
            _, same = second.communicate()
    assert (first.returncode, second.returncode) == (0, 0), done + same
    assert f"process {first.pid}" in waiting
    assert "9 created" in begun + done
    assert "9 unchanged" in same
    assert "starting the control plane" not in waiting + same


def test_preview_without_a_cluster_says_so_and_leaves_nothing(command: CommandLine) -> None:
    result = command.run("preview")
    assert result.returncode == 0, result.stderr
    assert "this preview is made without a cluster" in result.stderr
    assert "9 to create" in result.stderr
    assert not command.state.exists()
    assert command.run("preview", "--expect-no-changes").returncode == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["up", "--stack", "staging"], "Pulumi.staging.yaml does not exist\n  fix: choose a stack that has a file"),
        (["up", "--stack", "../x"], "'../x' is not a stack name"),
        (["outputs"], "run `python -m rehearsal up` first"),
        (["refresh"], "no rehearsal of stack dev is up"),
        (["kubeconfig"], "no rehearsal of stack dev is up"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_fix(command: CommandLine, words: list[str], message: str) -> None:
    result = command.run(*words)
    assert result.returncode == 1
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    assert processes_of(command) == []


def test_a_folder_without_a_project_is_refused(command: CommandLine, tmp_path: Path) -> None:
    result = CommandLine(tmp_path, command.state).run("up")
    assert result.returncode == 1
    assert "Pulumi.yaml does not exist\n  fix: give the project's folder with --project" in result.stderr


@pytest.fixture(scope="module")
def alive(module_rehearse: Rehearse, fixture_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    """The small program, copied so that a test may change it, brought up on the shared control plane."""
    project = tmp_path_factory.mktemp("copied") / "project"
    shutil.copytree(fixture_project, project)
    rehearsed = module_rehearse(project, secret_overrides={"rehearsal-fixture:nested.password": "from-the-user"})
    rehearsed.up()
    return rehearsed


def test_each_run_imports_the_program_afresh(alive: Rehearsed, module_rehearse: Rehearse) -> None:
    folder = alive.engine.project.folder
    for greeting in ("good morning", "good night"):
        again = module_rehearse(folder, config_overrides={"greeting": greeting}, beside=alive)
        assert again.up().values["greeting"] == greeting
        assert "greeting" not in sys.modules


def test_the_state_holds_no_secret_in_plain_text(alive: Rehearsed) -> None:
    password = alive.outputs().shown(show_secrets=True)["password"]
    assert isinstance(password, str)
    assert password not in alive.state_text()
    assert password not in alive.log
    stack_file = (alive.engine.state.workspace("rehearsal-fixture") / "Pulumi.dev.yaml").read_text()
    assert "from-the-user" not in stack_file + alive.state_text()


def test_a_changed_object_is_seen_by_refresh(alive: Rehearsed, control_plane: Cluster) -> None:
    control_plane.api.delete(WEB)
    eventually("the Deployment gone", lambda: control_plane.api.get(WEB) is None)
    with pytest.raises(RehearsalError, match="no changes were expected"):
        alive.refresh(expect_no_changes=True)
    alive.up()
    assert control_plane.api.get(WEB) is not None
    assert alive.refresh(expect_no_changes=True) == {"same": 9}


def test_a_program_that_fails_is_reported_and_changes_nothing(
    alive: Rehearsed, module_rehearse: Rehearse, control_plane: Cluster, tmp_path: Path
) -> None:
    failing = tmp_path / "project"
    shutil.copytree(alive.engine.project.folder, failing)
    with (failing / "__main__.py").open("a") as program:
        program.write('raise pulumi.RunError("the host is missing; set forail:host")\n')
    rehearsed = module_rehearse(failing, beside=alive)
    with pytest.raises(RehearsalError, match="pulumi up failed"):
        rehearsed.up()
    assert "the host is missing; set forail:host" in rehearsed.log
    assert control_plane.api.get(WEB) is not None


def test_the_table_has_one_line_for_each_output() -> None:
    values = {"ca": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "empty": "", "token": "hidden"}
    table = Outputs(values, frozenset({"token"})).as_table()
    assert table.splitlines() == ["ca     -----BEGIN CERTIFICATE----- ... (3 lines)", "empty  ", "token  [secret]"]
