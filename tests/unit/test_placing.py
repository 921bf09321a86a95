"""Resources, scheduling and extra variables reach the workload that they are given to."""

from __future__ import annotations

from typing import Any

import pytest

from components.settings.workload import WorkloadSettings
from tests.unit.engine import deploy
from tests.unit.pods import pods
from tests.unit.stacks import PROXY, dev, every, everything

SETTINGS = {
    "web": "Deployment/forail-web",
    "task": "StatefulSet/forail-task",
    "frontend": "Deployment/forail-frontend",
    "init": "Job/forail-init",
    "redis": "Deployment/forail-redis",
    "opa": "Deployment/forail-opa",
    "otelCollector": "Deployment/forail-otel-collector",
    "postgres": "StatefulSet/forail-postgres",
    "backups": "CronJob/forail-backup",
    "assistant": "Deployment/forail-assistant",
    "ollama": "Deployment/forail-assistant-ollama",
    "operator": "Deployment/forail-operator",
    "verify": "Job/forail-verify",
}
# Their sections take no further variables.
WITHOUT_VARIABLES = {"backups", "verify"}


def test_every_option_of_a_workload_is_followed_to_its_pods() -> None:
    followed = {"nodeSelector", "tolerations", "priorityClassName", "resources", "extraEnv"}
    options = {field.alias for field in WorkloadSettings.model_fields.values()}
    assert options == followed, "give a new one in stacks.py, and assert below that each section's pods get it"


def test_every_pod_is_placed() -> None:
    """On a cluster whose nodes are all tainted a single Job without tolerations holds `up` until it times out."""
    unplaced = [label for label, pod in pods(every("everything")).items() if "tolerations" not in pod.spec]
    assert not unplaced, "give its section a place in stacks.WORKLOADS"


@pytest.mark.parametrize("section", list(SETTINGS))
def test_pods_go_where_their_section_says(section: str) -> None:
    spec = pods(every("everything"))[SETTINGS[section]].spec
    assert spec["nodeSelector"] == {"example.com/pool": section}
    assert spec["tolerations"] == [
        {"key": "example.com/dedicated", "operator": "Equal", "value": section, "effect": "NoSchedule"}
    ]
    assert spec["priorityClassName"] == f"{section.lower()}-priority"


@pytest.mark.parametrize("section", sorted(set(SETTINGS) - WITHOUT_VARIABLES - {"ollama"}))
def test_extra_variables_reach_their_container(section: str) -> None:
    # The first step of the init Job runs another image, for another purpose.
    containers = [item for item in pods(every("everything"))[SETTINGS[section]].containers if item.name != "database"]
    for container in containers:
        assert container.env["EXTRA_TEXT"] == section
        assert container.env["EXTRA_TOKEN"] == f"secret:{section.lower()}-extra/token"


def test_resources_reach_their_container() -> None:
    amounts = {"requests": {"memory": "333Mi", "cpu": "33m"}, "limits": {"memory": "3Gi", "cpu": "3"}}
    given: dict[str, Any] = {"resources": amounts}
    sections = {section: given for section in SETTINGS if section not in ("assistant", "ollama", "verify")}
    found = pods(
        dev().deploy(
            **sections, assistant={**given, "enabled": True, "ollama": given}, verify={**given, "enabled": True}
        )
    )
    for label in SETTINGS.values():
        # One task pod is a Deployment's.
        pod = found[label.replace("StatefulSet/forail-task", "Deployment/forail-task")]
        for container in pod.containers:
            assert container.raw["resources"] == amounts, f"{pod.label} {container.name}"


def _own_variables() -> list[tuple[str, str]]:
    found = pods(every("everything"))
    return sorted(
        {
            (section, name)
            for section in set(SETTINGS) - WITHOUT_VARIABLES
            for container in found[SETTINGS[section]].containers
            if container.name != "database"
            for name in container.env
            if not name.startswith("EXTRA_")
        }
    )


def test_a_variable_that_the_program_sets_is_refused_by_its_path() -> None:
    wrong = [told for section, name in _own_variables() if f"extraEnv.{name}" not in (told := _answer(section, name))]
    assert not wrong, "the stack file is accepted, and the program stops without the path"


def _answer(section: str, name: str) -> str:
    """What the program says to a second value for its own variable."""
    config: dict[str, Any] = {section: {"extraEnv": {name: {"secretName": "a", "key": "b"}}}}
    if section == "ollama":
        config = {"assistant": {"enabled": True, **config}}
    # Only where they are named are their variables the program's own.
    config |= {"trust": everything().config["trust"], "proxy": {"http": PROXY, "https": PROXY}}
    with pytest.raises(Exception, match=name) as refusal:
        deploy(config)
    return str(refusal.value)
