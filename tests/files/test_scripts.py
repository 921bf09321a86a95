"""Every script parses in the shells that run it, and the declarative files have the shape their readers demand."""

from pathlib import Path
from typing import cast

import pytest
import yaml

from tests.files.programs import FILES, program, run

SCRIPTS = sorted(FILES.rglob("*.sh"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(FILES)))
def test_a_script_parses_in_its_own_shell(script: Path) -> None:
    first = script.read_text().splitlines()[0]
    shells = {"#!/bin/sh": ("dash", "bash"), "#!/bin/bash": ("bash",)}[first]
    for shell in shells:
        outcome = run([program(shell, shell), "-n", str(script)])
        assert (outcome.returncode, outcome.stderr) == (0, "")
    assert "set -eu" in script.read_text()


def receptor() -> list[dict[str, object]]:
    return cast("list[dict[str, object]]", yaml.safe_load((FILES / "receptor" / "receptor.conf").read_text()))


def test_every_receptor_entry_is_a_mapping_with_one_key() -> None:
    assert [len(entry) for entry in receptor()] == [1] * len(receptor())


def test_receptor_listens_on_its_socket_alone_and_takes_its_name_from_the_host() -> None:
    entries = {name: value for entry in receptor() for name, value in entry.items()}
    assert "tcp-listener" not in entries
    assert "local-only" in entries
    assert entries["node"] == {"datadir": "/tmp/receptor"}
    assert entries["control-service"] == {"service": "control", "filename": "/var/run/awx-receptor/receptor.sock"}


def test_receptor_knows_every_kind_of_work_that_forail_sends() -> None:
    work = [
        cast("dict[str, object]", value)
        for entry in receptor()
        for name, value in entry.items()
        if name.startswith("work-")
    ]
    assert {item["worktype"] for item in work} == {"local", "kubernetes-incluster-auth", "kubernetes-runtime-auth"}
    for item in work:
        assert item["allowruntimeparams"] is True
        if item["worktype"] != "local":
            assert (item["allowruntimeauth"], item["allowruntimepod"]) == (True, True)
    authentication = {item["worktype"]: item.get("authmethod") for item in work}
    assert authentication["kubernetes-incluster-auth"] == "incluster"
    assert authentication["kubernetes-runtime-auth"] == "runtime"


def test_every_part_of_the_collector_is_defined_and_used() -> None:
    text = (FILES / "otel_collector" / "config.yaml").read_text()
    config = cast("dict[str, dict[str, dict[str, dict[str, list[str]]]]]", yaml.safe_load(text))
    pipelines = config["service"]["pipelines"]
    assert set(pipelines) == {"traces", "metrics"}
    for kind in ("receivers", "processors", "exporters"):
        used = {name for pipeline in pipelines.values() for name in pipeline[kind]}
        assert used == set(config[kind])
    assert config["service"]["extensions"] == list(config["extensions"])
    for pipeline in pipelines.values():
        assert pipeline["processors"][0] == "memory_limiter"
    protocols = config["receivers"]["otlp"]["protocols"]
    assert protocols == {"grpc": {"endpoint": "0.0.0.0:4317"}, "http": {"endpoint": "0.0.0.0:4318"}}
    assert config["extensions"]["health_check"] == {"endpoint": "0.0.0.0:13133"}
