"""assistant/pull-model.sh with a stand-in for the ollama command."""

import os
from pathlib import Path

import pytest

from tests.files.programs import FILES, run, stand_in

SCRIPT = str(FILES / "assistant" / "pull-model.sh")
# `list` works from the call READY_AT on; `pull` stores the model unless it is unknown, and says why as ollama does.
OLLAMA = """#!/bin/sh
cd "$STORE"
echo "$OLLAMA_HOST $*" >>calls
case "$1" in
    list) [ "$(grep -c ' list$' calls)" -ge "${READY_AT:-1}" ] || { echo "Error: could not connect" >&2; exit 1; } ;;
    show) grep -qx "$2" models 2>/dev/null || { echo "Error: model '$2' not found" >&2; exit 1; } ;;
    pull)
        printf 'pulling manifest\\rpulling manifest\\n' >&2
        case "$2" in
            unknown*) echo "Error: pull model manifest: file does not exist" >&2; exit 1 ;;
            lost) exit 0 ;;
        esac
        echo "$2" >>models ;;
esac
"""


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    stand_in(tmp_path / "bin", "ollama", OLLAMA)
    return {
        "PATH": f"{tmp_path}/bin:{os.environ['PATH']}",
        "OLLAMA_HOST": "http://forail-assistant-ollama:11434",
        "OLLAMA_MODEL": "gemma3:1b",
        "STORE": str(tmp_path),
        "TERMINATION_LOG": str(tmp_path / "termination"),
    }


def test_both_models_are_pulled_once(tmp_path: Path, variables: dict[str, str]) -> None:
    for _ in range(2):
        outcome = run(["dash", SCRIPT], variables)
        assert outcome.returncode == 0, outcome.stderr
    assert (tmp_path / "models").read_text().splitlines() == ["gemma3:1b", "nomic-embed-text"]
    calls = (tmp_path / "calls").read_text().splitlines()
    assert [call for call in calls if " pull " in call] == [
        "http://forail-assistant-ollama:11434 pull gemma3:1b",
        "http://forail-assistant-ollama:11434 pull nomic-embed-text",
    ]


def test_a_server_that_starts_late_is_waited_for(tmp_path: Path, variables: dict[str, str]) -> None:
    assert run(["dash", SCRIPT], variables | {"READY_AT": "2"}).returncode == 0
    assert (tmp_path / "models").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"READY_AT": "99", "OLLAMA_WAIT_SECONDS": "0"}, "no ollama at http://forail-assistant-ollama:11434 after 0 s"),
        ({"OLLAMA_MODEL": "unknown:1b"}, "cannot pull unknown:1b: Error: pull model manifest: file does not exist"),
        ({"OLLAMA_EMBED_MODEL": "unknown"}, "cannot pull unknown: Error: pull model manifest"),
        ({"OLLAMA_MODEL": "lost"}, "lost was pulled, but http://forail-assistant-ollama:11434 does not have it"),
        ({"OLLAMA_MODEL": ""}, "OLLAMA_MODEL is empty"),
        ({"OLLAMA_HOST": ""}, "OLLAMA_HOST is empty"),
    ],
)
def test_every_fault_is_the_last_line_and_the_termination_message(
    tmp_path: Path, variables: dict[str, str], changes: dict[str, str], said: str
) -> None:
    outcome = run(["dash", SCRIPT], variables | changes)
    assert outcome.returncode == 1
    assert said in outcome.stderr.splitlines()[-1]
    assert (tmp_path / "termination").read_text() == outcome.stderr.splitlines()[-1] + "\n"
