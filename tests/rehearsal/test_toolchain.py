"""The toolchain: what it builds, what it keeps, and what it says when it cannot."""

import io
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from rehearsal import toolchain
from rehearsal.failure import RehearsalError
from rehearsal.pins import CLUSTER_TOOLS, ENGINE, OFFICIAL_PROVIDER, OFFICIAL_RELEASE, Tool, pinned_version
from rehearsal.progress import Progress
from rehearsal.state import CHECKOUT
from rehearsal.toolchain import ENGINE_MINIMUM, built, cluster_binaries, engine_root, main
from tests.rehearsal.rehearsed import eventually

GO = shutil.which("go")
RUN = """
import sys
from pathlib import Path
from rehearsal.pins import Tool
from rehearsal.progress import Progress
from rehearsal.toolchain import built
tool = Tool("small", Path(sys.argv[1]), "example.com/pinned", {"small": "example.com/small"}, lambda v: {})
built(tool, Progress())
"""


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own; Go keeps its usual one, which XDG_CACHE_HOME would move as well."""
    usual = subprocess.run([str(GO), "env", "GOCACHE"], capture_output=True, text=True, check=True).stdout.strip()
    monkeypatch.setenv("GOCACHE", usual)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "forail-pulumi"


@pytest.fixture
def small(tmp_path: Path, own_cache: Path) -> Tool:
    """A Go module that builds in a second and prints the version that was stamped into it."""
    assert not own_cache.exists()
    folder = tmp_path / "small"
    (folder / "pinned").mkdir(parents=True)
    (folder / "go.mod").write_text(
        "module example.com/small\n\ngo 1.26\n\n"
        "require example.com/pinned v1.2.3\n\nreplace example.com/pinned => ./pinned\n"
    )
    (folder / "go.sum").touch()
    (folder / "pinned" / "go.mod").write_text("module example.com/pinned\n\ngo 1.26\n")
    (folder / "pinned" / "pinned.go").write_text("package pinned\n")
    (folder / "main.go").write_text(
        'package main\n\nimport (\n\t"os"\n\n\t_ "example.com/pinned"\n)\n\nvar version = "none"\n\n'
        "func main() { os.Stdout.WriteString(version) }\n"
    )
    return Tool(
        "small",
        folder,
        "example.com/pinned",
        {"small": "example.com/small"},
        lambda version: {"main.version": version},
    )


def fake_go(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str = "go1.26.0", build: str = "exit 1") -> None:
    """Put a `go` first on PATH that says it is `version` and runs `build` to build; "$OUT" is the binary to write."""
    folder = tmp_path / "fake-bin"
    folder.mkdir(exist_ok=True)
    script = folder / "go"
    script.write_text(
        f'#!/bin/bash\nif [ "$1" = env ]; then echo {version}; exit 0; fi\n'
        f'while [ "$1" != -o ]; do shift; done\nOUT="$2"\n{build}\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def quiet() -> Progress:
    return Progress(io.StringIO())


def test_a_tool_is_built_once_with_the_version_of_its_go_mod(small: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    binary = built(small, quiet())["small"]
    assert subprocess.run([binary], capture_output=True, text=True, check=True).stdout == "v1.2.3"
    monkeypatch.setenv("PATH", "")
    assert built(small, quiet())["small"] == binary


def test_a_changed_go_sum_is_another_build(small: Tool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake_go(monkeypatch, tmp_path, build='echo a > "$OUT"; chmod +x "$OUT"')
    first = built(small, quiet())["small"]
    (small.folder / "go.sum").write_text("changed\n")
    assert built(small, quiet())["small"] != first


def test_a_build_does_not_change_the_checkout(small: Tool) -> None:
    before = {path: path.read_bytes() for path in small.folder.rglob("*") if path.is_file()}
    built(small, quiet())
    assert {path: path.read_bytes() for path in small.folder.rglob("*") if path.is_file()} == before


def test_a_half_built_cache_recovers(
    small: Tool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, own_cache: Path
) -> None:
    fake_go(monkeypatch, tmp_path, build='echo good > "$OUT"; chmod +x "$OUT"')
    binary = built(small, quiet())["small"]
    binary.write_text("")
    leftover = own_cache / "small" / "building-dead" / "done" / "bin"
    leftover.mkdir(parents=True)
    assert built(small, quiet())["small"].read_text() == "good\n"
    assert not (own_cache / "small" / "building-dead").exists()


def test_a_killed_build_leaves_nothing_that_looks_finished(
    small: Tool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, own_cache: Path
) -> None:
    fake_go(monkeypatch, tmp_path, build=f'echo half > "$OUT"; chmod +x "$OUT"; touch {tmp_path}/begun; sleep 600')
    command = [sys.executable, "-c", RUN, str(small.folder)]
    with subprocess.Popen(command, cwd=CHECKOUT, start_new_session=True, stderr=subprocess.DEVNULL) as running:
        eventually("the build's begin", (tmp_path / "begun").exists)
        os.killpg(running.pid, signal.SIGKILL)
    assert list((own_cache / "small").glob("building-*"))

    fake_go(monkeypatch, tmp_path, build='echo whole > "$OUT"; chmod +x "$OUT"')
    assert built(small, quiet())["small"].read_text() == "whole\n"
    assert not list((own_cache / "small").glob("building-*"))


def test_two_runs_build_once(small: Tool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    count, gate = tmp_path / "count", tmp_path / "gate"
    waiting = f"until [ -e {gate} ]; do sleep 0.05; done"
    fake_go(monkeypatch, tmp_path, build=f'echo build >> {count}; {waiting}; echo a > "$OUT"; chmod +x "$OUT"')
    command = [sys.executable, "-c", RUN, str(small.folder)]
    first = subprocess.Popen(command, cwd=CHECKOUT, stderr=subprocess.PIPE, text=True)
    eventually("the first build's begin", count.exists)
    with first, subprocess.Popen(command, cwd=CHECKOUT, stderr=subprocess.PIPE, text=True) as second:
        assert second.stderr is not None
        assert "being built by process" in second.stderr.readline()
        gate.touch()
        first.communicate()
        second.communicate()
    assert (first.returncode, second.returncode) == (0, 0)
    assert count.read_text() == "build\n"


def test_a_missing_go_names_the_fix(small: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(RehearsalError, match=r"no `go` command was found on PATH\n  fix: install Go 1\.26 or newer"):
        built(small, quiet())


@pytest.mark.parametrize("version", ["go1.25.9", "go1.4"])
def test_an_old_go_names_its_version_and_the_fix(
    small: Tool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str
) -> None:
    fake_go(monkeypatch, tmp_path, version=version)
    with pytest.raises(RehearsalError, match=rf"needs Go 1\.26, and .* is {version}\n  fix: install Go 1\.26 or newer"):
        built(small, quiet())


def test_a_go_newer_than_needed_is_taken(small: Tool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake_go(monkeypatch, tmp_path, version="go1.100.1", build='echo a > "$OUT"; chmod +x "$OUT"')
    assert built(small, quiet())["small"].exists()


def test_a_go_that_fails_to_answer_is_reported(small: Tool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake_go(monkeypatch, tmp_path, version="; echo 'go.mod requires go >= 1.26' >&2")
    with pytest.raises(RehearsalError, match=r"env GOVERSION` failed:\n.*go\.mod requires go >= 1\.26"):
        built(small, quiet())


def test_a_failed_build_shows_its_last_lines(small: Tool) -> None:
    (small.folder / "main.go").write_text("package main\n\nfunc main() { undefined() }\n")
    with pytest.raises(RehearsalError, match=r"building small failed(.|\n)*undefined: undefined") as caught:
        built(small, quiet())
    assert "fix:" in str(caught.value)


def test_a_full_disk_is_named(small: Tool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake_go(monkeypatch, tmp_path, build="echo 'write /x: no space left on device'; exit 1")
    with pytest.raises(RehearsalError, match=r"no space left on device(.|\n)*fix: free at least 2 GiB there"):
        built(small, quiet())


def test_too_little_room_is_refused_before_the_build(
    small: Tool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake_go(monkeypatch, tmp_path, build=f"touch {tmp_path}/begun; exit 1")
    monkeypatch.setattr(toolchain, "FREE_BYTES", 1 << 60)
    with pytest.raises(RehearsalError, match="no room to build small"):
        built(small, quiet())
    assert not (tmp_path / "begun").exists()


def test_a_long_step_shows_that_it_is_alive() -> None:
    stream = io.StringIO()
    ended = threading.Event()

    def work() -> None:
        with Progress(stream, beat=0.01).step("building"):
            eventually("three signs of life", lambda: stream.getvalue().count("building ... 0.") >= 3)
        ended.set()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert ended.is_set()
    assert "building: done in" in stream.getvalue()


@pytest.mark.usefixtures("own_cache")
@pytest.mark.parametrize(("answer", "used"), [("v3.246.0", True), ("v3.300.1-dev", True), ("v3.245.9", False)])
def test_an_installed_engine_is_used_unless_it_is_too_old(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: str, used: bool
) -> None:
    script = tmp_path / "fake-bin" / "pulumi"
    script.parent.mkdir()
    script.write_text(f"#!/bin/sh\necho {answer}\n")
    script.chmod(0o755)
    fake_go(monkeypatch, tmp_path, build='echo a > "$OUT"; chmod +x "$OUT"')
    root = engine_root(quiet())
    assert (root is None) is used
    assert root is None or (root / "bin" / "pulumi").exists()


def test_a_file_of_a_pinned_module_is_embedded_without_a_copy_in_the_checkout(small: Tool) -> None:
    (small.folder / "pinned" / "deep").mkdir()
    (small.folder / "pinned" / "deep" / "text.json").write_text("from the module")
    # A main package that does not compile where it lies, as upstream's does not.
    (small.folder / "pinned" / "deep" / "main.go").write_text(
        'package main\n\nimport _ "embed"\n\n//go:embed generated.json\nvar text string\n\nfunc main() {}\n'
    )
    (small.folder / "main.go").write_text(
        'package main\n\nimport (\n\t_ "embed"\n\t"os"\n\n\t_ "example.com/pinned"\n)\n\n'
        "//go:embed text.json\nvar text string\n\nfunc main() { os.Stdout.WriteString(text) }\n"
    )
    embedding = replace(small, embedded={"text.json": "example.com/pinned/deep/text.json"})
    binary = built(embedding, quiet())["small"]
    assert subprocess.run([binary], capture_output=True, text=True, check=True).stdout == "from the module"
    assert not (small.folder / "text.json").exists()


def test_a_changed_main_package_is_another_build(small: Tool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake_go(monkeypatch, tmp_path, build='echo a > "$OUT"; chmod +x "$OUT"')
    first = built(small, quiet())["small"]
    (small.folder / "main.go").write_text("package main\n\nfunc main() {}\n")
    assert built(small, quiet())["small"] != first


@pytest.mark.usefixtures("own_cache")
def test_tools_can_be_built_ahead_of_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fake_go(monkeypatch, tmp_path, build='echo a > "$OUT"; chmod +x "$OUT"')
    assert main(["etcd", "kwok"]) == 0
    said = capsys.readouterr().err
    assert "building etcd" in said
    assert "building kwok" in said
    assert main(["ectd"]) == 1
    assert "'ectd' is not a tool\n  fix: name one of engine, etcd, kubernetes, kwok" in capsys.readouterr().err


def test_the_engines_minimum_is_what_the_program_requires() -> None:
    required = yaml.safe_load((CHECKOUT / "Pulumi.yaml").read_text())["requiredPulumiVersion"]
    assert required == f">={ENGINE_MINIMUM[0]}.{ENGINE_MINIMUM[1]}.0"
    pinned = tuple(map(int, pinned_version(ENGINE).removeprefix("v").split(".")[:2]))
    assert pinned >= ENGINE_MINIMUM


def test_the_workflow_installs_the_engine_that_is_pinned() -> None:
    workflow = yaml.safe_load((CHECKOUT / ".github" / "workflows" / "check.yaml").read_text())
    steps = workflow["jobs"]["official"]["steps"]
    (version,) = [step["with"]["pulumi-version"] for step in steps if "pulumi/actions" in step.get("uses", "")]
    assert f"v{version}" == pinned_version(ENGINE)


def test_the_official_provider_is_the_release_that_it_says() -> None:
    # The commit is the one that upstream tagged v4.25.0.
    assert pinned_version(OFFICIAL_PROVIDER).rpartition("-")[2] == "f47bc2d6f199"
    assert OFFICIAL_RELEASE == "4.25.0"
    stamps = OFFICIAL_PROVIDER.stamps(pinned_version(OFFICIAL_PROVIDER))
    assert list(stamps.values()) == [OFFICIAL_RELEASE]


@pytest.mark.parametrize("tool", [ENGINE, *CLUSTER_TOOLS], ids=lambda tool: tool.name)
def test_every_binary_is_a_tool_of_its_module(tool: Tool) -> None:
    text = (tool.folder / "go.mod").read_text()
    listed = re.search(r"^tool \(([^)]*)\)", text, re.MULTILINE) or re.search(r"^tool (\S+)$", text, re.MULTILINE)
    assert listed is not None
    assert sorted(listed[1].split()) == sorted(tool.binaries.values())


def test_the_real_binaries_say_the_pinned_versions() -> None:
    progress = Progress()
    binaries = {**cluster_binaries(progress), **built(ENGINE, progress)}
    asked = {"pulumi": ["version"]}
    for tool in (ENGINE, *CLUSTER_TOOLS):
        version = pinned_version(tool).removeprefix("v")
        for name in tool.binaries:
            answer = subprocess.run([binaries[name], *asked.get(name, ["--version"])], capture_output=True, text=True)
            assert answer.returncode == 0
            assert version in answer.stdout.split("\n")[0], f"{name} says {answer.stdout!r}"
