"""How long the operator and what it syncs may take, each number with the reason that it has."""

from __future__ import annotations

from tests.unit.deployment import Registered
from tests.unit.operator.released import released
from tests.unit.pods import pods
from tests.unit.stacks import every

AFTER_AN_UPDATE = ("Project/", "JobTemplate/", "Schedule/", "Workflow/")


def resources() -> list[Registered]:
    """The content of the development stack, its canary apart."""
    return [item for item in every("dev").resources if "forail:content:Content$kubernetes" in item.urn]


def times(item: Registered) -> tuple[str, str, str]:
    """How long a creation, an update and a deletion of `item` is waited for."""
    given = item.request.customTimeouts
    return given.create, given.update, given.delete


def test_the_operator_has_a_minute_to_start() -> None:
    """It listens at once and its caches fill in seconds; a minute is for a busy node."""
    startup = pods(released())["Deployment/forail-operator"].container().raw["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] == 60


def test_the_canary_has_three_attempts() -> None:
    """The operator tries again after 30 seconds. Its finalizer gets the provider's own ten minutes."""
    canary = next(item for item in every("dev").resources if item.label == "Organization/forail-canary")
    assert times(canary) == ("90s", "90s", "10m")


def test_content_has_three_attempts_and_two_seconds_for_each_resource() -> None:
    """One worker serves each kind, with three passes of some API calls for a new object."""
    found = [item for item in resources() if not item.label.startswith("Secret/")]
    others = [item for item in found if not item.label.startswith(AFTER_AN_UPDATE)]
    assert others
    assert {times(item) for item in others} == {(f"{90 + 2 * len(found)}s", f"{90 + 2 * len(found)}s", "10m")}


def test_what_needs_a_projects_first_update_has_ten_minutes() -> None:
    """Forail takes no playbook before that update, and the update may pull the image of an execution environment."""
    found = [item for item in resources() if item.label.startswith(AFTER_AN_UPDATE)]
    assert {item.label.partition("/")[0] for item in found} == {"Project", "JobTemplate", "Schedule", "Workflow"}
    assert {times(item) for item in found} == {("600s", "600s", "10m")}


def test_a_fleet_member_is_waited_for_like_other_content() -> None:
    member = next(item for item in every("everything").resources if item.label == "ForailInstance/forail-fleet-inside")
    other = next(
        item for item in every("everything").resources if item.label.startswith("ForailInstance/forail-forailinstance")
    )
    assert times(member) == times(other)
    assert times(member)[2] == "10m"
