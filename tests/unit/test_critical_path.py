"""Which resources determine how long an `up` takes, by hand-made steps."""

from __future__ import annotations

import pytest

from bench.critical_path import Step, critical_path, steps

PROVIDER = "urn:pulumi:dev::forail::pulumi:providers:kubernetes::kubernetes"


def step(started: float, ended: float, *needs: str) -> Step:
    """A step that needs `needs`."""
    return Step("", started, ended, frozenset(needs))


def path_of(**found: Step) -> list[str]:
    """Names along the path."""
    names = {id(item): name for name, item in found.items()}
    return [names[id(link.step)] for link in critical_path(found, 100).links]


def test_the_chain_ends_with_what_ended_last_and_goes_back_by_what_ended_last() -> None:
    assert path_of(
        postgres=step(1, 9), redis=step(1, 4), init=step(9, 12, "redis", "postgres"), web=step(12, 15, "init"),
        opa=step(1, 14),
    ) == ["postgres", "init", "web"]  # fmt: skip


def test_what_took_no_part_in_this_up_is_no_link() -> None:
    assert path_of(web=step(1, 5, "namespace of a former up")) == ["web"]


def test_the_parts_add_up_to_the_whole() -> None:
    found = {"a": step(4, 6), "b": step(6.5, 9, "a"), "c": step(10, 12, "b", "a")}
    path = critical_path(found, 15)
    assert [(link.waited, link.took) for link in path.links] == [(0, 2), (0.5, 2.5), (1, 2)]
    assert (path.before, path.waited, path.took, path.after) == (4, 1.5, 6.5, 3)
    assert path.before + path.waited + path.took + path.after == pytest.approx(path.total)


def test_steps_are_the_custom_resources_that_the_engine_worked_on() -> None:
    resources = [
        {"urn": PROVIDER, "type": "pulumi:providers:kubernetes", "custom": True},
        {"urn": "u::s::Job::init", "type": "kubernetes:batch/v1:Job", "custom": True, "dependencies": ["u::redis"],
         "propertyDependencies": {"spec": ["u::secret"], "metadata": None}, "provider": f"{PROVIDER}::6a2e"},
        {"urn": "u::s::Init::init", "type": "forail:application:Init"},
        {"urn": "u::old", "type": "kubernetes:core/v1:Secret", "custom": True},
    ]  # fmt: skip
    times = {item["urn"]: 1.0 for item in resources if item["urn"] != "u::old"}
    state = {"checkpoint": {"latest": {"resources": resources}}}
    found = steps(state, {str(urn): 1.0 for urn in times}, {str(urn): 2.0 for urn in times})
    assert set(found) == {PROVIDER, "u::s::Job::init"}
    assert found["u::s::Job::init"] == Step("Job init", 1.0, 2.0, frozenset({"u::redis", "u::secret", PROVIDER}))
