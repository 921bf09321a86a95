"""Which providers a rehearsal uses: what is installed, what a (scripted) engine can download, else the stand-ins."""

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from rehearsal import plugin_downloads, plugins
from rehearsal.failure import RehearsalError
from rehearsal.plugins import PROVIDERS, VARIABLE, Choice, attached, wanted_version
from rehearsal.progress import Progress
from tests.rehearsal.rehearsed import eventually

# What `pulumi plugin install resource NAME VERSION --exact` leaves behind: $4 is the name, $5 the version.
INSTALLS = """
folder="$PULUMI_HOME/plugins/resource-$NAME-v$VERSION"
mkdir -p "$folder/docs" && echo official > "$folder/pulumi-resource-$NAME" && touch "$folder/PulumiPlugin.yaml"
"""
REFUSES = """
echo "warning: Error downloading plugin: Get \\"https://releases.example/$NAME\\": proxyconnect tcp: no such host"
echo "error: failed to download plugin: $NAME-$VERSION: failed all 5 attempts" >&2
exit 255
"""
HANGS = """
folder="$PULUMI_HOME/plugins/resource-$NAME-v$VERSION"
mkdir -p "$folder" && touch "$folder.partial" "$folder/pulumi-resource-$NAME"
sleep 600
"""


@dataclass(frozen=True)
class Machine:
    """A user's machine: home, cache, PATH with a scripted `pulumi`, and the engine's home of one rehearsal."""

    folder: Path
    script: Path
    said: io.StringIO

    def engine(self, behaviour: str, **by_provider: str) -> None:
        """Have `pulumi plugin install` behave so, for some providers otherwise."""
        cases = "".join(f"{name})\n{body}\n;;\n" for name, body in {**by_provider, "*": behaviour}.items())
        self.script.write_text(
            f'#!/bin/bash\nif [ "$1" = version ]; then echo v3.300.0; exit 0; fi\n'
            f'echo "$PWD $*" >> "{self.folder}/asked"\nNAME="$5" VERSION="$6"\ncase "$NAME" in\n{cases}esac\n'
        )
        self.script.chmod(0o755)

    @property
    def asked(self) -> list[str]:
        """The command lines that the engine was given to install plugins."""
        log = self.folder / "asked"
        return log.read_text().splitlines() if log.exists() else []

    @property
    def home(self) -> Path:
        """The engine's home of the rehearsal."""
        return self.folder / "state" / "pulumi-home"

    def install(self, *providers: str, version: str = "") -> None:
        """Have the user's own plugins installed."""
        for provider in providers:
            plugin = plugin_downloads.folder(plugins.user_home(), provider, version or wanted_version(provider))
            plugin.mkdir(parents=True)
            (plugin / f"pulumi-resource-{provider}").write_text("the user's")

    def attach(self) -> "Seen":
        with attached(self.home, Progress(self.said)) as found:
            served = found.environment.get("PULUMI_DEBUG_PROVIDERS", "")
            entries = self.home.glob("plugins/resource-*/pulumi-resource-*")
            linked = {path.name.removeprefix("pulumi-resource-"): path.read_text().strip() for path in entries}
            return Seen([one.partition(":")[0] for one in served.split(",") if one], linked, found.line)


@dataclass(frozen=True)
class Seen:
    """What the engine was given."""

    stand_ins: list[str]
    official: Mapping[str, str]
    line: str


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "user"))
    monkeypatch.setenv(VARIABLE, Choice.AUTO)
    monkeypatch.delenv("PULUMI_IGNORE_AMBIENT_PLUGINS", raising=False)
    script = tmp_path / "bin" / "pulumi"
    script.parent.mkdir()
    monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")
    made = Machine(tmp_path, script, io.StringIO())
    made.engine(REFUSES)
    return made


def test_installed_plugins_are_used_and_nothing_is_asked(machine: Machine) -> None:
    machine.install(*PROVIDERS)
    seen = machine.attach()
    assert (seen.stand_ins, seen.official) == ([], dict.fromkeys(PROVIDERS, "the user's"))
    assert seen.line == "providers: official: kubernetes, random, tls"
    assert not machine.asked


def test_missing_plugins_are_downloaded_into_the_cache_and_found_there_again(machine: Machine) -> None:
    machine.engine(INSTALLS)
    machine.install("tls")
    for _ in range(2):
        seen = machine.attach()
        assert seen.stand_ins == []
        assert seen.official == {"kubernetes": "official", "random": "official", "tls": "the user's"}
    versions = {name: wanted_version(name) for name in ("kubernetes", "random")}
    commands = [line.partition(" ")[2] for line in machine.asked]
    assert sorted(commands) == [
        f"--non-interactive plugin install resource {name} {version} --exact" for name, version in versions.items()
    ]
    assert sorted(path.name for path in (machine.folder / "user").rglob("resource-*")) == [
        f"resource-tls-v{wanted_version('tls')}"
    ]


def test_what_cannot_be_downloaded_is_served_by_a_stand_in_and_the_line_says_why(machine: Machine) -> None:
    machine.engine(INSTALLS, kubernetes=REFUSES)
    seen = machine.attach()
    assert (seen.stand_ins, sorted(seen.official)) == (["kubernetes"], ["random", "tls"])
    assert (
        "official: random, tls; the rehearsal's stand-ins for kubernetes (`pulumi plugin install` failed" in seen.line
    )
    assert "no such host" in seen.line
    assert "\n" not in seen.line


def test_a_refusal_is_remembered_for_a_day(machine: Machine) -> None:
    first = machine.attach()
    again = machine.attach()
    assert first.stand_ins == again.stand_ins == list(PROVIDERS)
    assert len(machine.asked) == len(PROVIDERS)
    assert again.line.startswith("providers: the rehearsal's stand-ins for kubernetes, random, tls (`pulumi plugin")
    assert "failed: proxyconnect tcp: no such host; tried less than a day ago, remove " in again.line

    (refusal,) = plugin_downloads.home().glob("refused/kubernetes-*")
    assert f"remove {refusal.parent} to try again" in again.line
    yesterday = time.time() - plugin_downloads.REMEMBERED - 1
    os.utime(refusal, (yesterday, yesterday))
    machine.engine(INSTALLS)
    assert machine.attach().stand_ins == ["random", "tls"]


def test_a_refusal_from_the_future_is_not_believed(machine: Machine) -> None:
    machine.attach()
    for refusal in plugin_downloads.home().glob("refused/*"):
        os.utime(refusal, (time.time() + 3600, time.time() + 3600))
    machine.attach()
    assert len(machine.asked) == 2 * len(PROVIDERS)


def test_a_refusal_is_about_one_version(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.attach()
    monkeypatch.setattr(plugins, "wanted_version", dict.fromkeys(PROVIDERS, "9.9.9").__getitem__)
    machine.attach()
    assert len(machine.asked) == 2 * len(PROVIDERS)


def test_a_network_that_hangs_is_cut(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert plugin_downloads.DEADLINE == 20
    monkeypatch.setattr(plugin_downloads, "DEADLINE", 1.0)
    machine.engine(HANGS, tls=INSTALLS)
    seen = machine.attach()
    assert (seen.stand_ins, sorted(seen.official)) == (["kubernetes", "random"], ["tls"])
    assert "kubernetes, random (`pulumi plugin install` had not ended after 1 s)" in seen.line
    # Neither the half plugin nor the process that wrote it is left.
    assert not list((plugin_downloads.home() / "plugins").glob("resource-kubernetes-*"))
    here = {str(path.resolve()) for path in Path("/proc").glob("[0-9]*/cwd") if path.exists()}
    assert not [path for path in here if "forail-plugins-" in path]


def test_an_interrupted_download_is_not_remembered(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> str | None:
        raise KeyboardInterrupt

    machine.engine(HANGS)
    monkeypatch.setattr(plugin_downloads, "_outcome", interrupted)
    with pytest.raises(KeyboardInterrupt):
        machine.attach()
    assert not list(plugin_downloads.home().glob("refused/*"))


def test_a_cache_that_cannot_be_written_leads_to_the_stand_ins(machine: Machine) -> None:
    (machine.folder / "cache").write_text("a file where a folder should be")
    seen = machine.attach()
    assert seen.stand_ins == list(PROVIDERS)
    assert "cannot be downloaded: " in seen.line
    assert str(machine.folder / "cache") in seen.line


def test_a_reason_never_shows_a_proxys_password(machine: Machine) -> None:
    machine.engine('echo "error: proxyconnect: http://robot:hunter2@proxy.example:3128 refused" && exit 1')
    line = machine.attach().line
    assert "http://proxy.example:3128 refused" in line
    assert "hunter2" not in line


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [("exit 7", "exit code 7"), ("exit 0", "exit code 0")],
)
def test_an_engine_that_says_nothing_is_reported_by_its_exit_code(
    machine: Machine, behaviour: str, reason: str
) -> None:
    machine.engine(behaviour)
    assert f"`pulumi plugin install` failed: {reason}" in machine.attach().line


def test_two_rehearsals_download_once(machine: Machine) -> None:
    gate = machine.folder / "gate"
    machine.engine(f"until [ -e {gate} ]; do sleep 0.05; done\n{INSTALLS}")
    run = (
        "import sys; from pathlib import Path; from rehearsal.plugins import attached\n"
        "from rehearsal.progress import Progress\n"
        "with attached(Path(sys.argv[1]), Progress()) as found: print(found.line)"
    )

    def begin(name: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", run, str(machine.folder / name)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    first = begin("one")
    eventually("the first run's questions", lambda: len(machine.asked) == len(PROVIDERS))
    with first, begin("two") as second:
        assert second.stderr is not None
        assert "plugins are being downloaded by process" in second.stderr.readline()
        gate.touch()
        lines = [first.communicate()[0], second.communicate()[0]]
    assert lines == ["providers: official: kubernetes, random, tls\n"] * 2
    assert len(machine.asked) == len(PROVIDERS)


@pytest.mark.parametrize("version", ["4.0.0", "99.0.0"])
def test_a_plugin_of_another_version_counts_as_missing(machine: Machine, version: str) -> None:
    machine.install("kubernetes", version=version)
    assert "kubernetes" in machine.attach().stand_ins


def test_a_plugin_whose_installation_was_cut_off_counts_as_missing(machine: Machine) -> None:
    machine.install("kubernetes")
    plugin = plugin_downloads.folder(plugins.user_home(), "kubernetes", wanted_version("kubernetes"))
    plugin.with_name(f"{plugin.name}.partial").touch()
    assert "kubernetes" in machine.attach().stand_ins


@pytest.mark.parametrize(("ignored", "stand_ins"), [("", []), ("true", ["tls"]), ("1", ["tls"])])
def test_a_plugin_on_the_path_is_left_to_the_engine(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, ignored: str, stand_ins: list[str]
) -> None:
    machine.install("kubernetes", "random")
    binary = machine.script.with_name("pulumi-resource-tls")
    binary.write_text("")
    binary.chmod(0o755)
    monkeypatch.setenv("PULUMI_IGNORE_AMBIENT_PLUGINS", ignored)
    seen = machine.attach()
    assert seen.stand_ins == stand_ins
    assert sorted(seen.official) == ["kubernetes", "random"]


def test_installed_means_without_a_download(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, Choice.INSTALLED)
    machine.install("random")
    seen = machine.attach()
    assert (seen.stand_ins, seen.official) == (["kubernetes", "tls"], {"random": "the user's"})
    assert "the rehearsal's stand-ins for kubernetes, tls (no official plugin is installed)" in seen.line
    assert not machine.asked


def test_stand_ins_are_used_beside_installed_plugins_when_asked(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.install(*PROVIDERS)
    assert not machine.attach().stand_ins
    monkeypatch.setenv(VARIABLE, Choice.STAND_INS)
    seen = machine.attach()
    assert (seen.stand_ins, seen.official) == (list(PROVIDERS), {})
    assert "(FORAIL_REHEARSAL_PROVIDERS=stand-ins)" in seen.line


def test_the_variable_knows_four_words(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "offical")
    with pytest.raises(RehearsalError, match=r"'offical'\n  fix: set it to one of auto, installed, stand-ins, built"):
        machine.attach()


def test_the_whole_folder_of_a_plugin_is_linked(machine: Machine) -> None:
    machine.engine(INSTALLS)
    machine.attach()
    names = {path.name for path in machine.home.glob("plugins/resource-random-*/*")}
    assert names == {"docs", "pulumi-resource-random", "PulumiPlugin.yaml"}


def test_every_provider_of_the_program_can_be_served() -> None:
    sdk = {f"pulumi-{provider}" for provider in PROVIDERS}
    locked = (Path(__file__).parents[2] / "requirements.txt").read_text()
    named = {line.partition("=")[0].strip() for line in locked.splitlines() if line.startswith("pulumi-")}
    assert named == sdk, json.dumps(sorted(named))
