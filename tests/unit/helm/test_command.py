"""`python -m components.helm`: a file that loads, or one line that says what to do, and never a value."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
import yaml

from components.helm.__main__ import main, stack_file
from components.helm.release import steps
from tests.unit.settings.stackfile import problems

VALUES = Path(__file__).parent / "values.yaml"
MARKER = "zq7marker7qz"


def run(directory: Path, text: str | bytes, *more: str) -> int:
    """The exit code for values with this text."""
    values = directory / "values.yaml"
    values.write_bytes(text if isinstance(text, bytes) else text.encode())
    return main([str(values), "--stack", "prod", "--directory", str(directory), *more])


def written(directory: Path, project: str = "forail") -> dict[str, object]:
    """The sections of the file that was written."""
    config: dict[str, object] = yaml.safe_load((directory / "Pulumi.prod.yaml").read_text("utf-8"))["config"]
    assert config.pop("pulumi:disable-default-providers") == ["kubernetes"]
    assert all(key.startswith(f"{project}:") for key in config)
    return {key.partition(":")[2]: value for key, value in config.items()}


def test_the_charts_own_values_become_a_stack_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, VALUES.read_bytes(), "--project", "tools") == 0

    out = capsys.readouterr().out
    assert out.startswith(f"Wrote {tmp_path / 'Pulumi.prod.yaml'}.")
    assert [line for line in out.splitlines() if line.startswith("Refused (1,")]
    assert problems(written(tmp_path, "tools")) == {}
    assert "# yaml-language-server:" in (tmp_path / "Pulumi.prod.yaml").read_text("utf-8")


def test_values_come_from_standard_input_as_helm_prints_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"COMPUTED VALUES:\ningress:\n  host: a.lan\nsecrets:\n  forailSecretKey: {MARKER}\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    assert main(["-", "--stack", "prod", "--directory", str(tmp_path)]) == 0
    assert written(tmp_path)["exposure"]["host"] == "a.lan"  # type: ignore[index]
    assert MARKER not in (tmp_path / "Pulumi.prod.yaml").read_text("utf-8")


def test_taking_a_release_over_ends_with_its_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, "namespace: {name: tools}", "--adopt", "tower") == 0

    out = capsys.readouterr().out
    assert written(tmp_path)["adopt"] == {"release": "tower"}
    assert [line.strip() for line in out.splitlines() if line.strip() in steps("tower", "tools")] == [
        *steps("tower", "tools")
    ]


def test_a_release_that_is_none_stops_the_conversion(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(tmp_path, "", "--adopt", "My Release")
    assert "--adopt must be a Helm release" in capsys.readouterr().err
    assert not (tmp_path / "Pulumi.prod.yaml").exists()


def test_no_values_at_all_are_the_charts_defaults(tmp_path: Path) -> None:
    assert run(tmp_path, "") == 0
    assert written(tmp_path)["task"] == {"execution": "control"}


WRONG: list[tuple[str | bytes, str]] = [
    (f"a: [{MARKER}", "line 1"),
    (f"a: 1\na: {MARKER}", "a key is given twice"),
    (f"- {MARKER}", "is not a mapping"),
    (MARKER, "is not a mapping"),
    (f"a: 1\n---\nb: {MARKER}", "several documents"),
    (b"\xff\xfe\x00" + MARKER.encode(), "not text in UTF-8"),
    ("a: &a [*a]", "holds itself"),
    ("a: " + "[" * 300 + "]" * 300, "nested too deeply"),
    (f"#{'x' * 1_000_001}", "more than 1000000 bytes"),
    (f"postgres: {{enabled: false, user: {MARKER}}}", "no value for the server's address"),
    (f"a: !!python/object {MARKER}", "line 1"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_what_cannot_be_read_is_said_without_a_value(
    text: str | bytes, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, text) == 1

    error = capsys.readouterr().err
    assert message in error
    assert error.endswith("Nothing was written.\n")
    assert MARKER not in error
    assert not (tmp_path / "Pulumi.prod.yaml").exists()


def test_a_stack_file_that_exists_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Pulumi.prod.yaml").write_text("config: {}\n")

    assert run(tmp_path, "") == 1
    assert "exists: name another stack" in capsys.readouterr().err
    assert (tmp_path / "Pulumi.prod.yaml").read_text() == "config: {}\n"


@pytest.mark.parametrize("values", ["missing.yaml", "."])
def test_values_that_cannot_be_opened_are_named(
    values: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / values), "--stack", "prod", "--directory", str(tmp_path)]) == 1
    assert str(tmp_path) in capsys.readouterr().err


@pytest.mark.parametrize(("option", "name"), [("--stack", "../x"), ("--project", "a:b"), ("--stack", "")])
def test_names_that_are_none_are_refused(
    option: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run(tmp_path, "", option, name)
    assert f"{option} must be letters" in capsys.readouterr().err


# A reader of YAML 1.2 takes the first for a number, one of YAML 1.1 the second; text both times.
@pytest.mark.parametrize("text", ["1e3", "0o17", "12:30", "0x1F", "1_0", "yes", "~", "2026.10", ""])
def test_text_that_looks_like_something_else_is_quoted(text: str) -> None:
    line = stack_file("forail", {"a": text}).splitlines()[-1]

    assert line.partition(": ")[2][0] in "'\""
